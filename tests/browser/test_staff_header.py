"""Test the header of a long staff table: it stays in view, and covers nothing that has the focus (WCAG 2.4.11)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.chromium import open_context
from tests.portal import SimulatedCoder

ROWS = 40
# Whether the focused element is where the pointer meets it, at its middle and both of its ends.
FOCUS_IS_VISIBLE = """() => {
  const focused = document.activeElement, box = focused.getClientRects()[0], middle = box.left + box.width / 2;
  return [box.top + 2, (box.top + box.bottom) / 2, box.bottom - 2]
    .every(y => focused.contains(document.elementFromPoint(middle, y)));
}"""


@pytest.fixture
def long_table(page: Page, coder: SimulatedCoder) -> Page:
    """Return a page of an owner of the deployment, with more rows than a window shows."""
    for number in range(ROWS):
        coder.place(f"web-{number:02}", owner="bob")
    sign_in_by_request(page, "admin")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto("/staff/workspaces/?sort=name")
    return page


def top_of(locator: Locator) -> float:
    """Return where an element begins, in px from the top of the window."""
    box = locator.bounding_box()
    assert box
    return box["y"]


def scroll_to_end(page: Page) -> None:
    """Scroll the table to its end, and the page to the table's."""
    page.locator(".fleet-scroll").evaluate(
        "box => { box.scrollTop = box.scrollHeight; box.scrollIntoView({block: 'end'}) }"
    )


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_header_is_in_view_at_the_last_row(long_table: Page) -> None:
    scroll_to_end(long_table)
    header, row = long_table.locator("thead th").first, long_table.locator("tbody tr").last
    expect(row).to_be_in_viewport()
    assert 0 <= top_of(header) < top_of(row)
    assert row.evaluate("row => getComputedStyle(row.closest('table').tHead.rows[0].cells[0]).position") == "sticky"


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_focus_is_never_under_the_header(long_table: Page, key: str) -> None:
    names = long_table.locator("tbody .col-name a.name")
    names.nth(0 if key == "Tab" else ROWS - 1).focus()
    hidden = []
    for _ in range(ROWS * 3):
        long_table.keyboard.press(key)
        if not long_table.evaluate("document.activeElement.closest('tbody') !== null"):
            break
        if not long_table.evaluate(FOCUS_IS_VISIBLE):
            hidden.append(long_table.evaluate("document.activeElement.outerHTML"))
    assert hidden == []


def test_header_moves_sideways_with_its_columns(long_table: Page) -> None:
    long_table.set_viewport_size({"width": 800, "height": 720})
    scroll_to_end(long_table)
    box = long_table.locator(".fleet-scroll")
    # the width of the table depends on the texts of its times
    box.evaluate("box => { box.querySelector('table').style.minWidth = `${box.clientWidth + 200}px` }")
    assert box.evaluate("box => { box.scrollLeft = 100; return box.scrollLeft }") == 100
    header, cell = long_table.locator("thead th").last, long_table.locator("tbody tr").last.locator("td").last
    assert header.evaluate("element => element.getBoundingClientRect().left") == pytest.approx(
        cell.evaluate("element => element.getBoundingClientRect().left"), abs=1
    )
    assert long_table.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_search_shows_its_results_from_the_first(long_table: Page) -> None:
    scroll_to_end(long_table)
    long_table.get_by_label("Search or filter").fill("web-")
    expect(long_table).to_have_url("/staff/workspaces/?q=web-&sort=name")
    expect(long_table.locator(".fleet-scroll")).to_have_js_property("scrollTop", 0)


def test_short_table_has_no_scrollbar(long_table: Page) -> None:
    long_table.goto("/staff/workspaces/?q=web-01")
    expect(long_table.locator("tbody tr")).to_have_count(1)
    assert long_table.locator(".fleet-scroll").evaluate("box => box.scrollHeight - box.clientHeight") == 0


def test_cards_of_a_phone_scroll_with_the_page(long_table: Page) -> None:
    long_table.set_viewport_size({"width": 390, "height": 800})
    box = long_table.locator(".fleet-scroll")
    assert box.evaluate("box => box.scrollHeight - box.clientHeight") == 0
    assert box.evaluate("box => box.getBoundingClientRect().height") > 800


def test_printed_table_has_all_rows(long_table: Page) -> None:
    long_table.emulate_media(media="print")
    box = long_table.locator(".fleet-scroll")
    assert box.evaluate("box => [box.scrollHeight - box.clientHeight, getComputedStyle(box).maxHeight]") == [0, "none"]


@pytest.fixture
def demo_page(chromium: Browser, demo_url: str) -> Iterator[Page]:
    """Return a page of an owner of the demo's Coder."""
    with open_context(chromium, base_url=demo_url, viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        sign_in_by_request(page, "admin")
        yield page


@pytest.mark.parametrize("address", ["workspaces", "people", "audit", "builds", "templates"])
def test_every_staff_table_has_a_header_that_stays(demo_page: Page, address: str) -> None:
    demo_page.goto(f"/staff/{address}/")
    header = demo_page.locator(".fleet-scroll thead th").first
    if header.count():
        assert header.evaluate("header => getComputedStyle(header).position") == "sticky"
