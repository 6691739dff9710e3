"""Browser tests for every workspace page of the demo: axe and layout, in both themes and at both widths."""

from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sign_in import sign_in_by_request
from tests.styleguide.test_accessibility import AXE, OUTSIDE, RULES, THEMES
from tests.views.test_demo_pages import LOOKS_AFTER, TABLE, address

OWNERS = {owner: list(names) for owner, names in groupby(TABLE, key=lambda name: name.split("/")[0])}
WIDTHS = (1280, 390)
ALL_OF_IT = 9000  # px: high enough that every part is in view and loads
LOADED = "() => !document.querySelector('[hx-trigger*=intersect]:not(:has(.panel)), .htmx-request') && 'htmx' in window"
# Themes and widths change only color, size and scrolling, so the other rules run once. The settings are the same
# forms on every page and have tests of their own.
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
def test_every_workspace_page_passes_axe_and_fits_viewport(screen: Page, owner: str) -> None:
    sign_in_by_request(screen, LOOKS_AFTER.get(owner, owner))
    wrong = {name: found for name in OWNERS[owner] if (found := page_problems(screen, address(name)))}
    assert wrong == {}


@pytest.mark.parametrize("name", ["alice/web-frontend", "alice/release-tooling", "tina/template-lab", "diego/mapas"])
def test_standalone_parts_of_workspace_page_pass_axe_and_fit_viewport(screen: Page, name: str) -> None:
    sign_in_by_request(screen, "admin")
    screen.goto(address(name))
    one = f"/workspaces/{screen.locator('[data-workspace]').first.get_attribute('data-workspace')}"
    alone = [f"{one}/{part}/" for part in ("builds", "timings", "advice", "agents")]
    alone += [f"/@{name}/delete/", f"/@{name}/builds/1/"]
    wrong = {where: found for where in alone if (found := page_problems(screen, where))}
    assert wrong == {}


def page_problems(page: Page, where: str) -> list[Any]:
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
