"""What the little JavaScript does for people, driven in a browser on sample pages."""

import re
from collections.abc import Callable
from contextlib import closing
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.styleguide.site import state

LIST = "/workspaces/?q=owner:me"
API_SERVER = f"#w-{UUID(int=1)}"
NOTEBOOK = f"#w-{UUID(int=3)}"
BROKEN = f"#w-{UUID(int=4)}"
# A tab is always visible to Playwright; this is how another one covers it.
HIDE = """shown => {
  Object.defineProperty(document, "visibilityState", {configurable: true, get: () => shown ? "visible" : "hidden"});
  document.dispatchEvent(new Event("visibilitychange"));
}"""

# What is asked for by GET is answered by the server at once, and reaches the page when it calls release().
HOLD = """() => {
  const real = window.fetch;
  let came;
  window.came = new Promise(resolve => { came = resolve; });
  window.fetch = (...all) => all[1].method === "POST" ? real(...all) : real(...all).then(
    answer => new Promise(resolve => { window.release = () => resolve(answer); came(); }));
}"""


# What has the focus is on the screen, and no message lies over it.
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


def test_a_started_workspace_says_so_in_its_row_and_in_a_message_and_the_focus_stays(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.focus()
    page.keyboard.press("Enter")
    expect(row.locator(".mark")).to_have_text("Starting")
    expect(row).to_have_attribute("data-status", "starting")
    expect(page.locator("#messages")).to_have_text("Starting.")
    assert "Cancel" in active(page)


def test_an_action_from_the_menu_closes_it_and_gives_the_focus_back_to_the_row(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="More for").click()
    expect(row.locator("[popover]")).to_be_visible()
    row.get_by_role("button", name="Make dormant").click()
    expect(page.locator("#messages")).to_have_text("It is active again.")
    expect(row.locator("[popover]")).to_be_hidden()
    expect(row.get_by_role("button", name="More for")).to_be_focused()


def test_focus_stays_in_the_row_when_its_menu_is_gone(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="More for").click()
    row.get_by_role("button", name="Update and start").click()
    expect(row.locator(".mark")).to_have_text("Starting")
    assert active(page) == "notebook"  # and not Cancel, which nobody chose


def test_focus_stays_in_the_row_when_nothing_more_can_be_done_there(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(API_SERVER)
    row.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".mark")).to_have_text("Stopping")
    assert active(page) == "api-server"


def test_a_star_is_pressed_where_it_stands(page: Page) -> None:
    page.goto(LIST)
    star = page.locator(API_SERVER).get_by_role("button", name="Star api-server")
    expect(star).to_have_attribute("aria-pressed", "true")
    star.focus()
    page.keyboard.press("Space")
    expect(star).to_have_attribute("aria-pressed", "false")
    expect(star).to_be_focused()
    expect(page.locator("#messages")).to_have_text("The star is gone.")


def test_the_head_of_a_workspace_changes_in_place(page: Page) -> None:
    page.goto("/@alice/api-server/")
    head = page.locator(API_SERVER)
    page.get_by_role("button", name="Stop").click()
    expect(head.locator(".mark")).to_have_text("Stopping")
    expect(page.locator("#messages")).to_have_text("Stopping.")
    assert page.evaluate(f"document.querySelector('{API_SERVER}').contains(document.activeElement)")


def test_typing_searches_pushes_the_address_keeps_the_caret_and_speaks_the_count(page: Page) -> None:
    page.goto("/workspaces/?q=")
    field = page.get_by_role("searchbox")
    field.press_sequentially("web")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(ending("?q=web"))
    expect(field).to_be_focused()
    expect(page.locator("#said")).to_contain_text("workspaces")


def ending(query: str) -> re.Pattern[str]:
    """An address that ends so."""
    return re.compile(re.escape(query) + "$")


def test_coders_refusal_of_a_search_stands_under_the_field_and_is_spoken(page: Page) -> None:
    page.goto("/workspaces/?q=")
    field = page.get_by_role("searchbox")
    field.press_sequentially("bad:")
    expect(page.locator("#q-error")).to_contain_text("can only contain 1")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#said")).to_contain_text("can only contain 1")
    field.press_sequentially("x")
    expect(page.locator("#q-error")).to_be_hidden()
    expect(field).to_have_attribute("aria-invalid", "false")


