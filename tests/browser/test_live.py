"""Browser tests for live updates: starts, changes made elsewhere, many tabs, outages and restarts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.restartable_coder import RestartablePortal
from tests.browser.sign_in import sign_in_by_request
from tests.browser.tabs import (
    STREAM_COUNTER_SCRIPT,
    OtherClient,
    Tabs,
    count_streams,
    expect_live,
    expect_status,
    is_scrolled_to_end,
    live_indicator,
    workspace_element,
)
from tests.chromium import open_context
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import findings
from tests.styleguide.test_scripts import HIDE

ALL_BUILDS_S = 7200.0  # every build has ended by then, and no token has expired


def test_start_is_shown_until_running_on_workspace_page_and_in_list_tab(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    list_page, page = tabs("/workspaces/"), tabs("/@alice/web/builds/")
    expect(page.locator("#history li.build")).to_have_count(2)
    expect(page.locator("#timings .panel")).to_be_visible()
    icon = page.locator("link[rel=icon]")
    before = icon.get_attribute("href")
    page.locator(".workspace .row-actions .btn-primary").click()
    for tab in (list_page, page):
        expect(workspace_element(tab, web)).to_have_attribute("data-status", re.compile("pending|starting"))
    coder.server.advance(5)
    for tab in (list_page, page):
        expect_status(tab, web, "starting")
    expect(page).to_have_title(re.compile("^(?!.*Stopped).*web.*Starting|^Starting.*web"))
    assert icon.get_attribute("href") != before
    bar = page.locator(".build-progress")
    expect(bar.locator("progress")).to_have_js_property("max", 100)
    expect(bar.locator("span")).to_have_text(re.compile("left|more|longer than usual"))
    coder.server.advance(ALL_BUILDS_S)
    for tab in (list_page, page):
        expect_status(tab, web, "running")
        expect(tab.locator("#sr-announcer")).to_contain_text("web: Running")
    expect(bar).to_have_count(0)
    expect(page).to_have_title("web · Builds · Coder Portal")
    expect(icon).to_have_attribute("href", re.compile("tabs/ok"))
    expect(page.locator("#history li.build")).to_have_count(3)
    expect(page.locator("#history li.build").first).to_contain_text("Done")
    expect(page.locator("#timings")).to_contain_text("Took 2 min")


# Whether the failing line is visible within the log box.
IS_FAILING_LINE_VISIBLE = """() => {
  const box = document.getElementById("log"), line = box.querySelector("#failing");
  if (!line) return false;
  const {top, bottom} = box.getBoundingClientRect(), at = line.getBoundingClientRect();
  return at.top >= top && at.bottom <= bottom;
}"""


def test_log_follows_end_unless_scrolled_and_shows_failing_line_on_failure(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped", template="broken"))
    page = tabs("/@alice/web/")
    log_box, logs, ids = page.locator("#log"), web.latest_build.job.logs, coder.server.world.log_ids
    expect(log_box).to_be_visible()
    logs += [replace(logs[-1], id=next(ids), source="provisioner", output=f"line {n}") for n in range(200)]
    logs[-100].level = "error"
    expect(log_box).to_contain_text("line 199")
    assert is_scrolled_to_end(log_box)
    log_box.evaluate("element => { element.scrollTop = 0; }")
    logs.append(replace(logs[-1], id=next(ids), output="the last word"))
    expect(log_box).to_contain_text("the last word")
    assert not is_scrolled_to_end(log_box)
    coder.server.advance(ALL_BUILDS_S)
    expect_status(page, web, "failed")
    page.wait_for_function(IS_FAILING_LINE_VISIBLE)


def test_progress_bar_keeps_its_value_when_log_lines_arrive(tabs: Tabs, coder: SimulatedCoder) -> None:
    coder.place("other", "stopped")
    web = coder.start_queued_build(coder.place("web", "stopped"))
    page = tabs("/@alice/web/")
    bar = page.locator(".build-progress progress")
    page.clock.install()
    before = bar.evaluate("element => element.value")
    page.clock.fast_forward(400)
    page.wait_for_function("before => document.querySelector('.build-progress progress').value > before", arg=before)
    advanced = bar.evaluate("element => element.value")
    logs = web.latest_build.job.logs
    logs.append(replace(logs[-1], id=logs[-1].id + 1, output="one more line"))
    page.clock.fast_forward(1)
    expect(page.locator("#log")).to_contain_text("one more line")
    assert bar.evaluate("element => element.value") >= advanced


def test_list_and_page_update_when_builds_are_started_elsewhere(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web, api = coder.place("web"), coder.place("api", "stopped")
    list_page, page = tabs("/workspaces/"), tabs("/@alice/web/")
    other_client.create_build(web, "stop")
    other_client.create_build(api, "start")
    coder.server.advance(ALL_BUILDS_S)
    expect_status(page, web, "stopped")
    expect_status(list_page, web, "stopped")
    expect_status(list_page, api, "running")


def test_list_adds_created_workspace_and_removes_deleted_one_without_reload(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    list_page = tabs("/workspaces/")
    api = coder.place("api")
    other_client.create_build(web, "delete")
    expect_status(list_page, web, "pending|deleting")  # it is watched
    coder.server.advance(ALL_BUILDS_S)  # a build that ends triggers a list request
    expect(workspace_element(list_page, api)).to_be_visible()
    expect(workspace_element(list_page, web)).to_have_count(0)
    expect(list_page.locator("#count")).to_contain_text("1 workspace")


def start_typing_name(page: Page) -> Locator:
    """Open the form that renames the workspace, and type an incomplete name."""
    page.locator("#tabs").get_by_role("link", name="Settings").click()
    page.locator("#set-rename summary").click()
    name = page.locator("#set-rename input[name=name]")
    name.fill("half-ty")
    return name


def test_input_focus_and_open_menu_are_kept_when_status_changes(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web, api = coder.place("web"), coder.place("api")
    list_page, page = tabs("/workspaces/"), tabs("/@alice/web/")
    name = start_typing_name(page)
    menu = list_page.locator("#row-menu")
    workspace_element(list_page, api).get_by_label("Actions for").click()
    expect(menu).to_be_visible()
    item = menu.get_by_role("button", name="Restart")
    item.focus()
    other_client.create_build(web, "stop")
    coder.server.advance(ALL_BUILDS_S)
    for tab in (page, list_page):
        expect_status(tab, web, "stopped")
    expect(name).to_have_value("half-ty")
    expect(name).to_be_focused()
    expect(menu).to_be_visible()
    expect(item).to_be_focused()


def test_tab_polls_and_its_buttons_work_beyond_stream_limit(tabs: Tabs, coder: SimulatedCoder) -> None:
    workspaces = [coder.place(f"web-{number}") for number in range(7)]
    for number in range(4):
        tabs(f"/@alice/web-{number}/")
    polling_pages = [tabs.open(f"/@alice/web-{number}/") for number in range(4, 7)]
    for page in polling_pages:
        expect(live_indicator(page).locator("span")).to_have_text("Updates every few seconds")
    polling_pages[-1].locator(".workspace .row-actions .btn-primary").click()
    expect_status(polling_pages[-1], workspaces[-1], "pending|stopping")
    coder.server.advance(ALL_BUILDS_S)
    expect(workspace_element(polling_pages[-1], workspaces[-1])).to_have_attribute(
        "data-status", "stopped", timeout=15_000
    )  # it polls every 5 s


def test_hidden_tab_closes_stream_and_catches_up_when_shown_again(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    page = tabs("/@alice/web/")
    assert count_streams(page) == 1
    page.evaluate(HIDE, False)
    assert page.evaluate("document.visibilityState") == "hidden"
    assert count_streams(page) == 0
    other_client.create_build(web, "stop")
    coder.server.advance(ALL_BUILDS_S)
    page.evaluate(HIDE, True)
    expect_status(page, web, "stopped")
    expect_live(page)
    assert count_streams(page) == 1


@pytest.mark.parametrize("ignored_console_lines", ["^error: Failed to load resource: .* 503"])  # Chromium logs each 503
def test_pages_show_outage_start_and_recover_when_coder_is_reachable_again(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped"))
    coder.server.add_fault("stream_cut", path=f"{web.id}/watch$", count=1)
    page, list_page = tabs("/@alice/web/"), tabs("/workspaces/")
    coder.server.add_fault("refuse")
    coder.server.advance(5)
    for tab in (page, list_page):
        expect(live_indicator(tab).locator("span")).to_have_text(
            re.compile(r"^Coder has been unreachable since \d\d:\d\d$"), timeout=30_000
        )
    coder.server.advance(ALL_BUILDS_S)
    coder.server.clear_faults()
    for tab in (page, list_page):
        expect(workspace_element(tab, web)).to_have_attribute("data-status", "running", timeout=30_000)
        expect_live(tab)


def test_page_offers_sign_in_and_keeps_input_when_session_ends_elsewhere(tabs: Tabs, coder: SimulatedCoder) -> None:
    coder.place("web")
    page, list_page = tabs("/@alice/web/"), tabs("/workspaces/")
    name = start_typing_name(page)
    list_page.get_by_role("button", name="Account of").click()
    list_page.get_by_role("button", name="Sign out", exact=True).click()
    expect(live_indicator(page)).to_contain_text("You are signed out.")
    expect(live_indicator(page).get_by_role("link", name="Sign in again")).to_be_visible()
    assert count_streams(page) == 0
    expect(name).to_have_value("half-ty")


@pytest.mark.parametrize(("minutes", "text"), [(29, "Stops in 29 minutes"), (9.5, "Stops in 10 minutes")])
def test_autostop_warning_appears_near_deadline_and_clears_when_extended(
    tabs: Tabs, coder: SimulatedCoder, minutes: float, text: str
) -> None:
    coder.place("web", deadline_in_hours=minutes / 60)
    page = tabs("/@alice/web/")
    warning = page.get_by_role("alert")
    expect(warning).to_contain_text(text)
    assert findings(page) == []
    warning.get_by_role("button", name="+1 hour").click()
    expect(warning).to_be_empty()


# A stream would correct the time after the jump.
@pytest.mark.parametrize("ignored_console_lines", ["ERR_INTERNET_DISCONNECTED|^error: htmx: htmx:error"])
def test_dismissed_autostop_warning_stays_hidden_in_all_tabs_until_next_one(tabs: Tabs, coder: SimulatedCoder) -> None:
    coder.place("web", deadline_in_hours=0.4)
    page, second_page = tabs("/@alice/web/"), tabs("/@alice/web/")
    for tab in (page, second_page):
        expect(tab.get_by_role("alert")).to_contain_text("Stops in 24 minutes")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_be_empty()
    expect(second_page.get_by_role("alert")).to_be_empty()
    page.clock.install()
    page.reload()
    expect_live(page)
    expect(page.locator(".htmx-request")).to_have_count(0)  # no request may be in flight when the clock jumps
    expect(page.get_by_role("alert")).to_be_empty()
    page.context.set_offline(True)
    page.clock.fast_forward("15:00")
    expect(page.get_by_role("alert")).to_contain_text("Stops in 9 minutes")


RECORD_NOTIFICATIONS = """window.notifications = []; window.Notification = class {
  static permission = "granted";
  constructor(title) { window.notifications.push(title); }
};"""


def test_hidden_tab_sends_notification_when_build_ends(
    context: BrowserContext, tabs: Tabs, coder: SimulatedCoder
) -> None:
    context.add_init_script(RECORD_NOTIFICATIONS)
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    page.clock.install()
    page.locator(".workspace .row-actions .btn-primary").click()
    expect_status(page, web, "pending|starting")
    page.evaluate(HIDE, False)
    coder.server.advance(ALL_BUILDS_S)
    page.clock.fast_forward("00:11")
    page.wait_for_function("() => notifications.length")
    assert page.evaluate("notifications") == ["web: Running"]
    assert count_streams(page) == 0


@pytest.mark.parametrize("javascript", [False])
def test_refresh_link_and_page_time_are_shown_without_javascript(page: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")  # before sign-in, because build durations are requested rarely
    sign_in_by_request(page)
    coder.start_queued_build(web)
    coder.server.advance(5)
    for address in ("/workspaces/", "/@alice/web/", "/@alice/web/builds/3/"):
        page.goto(address)
        expect(page.locator(".freshness")).to_contain_text("As of")
        expect(page.locator("[data-status]")).to_have_attribute("data-status", "starting")
        if address == "/@alice/web/":
            expect(page.locator(".build-progress span")).to_have_text(re.compile("left|more|longer"))
        page.get_by_role("link", name="Refresh").click()
        expect(page).to_have_url(re.compile(re.escape(address) + r"(\?scope=mine)?$"))
    page.goto("/@alice/web/")
    page.get_by_role("link", name="Build log").click()
    expect(page.get_by_role("heading", name="Start requested by alice")).to_be_visible()


@pytest.fixture
def restartable_portal(coder: SimulatedCoder, folder: Path) -> Iterator[RestartablePortal]:
    """Run a portal that the test stops and starts again at the same URL."""
    portal = RestartablePortal(coder.url, folder / "restartable-portal")
    yield portal
    portal.stop()


def test_page_shows_disconnection_and_recovers_when_portal_restarts(
    chromium: Browser, restartable_portal: RestartablePortal, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    with open_context(chromium, base_url=restartable_portal.url, reduced_motion="reduce") as context:
        context.add_init_script(STREAM_COUNTER_SCRIPT)
        page = context.new_page()
        sign_in_by_request(page)
        page.goto("/@alice/web/")
        expect_live(page)
        restartable_portal.stop()
        expect(live_indicator(page).locator("span")).to_have_text(
            re.compile(r"^No live updates since \d\d:\d\d\. Reconnecting…$"), timeout=10_000
        )
        other_client.create_build(web, "stop")
        coder.server.advance(ALL_BUILDS_S)
        restartable_portal.start()
        expect(workspace_element(page, web)).to_have_attribute("data-status", "stopped", timeout=20_000)
        expect_live(page)
        assert "Live again. This page is up to date." in page.evaluate("announcements")
