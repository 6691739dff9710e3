"""Fixtures of the browser tests: Debian's Chromium, a portal in a separate process, and a simulated Coder."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from selenium.webdriver.remote.webdriver import WebDriver

from coder_simulator.testing import run_server
from tests.browser.engines import ENGINES, missing_packages
from tests.browser.sign_in import sign_in_by_request
from tests.browser.tabs import STREAM_COUNTER_SCRIPT, OtherClient, Tabs
from tests.chromium import close_context
from tests.portal import SimulatedCoder, lengthen_builds
from tests.server import run_portal


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the portals store their data."""
    return tmp_path_factory.mktemp("portals")


@pytest.fixture(scope="session")
def coders() -> Iterator[dict[str, SimulatedCoder]]:
    """Run a separate Coder: builds take minutes, and no other test counts the requests of these portals."""
    with run_server(version="2.36", world="contract", speed=0.01) as server:
        lengthen_builds(server.world)
        yield {"2.36": SimulatedCoder(server)}


@pytest.fixture(scope="session")
def portal_url(coders: dict[str, SimulatedCoder], folder: Path) -> Iterator[str]:
    """Run a portal in front of the Coder without workspaces, and yield its URL."""
    with run_portal(coders["2.36"].url, folder, extra_env={"CODER_PUBLIC_URL": coders["2.36"].url}) as url:
        yield url


@pytest.fixture
def coder(coders: dict[str, SimulatedCoder]) -> SimulatedCoder:
    """Return that Coder without workspaces."""
    coders["2.36"].reset()
    return coders["2.36"]


@pytest.fixture(scope="session")
def demo_url(folder: Path) -> Iterator[str]:
    """Run a portal in front of the demo world, which has every status and badge, and yield its URL."""
    (folder / "demo").mkdir()
    with (
        # so slow that nothing changes by itself while a test looks at a page
        run_server(version="2.36", world="demo", licensed=True, speed=0.01) as coder,
        run_portal(coder.url, folder / "demo", extra_env={"CODER_PUBLIC_URL": coder.url}) as url,
    ):
        yield url


@pytest.fixture
def javascript() -> bool:
    """Return whether the browser runs scripts; a test parametrized over `javascript` runs both ways."""
    return True


@pytest.fixture
def context(chromium: Browser, portal_url: str, coder: SimulatedCoder, *, javascript: bool) -> Iterator[BrowserContext]:
    """Return a new browser context without cookies."""
    context = chromium.new_context(base_url=portal_url, java_script_enabled=javascript, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    close_context(context)


@pytest.fixture
def ignored_console_lines() -> str:
    """Return a regular expression for the console lines that are no failure because the test causes them."""
    return "^info: "


@pytest.fixture
def page(context: BrowserContext, ignored_console_lines: str) -> Iterator[Page]:
    """Return a page; the test fails on other console lines, such as violations of the Content-Security-Policy."""
    page, console_lines = context.new_page(), list[str]()
    page.on("console", lambda message: console_lines.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: console_lines.append(f"thrown: {error}"))
    yield page
    assert [line for line in console_lines if not re.search(ignored_console_lines, line)] == []


@pytest.fixture
def alice(page: Page) -> Page:
    """Return a page of a browser in which Alice is signed in; no URL has been opened yet."""
    sign_in_by_request(page)
    return page


@pytest.fixture
def tabs(context: BrowserContext, coder: SimulatedCoder, ignored_console_lines: str) -> Iterator[Tabs]:
    """Return tabs; the test fails on other console lines, such as violations of the Content-Security-Policy."""
    console_lines = list[str]()
    context.on("console", lambda message: console_lines.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: console_lines.append(f"thrown: {error.error}"))
    context.add_init_script(STREAM_COUNTER_SCRIPT)
    yield Tabs(context)
    assert [line for line in console_lines if not re.search(ignored_console_lines, line)] == []


@pytest.fixture
def other_client(coder: SimulatedCoder) -> Iterator[OtherClient]:
    """Return a client of Coder's API with which Alice makes changes outside of the browser."""
    client = OtherClient(coder)
    with client.http:
        yield client


@pytest.fixture(scope="module", params=ENGINES)
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Run each engine. Without its programs these tests are skipped, or fail where CI is set."""
    engine = str(request.param)
    if missing := missing_packages(engine):
        reason = f"This machine lacks {', '.join(missing)}."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with ENGINES[engine](tmp_path_factory.mktemp(engine)) as driver:
        yield driver
