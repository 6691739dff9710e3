"""Browser tests for the tabs of a workspace's page: swaps, Back, focus, the stream, and layout shifts."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.layout_shift import LAYOUT_SHIFTS, paint_when_parsed
from tests.browser.tabs import Tabs, count_streams, expect_live, expect_status
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import OUTSIDE, findings

MARK_DOCUMENT = "window.isSameDocument = true"
IS_SAME_DOCUMENT = "Boolean(window.isSameDocument)"
TABS = {"": "Overview", "builds/": "Builds", "settings/": "Settings", "parameters/": "Parameters"}
with_and_without_javascript = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])


def open_tab(page: Page, name: str) -> None:
    """Click a tab and wait for its content."""
    page.locator("#tabs").get_by_role("link", name=name).click()
    expect(page.locator("#tabs [aria-current=page]")).to_have_text(name)


@with_and_without_javascript
def test_each_tab_has_address_title_and_content(alice: Page, coder: SimulatedCoder, *, javascript: bool) -> None:
    coder.place("web", template="dev")
    alice.goto("/@alice/web/")
    for path, name, content in (
        ("builds/", "Builds", "#history li.build"),
        ("settings/", "Settings", "#set-ttl"),
        ("parameters/", "Parameters", "form#new"),
        ("", "Overview", ".agent"),
    ):
        open_tab(alice, name)
        expect(alice).to_have_url(re.compile(f"/@alice/web/{path}$"))
        expect(alice.locator(content).first).to_be_visible()
        expect(alice).to_have_title(f"web{f' · {name}' if path else ''} · Coder Portal")


def test_header_and_stream_stay_while_tabs_change(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    page.evaluate(MARK_DOCUMENT)
    coder.clear_requests()
    open_tab(page, "Settings")
    assert page.evaluate(IS_SAME_DOCUMENT)
    assert count_streams(page) == 1
    expect_live(page)
    coder.start_queued_build(web)
    expect_status(page, web, "starting")  # the header has grown: a click while the tabs move would miss them
    open_tab(page, "Overview")
    expect(page.locator("#log")).to_contain_text("Setting up")
    coder.server.advance(7200)
    expect_status(page, web, "running")
    expect(page.locator("#overview .workspace-facts")).to_contain_text("#3")


def test_back_and_forward_restore_tab_focus_and_title(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    alice.goto("/@alice/web/")
    open_tab(alice, "Settings")
    expect(alice.locator("#set-ttl")).to_be_visible()
    expect(alice.locator("#tabs").get_by_role("link", name="Settings")).to_be_focused()
    open_tab(alice, "Builds")
    expect(alice.locator("#sr-announcer")).to_have_text("Builds")
    alice.go_back()
    expect(alice.locator("#set-ttl")).to_be_visible()
    expect(alice).to_have_title("web · Settings · Coder Portal")
    expect(alice.locator("#tabs").get_by_role("link", name="Settings")).to_be_focused()
    alice.go_back()
    expect(alice.locator(".agent").first).to_be_visible()
    alice.go_forward()
    expect(alice.locator("#tabs [aria-current=page]")).to_have_text("Settings")
    alice.locator("#set-ttl summary").first.click()  # the restored page works
    alice.get_by_label("Hours", exact=True).fill("6")
    alice.get_by_label("Hours", exact=True).press("Enter")
    expect(alice.locator("#says-ttl")).to_contain_text("6 hours")


def test_tab_bar_stays_in_place_when_a_short_tab_follows_a_long_one(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped", previous_transitions=("start", "stop") * 12)
    alice.set_viewport_size({"width": 1280, "height": 500})
    alice.goto("/@alice/web/builds/")
    alice.evaluate("scrollTo(0, 150)")
    before = alice.locator("#tabs").bounding_box()
    open_tab(alice, "Overview")
    after = alice.locator("#tabs").bounding_box()
    assert before
    assert after
    assert before["y"] == pytest.approx(after["y"], abs=2)


def test_unsaved_parameters_are_submitted_after_tab_was_swapped_in(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="dev")
    alice.goto("/@alice/web/")
    open_tab(alice, "Parameters")
    alice.get_by_label("CPU cores").fill("8")
    alice.get_by_label("Project code").fill("ABC-123")
    alice.get_by_label("Project code").press("Tab")
    expect(alice.locator(".htmx-request")).to_have_count(0)
    alice.get_by_role("button", name="Save and start").click()
    expect_status(alice, web, "pending|starting")


@pytest.mark.parametrize("width", [320, 390, 1280, 1920])
@pytest.mark.parametrize("path", TABS)
def test_tab_passes_axe_fits_viewport_and_shifts_nothing(
    alice: Page, coder: SimulatedCoder, path: str, width: int
) -> None:
    name = "w" * 32
    coder.place(name, template="dev", deadline_in_hours=3)
    alice.set_viewport_size({"width": width, "height": 844})
    paint_when_parsed(alice)
    alice.goto(f"/@alice/{name}/{path}")
    expect(alice.locator(".htmx-request")).to_have_count(0)
    alice.wait_for_load_state("networkidle" if path == "parameters/" else "load")
    assert [*findings(alice), *alice.evaluate(OUTSIDE)] == []
    assert alice.evaluate(LAYOUT_SHIFTS) == []


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("path", ["", "settings/"])
def test_longest_texts_of_a_stop_fit_viewport(alice: Page, coder: SimulatedCoder, path: str, width: int) -> None:
    coder.place("web", template="dev").latest_build.deadline = datetime(2099, 9, 30, 10, tzinfo=UTC)
    alice.set_viewport_size({"width": width, "height": 844})
    alice.goto(f"/@alice/web/{path}")
    expect(alice.locator(".stop-time")).to_contain_text("Stops on September 30, 2099 at 10:00")
    alice.locator("#stop-menu-button").click()
    expect(alice.locator("#stop-menu")).to_be_visible()
    assert alice.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("outdated", [False, True], ids=["up to date", "outdated"])
@pytest.mark.parametrize("width", [390, 1280])
def test_header_is_within_first_300_pixels(alice: Page, coder: SimulatedCoder, width: int, *, outdated: bool) -> None:
    version = coder.new_version("dev")[0] if outdated else None
    coder.place("payments-api", template="dev", deadline_in_hours=3, version=version)
    alice.set_viewport_size({"width": width, "height": 844})
    alice.goto("/@alice/payments-api/")
    box = alice.locator(".workspace > .page-header").bounding_box()
    for action in ("Stop", "Restart", *(["Update and restart"] if outdated else [])):
        button = alice.locator(".workspace > .page-header").get_by_role(
            "button", name=f"{action} payments-api", exact=True
        )
        expect(button).to_be_visible()
    assert box
    assert box["y"] + box["height"] <= 300


def test_ssh_command_is_copied_with_two_clicks(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    alice.goto("/@alice/web/builds/")
    alice.get_by_role("button", name="All apps and SSH for web").click()
    alice.locator("#row-menu").get_by_role("button", name="Copy SSH command").click()
    expect(alice.locator("#sr-announcer")).to_contain_text(re.compile("Copied|Selected|copying"))


def test_swapped_tab_takes_no_further_calls(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    page.clock.install()
    page.reload()
    expect_live(page)
    open_tab(page, "Settings")
    open_tab(page, "Builds")
    expect(page.locator("#history li.build").first).to_be_visible()
    coder.clear_requests()
    open_tab(page, "Settings")
    expect(page.locator("#set-ttl")).to_be_visible()
    page.clock.fast_forward(1000)  # beyond the delay of a reload
    expect(page.locator(".htmx-request")).to_have_count(0)
    read = [line for line in coder.request_lines() if str(web.id) in line or "/users/alice/" in line]
    assert read == ["GET /users/alice/workspace/web"]
