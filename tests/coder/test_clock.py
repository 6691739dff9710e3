"""Test how Coder's clock is taken from the `Date` of its responses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coder.doubles import ME, TOKEN
from workspaces.coder import calls
from workspaces.coder.client import AsyncCoder, Coder
from workspaces.coder.clock import CLOCK, NO_OFFSET, TOLERANCE, CoderClock
from workspaces.coder.transport import open_async_client, open_client

OFFSETS = [
    timedelta(minutes=4),
    timedelta(minutes=-4),
    timedelta(hours=2),
    timedelta(hours=-2),
    timedelta(days=1),
    timedelta(days=-1),
]


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    CLOCK.reset()
    yield
    CLOCK.reset()


def response_dated(offset: timedelta, **headers: str) -> httpx.Response:
    """Return a response of a Coder whose clock is ahead by this much."""
    return httpx.Response(
        200, json=ME, headers={"Date": format_datetime(datetime.now(UTC) + offset, usegmt=True), **headers}
    )


@pytest.mark.parametrize("offset", OFFSETS, ids=str)
def test_offset_is_measured_from_any_response(offset: timedelta) -> None:
    transport = httpx.MockTransport(lambda _: response_dated(offset))
    Coder(open_client("http://coder.test", transport=transport), TOKEN).send(calls.me())
    assert abs(CLOCK.offset - offset) < timedelta(seconds=1.5)
    assert abs(CLOCK.now() - datetime.now(UTC) - offset) < timedelta(seconds=1.5)


def test_offset_is_measured_by_async_client() -> None:
    async def send() -> None:
        transport = httpx.MockTransport(lambda _: response_dated(timedelta(hours=2)))
        async with open_async_client("http://coder.test", transport=transport) as http:
            await AsyncCoder(http, TOKEN).send(calls.me())

    anyio.run(send)
    assert abs(CLOCK.offset - timedelta(hours=2)) < timedelta(seconds=1.5)


def observe(clock: CoderClock, response: httpx.Response, taking: timedelta = NO_OFFSET) -> timedelta:
    """Let a clock observe a response that took so long, and return its offset."""
    clock.observe(response, datetime.now(UTC) - taking)
    return clock.offset


def test_offset_is_kept_when_another_one_differs_by_less_than_tolerance() -> None:
    clock = CoderClock()
    assert observe(clock, response_dated(timedelta(seconds=1))) == NO_OFFSET
    before = observe(clock, response_dated(timedelta(minutes=4)))
    assert observe(clock, response_dated(timedelta(minutes=4) + TOLERANCE / 2)) == before


def test_offset_ends_when_clock_is_corrected() -> None:
    clock = CoderClock()
    observe(clock, response_dated(timedelta(hours=2)))
    assert observe(clock, response_dated(NO_OFFSET)) == NO_OFFSET


@pytest.mark.parametrize(
    ("response", "taking"),
    [
        (response_dated(timedelta(hours=2), Age="7200"), NO_OFFSET),
        (response_dated(timedelta(hours=2)), timedelta(seconds=6)),
        (response_dated(timedelta(days=4000)), NO_OFFSET),
    ],
    ids=["from a cache", "slow", "eleven years"],
)
def test_response_that_says_nothing_about_now_is_ignored(response: httpx.Response, taking: timedelta) -> None:
    assert observe(CoderClock(), response, taking) == NO_OFFSET


@given(
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"))
    | st.from_regex(r"[A-Z]{3}, [0-9]+ Jan [0-9]+ [0-9]+:[0-9]+:[0-9]+ [+-][0-9]+", fullmatch=True)
)
def test_any_date_header_is_taken_or_ignored(text: str) -> None:
    response = httpx.Response(200, headers=[(b"Date", text.encode("latin-1"))])
    observe(CoderClock(), response)
