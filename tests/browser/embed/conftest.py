"""Fixtures of the frames: a site on another port of this machine, and a portal that this site may frame."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.embed.host_site import RECORDER, HostSite, run_host_site
from tests.browser.embed.host_tab import HostTab
from tests.portal import SimulatedCoder
from tests.server import run_portal


@pytest.fixture(scope="session")
def host_site() -> Iterator[HostSite]:
    """Run the other site."""
    with run_host_site() as site:
        yield site


@pytest.fixture(scope="session")
def portal_url(host_site: HostSite, coders: dict[str, SimulatedCoder], folder: Path) -> Iterator[str]:
    """Run a portal that this site may frame."""
    (folder / "embed").mkdir()
    env = {"CODER_PUBLIC_URL": coders["2.36"].url, "EMBED_ALLOWED_ORIGINS": f"{host_site.url}, {host_site.other_url}"}
    with run_portal(coders["2.36"].url, folder / "embed", extra_env=env) as url:
        yield url


@pytest.fixture
def context(chromium: Browser, portal_url: str, coder: SimulatedCoder) -> Iterator[BrowserContext]:
    """Return a new browser context without cookies."""
    context = chromium.new_context(base_url=portal_url, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    context.add_init_script(RECORDER)
    yield context
    context.close()


@pytest.fixture
def tab(driver: WebDriver, portal_url: str, coder: SimulatedCoder) -> Iterator[HostTab]:
    """Yield a tab without cookies of the portal."""
    tab = HostTab(driver, portal_url)
    tab.forget()
    yield tab
    tab.leave_host()


@pytest.fixture
def host(host_site: HostSite) -> Iterator[HostSite]:
    """Return the other site, which is without pages again after the test."""
    yield host_site
    host_site.pages.clear()
    host_site.opener_policy = ""
