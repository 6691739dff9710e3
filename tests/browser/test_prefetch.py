"""Prefetched pages in Chromium: it requests a workspace's page while the pointer rests on its link in the list."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.tabs import OtherClient, Tabs, expect_live, expect_status
from tests.portal import SimulatedCoder
from workspaces.auth.prefetch import MAX_IN_WINDOW

READ = "GET /users/alice/workspace/"


def reads(coder: SimulatedCoder) -> list[str]:
    """Return the requests of a workspace's page at Coder."""
    return [line for line in coder.request_lines() if line.startswith(READ)]


def hover_until_prefetched(page: Page, coder: SimulatedCoder, name: str) -> None:
    """Rest the pointer on a workspace's link until the browser has its page."""
    with page.expect_response(re.compile(f"/@alice/{name}/$")) as prefetched:
        page.get_by_role("link", name=name, exact=True).hover()
    assert prefetched.value.request.all_headers()["sec-purpose"].startswith("prefetch")
    prefetched.value.finished()
    assert reads(coder) == [READ + name]


def is_prefetched(page: Page) -> bool:
    """Return whether the browser showed the page that it had prefetched."""
    delivery = "performance.getEntriesByType('navigation')[0].deliveryType"
    return bool(page.evaluate(delivery) == "navigational-prefetch")


def test_hovered_workspace_opens_without_a_request(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto("/workspaces/")
    expect_live(alice)
    hover_until_prefetched(alice, coder, "web")
    alice.get_by_role("link", name="web", exact=True).click()
    expect_live(alice)
    assert is_prefetched(alice)
    expect(alice.get_by_role("button", name="Stop web", exact=True)).to_be_enabled()
    assert reads(coder) == [READ + "web"]


def test_prefetched_page_enables_buttons_once_stream_has_sent_its_state(
    alice: Page, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    expect_live(alice)
    hover_until_prefetched(alice, coder, "web")
    other_client.create_build(web, "stop")
    held: list[Route] = []
    alice.route(re.compile("/live/workspaces/.+/"), lambda route: held.append(route))
    with alice.expect_request(re.compile("/live/workspaces/.+/")):
        alice.get_by_role("link", name="web", exact=True).click()
    assert is_prefetched(alice)
    expect_status(alice, web, "running")  # as it was when it was prefetched
    expect(alice.get_by_role("button", name="Stop web", exact=True)).to_be_disabled()
    held[0].continue_()
    expect_status(alice, web, "stopping|pending")
    expect(alice.get_by_role("button", name="Favorite web", exact=True)).to_be_enabled()


@pytest.mark.parametrize("ignored_console_lines", ["^error: Failed to load resource: net::ERR_FAILED"])
def test_prefetched_page_without_stream_enables_buttons_after_a_refresh(
    alice: Page, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    alice.goto("/workspaces/")
    expect_live(alice)
    hover_until_prefetched(alice, coder, "web")
    other_client.create_build(web, "stop")
    alice.route(re.compile("/live/workspaces/.+/"), lambda route: route.abort())
    alice.get_by_role("link", name="web", exact=True).click()
    expect_status(alice, web, "stopping|pending")
    expect(alice.get_by_role("button", name="Favorite web", exact=True)).to_be_enabled()
    assert is_prefetched(alice)


def test_prefetched_page_is_not_shown_after_sign_out_in_another_tab(tabs: Tabs, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = tabs("/workspaces/")
    hover_until_prefetched(page, coder, "web")
    other = tabs.open("/account/")
    other.locator(".btn-account").click()
    other.get_by_role("button", name="Sign out", exact=True).click()
    expect(other).to_have_url(re.compile("/login/"))
    page.get_by_role("link", name="web", exact=True).click()
    expect(page).to_have_url(re.compile(r"/login/\?next="))
    assert not is_prefetched(page)


def test_hovering_over_many_workspaces_is_bounded(alice: Page, coder: SimulatedCoder) -> None:
    for number in range(MAX_IN_WINDOW + 5):
        coder.place(f"web-{number:02}")
    alice.goto("/workspaces/")
    expect_live(alice)
    for link in alice.locator("a.name").all():
        with alice.expect_response(re.compile("/@alice/")):
            link.hover()
    assert len(reads(coder)) <= 2 * MAX_IN_WINDOW  # two windows at most, if the test runs across their border
