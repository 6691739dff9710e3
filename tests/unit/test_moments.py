"""Moments in words, in the viewer's zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import DUBLIN, NOW, hours
from workspaces.present.times import absolute_words, last_used, moment, relative_words


@pytest.mark.parametrize(
    ("at", "full"),
    [
        (datetime(2026, 11, 25, 18, 30, tzinfo=UTC), "today at 18:30, Europe/Dublin"),
        (datetime(2026, 11, 26, 0, 5, tzinfo=UTC), "tomorrow at 00:05, Europe/Dublin"),
        (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), "yesterday at 23:59, Europe/Dublin"),
        (datetime(2026, 11, 30, 9, 30, tzinfo=UTC), "Monday at 09:30, Europe/Dublin"),
        (datetime(2026, 12, 1, 9, 30, tzinfo=UTC), "Tuesday at 09:30, Europe/Dublin"),
        (datetime(2026, 12, 2, 9, 30, tzinfo=UTC), "2 December at 09:30, Europe/Dublin"),
        (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), "23 November at 09:30, Europe/Dublin"),
        (datetime(2027, 1, 2, 9, 30, tzinfo=UTC), "2 January 2027 at 09:30, Europe/Dublin"),
        (datetime(2026, 7, 1, 9, 30, tzinfo=UTC), "1 July at 10:30, Europe/Dublin"),
    ],
)
def test_a_moment_is_said_in_full_with_its_zone(at: datetime, full: str) -> None:
    assert moment(at, NOW, DUBLIN).full == full


def test_what_is_today_in_one_zone_is_tomorrow_in_another() -> None:
    at = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)
    assert moment(at, NOW, ZoneInfo("Asia/Tokyo")).short == "tomorrow at 03:30"
    assert moment(at, NOW, ZoneInfo("America/Los_Angeles")).short == "today at 10:30"


def test_today_is_the_viewers_today() -> None:
    late = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)  # in Tokyo it is Thursday already
    assert moment(late, late, ZoneInfo("Asia/Tokyo")).short == "today at 05:00"


def test_machines_read_the_moment_in_utc() -> None:
    assert moment(datetime(2026, 7, 1, 10, 30, tzinfo=DUBLIN), NOW, DUBLIN).iso == "2026-07-01T09:30:00Z"


def test_the_hour_that_the_clocks_repeat_says_which_one_it_is() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment(before, before, DUBLIN).short == "today at 01:30 IST"
    assert moment(before + timedelta(hours=1), before, DUBLIN).short == "today at 01:30 GMT"


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=-29), "now"),
        (timedelta(seconds=59), "in 1 min"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(minutes=9, seconds=20), "in 9 min"),
        (timedelta(minutes=9, seconds=40), "in 10 min"),
        (timedelta(minutes=14), "in 15 min"),
        (timedelta(minutes=57), "in 55 min"),
        (timedelta(minutes=59), "in 1 h"),
        (timedelta(hours=2, minutes=29), "in 2 h"),
        (timedelta(hours=2, minutes=30), "in 3 h"),
        (timedelta(hours=-23), "23 h ago"),
        (timedelta(hours=23, minutes=45), "in 1 day"),
        (timedelta(days=1, hours=3), "in 1 day"),
        (timedelta(days=-59), "59 days ago"),
        (timedelta(days=-60), "2 months ago"),
        (timedelta(days=729), "in 24 months"),
        (timedelta(days=730), "in 2 years"),
        (timedelta(days=-1100), "3 years ago"),
    ],
)
def test_how_far_away_a_moment_is(delta: timedelta, words: str) -> None:
    assert relative_words(delta) == words


@given(st.integers(1, 23), st.integers(1, 60))
def test_what_was_set_a_moment_ago_is_said_as_it_was_set(hours: int, seconds: int) -> None:
    assert relative_words(timedelta(hours=hours) - timedelta(seconds=seconds)) == f"in {hours} h"


def test_between_ten_minutes_and_a_day_the_words_change_every_five_minutes_at_most() -> None:
    said = [relative_words(timedelta(seconds=seconds)) for seconds in range(10 * 60, 24 * 3600, 10)]
    changes = [at for at in range(1, len(said)) if said[at] != said[at - 1]]
    assert all(after - before >= 30 for before, after in pairwise(changes))


@given(st.integers(0, 40_000), st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_a_day_is_named_alike_for_no_two_days_within_a_year(day: int, zone: str) -> None:
    now = datetime(1970, 1, 1, 12, tzinfo=ZoneInfo(zone)) + timedelta(days=day)
    named = [absolute_words(now + timedelta(days=days), now) for days in range(-180, 180)]
    assert len(set(named)) == len(named)


def test_what_was_used_within_the_hour_is_used_now() -> None:
    used = last_used(hours(-0.9), NOW, DUBLIN)
    assert used is not None
    assert (used.relative, used.short) == ("now", "today at 11:06")


def test_what_was_used_before_that_says_when() -> None:
    used = last_used(hours(-1), NOW, DUBLIN)
    assert used is not None
    assert used.relative == "1 h ago"


@pytest.mark.parametrize("at", [None, NOW - timedelta(days=36_501)])
def test_a_century_ago_is_never(at: datetime | None) -> None:
    assert last_used(at, NOW, DUBLIN) is None
