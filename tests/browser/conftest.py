"""The real portal before a simulated Coder, and Debian's Chromium before the portal."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from coder_simulator.testing import run_server
from tests.browser.sign_in import sign_in_by_request
from tests.browser.tabs import STREAM_COUNTER_SCRIPT, OtherClient, Tabs
from tests.portal import SimulatedCoder, lengthen_builds
from tests.server import run_portal


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the portals keep what is their own."""
    return tmp_path_factory.mktemp("portals")


@pytest.fixture(scope="session")
def coders() -> Iterator[dict[str, SimulatedCoder]]:
    """Run a separate Coder: builds take minutes, and no other test counts the requests of these portals."""
    with run_server(version="2.36", world="contract", speed=0.01) as server:
        lengthen_builds(server.world)
        yield {"2.36": SimulatedCoder(server)}


@pytest.fixture(scope="session")
def site(coders: dict[str, SimulatedCoder], folder: Path) -> Iterator[str]:
    """The address of a portal before the Coder whose workspaces a test places."""
    with run_portal(coders["2.36"].url, folder, extra_env={"CODER_PUBLIC_URL": coders["2.36"].url}) as url:
        yield url


@pytest.fixture
def coder(coders: dict[str, SimulatedCoder]) -> SimulatedCoder:
    """That Coder, without workspaces."""
    coders["2.36"].reset()
    return coders["2.36"]


@pytest.fixture(scope="session")
def demo(folder: Path) -> Iterator[str]:
    """The address of a portal before the world of the demo, in which every status and badge is to be seen."""
    (folder / "demo").mkdir()
    with (
        run_server(version="2.36", world="demo", licensed=True) as coder,
        run_portal(coder.url, folder / "demo", extra_env={"CODER_PUBLIC_URL": coder.url}) as url,
    ):
        yield url


@pytest.fixture
def javascript() -> bool:
    """Whether the browser runs scripts; a test that is parametrised over `javascript` meets both."""
    return True


@pytest.fixture
def context(chromium: Browser, site: str, coder: SimulatedCoder, *, javascript: bool) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    context = chromium.new_context(base_url=site, java_script_enabled=javascript, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def expected() -> str:
    """Which lines of the console are no fault, as a regular expression: what a test's own doing brings about."""
    return "^info: "


@pytest.fixture
def page(context: BrowserContext, expected: str) -> Iterator[Page]:
    """A page on which the console stays silent, the violations of the Content-Security-Policy included."""
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"thrown: {error}"))
    yield page
    assert [line for line in said if not re.search(expected, line)] == []


@pytest.fixture
def alice(page: Page) -> Page:
    """The page of a browser in which Alice is signed in; no page has been opened yet."""
    sign_in_by_request(page)
    return page


@pytest.fixture
def tabs(context: BrowserContext, coder: SimulatedCoder, expected: str) -> Iterator[Tabs]:
    """Tabs whose consoles stay silent, the violations of the Content-Security-Policy included."""
    said = list[str]()
    context.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: said.append(f"thrown: {error.error}"))
    context.add_init_script(STREAM_COUNTER_SCRIPT)
    yield Tabs(context)
    assert [line for line in said if not re.search(expected, line)] == []


@pytest.fixture
def elsewhere(coder: SimulatedCoder) -> Iterator[OtherClient]:
    """Alice at another place."""
    there = OtherClient(coder)
    with there.http:
        yield there
