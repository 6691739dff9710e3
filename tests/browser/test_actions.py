"""Browser tests for sign-in, the list and workspace actions: with and without JavaScript, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from coder_simulator.world import PASSWORD
from tests.browser.sign_in import sign_in_by_form
from tests.portal import SimulatedCoder

PENDING_OR_STARTING = re.compile("pending|starting")  # a provisioner may already have acquired the job
with_and_without_javascript = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])


def row(page: Page, name: str) -> Locator:
    """Return the row of the workspace with this name."""
    return page.locator("tr[data-status]").filter(has=page.get_by_role("link", name=name, exact=True))


def focused_text(page: Page) -> str:
    """Return the label or the text of the focused element, or its id if it has none."""
    label = "(element => element.ariaLabel || element.textContent || element.id)(document.activeElement).trim()"
    return re.sub(r"\s+", " ", str(page.evaluate(label)))


def is_focus_in_row(page: Page, name: str) -> bool:
    """Return whether the focus is in the row of this workspace."""
    return bool(row(page, name).evaluate("element => element.contains(document.activeElement)"))


@with_and_without_javascript
def test_workspace_list_appears_after_sign_in(page: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login/\?next="))
    sign_in_by_form(page)
    expect(page.get_by_role("heading", name="Workspaces", level=1)).to_be_visible()
    expect(row(page, "web").locator(".status-badge")).to_have_text("Running")


@with_and_without_javascript
# Chromium logs a line for each 422.
@pytest.mark.parametrize("ignored_console_lines", ["^error: Failed to load resource: .* 422"])
def test_login_form_shows_error_and_keeps_email_when_password_is_wrong(page: Page, coder: SimulatedCoder) -> None:
    page.goto("/login/")
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The email or the password is incorrect.")
    expect(page.get_by_label("Email")).to_have_value("alice@example.com")
    expect(page.get_by_label("Password")).to_have_value("")


@with_and_without_javascript
def test_workspace_page_opens_after_sign_in_when_it_was_requested_first(page: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    sign_in_by_form(page, address="/@alice/web/")
    expect(page).to_have_url(re.compile(r"/@alice/web/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("web")


@with_and_without_javascript
def test_search_filters_list_and_updates_url_when_submitted(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", "stopped")
    alice.goto("/workspaces/")
    alice.locator("#q").fill("owner:me status:stopped")
    alice.locator("#q").press("Enter")
    expect(row(alice, "web")).to_have_count(0)
    expect(row(alice, "api")).to_have_count(1)
    expect(alice).to_have_url(re.compile(r"q=owner%3Ame\+status%3Astopped\b"))
    alice.reload()
    expect(row(alice, "api")).to_have_count(1)


def test_search_field_keeps_focus_and_result_is_announced_while_typing(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", "stopped")
    alice.goto("/workspaces/")
    alice.locator("#q").press("End")
    alice.keyboard.type("status:stopped")
    expect(row(alice, "web")).to_have_count(0)
    assert alice.evaluate("document.activeElement.id") == "q"
    expect(alice.locator("#q")).to_have_value("status:stopped")
    expect(alice.locator("#sr-announcer")).to_have_text("1 workspace")


def test_key_without_its_value_is_not_searched_while_it_is_typed(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", "stopped")
    addresses: list[str] = []
    alice.on("request", lambda request: addresses.append(request.url))
    alice.clock.install()
    alice.goto("/workspaces/")
    alice.locator("#q").press("End")
    for part in ("status:", "stopped"):
        alice.keyboard.type(part)
        alice.clock.run_for(1000)
    expect(row(alice, "web")).to_have_count(0)
    assert [address for address in addresses if re.search(r"q=status%3A(&|$)", address)] == []


def test_search_error_is_announced_and_query_is_kept_when_coder_rejects_it(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/")
    alice.locator("#q").fill("bad:search:here")
    expect(alice.locator("#q-error")).to_contain_text("can only contain 1 ':'")
    expect(alice.locator("#sr-announcer")).to_contain_text("can only contain 1 ':'")
    expect(alice.locator("#q")).to_have_attribute("aria-invalid", "true")
    expect(alice.locator("#q")).to_have_value("bad:search:here")
    assert alice.evaluate("document.activeElement.id") == "q"


@with_and_without_javascript
def test_preset_link_filters_list_when_clicked(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", "failed")
    alice.goto("/workspaces/")
    alice.get_by_role("navigation", name="Quick filters").get_by_role("link", name="Failed").click()
    expect(row(alice, "api")).to_have_count(1)
    expect(row(alice, "web")).to_have_count(0)
    expect(alice.locator(".chip")).to_have_text(["Status: Failed Remove filter"])
    expect(alice.locator("#q")).to_have_value("")


@with_and_without_javascript
def test_favorite_button_toggles_favorite_when_pressed(alice: Page, coder: SimulatedCoder, *, javascript: bool) -> None:
    coder.place("web")
    alice.goto("/workspaces/")
    star = row(alice, "web").get_by_role("button", name="Favorite web")
    for pressed, message in (
        ("true", "Added web to your favorites."),
        ("false", "Removed web from your favorites."),
    ):
        expect(star).to_be_enabled()
        star.focus()
        alice.keyboard.press("Enter")
        expect(alice.get_by_role("status")).to_contain_text(message)
        expect(star).to_have_attribute("aria-pressed", pressed)
        if javascript:
            assert focused_text(alice) == "Favorite web"
            expect(alice.get_by_role("status")).to_contain_text("web")
        else:
            expect(alice.get_by_role("button", name="Dismiss")).to_have_count(0)


@with_and_without_javascript
def test_row_buttons_start_and_stop_workspace_when_pressed(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", "stopped")
    alice.goto("/workspaces/")
    web_row = row(alice, "web")
    web_row.get_by_role("button", name="Start web").focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text("Starting web…")
    expect(web_row).to_have_attribute("data-status", PENDING_OR_STARTING)
    if javascript:
        assert is_focus_in_row(alice, "web")
    coder.server.advance(600)
    alice.reload()
    expect(web_row).to_have_attribute("data-status", "running")
    web_row.get_by_role("button", name="Stop web").focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text("Stopping web…")
    if javascript:
        assert is_focus_in_row(alice, "web")
    assert web.latest_build.transition == "stop"


@with_and_without_javascript
def test_page_header_button_starts_workspace_when_clicked(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    coder.place("web", "stopped")
    alice.goto("/@alice/web/")
    head = alice.locator("section[data-workspace]")
    head.get_by_role("button", name="Start web").click()
    expect(alice.get_by_role("status")).to_contain_text("Starting web…")
    expect(head).to_have_attribute("data-status", PENDING_OR_STARTING)
    expect(alice).to_have_url(re.compile(r"/@alice/web/$"))
    if javascript:
        assert head.evaluate("element => element.contains(document.activeElement)")


@with_and_without_javascript
def test_row_menu_restarts_workspace_when_restart_is_chosen(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    web_row = row(alice, "web")
    web_row.get_by_label("Actions for web").click()
    alice.get_by_role("button", name="Restart").click()
    expect(alice.get_by_role("status")).to_contain_text("Restarting web…")
    assert web.latest_build.transition == "stop"
    if javascript:
        expect(alice.locator(":popover-open")).to_have_count(0)
        assert is_focus_in_row(alice, "web")


def test_sign_in_menu_and_update_work_with_keyboard_alone(page: Page, coder: SimulatedCoder) -> None:
    old, _new = coder.new_version("plain")
    web = coder.place("web", "stopped", version=old)
    page.goto("/login/")
    assert page.evaluate("document.activeElement.name") == "email"
    page.keyboard.type("alice@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/workspaces/")
    tab_to(page, "Actions for web")
    page.keyboard.press("Enter")
    expect(page.locator(":popover-open")).to_be_visible()
    tab_to(page, "Update and start")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Updating web to the active version…")
    assert is_focus_in_row(page, "web")
    assert web.latest_build.version is web.template.active_version


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the element with this text has the focus; fail if the focus is not visible."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused_text(page) == text:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {text} cannot be seen"
            return
    raise AssertionError(f"{text} cannot be reached with the keyboard")


def test_menu_closes_and_returns_focus_when_escape_is_pressed(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/")
    row(alice, "web").get_by_label("Actions for web").focus()
    alice.keyboard.press("Enter")
    alice.keyboard.press("Tab")
    alice.keyboard.press("Escape")
    expect(alice.locator(":popover-open")).to_have_count(0)
    assert focused_text(alice) == "Actions for web"


@with_and_without_javascript
def test_sign_out_ends_session_when_button_is_clicked(alice: Page, coder: SimulatedCoder) -> None:
    alice.goto("/workspaces/")
    alice.get_by_role("button", name="Account of alice").click()
    alice.get_by_role("button", name="Sign out").click()
    expect(alice).to_have_url(re.compile(r"/login/$"))
    expect(alice.get_by_role("status")).to_contain_text("You are signed out.")
    alice.goto("/workspaces/")
    expect(alice).to_have_url(re.compile(r"/login/\?next="))


def test_search_field_suggests_choices_of_filters(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/")
    suggestions = alice.locator("#suggestions option")
    fixed = suggestions.all_text_contents()
    alice.get_by_label("Search or filter").focus()
    expect(suggestions).not_to_have_count(len(fixed))
    texts = suggestions.all_text_contents()
    assert {"outdated:true", "status:running", "template:dev"} <= set(texts)
    alice.get_by_label("Search or filter").blur()
    alice.get_by_label("Search or filter").focus()
    assert suggestions.all_text_contents() == texts
