"""Test the pages of people in a browser, with and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.portal import SimulatedCoder

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])


@both_ways
def test_person_is_found_and_their_workspaces_are_opened(page: Page, coder: SimulatedCoder) -> None:
    coder.place("web", owner="bob").latest_build.daily_cost = 7
    sign_in_by_request(page, "admin")
    page.goto("/staff/")
    page.get_by_role("navigation", name="Staff").get_by_role("link", name="Users").click()
    page.get_by_role("searchbox").fill("bob")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#count")).to_have_text("1 user")
    page.get_by_role("link", name="bob", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("bob")
    expect(page.get_by_role("link", name="Create workspace for this user")).to_be_visible()
    page.get_by_role("link", name="1 running").click()
    expect(page.locator("#count")).to_contain_text("1 workspace")
    expect(page.get_by_role("link", name="web", exact=True)).to_be_visible()
