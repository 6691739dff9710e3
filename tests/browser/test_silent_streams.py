"""A stream that falls silent while its connection stays open: the page says so, polls, and gets another one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.browser.tabs import OtherClient, expect_live, expect_status, live_indicator
from tests.chromium import close_context
from tests.portal import SimulatedCoder
from tests.relay import Relay, run_relay
from tests.server import free_port, run_portal

ALL_BUILDS_S = 7200.0
BEFORE_SILENCE_MS, SILENCE_MS = 43_000, 45_000


@pytest.fixture(scope="module")
def relayed(coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Relay, str]]:
    """Run a portal that browsers reach through a relay; return the relay and the portal's public URL."""
    portal_port = free_port()
    with run_relay(portal_port) as relay:
        url = f"http://127.0.0.1:{relay.port}"
        extra_env = {"PORTAL_URL": url}
        with run_portal(coders["2.36"].url, tmp_path_factory.mktemp("relayed"), port=portal_port, extra_env=extra_env):
            yield relay, url


@pytest.fixture
def relay(relayed: tuple[Relay, str]) -> Iterator[Relay]:
    """Return the relay."""
    yield relayed[0]
    relayed[0].release()


@pytest.fixture
def relayed_page(chromium: Browser, relayed: tuple[Relay, str], coder: SimulatedCoder) -> Iterator[Page]:
    """Return a page of Alice's on the portal behind the relay."""
    context = chromium.new_context(base_url=relayed[1], reduced_motion="reduce")
    page = context.new_page()
    sign_in_by_request(page)
    page.clock.install()
    yield page
    close_context(context)


@pytest.mark.parametrize("after", [0, 60], ids=["silent", "in an event"])
@pytest.mark.parametrize("address", ["/workspaces/", "/@alice/web/"])
def test_page_is_not_live_after_three_missed_beats_and_recovers(
    relayed_page: Page, relay: Relay, coder: SimulatedCoder, other_client: OtherClient, address: str, after: int
) -> None:
    web = coder.place("web")
    relayed_page.goto(address)
    expect_live(relayed_page)
    relay.withhold(after=after)
    other_client.create_build(web, "stop")
    coder.server.advance(ALL_BUILDS_S)
    relayed_page.clock.fast_forward(BEFORE_SILENCE_MS)
    expect_live(relayed_page)
    relayed_page.clock.fast_forward(SILENCE_MS - BEFORE_SILENCE_MS)
    expect(live_indicator(relayed_page)).to_have_attribute("data-state", "lost")
    relay.release()
    relayed_page.clock.fast_forward(2_000)  # the longest first wait before another stream
    expect_live(relayed_page)
    expect_status(relayed_page, web, "stopped")
