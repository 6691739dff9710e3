"""Fixtures of the frames: a site on another port of this machine, and a portal that this site may frame."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.embed.host_site import REPORTS_PATH, HostSite, run_host_site
from tests.browser.embed.host_tab import HostTab
from tests.chromium import close_context
from tests.portal import SimulatedCoder
from tests.server import run_portal


@pytest.fixture(scope="session")
def host_site() -> Iterator[HostSite]:
    """Run the other site."""
    with run_host_site() as site:
        yield site


@pytest.fixture(scope="session")
def portal_url(host_site: HostSite, coders: dict[str, SimulatedCoder], folder: Path) -> Iterator[str]:
    """Run a portal that this site may frame, and get reports from."""
    (folder / "embed").mkdir()
    env = {
        "CODER_PUBLIC_URL": coders["2.36"].url,
        "EMBED_ALLOWED_ORIGINS": f"{host_site.url}, {host_site.other_url}",
        "DJANGO_SETTINGS_MODULE": "tests.browser.embed.reporting_settings",
        "TEST_REPORTS_URL": host_site.url + REPORTS_PATH,
    }
    with run_portal(coders["2.36"].url, folder / "embed", extra_env=env) as url:
        yield url


@pytest.fixture
def context(chromium: Browser, portal_url: str, coder: SimulatedCoder) -> Iterator[BrowserContext]:
    """Return a new browser context without cookies."""
    context = chromium.new_context(base_url=portal_url, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    close_context(context)


@pytest.fixture
def tab(
    driver: WebDriver, portal_url: str, host_site: HostSite, coder: SimulatedCoder, ignored_console_lines: str
) -> Iterator[HostTab]:
    """Yield a tab without cookies of the portal; the test fails on errors and violations of pages and their frames."""
    tab = HostTab(driver, portal_url, host_site)
    tab.forget()
    tab.console_lines()
    yield tab
    lines = tab.console_lines()
    tab.leave_host()
    assert [line for line in lines if not re.search(ignored_console_lines, line)] == []


@pytest.fixture
def host(host_site: HostSite) -> Iterator[HostSite]:
    """Return the other site, which is without pages again after the test."""
    yield host_site
    host_site.pages.clear()
    host_site.opener_policy = ""
