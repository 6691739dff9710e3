"""The Chromium of tests, screenshots and measurements. It imports no settings, which programs need not have."""

import shutil

CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
