"""What frames show while Coder or the portal does not answer, and that they come back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.embed.host_site import CARD, LIST, HostSite, frame, show
from tests.browser.restartable_coder import RestartablePortal
from tests.browser.sign_in import sign_in_by_request
from tests.chromium import open_context
from tests.portal import SimulatedCoder


def test_live_frames_keep_their_rows_and_say_since_when_coder_is_unreachable(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped"))
    coder.server.add_fault("stream_cut", path=f"{web.id}/watch$", count=1)
    alice.goto(show(host, portal_url, LIST + CARD))
    frames = [alice.frame_locator("iframe").nth(number) for number in range(2)]
    for content in frames:
        expect(content.locator("[data-status]")).to_have_count(1)
    coder.server.add_fault("refuse")
    coder.server.advance(5)  # the build starts: the event with it is cut, and the stream cannot be opened again
    for content in frames:
        expect(content.locator("#frame-state")).to_have_text(
            re.compile(r"^Coder has been unreachable since \d\d:\d\d$"), timeout=30_000
        )
        expect(content.locator("[data-status]")).to_have_count(1)
    coder.server.clear_faults()
    for content in frames:
        expect(content.locator("#frame-state")).to_have_text("", timeout=30_000)


@pytest.fixture
def portal(host_site: HostSite, coder: SimulatedCoder, folder: Path) -> Iterator[RestartablePortal]:
    """Run a portal that the test stops, and that the site may frame."""
    portal = RestartablePortal(coder.url, folder / "embed-away", EMBED_ALLOWED_ORIGINS=host_site.url)
    yield portal
    portal.stop()


@pytest.fixture
def visitor(chromium: Browser, portal: RestartablePortal) -> Iterator[Page]:
    """Return a page of a browser in which Alice is signed in to this portal; its clock is moved by the test."""
    with open_context(chromium, base_url=portal.url, reduced_motion="reduce") as context:
        context.add_init_script("Math.random = () => 0.5")
        page = context.new_page()
        sign_in_by_request(page)
        now = datetime.now(UTC)
        page.clock.install(time=now)
        page.clock.pause_at(now + timedelta(seconds=1))
        yield page


def test_link_stays_while_the_portal_is_away_and_the_frame_comes_back(
    visitor: Page, host: HostSite, portal: RestartablePortal, coder: SimulatedCoder
) -> None:
    coder.place("web")
    visitor.goto(show(host, portal.url))
    link, frames = visitor.get_by_role("link", name="Workspaces"), visitor.locator("iframe")
    expect(frame(visitor).locator("li")).to_have_count(1)
    expect(link).to_be_hidden()

    portal.stop()
    visitor.clock.run_for(10_000)
    expect(frame(visitor).locator("#frame-state")).to_have_text("Not live. Reconnecting…")
    expect(frame(visitor).locator("li")).to_have_count(1)
    visitor.evaluate("document.querySelector('coder-workspaces').setAttribute('limit', '5')")  # loads the frame again
    visitor.clock.run_for(10_100)
    expect(link).to_be_visible()
    expect(visitor.get_by_role("link", name="Why is this not shown?")).to_be_visible()
    expect(frames).to_have_count(0)
    for wait_ms in (5625, 11_250):  # half of the random part
        visitor.clock.run_for(wait_ms)
        expect(frames).to_have_attribute("height", "1")  # the next try, beside the link
        expect(link).to_be_visible()
        visitor.clock.run_for(10_000)
        expect(frames).to_have_count(0)
    visitor.clock.run_for(20_000)
    expect(frames).to_have_count(0)  # the wait has doubled twice

    portal.start()
    visitor.clock.run_for(2500)
    expect(frame(visitor).locator("li")).to_have_count(1)
    expect(link).to_be_hidden()
    expect(visitor.get_by_role("link", name="Why is this not shown?")).to_have_count(0)
    assert visitor.evaluate("statuses.map(({state}) => state)") == ["ok"] + 3 * ["unreachable"] + ["ok"]


def test_page_that_is_opened_while_the_portal_is_away_shows_the_link(
    visitor: Page, host: HostSite, portal: RestartablePortal
) -> None:
    address = show(host, portal.url)
    portal.stop()
    visitor.goto(address)
    expect(visitor.get_by_role("link", name="Workspaces")).to_be_visible()
