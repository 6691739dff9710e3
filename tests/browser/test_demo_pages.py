"""Browser tests for every workspace page of the demo: axe and layout, in both themes and at both widths."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sign_in import sign_in_by_request
from tests.chromium import open_context
from tests.styleguide.test_accessibility import AXE, OUTSIDE, RULES, THEMES
from tests.views.test_demo_pages import TABLE, VIEWERS, page_url

OWNERS = {owner: list(names) for owner, names in groupby(TABLE, key=lambda name: name.split("/")[0])}
WIDTHS = (1280, 390)
FULL_HEIGHT = 9000  # px: high enough that every part is in the viewport and loads
IS_LOADED = (
    "() => !document.querySelector('[hx-trigger*=intersect]:not(:has(.panel)), .htmx-request') && 'htmx' in window"
)
# Themes and widths change only color, size and scrolling, so the other rules run once. The settings are the same
# forms on every page and have tests of their own.
VISUAL_RULES = ["color-contrast", "target-size", "scrollable-region-focusable"]
FIND_VIOLATIONS = """rules => axe.run({exclude: ["#settings"]}, {runOnly: rules, resultTypes: ["violations"]})
  .then(result => result.violations.map(violation => [violation.id, violation.nodes[0].html]))"""
# What makes an element different for axe and for the layout: its tag, its classes, and its attributes of these kinds.
KINDS_OF_ELEMENTS = """() => [...new Set([...document.querySelectorAll("main *, #messages *")].map(element =>
  [element.localName, ...[...element.classList].sort(), ...[...element.attributes]
    .map(({name}) => name).filter(name => /^(role|type|aria-\\w+|open|hidden|disabled)$/.test(name))].join(" ")))]"""
examined_kinds: set[str] = set()  # of elements, by the tests of this process


@pytest.fixture
def tall_page(chromium: Browser, demo_url: str) -> Iterator[Page]:
    """Return a page with a viewport as high as the longest workspace page."""
    viewport: Any = {"width": WIDTHS[0], "height": FULL_HEIGHT}
    with open_context(chromium, base_url=demo_url, viewport=viewport, reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.mark.parametrize("owner", OWNERS)
def test_every_workspace_page_passes_axe_and_fits_viewport(tall_page: Page, owner: str) -> None:
    sign_in_by_request(tall_page, VIEWERS.get(owner, owner))
    problems_by_name = {
        name: problems for name in OWNERS[owner] if (problems := page_problems(tall_page, page_url(name)))
    }
    assert problems_by_name == {}


@pytest.mark.parametrize("name", ["alice/web-frontend", "alice/release-tooling", "tina/template-lab", "diego/mapas"])
def test_standalone_parts_of_workspace_page_pass_axe_and_fit_viewport(tall_page: Page, name: str) -> None:
    sign_in_by_request(tall_page, "admin")
    tall_page.goto(page_url(name))
    workspace_url = f"/workspaces/{tall_page.locator('[data-workspace]').first.get_attribute('data-workspace')}"
    urls = [f"{workspace_url}/{part}/" for part in ("builds", "timings", "advice", "agents")]
    urls += [f"/@{name}/delete/", f"/@{name}/builds/1/"]
    problems_by_url = {url: problems for url in urls if (problems := page_problems(tall_page, url))}
    assert problems_by_url == {}


def page_problems(page: Page, url: str) -> list[Any]:
    """Return the axe violations and overflows of the page at this URL after all its parts have loaded.

    Axe takes seconds: it examines only pages with a kind of element that no page before them had.
    """
    page.set_viewport_size({"width": WIDTHS[0], "height": FULL_HEIGHT})
    page.goto(url)
    page.wait_for_function(IS_LOADED)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    kinds = set(page.evaluate(KINDS_OF_ELEMENTS))
    has_new_kinds = not kinds <= examined_kinds
    examined_kinds.update(kinds)
    if has_new_kinds:
        page.evaluate(AXE.read_text())
    problems: list[Any] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": FULL_HEIGHT})
        problems += [(width, outside) for outside in page.evaluate(OUTSIDE)]
        for theme in THEMES if has_new_kinds else ():
            page.emulate_media(color_scheme=theme)
            rules = RULES if (width, theme) == (WIDTHS[0], THEMES[0]) else VISUAL_RULES
            problems += [(width, theme, *violation) for violation in page.evaluate(FIND_VIOLATIONS, rules)]
    return problems
