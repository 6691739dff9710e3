"""The Chromium of tests, screenshots and measurements. It imports no settings, which programs need not have.

Most tests run in the headless shell: the same engine without windows, profiles and pages of its own, which takes a
third less of the processor. Tests of what only the whole browser has, such as its cookie settings, run in that.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error

CHROMIUM = shutil.which("chromium")
HEADLESS_SHELL = shutil.which("chromium-headless-shell")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# What the address bar may show are pages, too: Chromium loads two of them for each window, in a process of their own.
ADDRESS_BAR_PAGES = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
# Chromium obeys only its last --disable-features. These are of Playwright, which writes its own before ours.
DISABLED_BY_PLAYWRIGHT = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
]
PLAYWRIGHT_ARGUMENTS = [
    *CHROMIUM_ARGUMENTS,
    f"--disable-features={','.join([*DISABLED_BY_PLAYWRIGHT, *ADDRESS_BAR_PAGES])}",
]


@contextmanager
def open_context(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Open a browser context with Playwright's options, and close it at the end."""
    context = browser.new_context(**options)
    try:
        yield context
    finally:
        close_context(context)


def close_context(context: BrowserContext) -> None:
    """Leave the pages of a context and close it: Chromium may never answer where a page closes while it navigates."""
    for page in context.pages:
        with suppress(Error):
            page.goto("about:blank")
    context.close()
