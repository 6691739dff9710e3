"""Test the audit log in a browser, with and without scripts."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.portal import SimulatedCoder

both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])


@both_ways
def test_changes_of_a_person_are_found_and_exported(page: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    sign_in_by_request(page, "alice")
    page.goto("/workspaces/")
    page.get_by_role("button", name="Favorite web").click()
    expect(page.get_by_role("status")).to_contain_text("web")
    page.context.clear_cookies()
    sign_in_by_request(page, "axel")
    page.goto("/staff/")
    page.get_by_role("navigation", name="Staff").get_by_role("link", name="Audit log").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit log")
    page.get_by_label("User").fill("alice")
    page.get_by_label("Action").select_option("Add favorite")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"person=alice&action=favorite"))
    row = page.locator(".audit-table tbody tr").first
    expect(row).to_contain_text("alice/web")
    expect(row).to_contain_text("Accepted")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert {(line["person"], line["action"]) for line in lines} == {("alice", "favorite")}  # of other tests, too
    assert lines[0]["name"] == "web"
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator(".audit-table tbody tr").first).to_contain_text("Export audit log")
