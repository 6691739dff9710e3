"""Browser tests for the portal's JavaScript, on sample pages."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import open_context
from tests.styleguide.sample_portal import state

LIST = "/workspaces/?q=owner:me"
API_SERVER = f"#w-{UUID(int=1)}"
NOTEBOOK = f"#w-{UUID(int=3)}"
BROKEN = f"#w-{UUID(int=4)}"
# Playwright's tabs are always visible; this simulates a tab that another one covers.
HIDE = """shown => {
  Object.defineProperty(document, "visibilityState", {configurable: true, get: () => shown ? "visible" : "hidden"});
  document.dispatchEvent(new Event("visibilitychange"));
}"""

# Holds each response to a GET request back from the page until release() is called.
HOLD = """() => {
  const real = window.fetch;
  let came;
  window.came = new Promise(resolve => { came = resolve; });
  window.fetch = (...all) => all[1].method === "POST" ? real(...all) : real(...all).then(
    answer => new Promise(resolve => { window.release = () => resolve(answer); came(); }));
}"""


# Whether the focused element is on screen and not covered by a message.
NOT_COVERED = """() => {
  const at = document.activeElement.getBoundingClientRect(), over = document.querySelector("#messages");
  return document.activeElement === document.body || over.contains(document.activeElement)
    || (at.top >= 0 && at.bottom <= over.getBoundingClientRect().top);
}"""


def active(page: Page) -> str:
    """What has the focus: its id, else its text."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def refreshed(page: Page, act: Callable[[], object]) -> None:
    """Do something, and wait until the page has asked for itself and htmx is done with the answer."""
    page.evaluate(
        "() => { window.done = new Promise(r => document.addEventListener('htmx:finally:request', r, {once: true})) }"
    )
    act()
    page.evaluate("window.done.then(() => new Promise(r => queueMicrotask(r)))")


def test_start_updates_row_shows_message_and_focuses_cancel(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.focus()
    page.keyboard.press("Enter")
    expect(row.locator(".status-badge")).to_have_text("Starting")
    expect(row).to_have_attribute("data-status", "starting")
    expect(page.locator("#messages")).to_have_text("Starting.")
    assert "Cancel" in active(page)


def test_letters_of_templates_are_upright(page: Page) -> None:
    page.goto(LIST)
    styles = page.locator(".tile").evaluate_all("tiles => tiles.map(tile => getComputedStyle(tile).fontStyle)")
    assert set(styles) == {"normal"}


def test_menu_closes_and_its_button_gets_focus_after_action(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Actions for").click()
    page.locator("#row-menu").get_by_role("button", name="Make dormant").click()
    expect(page.locator("#messages")).to_have_text("It is active again.")
    expect(page.locator("#row-menu")).to_be_hidden()
    expect(row.get_by_role("button", name="Actions for")).to_be_focused()


def test_focus_moves_to_workspace_link_when_row_menu_disappears(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Actions for").click()
    page.locator("#row-menu").get_by_role("button", name="Update and start").click()
    expect(row.locator(".status-badge")).to_have_text("Starting")
    assert active(page) == "notebook"  # and not Cancel, which the user did not choose


def test_focus_moves_to_workspace_link_when_row_has_no_actions_left(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(API_SERVER)
    row.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".status-badge")).to_have_text("Stopping")
    assert active(page) == "api-server"


def test_favorite_button_toggles_in_place_and_keeps_focus(page: Page) -> None:
    page.goto(LIST)
    star = page.locator(API_SERVER).get_by_role("button", name="Favorite api-server")
    expect(star).to_have_attribute("aria-pressed", "true")
    star.focus()
    page.keyboard.press("Space")
    expect(star).to_have_attribute("aria-pressed", "false")
    expect(star).to_be_focused()
    expect(page.locator("#messages")).to_have_text("The star is gone.")


def test_page_header_updates_in_place_when_workspace_is_stopped(page: Page) -> None:
    page.goto("/@alice/api-server/")
    head = page.locator(API_SERVER)
    page.get_by_role("button", name="Stop api-server").click()
    expect(head.locator(".status-badge")).to_have_text("Stopping")
    expect(page.locator("#messages")).to_have_text("Stopping.")
    assert page.evaluate(f"document.querySelector('{API_SERVER}').contains(document.activeElement)")


def test_typing_searches_updates_url_keeps_focus_and_announces_count(page: Page) -> None:
    page.goto("/workspaces/?q=")
    field = page.get_by_role("combobox", name="Search or filter")
    field.press_sequentially("web")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"[?&]q=web&"))
    expect(field).to_be_focused()
    expect(page.locator("#sr-announcer")).to_contain_text("workspaces")


def ending(query: str) -> re.Pattern[str]:
    """An address that ends so."""
    return re.compile(re.escape(query) + "$")


