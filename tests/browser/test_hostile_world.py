"""A real browser on pages of the hostile world: nothing runs, nothing is loaded, and the longest texts fit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Dialog, Page

from coder_simulator.testing import run_server
from coder_simulator.world import World
from tests.browser.sign_in import sign_in_by_request
from tests.browser.test_demo_pages import FULL_HEIGHT, IS_LOADED, WIDTHS
from tests.chromium import open_context
from tests.server import run_portal
from tests.styleguide.test_accessibility import OUTSIDE


class HostilePortal(NamedTuple):
    """A page of a portal in front of the hostile world, that world, and the URLs of both servers."""

    page: Page
    world: World
    url: str
    coder_url: str


@pytest.fixture
def hostile_portal(folder: Path, chromium: Browser) -> Iterator[HostilePortal]:
    """Run a portal in front of the hostile world."""
    (folder / "hostile").mkdir(exist_ok=True)
    viewport: Any = {"width": WIDTHS[0], "height": FULL_HEIGHT}
    with (
        run_server(version="2.36", world="hostile", licensed=True) as coder,
        run_portal(coder.url, folder / "hostile", extra_env={"CODER_PUBLIC_URL": coder.url}) as url,
        open_context(chromium, base_url=url, viewport=viewport, reduced_motion="reduce") as context,
    ):
        yield HostilePortal(context.new_page(), coder.world, url, coder.url)


def test_browser_runs_no_text_of_hostile_world_and_pages_fit_viewport(hostile_portal: HostilePortal) -> None:
    page, world, portal_url, coder_url = hostile_portal
    events: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        events.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("console", lambda message: events.append(f"console: {page.url}: {message.text}"))
    page.on("request", lambda request: events.append(f"request: {request.url}"))
    sign_in_by_request(page, "admin")
    template = next(template for template in world.templates.values() if template.name == "hostile")
    paths = ["/workspaces/?q=", "/workspaces/new/", f"/workspaces/new/{template.id}/", "/@alice/web/parameters/"]
    paths += ["/@alice/web/", "/@alice/failed/", "/@alice/outdated/", "/@alice/web/delete/", "/@alice/failed/builds/2/"]
    problems = {path: found for path in paths if (found := page_problems(page, path))}
    assert problems == {}
    own = tuple(f"request: {url}/" for url in (portal_url, coder_url))
    assert [event for event in events if not event.startswith(own)] == []


def page_problems(page: Page, path: str) -> list[Any]:
    """Return the elements that a text brought to the page, and those outside of the viewport."""
    page.goto(path)
    page.wait_for_function(IS_LOADED)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    problems: list[Any] = page.evaluate("[...document.querySelectorAll('[xss]')].map(element => element.outerHTML)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": FULL_HEIGHT})
        problems += [(width, outside) for outside in page.evaluate(OUTSIDE)]
    page.set_viewport_size({"width": WIDTHS[0], "height": FULL_HEIGHT})
    return problems
