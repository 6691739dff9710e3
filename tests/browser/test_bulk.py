"""Browser tests for selecting workspaces and acting on them: ranges, live rows, confirmation, progress."""

import re

from playwright.sync_api import Page, expect

from tests.browser.tabs import OtherClient
from tests.browser.test_actions import with_and_without_javascript
from tests.portal import SimulatedCoder


def ticks(page: Page) -> list[bool]:
    """Return which rows are selected, in their order."""
    return [tick.is_checked() for tick in page.locator("input[name=workspace]").all()]


def place_several(coder: SimulatedCoder, count: int) -> None:
    """Add running workspaces: web-0, web-1, ..."""
    for number in range(count):
        coder.place(f"web-{number}")


def test_bar_appears_with_first_selected_row_and_counts(alice: Page, coder: SimulatedCoder) -> None:
    place_several(coder, 3)
    alice.goto("/workspaces/")
    bar = alice.get_by_role("group", name="Selected workspaces")
    expect(bar).to_be_hidden()
    alice.get_by_label("Select web-1").check()
    expect(bar).to_be_visible()
    count = "getComputedStyle(document.querySelector('.bulk-count'), '::after').content"
    assert "counter(selected)" in alice.evaluate(count)
    alice.get_by_label("Select web-0").check()
    expect(alice.locator("#sr-announcer")).to_have_text("2 selected")
    bar.get_by_role("button", name="Clear selection").click()
    expect(bar).to_be_hidden()
    assert ticks(alice) == [False, False, False]


def test_shift_selects_a_range_by_mouse_and_by_keyboard(alice: Page, coder: SimulatedCoder) -> None:
    place_several(coder, 6)
    alice.goto("/workspaces/")
    alice.get_by_label("Select web-1").check()
    expect(alice.locator("#sr-announcer")).to_have_text("1 selected")
    alice.get_by_label("Select web-3").click(modifiers=["Shift"])
    assert ticks(alice) == [False, True, True, True, False, False]
    alice.keyboard.press("Shift+ArrowDown")
    assert ticks(alice) == [False, True, True, True, True, False]
    expect(alice.get_by_label("Select web-4")).to_be_focused()
    alice.get_by_label("Select web-2").click(modifiers=["Shift"])
    assert ticks(alice) == [False, True, False, False, False, False]


def test_enter_on_a_row_sends_nothing(alice: Page, coder: SimulatedCoder) -> None:
    place_several(coder, 2)
    alice.goto("/workspaces/")
    alice.get_by_label("Select web-1").check()
    expect(alice.locator("#sr-announcer")).to_have_text("1 selected")
    alice.keyboard.press("Enter")
    alice.keyboard.press("Shift+ArrowUp")
    assert ticks(alice) == [True, True]
    expect(alice).to_have_url(re.compile("/workspaces/$"))


def test_selected_row_stays_selected_when_the_stream_replaces_it(
    alice: Page, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    place_several(coder, 3)
    alice.goto("/workspaces/")
    expect(alice.locator("#live-status")).to_have_attribute("data-state", "live")
    alice.get_by_label("Select web-1").check()
    for workspace in coder.server.world.workspaces.list_with_deleted():
        if workspace.name in {"web-1", "web-2"}:
            other_client.create_build(workspace, "stop")
    changed = alice.locator("tr[data-status=stopping], tr[data-status=pending]")
    expect(changed).to_have_count(2)
    assert sorted(ticks(alice)) == [False, False, True]
    expect(alice.get_by_label("Select web-1")).to_be_checked()


@with_and_without_javascript
def test_all_that_match_are_confirmed_beyond_the_page(alice: Page, coder: SimulatedCoder, *, javascript: bool) -> None:
    place_several(coder, 30)
    alice.goto("/workspaces/?q=owner:me+status:running")
    alice.get_by_label("Select web-1", exact=True).check()
    alice.get_by_label("All 30 that match").check()
    alice.get_by_role("button", name="Stop", exact=True).last.click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Stop 30 workspaces")
    alice.get_by_role("link", name="Cancel").click()
    expect(alice).to_have_url(re.compile(r"/workspaces/\?scope=mine&q=status%3Arunning$"))