def test_search_error_is_shown_and_announced_until_query_changes(page: Page) -> None:
    page.goto("/workspaces/?q=")
    field = page.get_by_role("combobox", name="Search or filter")
    field.press_sequentially("bad:")
    field.press("Enter")  # a key alone is not searched for while it is typed
    expect(page.locator("#q-error")).to_contain_text("can only contain 1")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#sr-announcer")).to_contain_text("can only contain 1")
    field.press_sequentially("x")
    expect(page.locator("#q-error")).to_be_hidden()
    expect(field).to_have_attribute("aria-invalid", "false")


def test_back_restores_previous_search_and_keeps_focus_in_field(page: Page) -> None:
    page.goto("/workspaces/?q=a:")
    page.get_by_role("combobox", name="Search or filter").fill("web")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(25)
    expect(page.get_by_role("combobox", name="Search or filter")).to_have_value("a:")
    expect(page.get_by_role("combobox", name="Search or filter")).to_be_focused()
    page.go_forward()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_list_refreshes_after_its_interval_and_announces_changes(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    state.set_status(0, "stopping")
    page.clock.fast_forward(29_000)
    expect(page.locator(f"{API_SERVER} .status-badge")).to_have_text("Running")
    page.clock.fast_forward(2_000)
    expect(page.locator(f"{API_SERVER} .status-badge")).to_have_text("Stopping")
    expect(page.locator("#sr-announcer")).to_have_text("api-server: Stopping")
    expect(page.locator(API_SERVER)).to_have_class("busy changed")


def test_page_is_left_unchanged_when_refresh_is_disabled(page: Page) -> None:
    page.clock.install()
    page.goto("/styleguide/")
    page.clock.fast_forward(600_000)
    expect(page.locator("main")).to_have_count(1)


def test_page_refreshes_every_five_seconds_while_workspace_is_changing(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator(f"{NOTEBOOK} .status-badge")).to_have_text("Starting")
    state.set_status(2, "running")
    page.clock.fast_forward(6_000)
    expect(page.locator(f"{NOTEBOOK} .status-badge")).to_have_text("Running")


def test_begun_message_disappears_when_build_ends(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator("#messages")).to_have_text("Starting.")
    refreshed(page, lambda: page.clock.fast_forward(6_000))
    expect(page.locator("#messages")).to_have_text("Starting.")
    state.set_status(2, "running")
    page.clock.fast_forward(6_000)
    expect(page.locator(f"{NOTEBOOK} .status-badge")).to_have_text("Running")
    expect(page.locator("#messages")).to_be_empty()


def test_double_click_on_start_does_not_cancel_build(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    box = row.get_by_role("button", name="Start").first.bounding_box()
    assert box
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*at)
    expect(row.get_by_role("button", name="Cancel")).to_be_disabled()
    page.mouse.click(*at)
    page.mouse.click(*at)
    expect(row.locator(".status-badge")).to_have_text("Starting")
    expect(row.get_by_role("button", name="Cancel")).to_be_enabled()
    page.mouse.click(*at)
    expect(row.locator(".status-badge")).to_have_text("Canceled")


def test_second_enter_on_start_does_not_cancel_build(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.focus()
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Cancel")).to_be_disabled()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(row.get_by_role("button", name="Cancel")).to_be_enabled()
    expect(row.locator(".status-badge")).to_have_text("Starting")


def test_held_key_presses_button_once(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.focus()
    page.keyboard.down("Enter")
    expect(row.get_by_role("button", name="Cancel")).to_be_focused()
    expect(row.get_by_role("button", name="Cancel")).to_be_enabled()
    page.keyboard.down("Enter")  # the keyboard repeats the key without a keyup
    page.keyboard.up("Enter")
    expect(row.locator(".status-badge")).to_have_text("Starting")
    assert [request for request in state.requests if "cancel" in request] == []


def test_button_under_pointer_is_disabled_briefly_after_refresh(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.hover()
    state.set_status(2, "running")
    page.clock.fast_forward(31_000)
    expect(row.get_by_role("button", name="Stop")).to_be_disabled()
    page.clock.fast_forward(1_001)
    expect(row.get_by_role("button", name="Stop")).to_be_enabled()


def test_message_shifts_no_content_and_can_be_dismissed(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    before = row.bounding_box()
    row.get_by_role("button", name="Start").first.click()
    expect(page.locator("#messages")).to_have_text("Starting.")
    expect(page.locator("#messages")).to_be_in_viewport()
    assert row.bounding_box() == before
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#messages")).to_be_empty()
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 390])
def test_message_is_visible_at_page_end_and_never_covers_focus(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(LIST)
    last = page.locator("tr[data-status]", has=page.get_by_role("button", name=re.compile("^Stop"))).last
    last.get_by_role("button", name=re.compile("^Stop")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_have_text("Stopping.")
    expect(page.locator("#messages")).to_be_in_viewport(ratio=1)
    for _ in range(12):
        page.wait_for_function(NOT_COVERED)
        page.keyboard.press("Tab")


def test_hidden_tab_does_not_refresh_until_it_is_shown_again(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    page.evaluate(HIDE, False)
    state.set_status(0, "stopping")
    asked = len(state.requests)
    page.clock.fast_forward(600_000)
    assert len(state.requests) == asked
    page.evaluate(HIDE, True)
    page.clock.fast_forward(1)
    expect(page.locator(f"{API_SERVER} .status-badge")).to_have_text("Stopping")


def test_refresh_is_deferred_while_menu_is_open(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=broken")
    page.locator(BROKEN).get_by_role("button", name="Actions for").click()
    state.set_status(3, "starting")
    asked = len(state.requests)
    page.clock.fast_forward(31_000)
    expect(page.locator("#row-menu")).to_be_visible()
    assert len(state.requests) == asked
    page.keyboard.press("Escape")
    page.clock.fast_forward(31_000)
    expect(page.locator(f"{BROKEN} .status-badge")).to_have_text("Starting")


def test_refresh_keeps_focus_and_text_in_search_field(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    page.get_by_role("combobox", name="Search or filter").focus()
    state.set_status(0, "stopping")
    page.clock.fast_forward(31_000)
    expect(page.locator(f"{API_SERVER} .status-badge")).to_have_text("Stopping")
    expect(page.get_by_role("combobox", name="Search or filter")).to_be_focused()
    expect(page.get_by_role("combobox", name="Search or filter")).to_have_value("api-server")


def test_failed_refresh_shows_stale_notice_and_delays_next_attempt(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    state.error_status = 503
    refreshed(page, lambda: page.clock.fast_forward(31_000))
    expect(page.locator(".stale-note")).to_contain_text("This page is out of date")
    expect(page.locator("#messages")).to_be_empty()
    asked = len(state.requests)
    page.clock.fast_forward(55_000)
    assert len(state.requests) == asked
    state.error_status = 0
    refreshed(page, lambda: page.clock.fast_forward(20_000))
    expect(page.locator(".stale-note")).to_be_empty()


def test_refresh_response_is_discarded_when_click_overtakes_it(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    page.evaluate(HOLD)
    page.clock.fast_forward(31_000)
    page.evaluate("window.came")
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator(f"{NOTEBOOK} .status-badge")).to_have_text("Starting")
    refreshed(page, lambda: page.evaluate("release()"))
    expect(page.locator(f"{NOTEBOOK} .status-badge")).to_have_text("Starting")


@pytest.mark.parametrize("fault", [500, 404])
def test_message_is_shown_and_row_unchanged_when_portal_returns_error(page: Page, fault: int) -> None:
    page.goto(LIST)
    state.error_status = fault
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator("#messages")).to_contain_text("could not complete this request")
    expect(page.locator(f"{NOTEBOOK} .status-badge")).to_have_text("Stopped")


def test_message_is_shown_and_row_unchanged_when_network_fails(page: Page) -> None:
    page.goto(LIST)
    page.route("**/builds/", lambda route: route.abort())
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator("#messages")).to_contain_text("is not responding")
    expect(page.locator(f"{NOTEBOOK} .status-badge")).to_have_text("Stopped")


def test_time_zone_cookie_has_browser_zone_and_portal_path(page: Page) -> None:
    page.goto("/login/")
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == "tz")
    assert (cookie["path"], cookie["sameSite"]) == ("/", "Lax")
    assert cookie["value"] == page.evaluate("encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)")


def test_broken_icon_is_replaced_by_letter_and_not_requested_again(page: Page) -> None:
    page.clock.install()
    state.set_icon(0, "/static/nowhere.png")
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if "nowhere" in request.url else None)
    page.goto("/workspaces/?q=api-server")
    tile = page.locator(f"{API_SERVER} .tile")
    expect(tile.locator("img")).to_have_count(0)
    expect(tile).to_have_text("D")
    refreshed(page, lambda: page.clock.fast_forward(31_000))
    expect(tile.locator("img")).to_have_count(0)
    assert len(loads) == 1


def test_icon_is_shown_when_it_loads(page: Page) -> None:
    state.set_icon(0, "/static/icons.svg")
    page.goto("/workspaces/?q=api-server")
    expect(page.locator(f"{API_SERVER} .tile img")).to_have_js_property("complete", True)
    assert page.locator(f"{API_SERVER} .tile img").count() == 1


def test_buttons_post_and_menus_open_without_javascript(chromium: Browser, site: str) -> None:
    state.reset()
    with open_context(chromium, base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(LIST)
        page.locator(NOTEBOOK).get_by_role("link", name="Actions for").click()
        page.get_by_role("button", name="Update and start").click()
        expect(page).to_have_url(re.compile("/actions/$"))
        expect(page.get_by_role("button", name="Cancel build")).to_be_visible()