def test_back_shows_the_search_before_and_keeps_the_focus_in_the_field(page: Page) -> None:
    page.goto("/workspaces/?q=a:")
    page.get_by_role("searchbox").fill("web")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(25)
    expect(page.get_by_role("searchbox")).to_have_value("a:")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.go_forward()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_list_asks_for_itself_after_its_seconds_and_speaks_what_changed(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    state.become(0, "stopping")
    page.clock.fast_forward(29_000)
    expect(page.locator(f"{API_SERVER} .mark")).to_have_text("Running")
    page.clock.fast_forward(2_000)
    expect(page.locator(f"{API_SERVER} .mark")).to_have_text("Stopping")
    expect(page.locator("#said")).to_have_text("api-server: Stopping")
    expect(page.locator(API_SERVER)).to_have_class("busy changed")


def test_what_says_never_to_refresh_is_left_alone(page: Page) -> None:
    page.clock.install()
    page.goto("/styleguide/")
    page.clock.fast_forward(600_000)
    expect(page.locator("main")).to_have_count(1)


def test_while_a_workspace_is_changing_the_page_asks_every_five_seconds(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Starting")
    state.become(2, "running")
    page.clock.fast_forward(6_000)
    expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Running")


def test_that_something_begins_is_no_message_any_more_once_it_has_ended(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator("#messages")).to_have_text("Starting.")
    refreshed(page, lambda: page.clock.fast_forward(6_000))
    expect(page.locator("#messages")).to_have_text("Starting.")
    state.become(2, "running")
    page.clock.fast_forward(6_000)
    expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Running")
    expect(page.locator("#messages")).to_be_empty()


def test_a_double_click_on_start_does_not_cancel(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    box = row.get_by_role("button", name="Start").first.bounding_box()
    assert box
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(*at)
    expect(row.get_by_role("button", name="Cancel")).to_be_disabled()
    page.mouse.click(*at)
    page.mouse.click(*at)
    expect(row.locator(".mark")).to_have_text("Starting")
    expect(row.get_by_role("button", name="Cancel")).to_be_enabled()
    page.mouse.click(*at)
    expect(row.locator(".mark")).to_have_text("Canceled")


def test_a_second_press_of_enter_on_start_does_not_cancel(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.focus()
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Cancel")).to_be_disabled()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(row.get_by_role("button", name="Cancel")).to_be_enabled()
    expect(row.locator(".mark")).to_have_text("Starting")


def test_a_key_that_is_held_down_presses_once(page: Page) -> None:
    page.goto(LIST)
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.focus()
    page.keyboard.down("Enter")
    expect(row.get_by_role("button", name="Cancel")).to_be_focused()
    expect(row.get_by_role("button", name="Cancel")).to_be_enabled()
    page.keyboard.down("Enter")  # again without having been up: the keyboard repeats it
    page.keyboard.up("Enter")
    expect(row.locator(".mark")).to_have_text("Starting")
    assert [request for request in state.asked if "cancel" in request] == []


def test_what_comes_under_the_pointer_by_itself_takes_no_press_either(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    row = page.locator(NOTEBOOK)
    row.get_by_role("button", name="Start").first.hover()
    state.become(2, "running")
    page.clock.fast_forward(31_000)
    expect(row.get_by_role("button", name="Stop")).to_be_disabled()
    page.clock.fast_forward(1_001)
    expect(row.get_by_role("button", name="Stop")).to_be_enabled()


def test_a_message_moves_nothing_and_is_dismissed(page: Page) -> None:
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
def test_a_message_is_seen_from_the_end_of_the_page_and_covers_nothing_that_has_the_focus(
    page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(LIST)
    last = page.locator("tr[data-workspace]", has=page.get_by_role("button", name=re.compile("^Stop"))).last
    last.get_by_role("button", name=re.compile("^Stop")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_have_text("Stopping.")
    expect(page.locator("#messages")).to_be_in_viewport(ratio=1)
    for _ in range(12):
        page.wait_for_function(NOT_COVERED)
        page.keyboard.press("Tab")


def test_a_hidden_tab_asks_nothing_and_looks_at_once_when_it_is_shown_again(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    page.evaluate(HIDE, False)
    state.become(0, "stopping")
    asked = len(state.asked)
    page.clock.fast_forward(600_000)
    assert len(state.asked) == asked
    page.evaluate(HIDE, True)
    page.clock.fast_forward(1)
    expect(page.locator(f"{API_SERVER} .mark")).to_have_text("Stopping")


def test_a_refresh_leaves_an_open_menu_and_a_half_typed_search_alone(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=broken")
    page.locator(BROKEN).get_by_role("button", name="More for").click()
    state.become(3, "starting")
    asked = len(state.asked)
    page.clock.fast_forward(31_000)
    expect(page.locator(f"{BROKEN} [popover]")).to_be_visible()
    assert len(state.asked) == asked
    page.keyboard.press("Escape")
    page.clock.fast_forward(31_000)
    expect(page.locator(f"{BROKEN} .mark")).to_have_text("Starting")


def test_a_refresh_keeps_focus_and_typed_text_in_the_search_field(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    page.get_by_role("searchbox").focus()
    state.become(0, "stopping")
    page.clock.fast_forward(31_000)
    expect(page.locator(f"{API_SERVER} .mark")).to_have_text("Stopping")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("api-server")


def test_refreshes_that_fail_come_further_and_further_apart_and_say_so_once(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=api-server")
    state.fault = 503
    refreshed(page, lambda: page.clock.fast_forward(31_000))
    expect(page.locator(".stale")).to_contain_text("Not up to date")
    expect(page.locator("#messages")).to_be_empty()
    asked = len(state.asked)
    page.clock.fast_forward(55_000)
    assert len(state.asked) == asked
    state.fault = 0
    refreshed(page, lambda: page.clock.fast_forward(20_000))
    expect(page.locator(".stale")).to_be_empty()


def test_a_refresh_that_a_click_has_overtaken_is_thrown_away(page: Page) -> None:
    page.clock.install()
    page.goto("/workspaces/?q=notebook")
    page.evaluate(HOLD)
    page.clock.fast_forward(31_000)
    page.evaluate("window.came")
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Starting")
    refreshed(page, lambda: page.evaluate("release()"))
    expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Starting")


@pytest.mark.parametrize("fault", [500, 404])
def test_an_action_that_the_portal_fails_is_said_and_the_row_stays(page: Page, fault: int) -> None:
    page.goto(LIST)
    state.fault = fault
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator("#messages")).to_contain_text("could not do this")
    expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Stopped")


def test_an_action_without_a_network_is_said_and_the_row_stays(page: Page) -> None:
    page.goto(LIST)
    page.route("**/builds/", lambda route: route.abort())
    page.locator(NOTEBOOK).get_by_role("button", name="Start").first.click()
    expect(page.locator("#messages")).to_contain_text("does not answer")
    expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Stopped")


def test_the_browsers_time_zone_is_told_in_a_cookie_for_the_portal_alone(page: Page) -> None:
    page.goto("/login/")
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == "tz")
    assert (cookie["path"], cookie["sameSite"]) == ("/", "Lax")
    assert cookie["value"] == page.evaluate("encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)")


def test_a_broken_icon_gives_way_to_the_letter_and_stays_away_after_a_refresh(page: Page) -> None:
    page.clock.install()
    state.with_icon(0, "/static/nowhere.png")
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if "nowhere" in request.url else None)
    page.goto("/workspaces/?q=api-server")
    tile = page.locator(f"{API_SERVER} .tile")
    expect(tile.locator("img")).to_have_count(0)
    expect(tile).to_have_text("D")
    refreshed(page, lambda: page.clock.fast_forward(31_000))
    expect(tile.locator("img")).to_have_count(0)
    assert len(loads) == 1


def test_an_icon_that_loads_stands_before_the_letter(page: Page) -> None:
    state.with_icon(0, "/static/icons.svg")
    page.goto("/workspaces/?q=api-server")
    expect(page.locator(f"{API_SERVER} .tile img")).to_have_js_property("complete", True)
    assert page.locator(f"{API_SERVER} .tile img").count() == 1


def test_without_javascript_the_buttons_post_and_the_menus_open(chromium: Browser, site: str) -> None:
    state.reset()
    with closing(chromium.new_context(base_url=site, java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(LIST)
        page.locator(NOTEBOOK).get_by_role("button", name="More for").click()
        page.locator(NOTEBOOK).get_by_role("button", name="Update and start").click()
        expect(page).to_have_url(ending("/workspaces/?q=owner:me"))
        expect(page.locator(f"{NOTEBOOK} .mark")).to_have_text("Starting")
