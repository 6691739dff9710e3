"""Test the staff table in a browser: filters, groups, columns, live rows, and the page without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.portal import SimulatedCoder

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])


@pytest.fixture
def staff_page(page: Page, coder: SimulatedCoder) -> Page:
    """Return a page of an owner of the deployment, with three workspaces at Coder."""
    coder.place("web", used_hours_ago=0.5).latest_build.daily_cost = 4
    coder.place("old", "stopped", owner="bob", used_hours_ago=40 * 24, age_hours=50 * 24)
    coder.place("broken", "failed", owner="bob", error="exit status 1").latest_build.daily_cost = 9
    sign_in_by_request(page, "admin")
    return page


def shown_names(page: Page) -> list[str]:
    """Return the names of the shown workspaces."""
    return page.locator(".fleet-table a.name").all_text_contents()


@both_ways
def test_filter_is_chosen_and_removed(staff_page: Page) -> None:
    staff_page.goto("/workspaces/")
    staff_page.get_by_role("navigation", name="Main").get_by_role("link", name="Staff").click()
    staff_page.get_by_role("navigation", name="Staff").get_by_role("link", name="Workspaces").click()
    expect(staff_page.get_by_role("heading", level=1)).to_have_text("All workspaces")
    assert sorted(shown_names(staff_page)) == ["broken", "old", "web"]
    staff_page.get_by_role("button", name="Filters").click()
    staff_page.get_by_role("link", name="Idle for 30 days").click()
    expect(staff_page.locator("#count")).to_contain_text("1 workspace")
    assert shown_names(staff_page) == ["old"]
    assert staff_page.url.endswith("/staff/workspaces/?idle=30")
    staff_page.get_by_role("link", name="Idle for 30 days Remove filter").click()
    expect(staff_page.locator("#count")).to_contain_text("3 workspaces")


@both_ways
def test_group_is_chosen_and_opened(staff_page: Page, *, javascript: bool) -> None:
    staff_page.goto("/staff/workspaces/")
    staff_page.get_by_label("Group by").select_option("Owner")
    if not javascript:
        staff_page.get_by_role("button", name="Search").click()
    group = staff_page.get_by_role("button", name="bob")
    expect(group).to_have_attribute("aria-expanded", "false")
    group.click()
    expect(staff_page.get_by_role("button", name="bob")).to_have_attribute("aria-expanded", "true")
    assert sorted(shown_names(staff_page)) == ["broken", "old"]


@both_ways
def test_columns_are_moved_and_removed(staff_page: Page, *, javascript: bool) -> None:
    staff_page.goto("/staff/workspaces/")
    staff_page.get_by_role("button", name="Columns").click()
    staff_page.get_by_role("button", name="Default columns").click()
    if not javascript:
        staff_page.get_by_role("button", name="Columns").click()
    staff_page.get_by_role("button", name="Move Owner down").click()
    if not javascript:
        staff_page.get_by_role("button", name="Columns").click()
    headers = staff_page.locator(".fleet-table thead th")
    expect(headers.nth(3)).to_have_text("Owner")
    staff_page.get_by_label("Error", exact=True).uncheck()
    staff_page.get_by_role("button", name="Save columns").click()
    expect(headers.filter(has_text="Error")).to_have_count(0)


def test_search_filters_while_typing_and_changes_the_address(staff_page: Page) -> None:
    staff_page.goto("/staff/workspaces/")
    staff_page.get_by_role("searchbox").press_sequentially("bob")
    expect(staff_page.locator("#count")).to_contain_text("2 workspaces")
    expect(staff_page).to_have_url(re.compile(r"\?q=bob$"))
    staff_page.reload()
    assert staff_page.get_by_role("searchbox").input_value() == "bob"


def test_headers_sort(staff_page: Page) -> None:
    staff_page.goto("/staff/workspaces/")
    staff_page.get_by_role("columnheader", name="Daily cost").get_by_role("link").click()
    expect(staff_page.get_by_role("columnheader", name="Daily cost")).to_have_attribute("aria-sort", "descending")
    assert shown_names(staff_page) == ["broken", "web", "old"]


def test_row_changes_when_coder_reports_it(staff_page: Page, coder: SimulatedCoder) -> None:
    staff_page.goto("/staff/workspaces/")
    expect(staff_page.locator("#live-status")).to_have_attribute("data-state", "live")
    row = staff_page.get_by_role("row", name="old")
    expect(row).to_have_attribute("data-status", "stopped")
    workspace = next(each for each in coder.server.world.workspaces.list_with_deleted() if each.name == "old")
    coder.start_queued_build(workspace)
    expect(row).to_have_attribute("data-status", re.compile("pending|starting"))


def test_export_is_a_file_of_what_is_shown(staff_page: Page) -> None:
    staff_page.goto("/staff/workspaces/?idle=30")
    with staff_page.expect_download() as download:
        staff_page.get_by_role("link", name="Export CSV").click()
    assert re.fullmatch(r"workspaces-\d{4}-\d\d-\d\d-\d{4}\.csv", download.value.suggested_filename)
    assert [line.split(",")[2] for line in download.value.path().read_text().splitlines()] == ["name", "old"]


def test_progress_ends_by_itself(staff_page: Page, coder: SimulatedCoder) -> None:
    coder.server.add_fault("delay", path="/workspaces$", seconds=3)
    staff_page.goto("/staff/workspaces/")
    expect(staff_page.get_by_text("Loading workspaces")).to_be_visible()
    expect(staff_page.get_by_text("Loading workspaces")).to_have_count(0)
    assert len(shown_names(staff_page)) == 3


@both_ways
def test_status_is_chosen_among_the_filters(staff_page: Page) -> None:
    staff_page.goto("/staff/workspaces/")
    staff_page.get_by_role("button", name="Filters").click()
    staff_page.get_by_role("combobox", name="Status").select_option("stopped")
    staff_page.get_by_role("button", name="Apply").click()
    expect(staff_page.locator("#count")).to_contain_text("1 workspace")
    assert shown_names(staff_page) == ["old"]


def test_checkbox_above_the_rows_selects_all_of_the_page(staff_page: Page) -> None:
    staff_page.goto("/staff/workspaces/")
    above, rows = staff_page.get_by_label("Select all on this page"), staff_page.locator("input[name=workspace]")
    above.check()
    expect(staff_page.locator("input[name=workspace]:checked")).to_have_count(3)
    rows.first.uncheck()
    assert above.evaluate("tick => tick.indeterminate && !tick.checked")
    above.check()
    expect(staff_page.locator("input[name=workspace]:checked")).to_have_count(3)
    above.uncheck()
    expect(staff_page.locator("input[name=workspace]:checked")).to_have_count(0)


def test_value_of_a_chart_is_shown_by_keyboard_and_pointer(staff_page: Page, coder: SimulatedCoder) -> None:
    entries = [{"date": f"2026-11-{day:02}", "amount": day} for day in range(1, 31)]
    coder.server.add_fault("answer", path="/insights/daus$", body={"entries": entries, "tz_hour_offset": 0})
    staff_page.goto("/staff/")
    columns = staff_page.locator("#part-activity .chart li")
    expect(columns).to_have_count(30)
    values = columns.locator("span")
    columns.first.focus()
    staff_page.keyboard.press("Tab")
    expect(values.nth(1)).to_have_css("opacity", "1")
    expect(values.first).to_have_css("opacity", "0")
    columns.nth(4).hover()
    expect(values.nth(4)).to_have_css("opacity", "1")
    expect(values.nth(1)).to_have_css("opacity", "0")
    staff_page.locator("#part-activity .chart").hover(position={"x": 5, "y": 5})  # where the values are shown
    expect(values.last).to_have_css("opacity", "0")
