"""What somebody sees and hears in a browser when something does not go."""

import re

import pytest
from playwright.sync_api import Page, expect

from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder


@pytest.fixture
def expected() -> str:
    """Chromium writes a line for each 4xx and 5xx, and htmx one for each answer that it does not get."""
    return "^info: |^error: Failed to load resource|htmx:error"


def test_what_coder_refuses_is_said_in_its_words_beside_the_row_as_it_is_now(
    alice: Page, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.queued(coder.place("other", "stopped"))
    coder.server.fault("answer", method="POST", path="/builds$", status=409, body={"message": "Not while it rains."})
    stop = alice.get_by_role("button", name="Stop web")
    stop.focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text("Not while it rains.")
    expect(alice.locator(f"#w-{web.id}")).to_have_attribute("data-status", "running")
    assert stop.evaluate("it => it === document.activeElement")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "refuse"}, "Whether it was done is not known."),
        ({"kind": "error"}, "Coder says that it had an error of its own."),
        ({"kind": "rate_limited", "seconds": 7}, "Try again in 7 seconds."),
    ],
    ids=["broken off", "500", "429"],
)
@pytest.mark.parametrize("whole", [False, True], ids=["the write alone", "all of Coder"])
def test_an_action_that_met_no_coder_says_so_and_leaves_the_page_and_the_focus(
    alice: Page, coder: SimulatedCoder, fault: dict[str, object], words: str, *, whole: bool
) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.server.fault(**fault, **({} if whole else {"method": "POST"}))  # type: ignore[arg-type]  # a fault's fields
    alice.get_by_role("button", name="Stop web").focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text(words)
    row = alice.locator(f"#w-{web.id}")
    expect(row).to_have_attribute("data-status", "running")
    assert row.evaluate("it => it.contains(document.activeElement)")


def test_while_coder_is_away_a_search_says_so_and_nothing_typed_is_lost(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.server.fault("refuse")
    alice.locator("#q").fill("owner:me status:failed")
    expect(alice.get_by_role("status")).to_contain_text("Coder cannot be reached since")
    expect(alice.locator("#q")).to_have_value("owner:me status:failed")
    expect(alice.locator(f"#w-{web.id}")).to_be_visible()


def test_a_session_that_ended_meanwhile_leads_to_signing_in_and_back(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/?q=web")
    coder.server.world.tokens.clear()
    alice.get_by_role("button", name="Stop web").click()
    expect(alice).to_have_url(re.compile(r"/login/\?next=%2Fworkspaces%2F%3Fq%3Dweb&ended=1$"))
    expect(alice.get_by_role("main")).to_contain_text("Your session has ended.")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
def test_what_was_typed_when_the_session_ended_stands_there_after_signing_in(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", template="dev")
    alice.goto("/workspaces/new/")
    alice.get_by_role("link", name="Dev on Kubernetes").click()
    alice.get_by_label("Name").fill("mine")
    alice.get_by_label("Project code").fill("XYZ-987")
    coder.server.world.tokens.clear()
    alice.get_by_label("Project code").press("Enter")
    enter_here(alice)
    expect(alice.get_by_label("Project code")).to_have_value("XYZ-987")
    expect(alice.get_by_label("Name")).to_have_value("mine")
    expect(alice.get_by_role("status")).to_contain_text("What you typed stands here")

    alice.goto("/@alice/web/" if javascript else f"/workspaces/{web.id}/settings/")
    alice.locator("#set-ttl summary").click()
    alice.wait_for_load_state("networkidle")  # a part that is still loading would lead to signing in by itself
    coder.server.world.tokens.clear()
    alice.get_by_label("Hours").fill("7")
    alice.get_by_label("Hours").press("Enter")
    enter_here(alice)
    expect(alice.get_by_label("Hours")).to_have_value("7")
    expect(alice.get_by_role("status")).to_contain_text("What you typed stands here")
    alice.get_by_label("Hours").press("Enter")
    expect(alice.locator("#says-ttl")).to_contain_text("7 hours")


def enter_here(page: Page) -> None:
    """Sign in again where the page has led to."""
    expect(page.get_by_role("main")).to_contain_text("What you typed is kept for you.")
    page.get_by_label("E-mail").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")


def test_a_page_from_before_signing_in_again_in_another_tab_loads_anew(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/")
    alice.context.clear_cookies(name="coder_portal_csrf")
    alice.evaluate("document.documentElement.dataset.old = 'yes'")
    alice.get_by_role("button", name="Stop web").click()
    expect(alice.locator("html")).not_to_have_attribute("data-old", "yes")
    alice.get_by_role("button", name="Stop web").click()
    expect(alice.get_by_role("status")).to_contain_text("web: Stopping.")


def test_three_quick_clicks_are_one_build(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    coder.server.fault("delay", method="POST", path="/builds$", seconds=0.3)
    coder.forget()
    alice.get_by_role("button", name="Stop web").click(click_count=3, delay=10)
    expect(alice.get_by_role("status")).to_contain_text("web: Stopping.")
    assert coder.asked().count(f"POST /workspaces/{web.id}/builds") == 1


def test_going_back_after_a_search_shows_the_whole_page_as_it_was(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    alice.locator("#q").fill("owner:me status:failed")
    expect(alice).to_have_url(re.compile("failed"))
    alice.go_back()
    expect(alice.locator(f"#w-{web.id}")).to_be_visible()
    expect(alice.locator("#q")).to_have_value("owner:me")
    expect(alice.get_by_role("banner")).to_be_visible()
