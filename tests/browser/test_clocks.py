"""The browser's clock is never believed: times on the page count from the portal's."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.browser.tabs import expect_live, live_indicator
from tests.portal import SimulatedCoder

SILENCE_MS = 45_000  # until a stream without events counts as lost

any_offset = pytest.mark.parametrize(
    "offset",
    [sign * span for span in (timedelta(minutes=4), timedelta(hours=2), timedelta(days=1)) for sign in (1, -1)],
    ids=str,
)


@pytest.fixture
def off_page(page: Page, offset: timedelta) -> Page:
    """Return a page of Alice's in a browser whose clock is off."""
    sign_in_by_request(page)
    page.clock.install(time=datetime.now(UTC) + offset)
    return page


@any_offset
def test_autostop_warning_counts_by_the_portals_clock_when_browsers_is_off(
    off_page: Page, coder: SimulatedCoder
) -> None:
    coder.place("web", deadline_in_hours=8.5 / 60)
    off_page.goto("/@alice/web/")
    expect(off_page.get_by_role("alert")).to_contain_text("Stops in 9 minutes")


@any_offset
def test_autostop_warning_is_absent_hours_before_the_stop_when_browsers_clock_is_off(
    off_page: Page, coder: SimulatedCoder
) -> None:
    coder.place("web", deadline_in_hours=2.05)
    off_page.goto("/@alice/web/")
    expect_live(off_page)
    expect(off_page.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize("ignored_console_lines", ["ERR_INTERNET_DISCONNECTED|^error: htmx: htmx:error"])
@any_offset
def test_page_says_since_when_it_is_not_live_by_the_portals_clock(
    context: BrowserContext, off_page: Page, coder: SimulatedCoder
) -> None:
    coder.place("web")
    off_page.goto("/@alice/web/")
    expect_live(off_page)
    context.set_offline(True)
    off_page.clock.fast_forward(SILENCE_MS)
    expect(live_indicator(off_page)).to_have_attribute("data-state", "lost")
    (said,) = re.findall(r"\d\d:\d\d", live_indicator(off_page).inner_text())
    minutes = (datetime.now(UTC) + timedelta(minutes=n) for n in (-1, 0, 1))  # the clock was moved by most of one
    assert said in {f"{at:%H:%M}" for at in minutes}


@any_offset
def test_autostop_warning_counts_by_coders_clock_when_coders_is_off(
    page: Page, coder: SimulatedCoder, offset: timedelta
) -> None:
    coder.server.world.clock.skew = offset
    sign_in_by_request(page)
    coder.place("web", deadline_in_hours=8.5 / 60)
    page.goto("/@alice/web/")
    expect(page.get_by_role("alert")).to_contain_text("Stops in 9 minutes")
