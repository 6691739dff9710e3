"""Browser tests for settings that change elsewhere while a form is open, and for a workspace that is deleted."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.tabs import OtherClient, Tabs, expect_status
from tests.portal import SimulatedCoder

ALL_BUILDS_S = 7200.0  # every build has ended by then


def open_setting(page: Page, name: str) -> Locator:
    """Open the form of a setting and return it."""
    form = page.locator(f"#set-{name} details").first
    form.locator("summary").first.click()
    return form


def test_setting_changed_elsewhere_is_shown_and_typed_input_is_kept(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    page = tabs("/@alice/web/settings/")
    form = open_setting(page, "ttl")
    form.get_by_label("Hours", exact=True).fill("5")
    untouched = open_setting(page, "rename")
    other_client.http.put(f"/workspaces/{web.id}/ttl", json={"ttl_ms": 3 * 3_600_000}).raise_for_status()
    other_client.http.patch(f"/workspaces/{web.id}", json={"name": "other"}).raise_for_status()  # Coder sends an event
    expect(page.locator("#says-ttl")).to_contain_text("3 hours")
    expect(page.locator("#says-rename")).to_contain_text("@alice/other")
    expect(form.get_by_label("Hours", exact=True)).to_have_value("5")
    expect(untouched.locator("input[name=name]")).to_have_value("other")
    form.get_by_label("Hours", exact=True).fill("8")  # the original value
    form.locator("summary").first.click()
    expect(form.get_by_label("Hours", exact=True)).to_have_value("3")


# Chromium logs a line for each 422.
@pytest.mark.parametrize("ignored_console_lines", ["^error: Failed to load resource: .* 422"])
def test_error_of_a_form_that_a_reload_has_kept_is_shown(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    page = tabs("/@alice/web/settings/")
    form = open_setting(page, "ttl")
    form.get_by_label("Hours", exact=True).fill("five")
    other_client.http.patch(f"/workspaces/{web.id}", json={"name": "other"}).raise_for_status()  # Coder sends an event
    expect(page.locator("#says-rename")).to_contain_text("@alice/other")
    form.get_by_role("button", name="Save").click()
    expect(form.locator(".error")).to_have_text("Enter a whole number.")


def test_settings_disappear_without_error_when_workspace_is_deleted(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/settings/")
    expect(page.locator("#set-ttl")).to_be_visible()
    other_client.create_build(web, "delete")
    expect_status(page, web, "pending|deleting")
    expect(page).to_have_title(re.compile("^web: (Deleting|Pending|Queued)"))
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("tabs/busy"))
    coder.server.advance(ALL_BUILDS_S)
    expect(page.locator("#settings")).to_have_count(0)
    expect(page.locator("#tabs a")).to_have_text(["Overview", "Builds"])
    page.get_by_role("link", name="Builds", exact=True).click()
    expect(page.locator("#history li.build")).to_have_count(3)
    expect(page.locator("#messages .error")).to_have_count(0)


def test_next_three_starts_are_shown_while_cron_is_typed(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/@alice/web/settings/")
    open_setting(alice, "autostart")
    autostart = alice.locator("#set-autostart")
    autostart.get_by_text("Use a cron expression").click()
    autostart.get_by_label("Cron expression").fill("30 9 * * *")
    expect(autostart.locator("#next-starts-cron")).to_contain_text(
        re.compile(r"Next starts: .*09:30, .*09:30, .*09:30\.")
    )
