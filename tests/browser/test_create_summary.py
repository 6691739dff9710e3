"""Browser tests for the summary beside the form of a new workspace, its links to fields, and sections that collapse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.layout_shift import LAYOUT_SHIFTS, paint_when_parsed
from tests.browser.test_create import ignore_422_lines, open_form, submit_form
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import findings
from tests.views.create_form import find_template

FOCUS_IS_COVERED = """() => document.activeElement.getBoundingClientRect().bottom
  > document.querySelector(".summary-actions").getBoundingClientRect().top"""


def test_workspace_with_defaults_is_created_with_three_clicks_from_list(alice: Page, coder: SimulatedCoder) -> None:
    alice.goto("/workspaces/")
    alice.get_by_role("link", name="Create workspace").first.click()
    alice.get_by_role("link", name="Plain", exact=True).click()
    alice.get_by_role("button", name="Create workspace").click()
    expect(alice).to_have_url(re.compile("/@alice/plain/$"))
    assert coder.last_request("POST /users/alice/workspaces")["body"]["name"] == "plain"


@ignore_422_lines
def test_link_in_summary_moves_focus_to_field_in_closed_section(alice: Page, coder: SimulatedCoder) -> None:
    alice.goto(f"/workspaces/new/{find_template(coder, 'plain').id}/?time=09:00")
    expect(alice.locator("#folded")).to_have_attribute("open", "")
    submit_form(alice)
    errors = alice.locator(".summary-errors")
    expect(errors).to_contain_text("No workspace was created. Correct these fields: Days.")
    alice.locator("#folded > summary").click()
    alice.get_by_label("Name").focus()
    errors.get_by_role("link", name="Days").click()
    expect(alice.get_by_label("Monday")).to_be_focused()


@ignore_422_lines
def test_section_that_was_closed_opens_when_submission_finds_error_in_it(alice: Page, coder: SimulatedCoder) -> None:
    alice.goto(f"/workspaces/new/{find_template(coder, 'plain').id}/?time=09:00")
    alice.locator("#folded > summary").click()
    expect(alice.get_by_label("Monday")).to_be_hidden()
    submit_form(alice)
    expect(alice.get_by_label("Monday")).to_be_focused()


def test_summary_follows_edits_without_call_to_coder(alice: Page, coder: SimulatedCoder) -> None:
    alice.goto(f"/workspaces/new/{find_template(coder, 'plain').id}/")
    summary = alice.locator("#summary-body")
    expect(summary).to_contain_text("Autostart Off")
    coder.clear_requests()
    alice.get_by_label("Name").fill("notebook")
    expect(summary).to_contain_text("Name notebook")
    alice.get_by_text("Schedule and updates").click()
    alice.get_by_label("Hours", exact=True).fill("3")
    expect(summary).to_contain_text("Time until shutdown 3 hours")
    alice.get_by_label("Monday").check()
    expect(summary).to_contain_text("Autostart Incomplete")
    alice.get_by_label("Time", exact=True).fill("08:30")
    expect(summary).to_contain_text("Autostart Every Monday at 08:30")
    assert coder.request_lines() == []
    expect(alice.get_by_label("Time", exact=True)).to_be_focused()


def test_summary_follows_parameter_that_coder_evaluates(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("None").check()
    alice.get_by_label("CPU cores").fill("9")
    alice.get_by_label("Disk (GiB)").focus()
    expect(alice.locator("#summary-body")).to_contain_text("CPU cores 9")


@pytest.mark.parametrize("width", [390, 1280])
def test_create_button_is_in_view_and_nothing_shifts_after_first_paint(
    alice: Page, coder: SimulatedCoder, width: int
) -> None:
    alice.set_viewport_size({"width": width, "height": 800})
    paint_when_parsed(alice)
    alice.goto(f"/workspaces/new/{find_template(coder).id}/?preset=none")
    alice.wait_for_load_state("networkidle")
    expect(alice.get_by_role("button", name="Create workspace")).to_be_in_viewport(ratio=1)
    assert alice.evaluate(LAYOUT_SHIFTS) == []
    alice.get_by_label("Project code").focus()
    assert width > 1000 or not alice.evaluate(FOCUS_IS_COVERED)


def test_wide_table_of_template_scrolls_in_its_own_box_by_keyboard(alice: Page, coder: SimulatedCoder) -> None:
    template = find_template(coder, "plain")
    cells = [f"a-long-column-{number}" for number in range(12)]
    before, template.description = template.description, f"| {' | '.join(cells)} |\n|{'---|' * 12}\n"
    try:
        alice.set_viewport_size({"width": 390, "height": 800})
        alice.goto(f"/workspaces/new/{template.id}/")
        box = alice.locator(".prose div:has(> table)")
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")
        assert alice.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box.focus()
        box.evaluate(
            "box => { window.scrolled = new Promise(resolve => { box.onscroll = () => resolve(box.scrollLeft); }); }"
        )
        alice.keyboard.press("ArrowRight")
        assert alice.evaluate("window.scrolled") > 0
        assert findings(alice) == []
    finally:
        template.description = before


@pytest.mark.parametrize("ignored_console_lines", ["401"])
def test_page_stays_and_says_so_when_session_ended_while_somebody_types(alice: Page, coder: SimulatedCoder) -> None:
    alice.goto(f"/workspaces/new/{find_template(coder).id}/?preset=none")
    alice.wait_for_load_state("networkidle")
    alice.context.clear_cookies(name="coder_portal_session")
    alice.get_by_label("Name").fill("half-done")
    expect(alice.locator("#live-status")).to_contain_text("signed out")
    expect(alice.get_by_label("Name")).to_have_value("half-done")
