"""The real portal before a simulated Coder, and Debian's Chromium before the portal."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.portal import SimulatedCoder
from tests.server import portal
from workspaces.simulator.testing import running
from workspaces.simulator.world import PASSWORD


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the portals keep what is their own."""
    return tmp_path_factory.mktemp("portals")


@pytest.fixture(scope="session")
def site(coders: dict[str, SimulatedCoder], folder: Path) -> Iterator[str]:
    """The address of a portal before the Coder whose workspaces a test places."""
    with portal(coders["2.36"].url, folder, more={"CODER_PUBLIC_URL": coders["2.36"].url}) as url:
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
        running(version="2.36", world="demo", licensed=True) as coder,
        portal(coder.url, folder / "demo", more={"CODER_PUBLIC_URL": coder.url}) as url,
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
    enter_quickly(page)
    return page


def enter_quickly(page: Page, name: str = "alice") -> None:
    """Sign somebody in without looking at the form."""
    request = page.context.request
    request.get("/login/")
    (mark,) = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "coder_portal_csrf"]
    fields: dict[str, str | float | bool] = {"csrfmiddlewaretoken": mark, "password": PASSWORD}
    assert request.post("/login/", form={**fields, "email": f"{name}@example.com"}).ok


def enter(page: Page, name: str = "alice", address: str = "/login/") -> None:
    """Sign somebody in by the form."""
    page.goto(address)
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login/" not in url)
