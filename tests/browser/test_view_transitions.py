"""Test the transitions between pages in Chromium."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sign_in import sign_in_by_request
from tests.chromium import open_context
from tests.portal import SimulatedCoder

RECORD = "addEventListener('pagereveal', event => { window.hasTransition = event.viewTransition !== null; })"
type Motion = Literal["no-preference", "reduce"]


@pytest.fixture
def moving_page(chromium: Browser, portal_url: str, coder: SimulatedCoder, motion: Motion) -> Iterator[Page]:
    """Return a page that records whether it came with a transition, for a person with this wish about motion."""
    with open_context(chromium, base_url=portal_url, reduced_motion=motion) as context:
        context.add_init_script(RECORD)
        page = context.new_page()
        sign_in_by_request(page)
        coder.place("web")
        yield page


def follow(page: Page, selector: str) -> bool:
    """Follow a link, and return whether its page came with a transition."""
    page.locator(selector).first.click()
    page.wait_for_load_state("load")
    return bool(page.evaluate("window.hasTransition"))


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_list_and_workspace_follow_each_other_with_transition_unless_motion_is_reduced(
    moving_page: Page, motion: Motion
) -> None:
    moving_page.goto("/workspaces/")
    moves = motion == "no-preference"
    assert follow(moving_page, "a.name[href='/@alice/web/']") is moves
    assert follow(moving_page, ".breadcrumbs a") is moves


@pytest.mark.parametrize("motion", ["no-preference"])
def test_other_pages_follow_without_transition(moving_page: Page) -> None:
    moving_page.goto("/workspaces/")
    assert follow(moving_page, "a[href='/workspaces/new/']") is False
    assert follow(moving_page, ".site-header nav a") is False
