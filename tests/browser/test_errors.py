"""Browser tests for errors: failed writes, outages, ended sessions and repeated clicks."""

import re

import pytest
from playwright.sync_api import Page, expect

from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder


@pytest.fixture
def ignored_console_lines() -> str:
    """Ignore the lines that Chromium logs for each 4xx and 5xx, and htmx for each request without a response."""
    return "^info: |^error: Failed to load resource|htmx:error"


def test_error_message_quotes_coder_and_row_is_current_when_stop_is_rejected(
    alice: Page, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.start_queued_build(coder.place("other", "stopped"))
    coder.server.add_fault(
        "answer", method="POST", path="/builds$", status=409, body={"message": "Not while it rains."}
    )
    stop = alice.get_by_role("button", name="Stop web")
    stop.focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text("Not while it rains.")
    expect(alice.locator(f"#w-{web.id}")).to_have_attribute("data-status", "running")
    assert stop.evaluate("element => element === document.activeElement")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "refuse"}, "The outcome is unknown."),
        ({"kind": "error"}, "Coder reported an internal error."),
        ({"kind": "rate_limited", "seconds": 7}, "Try again in 7 seconds."),
    ],
    ids=["broken off", "500", "429"],
)
@pytest.mark.parametrize("everywhere", [False, True], ids=["the write alone", "all of Coder"])
def test_action_shows_error_and_keeps_row_and_focus_when_coder_fails(
    alice: Page, coder: SimulatedCoder, fault: dict[str, object], text: str, *, everywhere: bool
) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.server.add_fault(**fault, **({} if everywhere else {"method": "POST"}))  # type: ignore[arg-type]  # a fault's fields
    alice.get_by_role("button", name="Stop web").focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text(text)
    row = alice.locator(f"#w-{web.id}")
    expect(row).to_have_attribute("data-status", "running")
    assert row.evaluate("element => element.contains(document.activeElement)")


def test_search_shows_outage_and_keeps_query_when_coder_is_unreachable(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.server.add_fault("refuse")
    alice.locator("#q").fill("status:failed")
    expect(alice.get_by_role("status")).to_contain_text("Coder has been unreachable since")
    expect(alice.locator("#q")).to_have_value("status:failed")
    expect(alice.locator(f"#w-{web.id}")).to_be_visible()


def test_action_leads_to_sign_in_with_return_url_when_session_has_ended(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/?q=web")
    coder.server.world.tokens.clear()
    alice.get_by_role("button", name="Stop web").click()
    expect(alice).to_have_url(re.compile(r"/login/\?next=%2Fworkspaces%2F%3Fq%3Dweb&ended=1$"))
    expect(alice.get_by_role("main")).to_contain_text("Session expired.")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
def test_form_input_is_restored_after_sign_in_when_session_ended(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    coder.place("web", template="dev")
    alice.goto("/workspaces/new/")
    alice.get_by_role("link", name="Dev on Kubernetes").click()
    alice.get_by_label("Name").fill("mine")
    alice.get_by_label("Project code").fill("XYZ-987")
    coder.server.world.tokens.clear()
    alice.get_by_label("Project code").press("Enter")
    sign_in_again(alice)
    expect(alice.get_by_label("Project code")).to_have_value("XYZ-987")
    expect(alice.get_by_label("Name")).to_have_value("mine")
    expect(alice.get_by_role("status")).to_contain_text("Your input is below")

    alice.goto("/@alice/web/settings/")
    alice.locator("#set-ttl summary").click()
    coder.server.world.tokens.clear()
    alice.get_by_label("Custom duration").check()
    alice.get_by_label("Hours", exact=True).fill("7")
    alice.get_by_label("Hours", exact=True).press("Enter")
    sign_in_again(alice)
    expect(alice.get_by_label("Hours", exact=True)).to_have_value("7")
    expect(alice.get_by_role("status")).to_contain_text("Your input is below")
    alice.get_by_label("Hours", exact=True).press("Enter")
    expect(alice.locator("#says-ttl")).to_contain_text("7 hours")


def sign_in_again(page: Page) -> None:
    """Sign in on the page to which the portal has redirected."""
    expect(page.get_by_role("main")).to_contain_text("Your input is saved.")
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")


def test_page_reloads_when_csrf_check_fails_after_sign_in_elsewhere(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/")
    alice.context.clear_cookies(name="coder_portal_csrf")
    alice.evaluate("document.documentElement.dataset.old = 'yes'")
    alice.get_by_role("button", name="Stop web").click()
    expect(alice.locator("html")).not_to_have_attribute("data-old", "yes")
    alice.get_by_role("button", name="Stop web").click()
    expect(alice.get_by_role("status")).to_contain_text("Stopping web…")


def test_repeated_clicks_create_one_build_when_request_is_slow(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.server.add_fault("delay", method="POST", path="/builds$", seconds=0.3)
    coder.clear_requests()
    alice.get_by_role("button", name="Stop web").click(click_count=3, delay=10)
    expect(alice.get_by_role("status")).to_contain_text("Stopping web…")
    assert coder.request_lines().count(f"POST /workspaces/{web.id}/builds") == 1


def test_back_button_restores_full_list_page_after_search(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    alice.locator("#q").fill("status:failed")
    expect(alice).to_have_url(re.compile("failed"))
    alice.go_back()
    expect(alice.locator(f"#w-{web.id}")).to_be_visible()
    expect(alice.locator("#q")).to_have_value("")
    expect(alice.get_by_role("banner")).to_be_visible()
