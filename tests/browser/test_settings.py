"""Browser tests for every workspace setting: the request to Coder, the message and the focus."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import OUTSIDE, findings

with_and_without_javascript = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
# Chromium logs a line for each 422.
ignore_422_lines = pytest.mark.parametrize("ignored_console_lines", ["^error: Failed to load resource: .* 422"])


def open_settings(page: Page, *, javascript: bool) -> None:
    """Open the settings of `web` from its overview: without scripts this is another page."""
    page.goto("/@alice/web/")
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.locator("#settings")).to_be_visible()
    if javascript:
        expect(page.locator(".htmx-request")).to_have_count(0)


def open_setting(page: Page, name: str) -> Locator:
    """Open the form of a setting and return the setting."""
    element = page.locator(f"#set-{name}")
    if not element.evaluate("element => element.querySelector('details').open"):
        element.locator("summary").first.click()
    return element


def rename(page: Page) -> None:
    """Rename the workspace."""
    open_setting(page, "rename")
    page.get_by_label("Name", exact=True).fill("web-2")
    page.get_by_role("button", name="Rename").click()


def set_ttl(page: Page) -> None:
    """Set the time until shutdown to 6.5 hours."""
    open_setting(page, "ttl")
    page.get_by_label("Custom duration").check()
    page.get_by_label("Hours", exact=True).fill("6")
    page.get_by_label("Minutes").fill("30")
    page.locator("#set-ttl").get_by_role("button", name="Save").click()


def disable_ttl(page: Page) -> None:
    """Remove the time until shutdown."""
    open_setting(page, "ttl")
    page.get_by_label("Never", exact=True).check()
    page.locator("#set-ttl").get_by_role("button", name="Save").click()


def set_weekly_autostart(page: Page) -> None:
    """Set a weekly autostart schedule for two days."""
    open_setting(page, "autostart")
    for day in ("Wednesday", "Thursday", "Friday"):
        page.get_by_label(day).uncheck()
    page.get_by_label("Time", exact=True).fill("08:15")
    page.locator("#id_timezone").fill("Asia/Tokyo")
    page.locator("#set-autostart").get_by_role("button", name="Save").first.click()


def set_autostart_cron(page: Page) -> None:
    """Set an autostart schedule as a cron."""
    open_setting(page, "autostart")
    page.get_by_text("Use a cron expression", exact=True).click()
    page.get_by_label("Cron expression").fill("0/20 7-9 * * MON")
    page.locator("#id_cron_timezone").fill("Europe/Dublin")
    page.locator("#set-autostart").get_by_role("button", name="Save").last.click()


def disable_autostart(page: Page) -> None:
    """Remove the autostart schedule."""
    open_setting(page, "autostart")
    page.get_by_role("button", name="Turn off").click()


def enable_automatic_updates(page: Page) -> None:
    """Switch automatic updates on."""
    open_setting(page, "autoupdates")
    page.get_by_label("Always: use the active version at each start").check()
    page.locator("#set-autoupdates").get_by_role("button", name="Save").click()


def extend_by_four_hours(page: Page) -> None:
    """Extend the deadline by four hours."""
    page.get_by_role("button", name="+4 hours").click()


def shorten_deadline(page: Page) -> None:
    """Set the deadline to two hours from now."""
    open_setting(page, "extend")
    page.get_by_label("Stop at").fill(local_input(hours=2))
    page.locator("#set-extend").get_by_role("button", name="Set deadline").click()


def report_activity(page: Page) -> None:
    """Report activity."""
    page.get_by_role("button", name="Report activity").click()


def make_dormant(page: Page) -> None:
    """Make the workspace dormant."""
    open_setting(page, "dormant").get_by_role("button", name="Make dormant").click()


def activate(page: Page) -> None:
    """Activate the dormant workspace."""
    open_setting(page, "dormant").get_by_role("button", name="Activate").click()


def local_input(hours: float) -> str:
    """Return the time this many hours from now as a datetime-local input in the browser's zone, UTC."""
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


