"""Settings that a page follows, in a real browser: changed elsewhere, half-typed here, and gone."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.tabs import Elsewhere, Tabs, has_status
from tests.portal import SimulatedCoder

ENOUGH = 7200.0  # s: each build has ended by then


def opened(page: Page, name: str) -> Locator:
    """The form of a setting, opened."""
    form = page.locator(f"#set-{name} details")
    form.locator("summary").click()
    return form


def test_what_is_set_elsewhere_is_said_beside_a_form_in_which_somebody_types(
    tabs: Tabs, coder: SimulatedCoder, elsewhere: Elsewhere
) -> None:
    web = coder.place("web")
    page = tabs("/@alice/web/")
    form = opened(page, "ttl")
    form.get_by_label("Hours").fill("5")
    untouched = opened(page, "rename")
    elsewhere.http.put(f"/workspaces/{web.id}/ttl", json={"ttl_ms": 3 * 3_600_000}).raise_for_status()
    elsewhere.http.patch(f"/workspaces/{web.id}", json={"name": "other"}).raise_for_status()  # which Coder announces
    expect(page.locator("#says-ttl")).to_contain_text("3 hours")
    expect(page.locator("#says-rename")).to_contain_text("@alice/other")
    expect(form.get_by_label("Hours")).to_have_value("5")
    expect(untouched.locator("input[name=name]")).to_have_value("other")
    form.get_by_label("Hours").fill("8")  # as it was
    form.locator("summary").click()
    expect(form.get_by_label("Hours")).to_have_value("3")


def test_of_a_workspace_that_was_deleted_nothing_is_to_be_set_and_no_error_is_said(
    tabs: Tabs, coder: SimulatedCoder, elsewhere: Elsewhere
) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    expect(page.locator("#set-ttl")).to_be_visible()
    elsewhere.build(web, "delete")
    has_status(page, web, "pending|deleting")
    expect(page).to_have_title(re.compile("^web: (Deleting|Pending|Queued)"))
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("tabs/busy"))
    coder.server.advance(ENOUGH)
    expect(page.locator("#settings")).to_have_count(0)
    expect(page.locator("#messages .error")).to_have_count(0)
