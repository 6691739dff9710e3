"""Browser tests for the editor of an autostart, for a new workspace and in the settings of one."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.portal import SimulatedCoder
from tests.views.create_form import find_template


def open_schedule(page: Page, coder: SimulatedCoder) -> None:
    """Open the form of `plain` with the section of the schedule."""
    page.goto(f"/workspaces/new/{find_template(coder, 'plain').id}/")
    page.get_by_text("Schedule and updates").click()


def test_buttons_select_days_and_time_and_show_next_starts(alice: Page, coder: SimulatedCoder) -> None:
    open_schedule(alice, coder)
    off, weekdays, every_day = (alice.get_by_role("button", name=name) for name in ("Off", "Weekdays", "Every day"))
    expect(off).to_have_attribute("aria-pressed", "true")
    weekdays.click()
    expect(alice.get_by_label("Friday")).to_be_checked()
    expect(alice.get_by_label("Saturday")).not_to_be_checked()
    expect(alice.get_by_label("Time", exact=True)).to_have_value("09:30")
    expect(alice.locator("#next-starts")).to_contain_text(re.compile("Next starts: .*09:30, .*09:30, .*09:30"))
    expect(alice.locator("#summary-body")).to_contain_text("Monday to Friday at 09:30")
    expect(weekdays).to_have_attribute("aria-pressed", "true")
    alice.get_by_label("Time", exact=True).fill("07:00")
    alice.get_by_label("Saturday").check()
    expect(weekdays).to_have_attribute("aria-pressed", "false")
    every_day.click()
    expect(alice.get_by_label("Sunday")).to_be_checked()
    expect(alice.locator("#summary-body")).to_contain_text("Every day at 07:00")
    off.click()
    expect(alice.get_by_label("Time", exact=True)).to_have_value("")
    expect(alice.locator("#summary-body")).to_contain_text("Autostart Off")


def test_selected_days_are_sent_when_workspace_is_created(alice: Page, coder: SimulatedCoder) -> None:
    open_schedule(alice, coder)
    alice.get_by_role("button", name="Weekdays").click()
    alice.get_by_role("button", name="Create workspace").click()
    expect(alice).to_have_url(re.compile("/@alice/plain/$"))
    body = coder.last_request("POST /users/alice/workspaces")["body"]
    assert re.fullmatch("CRON_TZ=[A-Za-z/]+ 30 9 \\* \\* 1-5", body["autostart_schedule"])


@pytest.mark.parametrize("javascript", [False], ids=["without"])
def test_days_are_chosen_one_by_one_without_javascript(alice: Page, coder: SimulatedCoder) -> None:
    open_schedule(alice, coder)
    expect(alice.get_by_role("button", name="Weekdays")).to_be_hidden()
    alice.get_by_label("Monday").check()
    alice.get_by_label("Time", exact=True).fill("08:30")
    alice.get_by_role("button", name="Create workspace").click()
    expect(alice).to_have_url(re.compile("/@alice/plain/$"))
    assert "30 8 * * 1" in coder.last_request("POST /users/alice/workspaces")["body"]["autostart_schedule"]


def test_setting_closes_after_saving_and_focus_moves_to_its_button(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="dev")
    alice.goto("/@alice/web/settings/")
    setting = alice.locator("#set-autostart")
    opener = setting.locator("summary").first
    opener.click()
    alice.get_by_label("Time", exact=True).fill("08:30")
    alice.get_by_label("Time", exact=True).press("Enter")
    expect(alice.locator("#says-autostart")).to_contain_text("Starts Monday to Friday at 08:30")
    expect(alice.get_by_label("Time", exact=True)).to_be_hidden()
    expect(opener).to_be_focused()
    schedule = coder.last_request(f"PUT /workspaces/{web.id}/autostart")["body"]["schedule"]
    assert schedule.endswith(" 30 8 * * 1-5")


@pytest.mark.parametrize("ignored_console_lines", ["^error: Failed to load resource: .* 422"])
def test_setting_stays_open_when_it_is_refused(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped", template="dev")
    alice.goto("/@alice/web/settings/")
    setting = alice.locator("#set-autostart")
    setting.locator("summary").first.click()
    alice.get_by_label("Time", exact=True).fill("")
    setting.get_by_role("button", name="Save").first.click()
    expect(setting.locator("#id_time_error")).to_be_visible()