Case = tuple[Callable[[Page], None], dict[str, Any], str, Any, str | re.Pattern[str]]
DEADLINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$")
DORMANT = re.compile("(web is dormant|Dormant since (today|yesterday) at)")
CASES: dict[str, Case] = {
    "rename": (rename, {}, "PATCH ", {"name": "web-2"}, "web-2: Renamed. Update your SSH configuration"),
    "ttl": (set_ttl, {}, "PUT /ttl", {"ttl_ms": 23_400_000}, "Stops 6 hours 30 minutes after each start."),
    "ttl off": (
        disable_ttl,
        {},
        "PUT /ttl",
        {"ttl_ms": None},
        "web: Time until shutdown (TTL) saved. Autostop is off.",
    ),
    "autostart": (
        set_weekly_autostart,
        {},
        "PUT /autostart",
        {"schedule": "CRON_TZ=Asia/Tokyo 15 8 * * 1,2"},
        "Starts Monday and Tuesday at 08:15, Asia/Tokyo.",
    ),
    "autostart as a cron": (
        set_autostart_cron,
        {},
        "PUT /autostart",
        {"schedule": "CRON_TZ=Europe/Dublin 0/20 7-9 * * MON"},
        "Starts every Monday 9 times a day",
    ),
    "turn off autostart": (
        disable_autostart,
        {"autostart_schedule": "0 8 * * 1"},
        "PUT /autostart",
        {"schedule": None},
        "Autostart is off.",
    ),
    "automatic updates": (
        enable_automatic_updates,
        {},
        "PUT /autoupdates",
        {"automatic_updates": "always"},
        "Each start uses the active version of the template.",
    ),
    "four hours more": (
        extend_by_four_hours,
        {"deadline_in_hours": 3},
        "PUT /extend",
        {"deadline": DEADLINE},
        "Stops",
    ),
    "shorter": (shorten_deadline, {"deadline_in_hours": 6}, "PUT /extend", {"deadline": DEADLINE}, "Stops"),
    "report activity": (report_activity, {}, "POST /usage", None, "Activity reported."),
    "dormant": (make_dormant, {"status": "stopped"}, "PUT /dormant", {"dormant": True}, DORMANT),
    "active": (
        activate,
        {"status": "stopped", "dormant_at": datetime(2026, 1, 1, tzinfo=UTC)},
        "PUT /dormant",
        {"dormant": False},
        re.compile("(web is active again|The workspace is not dormant)"),
    ),
}


def last_request_body(coder: SimulatedCoder, web: Workspace, call: str) -> Any:
    """Return the body of the latest request with this method and path below the workspace's."""
    method, _space, path = call.partition(" ")
    return coder.last_request(f"{method} /workspaces/{web.id}{path}")["body"]


@with_and_without_javascript
@pytest.mark.parametrize("case", CASES)
def test_setting_is_sent_to_coder_and_message_states_new_value_when_saved(
    alice: Page, coder: SimulatedCoder, case: str, *, javascript: bool
) -> None:
    save_setting, workspace_fields, call, body, message = CASES[case]
    web = coder.place("web", template="dev", **workspace_fields)
    open_settings(alice, javascript=javascript)
    save_setting(alice)
    expect(alice.locator("#messages")).to_contain_text(message)
    sent_body = last_request_body(coder, web, call)
    if isinstance(body, dict) and body.get("deadline") is DEADLINE:
        assert DEADLINE.match(sent_body["deadline"])
    else:
        assert sent_body == body
    if javascript:
        assert alice.evaluate("document.activeElement.closest('.setting, main') !== null")


