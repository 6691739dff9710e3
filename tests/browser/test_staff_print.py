"""Test what is printed of the staff pages: charts with their tables, without what cannot be clicked on paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.chromium import open_context
from tests.portal import SimulatedCoder

PAPER_WIDTH = 718  # CSS pixels of A4 within the margins of a browser, upright
LUMINANCE = """element => {
  const [red, green, blue] = getComputedStyle(element).color.match(/[\\d.]+/g).map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}"""


@pytest.fixture
def printed_page(chromium: Browser, demo_url: str) -> Iterator[Page]:
    """Return a page of an owner of the demo's Coder, on paper."""
    yield from open_on_paper(chromium, demo_url)


def open_on_paper(chromium: Browser, url: str) -> Iterator[Page]:
    """Open a page on paper for an owner of the deployment who prefers the dark theme."""
    viewport = {"width": PAPER_WIDTH, "height": 1123}
    with open_context(chromium, base_url=url, viewport=viewport, color_scheme="dark") as context:
        page = context.new_page()
        sign_in_by_request(page, "admin")
        page.emulate_media(media="print")
        yield page


@pytest.fixture
def active_page(chromium: Browser, portal_url: str, coder: SimulatedCoder) -> Iterator[Page]:
    """Return the same of a Coder with active users on each day of a month."""
    entries = [{"date": f"2026-11-{day:02}", "amount": day} for day in range(1, 31)]
    coder.server.add_fault("answer", path="/insights/daus$", body={"entries": entries, "tz_hour_offset": 0})
    yield from open_on_paper(chromium, portal_url)


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the paper."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_overview_is_printed_with_the_tables_of_its_charts(active_page: Page) -> None:
    active_page.goto("/staff/")
    cells = active_page.locator("#part-activity tbody tr")
    expect(cells).to_have_count(30)
    expect(active_page.locator("#part-activity summary")).to_be_hidden()
    boxes = [each.bounding_box() for each in (active_page.locator("#part-activity .chart"), cells.first, cells.last)]
    heights = [box["height"] for box in boxes if box]
    assert len(heights) == 3
    assert heights[0] > 50
    assert min(heights[1:]) > 10
    assert boxes[2]
    assert boxes[1]
    assert boxes[2]["y"] > boxes[1]["y"] + 29 * 10  # each row has its own line


@pytest.mark.parametrize("path", ["", "workspaces/", "builds/?hours=168", "templates/", "people/", "audit/"])
def test_staff_page_is_printed_without_navigation_and_on_one_width(printed_page: Page, path: str) -> None:
    printed_page.goto(f"/staff/{path}")
    expect(printed_page.get_by_role("heading", level=1)).to_be_visible()
    expect(printed_page.locator("#results [hx-trigger^=load], #fleet[data-refresh-s='1']")).to_have_count(0)
    for hidden in (".site-header", ".staff-pages", ".fleet-bar button", "main form button"):
        expect(printed_page.locator(hidden).locator("visible=true")).to_have_count(0)
    assert overflow(printed_page) == 0


def test_table_is_printed_with_all_its_columns(printed_page: Page) -> None:
    printed_page.goto("/staff/workspaces/?status=failed")
    expect(printed_page.locator("thead .col-error")).to_be_visible()
    expect(printed_page.locator("tbody .col-error").first).to_be_visible()
    expect(printed_page.get_by_role("link", name="Clear filters")).to_be_hidden()


def test_dark_theme_is_printed_as_dark_text(printed_page: Page) -> None:
    printed_page.goto("/staff/")
    assert printed_page.get_by_role("heading", level=1).evaluate(LUMINANCE) < 80
    expect(printed_page.locator(".figures b").first).to_be_visible()
    assert printed_page.locator(".figures span").first.evaluate(LUMINANCE) < 120
