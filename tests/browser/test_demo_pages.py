"""The page of every workspace of the demo with all its parts: axe finds nothing, in both themes and both widths."""

from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sign_in import enter_quickly
from tests.styleguide.test_sight import AXE, OUTSIDE, RULES, THEMES
from tests.views.test_demo_pages import LOOKS_AFTER, TABLE, address

OWNERS = {owner: list(names) for owner, names in groupby(TABLE, key=lambda name: name.split("/")[0])}
WIDTHS = (1280, 390)
ALL_OF_IT = 9000  # px: so high that every part is in view, and loaded
LOADED = "() => !document.querySelector('[hx-trigger*=intersect]:not(:has(.panel)), .htmx-request') && 'htmx' in window"
# A theme and a width change colours and sizes: what the other rules look at is the same in all four. The settings are
# the same forms on every page; their own tests look at them.
LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"]
BROKEN = """rules => axe.run({exclude: ["#settings"]}, {runOnly: rules, resultTypes: ["violations"]})
  .then(found => found.violations.map(each => [each.id, each.nodes[0].html]))"""


@pytest.fixture
def screen(chromium: Browser, demo: str) -> Iterator[Page]:
    """A page as high as a workspace's may be."""
    viewport: Any = {"width": WIDTHS[0], "height": ALL_OF_IT}
    with closing(chromium.new_context(base_url=demo, viewport=viewport, reduced_motion="reduce")) as context:
        yield context.new_page()


@pytest.mark.parametrize("owner", OWNERS)
def test_every_page_can_be_read_and_reached_by_everybody(screen: Page, owner: str) -> None:
    enter_quickly(screen, LOOKS_AFTER.get(owner, owner))
    wrong = {name: found for name in OWNERS[owner] if (found := met(screen, address(name)))}
    assert wrong == {}


@pytest.mark.parametrize("name", ["alice/web-frontend", "alice/release-tooling", "tina/template-lab", "diego/mapas"])
def test_the_parts_of_a_page_can_be_read_as_pages_of_their_own(screen: Page, name: str) -> None:
    enter_quickly(screen, "admin")
    screen.goto(address(name))
    one = f"/workspaces/{screen.locator('[data-workspace]').first.get_attribute('data-workspace')}"
    alone = [f"{one}/{part}/" for part in ("builds", "timings", "advice", "agents")]
    alone += [f"/@{name}/delete/", f"/@{name}/builds/1/"]
    wrong = {where: found for where in alone if (found := met(screen, where))}
    assert wrong == {}


def met(page: Page, where: str) -> list[Any]:
    """What is wrong with the page at this address once all of it has been loaded."""
    page.set_viewport_size({"width": WIDTHS[0], "height": ALL_OF_IT})
    page.goto(where)
    page.wait_for_function(LOADED)
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found: list[Any] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": ALL_OF_IT})
        found += [(width, outside) for outside in page.evaluate(OUTSIDE)]
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            rules = RULES if (width, theme) == (WIDTHS[0], THEMES[0]) else LOOKS
            found += [(width, theme, *broken) for broken in page.evaluate(BROKEN, rules)]
    return found