@with_and_without_javascript
@ignore_422_lines
def test_rejected_cron_keeps_its_value_and_shows_coder_error_at_field(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    coder.place("web", template="dev", autostart_schedule="30 9,10 * * *")
    open_settings(alice, javascript=javascript)
    open_setting(alice, "autostart")
    field = alice.get_by_label("Cron expression")
    expect(field).to_have_value("30 9,10 * * *")
    field.fill("whenever")
    field.press("Enter")
    expect(field).to_have_accessible_description(re.compile("expected schedule to consist of 5 fields"))
    expect(field).to_have_value("whenever")
    expect(field).to_be_focused()


def test_unsaved_input_is_kept_when_another_setting_is_saved(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    open_settings(alice, javascript=True)
    open_setting(alice, "autostart")
    open_setting(alice, "rename")
    alice.locator("#id_timezone").fill("Asia/To")
    alice.get_by_label("Name", exact=True).fill("half")
    set_ttl(alice)
    expect(alice.locator("#says-ttl")).to_contain_text("Stops 6 hours 30 minutes after each start.")
    expect(alice.locator("#id_timezone")).to_have_value("Asia/To")
    expect(alice.get_by_label("Name", exact=True)).to_have_value("half")


def test_page_header_updates_when_deadline_and_name_change(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev", deadline_in_hours=3)
    open_settings(alice, javascript=True)
    head = alice.locator(f"#w-{web.id}")
    before = head.locator(".stop-menu-button").inner_text()
    extend_by_four_hours(alice)
    expect(head.locator(".stop-menu-button")).not_to_have_text(before)
    rename(alice)
    expect(alice.locator("#messages")).to_contain_text("Renamed.")  # the response: the stream may be faster
    expect(head.get_by_role("heading", level=1)).to_have_text("web-2")
    expect(alice).to_have_url(re.compile(r"/@alice/web-2/settings/$"))
    expect(alice).to_have_title("web-2 · Settings · Coder Portal")
    expect(alice.get_by_role("link", name="Parameters")).to_have_attribute("href", "/@alice/web-2/parameters/")
    alice.goto("/@alice/web/")
    expect(alice).to_have_url(re.compile(r"/@alice/web-2/$"))


def test_settings_update_when_workspace_is_stopped_from_page_header(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    open_settings(alice, javascript=True)
    expect(alice.locator("#settings").get_by_role("button", name="+1 hour")).to_be_visible()
    alice.get_by_role("button", name="Stop web").click()
    expect(alice.locator("#messages")).to_contain_text("Stopping web…")
    expect(alice.locator("#set-extend")).to_contain_text(re.compile("Wait until it (has stopped|has started|ends)"))
    expect(alice.get_by_role("button", name="+1 hour")).to_have_count(0)


@with_and_without_javascript
def test_favorite_and_dormancy_are_reverted_when_undo_is_clicked(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", "stopped")
    alice.goto("/workspaces/")
    alice.get_by_role("button", name="Favorite web").click()
    alice.get_by_role("button", name="Undo").wait_for()
    assert last_request_body(coder, web, "PUT /favorite") is None
    alice.get_by_role("button", name="Undo").click()
    expect(alice.locator("#messages")).to_contain_text("Removed web from your favorites.")
    assert last_request_body(coder, web, "DELETE /favorite") is None
    expect(alice.get_by_role("button", name="Favorite web")).to_have_attribute("aria-pressed", "false")
    open_settings(alice, javascript=javascript)
    make_dormant(alice)
    alice.get_by_role("button", name="Undo").click()
    expect(alice.locator("#messages")).to_contain_text(re.compile("(web is active again|The workspace is not dormant)"))
    assert last_request_body(coder, web, "PUT /dormant") == {"dormant": False}
    expect(alice.locator("#set-dormant")).to_contain_text("Make dormant")
    if javascript:
        expect(alice.get_by_role("button", name="Undo")).to_be_focused()


@with_and_without_javascript
def test_autostart_warning_links_to_parameters_when_value_is_missing(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", "stopped", template="dev", autostart_schedule="0 8 * * 1", automatic_updates="always")
    web.latest_build.parameters |= {"region": "us-east", "cpu": "4", "disk": "20", "project": "ABC-123"}
    web.template.active_version = web.template.versions[2]  # which requires the parameter team
    open_settings(alice, javascript=javascript)
    alice.locator("#says-autostart").get_by_role("link", name="Set it in Parameters").click()
    expect(alice.get_by_label("Team")).to_be_visible()
    assert last_request_body(coder, web, "GET /resolve-autostart") is None


@pytest.mark.parametrize("width", [1280, 390])
def test_settings_pass_axe_and_fit_viewport_when_closed_and_open(
    alice: Page, coder: SimulatedCoder, width: int
) -> None:
    coder.place("w" * 32, template="dev", autostart_schedule="*/5 * * * *")
    alice.set_viewport_size({"width": width, "height": 800})
    alice.goto(f"/@alice/{'w' * 32}/settings/")
    assert [*findings(alice), *alice.evaluate(OUTSIDE)] == []
    alice.evaluate("document.querySelectorAll('#settings details').forEach(details => { details.open = true; })")
    assert [*findings(alice), *alice.evaluate(OUTSIDE)] == []


def test_closed_setting_shows_its_value_and_form_opens_with_keyboard(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    open_settings(alice, javascript=True)
    ttl = alice.locator("#set-ttl")
    expect(ttl.get_by_text("after each start.")).to_be_visible()
    expect(ttl.get_by_label("Hours", exact=True)).to_be_hidden()
    ttl.locator("summary").focus()
    alice.keyboard.press("Enter")
    alice.keyboard.press("Tab")  # to the choice
    alice.keyboard.press("Tab")
    expect(ttl.get_by_label("Hours", exact=True)).to_be_focused()
    alice.keyboard.type("6")
    alice.keyboard.press("Enter")
    expect(ttl.get_by_text("Stops 6 hours after each start.")).to_be_visible()
    assert last_request_body(coder, web, "PUT /ttl") == {"ttl_ms": 21_600_000}


def test_open_setting_stays_open_when_settings_are_reloaded(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    open_settings(alice, javascript=True)
    open_setting(alice, "rename")
    alice.get_by_role("button", name="Stop web").click()
    expect(alice.locator("#set-extend")).to_contain_text(re.compile("Wait until it (has stopped|has started|ends)"))
    expect(alice.get_by_label("Name", exact=True)).to_be_visible()
    expect(alice.get_by_label("Hours", exact=True)).to_be_hidden()


@with_and_without_javascript
@ignore_422_lines
def test_invalid_setting_stays_open_with_its_error_when_submitted(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    coder.place("web", template="dev")
    open_settings(alice, javascript=javascript)
    open_setting(alice, "autostart")
    alice.locator("#id_timezone").fill("Berln")
    alice.locator("#set-autostart").get_by_role("button", name="Save").first.click()
    expect(alice.get_by_text("Did you mean Europe/Berlin?")).to_be_visible()
    expect(alice.locator("#id_timezone")).to_have_value("Berln")


def test_repeated_clicks_on_save_do_not_disable_autostart(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    open_settings(alice, javascript=True)
    save = open_setting(alice, "autostart").get_by_role("button", name="Save").first
    save.scroll_into_view_if_needed()
    box = save.bounding_box()
    assert box
    button_center = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _press in range(3):
        alice.mouse.click(*button_center)
        expect(alice.locator("#says-autostart")).to_contain_text("Starts Monday to Friday at 09:30, UTC.")
    assert web.autostart_schedule == "CRON_TZ=UTC 30 9 * * 1-5"
    assert {str(entry["body"]) for entry in put_requests(coder)} == {"{'schedule': 'CRON_TZ=UTC 30 9 * * 1-5'}"}


@with_and_without_javascript
def test_double_click_on_start_starts_workspace_without_canceling(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", "stopped")
    alice.goto("/@alice/web/")
    alice.get_by_role("button", name="Start web").dblclick()
    expect(alice.locator(f"#w-{web.id}")).to_have_attribute("data-status", re.compile("pending|starting"))
    assert not [request for request in coder.request_lines() if "cancel" in request]


@with_and_without_javascript
def test_header_extends_deadline_by_one_hour_with_one_click(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", deadline_in_hours=0.6)
    alice.goto("/@alice/web/")
    expect(alice.locator(".stop-time.warn")).to_be_visible()
    alice.get_by_role("button", name="Extend by 1 hour").click()
    expect(alice.locator("#messages")).to_contain_text("Stops")
    expect(alice.locator(".stop-time.warn")).to_have_count(0)
    assert f"PUT /workspaces/{web.id}/extend" in coder.request_lines()


def put_requests(coder: SimulatedCoder) -> list[dict[str, Any]]:
    """Return the PUT requests that Coder received, in order."""
    return [entry for entry in coder.server.requests() if entry["method"] == "PUT"]
