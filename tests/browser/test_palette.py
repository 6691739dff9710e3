"""Test the keyboard shortcuts and the palette in Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import OUTSIDE, findings

FIELD = "dialog.palette input"


def open_list(page: Page, coder: SimulatedCoder) -> None:
    """Show a list of three running workspaces."""
    for name in ("api", "web", "docs"):
        coder.place(name)
    page.goto("/workspaces/?sort=name")


def test_palette_leads_to_workspace_with_three_presses(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    alice.keyboard.press("Control+k")
    alice.keyboard.type("web")
    expect(alice.locator("dialog.palette [role=status]")).to_have_text("2 results")
    alice.keyboard.press("Enter")
    alice.wait_for_url("**/@alice/web/")


def test_palette_stops_workspace_from_any_page(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.goto("/account/")
    alice.keyboard.press("Control+k")
    alice.keyboard.type("stop web")
    expect(alice.locator(".palette-entry").first).to_have_attribute("formaction", f"/workspaces/{web.id}/builds/")
    alice.keyboard.press("Enter")
    expect(alice.locator("#messages")).to_contain_text("web")
    assert alice.url.endswith("/account/")
    assert coder.last_request(f"POST /workspaces/{web.id}/builds")["body"]["transition"] == "stop"


def test_arrow_keys_move_between_lines_and_typing_continues_in_field(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    alice.keyboard.press("Control+k")
    expect(alice.locator(".palette-entry").first).to_be_visible()
    alice.keyboard.press("ArrowDown")
    alice.keyboard.press("ArrowDown")
    expect(alice.locator(".palette-entry").nth(1)).to_be_focused()
    alice.keyboard.press("w")
    expect(alice.locator(FIELD)).to_be_focused()
    expect(alice.locator(FIELD)).to_have_value("w")
    alice.keyboard.press("Escape")
    expect(alice.locator("dialog.palette")).to_be_hidden()


def test_single_keys_move_star_and_search_in_list(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    alice.keyboard.press("j")
    expect(alice.get_by_role("link", name="api", exact=True)).to_be_focused()
    alice.keyboard.press("j")
    expect(alice.get_by_role("link", name="docs", exact=True)).to_be_focused()
    alice.keyboard.press("k")
    alice.keyboard.press("s")
    expect(alice.get_by_role("button", name="Favorite api")).to_have_attribute("aria-pressed", "true")
    alice.keyboard.press("/")
    expect(alice.locator("#q")).to_be_focused()
    alice.keyboard.type("sjk?/")
    expect(alice.locator("#q")).to_have_value("sjk?/")
    expect(alice.locator("dialog.palette")).to_have_count(0)


def test_star_key_needs_row_with_focus_or_page_of_workspace(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    alice.keyboard.press("s")
    alice.keyboard.press("?")  # comes after it
    expect(alice.locator("dialog.palette")).to_be_visible()
    expect(alice.locator(".btn-star[aria-pressed=true]")).to_have_count(0)
    alice.goto("/@alice/api/")
    alice.keyboard.press("s")
    expect(alice.get_by_role("button", name="Favorite api")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("ignored_console_lines", ["50[23]"])
def test_palette_says_when_coder_does_not_answer(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    coder.server.add_fault("refuse", path="/workspaces$")
    alice.keyboard.press("Control+k")
    expect(alice.locator("dialog.palette .reason")).to_contain_text("could not complete this request")


def test_question_mark_shows_shortcuts_and_escape_returns_focus(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    alice.keyboard.press("j")
    alice.keyboard.press("?")
    expect(alice.get_by_text("Next and previous workspace in the list")).to_be_visible()
    alice.keyboard.press("Escape")
    expect(alice.get_by_role("link", name="api", exact=True)).to_be_focused()


def test_no_key_does_anything_when_shortcuts_are_off(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    alice.goto("/account/")
    alice.get_by_label("Keyboard shortcuts").uncheck()
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_text("Preferences saved.")).to_be_visible()
    for key in ("Control+k", "?", "j", "/"):
        alice.keyboard.press(key)
    assert alice.evaluate("performance.getEntriesByType('resource').filter(e => /shortcuts/.test(e.name)).length") == 0
    alice.get_by_label("Keyboard shortcuts").check()
    alice.get_by_role("button", name="Save").click()


@pytest.mark.parametrize("width", [1280, 320])
def test_open_palette_passes_axe_and_fits_viewport(alice: Page, coder: SimulatedCoder, width: int) -> None:
    alice.set_viewport_size({"width": width, "height": 800})
    open_list(alice, coder)
    alice.keyboard.press("?")
    expect(alice.locator(".palette-entry").first).to_be_visible()
    assert findings(alice) == []
    assert alice.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("ignored_console_lines", ["401"])
def test_palette_says_when_session_has_ended(alice: Page, coder: SimulatedCoder) -> None:
    open_list(alice, coder)
    alice.wait_for_load_state("networkidle")
    alice.context.clear_cookies()
    alice.keyboard.press("Control+k")
    expect(alice.locator("#live-status")).to_contain_text(re.compile("signed out"))
