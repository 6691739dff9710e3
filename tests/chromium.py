"""The Chromium of tests, screenshots and measurements. Imports no settings, so that programs without them can use it."""

import shutil

CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
