"""Test announcements in a browser, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import OUTSIDE, findings

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])


@both_ways
def test_announcement_is_previewed_saved_dismissed_and_deleted(
    page: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    coder.place("web", owner="admin")
    sign_in_by_request(page, "admin")
    page.goto("/staff/announcements/")
    page.get_by_label("Text").fill("Maintenance at **noon**, see [status](https://status.example.com/)")
    page.get_by_label("Kind").select_option("Warning")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview").get_by_role("strong")).to_have_text("noon")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/workspaces/")
    announcement = page.get_by_role("article", name="Announcement")
    expect(announcement).to_contain_text("Maintenance at noon")
    if javascript:
        assert [*findings(page), *page.evaluate(OUTSIDE)] == []
    page.get_by_role("button", name="Favorite web").click()
    expect(page.get_by_role("status")).to_contain_text("web")
    expect(announcement).to_contain_text("Maintenance at noon")
    page.get_by_role("button", name="Dismiss announcement").click()
    expect(announcement).to_have_count(0)
    page.goto("/workspaces/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(announcement).to_have_count(0)
    page.goto("/staff/announcements/")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There are no announcements.")).to_be_visible()
