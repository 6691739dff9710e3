"""Test times as text in the viewer's time zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import DUBLIN, NOW
from workspaces.present.times import Moment, absolute_text, make_last_used, make_moment, relative_text


@pytest.mark.parametrize(
    ("at", "full"),
    [
        (datetime(2026, 11, 25, 18, 30, tzinfo=UTC), "today at 18:30, Europe/Dublin"),
        (datetime(2026, 11, 26, 0, 5, tzinfo=UTC), "tomorrow at 00:05, Europe/Dublin"),
        (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), "yesterday at 23:59, Europe/Dublin"),
        (datetime(2026, 11, 30, 9, 30, tzinfo=UTC), "Monday at 09:30, Europe/Dublin"),
        (datetime(2026, 12, 1, 9, 30, tzinfo=UTC), "Tuesday at 09:30, Europe/Dublin"),
        (datetime(2026, 12, 2, 9, 30, tzinfo=UTC), "December 2 at 09:30, Europe/Dublin"),
        (datetime(2026, 11, 23, 9, 30, tzinfo=UTC), "November 23 at 09:30, Europe/Dublin"),
        (datetime(2027, 1, 2, 9, 30, tzinfo=UTC), "January 2, 2027 at 09:30, Europe/Dublin"),
        (datetime(2026, 7, 1, 9, 30, tzinfo=UTC), "July 1 at 10:30, Europe/Dublin"),
    ],
)
def test_full_time_names_day_time_and_zone(at: datetime, full: str) -> None:
    assert make_moment(at, NOW, DUBLIN).full == full


@pytest.mark.parametrize(
    ("at", "in_sentence"),
    [
        (datetime(2026, 11, 25, 18, 30, tzinfo=UTC), "today at 18:30"),
        (datetime(2026, 11, 26, 9, 30, tzinfo=UTC), "tomorrow at 09:30"),
        (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), "yesterday at 23:59"),
        (datetime(2026, 11, 30, 9, 30, tzinfo=UTC), "on Monday at 09:30"),
        (datetime(2026, 12, 3, 9, 30, tzinfo=UTC), "on December 3 at 09:30"),
        (datetime(2027, 1, 2, 9, 30, tzinfo=UTC), "on January 2, 2027 at 09:30"),
        (datetime(1, 1, 1, tzinfo=UTC), "at an unknown time"),
    ],
)
def test_date_in_sentence_has_its_preposition(at: datetime, in_sentence: str) -> None:
    assert make_moment(at, NOW, DUBLIN).in_sentence == in_sentence


def test_day_word_depends_on_time_zone() -> None:
    at = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)
    assert make_moment(at, NOW, ZoneInfo("Asia/Tokyo")).short == "tomorrow at 03:30"
    assert make_moment(at, NOW, ZoneInfo("America/Los_Angeles")).short == "today at 10:30"


def test_today_is_the_current_day_in_zone_of_viewer() -> None:
    late = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)  # already Thursday in Tokyo
    assert make_moment(late, late, ZoneInfo("Asia/Tokyo")).short == "today at 05:00"


def test_iso_time_is_in_utc() -> None:
    assert make_moment(datetime(2026, 7, 1, 10, 30, tzinfo=DUBLIN), NOW, DUBLIN).iso == "2026-07-01T09:30:00Z"


def test_repeated_hour_names_zone_abbreviation() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert make_moment(before, before, DUBLIN).short == "today at 01:30 IST"
    assert make_moment(before + timedelta(hours=1), before, DUBLIN).short == "today at 01:30 GMT"


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
def test_relative_time_is_rounded_to_fitting_unit(delta: timedelta, words: str) -> None:
    assert relative_text(delta) == words


@pytest.mark.parametrize(
    ("at", "now", "words"),
    [
        (datetime(2026, 11, 25, 23, 45, tzinfo=UTC), datetime(2026, 11, 25, 0, 5, tzinfo=UTC), "in 24 h"),
        (datetime(2026, 11, 25, 0, 5, tzinfo=UTC), datetime(2026, 11, 25, 23, 45, tzinfo=UTC), "24 h ago"),
        (datetime(2026, 10, 25, 23, 50, tzinfo=UTC), datetime(2026, 10, 24, 23, 10, tzinfo=UTC), "in 25 h"),
    ],
    ids=["from morning", "from evening", "as the clocks go back"],
)
def test_relative_time_within_one_day_is_in_hours(at: datetime, now: datetime, words: str) -> None:
    moment = make_moment(at, now, DUBLIN)
    assert (moment.short.split()[0], moment.relative) == ("today", words)


@given(st.integers(1, 23), st.integers(1, 60))
def test_relative_time_shows_whole_hours_up_to_a_minute_after_setting(hours: int, seconds: int) -> None:
    assert relative_text(timedelta(hours=hours) - timedelta(seconds=seconds)) == f"in {hours} h"


def test_relative_time_changes_at_most_every_five_minutes_after_ten_minutes() -> None:
    texts = [relative_text(timedelta(seconds=seconds)) for seconds in range(10 * 60, 24 * 3600, 10)]
    changes = [at for at in range(1, len(texts)) if texts[at] != texts[at - 1]]
    assert all(after - before >= 30 for before, after in pairwise(changes))


@given(st.integers(0, 40_000), st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_absolute_time_is_unique_for_each_day_within_a_year(day: int, zone: str) -> None:
    now = datetime(1970, 1, 1, 12, tzinfo=ZoneInfo(zone)) + timedelta(days=day)
    named = [absolute_text(now + timedelta(days=days), now) for days in range(-180, 180)]
    assert len(set(named)) == len(named)


def test_last_used_names_no_time_within_five_minutes() -> None:
    used = {make_last_used(NOW - timedelta(minutes=minutes), NOW, DUBLIN) for minutes in (-1, 0, 1, 4)}
    assert used == {
        Moment(
            iso="",
            full="in the last 5 minutes",
            relative="in the last 5 minutes",
            short="",
            in_sentence="in the last 5 minutes",
        )
    }


@pytest.mark.parametrize(
    ("minutes", "relative", "short"),
    [
        (5, "5 min ago", "today at 11:55"),
        (19, "20 min ago", "today at 11:41"),
        (60, "1 h ago", "today at 11:00"),
        (-60, "in 1 h", "today at 13:00"),  # of a Coder whose clocks differ
    ],
)
def test_last_used_is_relative_after_five_minutes(minutes: int, relative: str, short: str) -> None:
    used = make_last_used(NOW - timedelta(minutes=minutes), NOW, DUBLIN)
    assert used is not None
    assert (used.relative, used.short) == (relative, short)


@pytest.mark.parametrize("at", [None, NOW - timedelta(days=36_501)])
def test_last_used_is_none_when_missing_or_over_a_century_ago(at: datetime | None) -> None:
    assert make_last_used(at, NOW, DUBLIN) is None


@pytest.mark.parametrize(
    ("zone", "short"),
    [
        ("Asia/Tokyo", "December 31, 9999 at 20:00 UTC"),  # there it is year 10000
        ("Pacific/Pago_Pago", "December 31, 9999 at 09:00"),
        ("UTC", "December 31, 9999 at 20:00"),
    ],
)
def test_time_in_year_9999_is_local_or_in_utc_if_zone_has_none(zone: str, short: str) -> None:
    moment = make_moment(datetime(9999, 12, 31, 20, 0, tzinfo=UTC), NOW, ZoneInfo(zone))
    assert moment.short == short
    assert moment.relative == "in 7978 years"
    assert moment.iso == "9999-12-31T20:00:00Z"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_zero_time_of_go_is_unknown_in_every_zone(zone: str) -> None:
    moment = make_moment(datetime(1, 1, 1, tzinfo=UTC), NOW, ZoneInfo(zone))
    assert (moment.short, moment.relative, moment.iso) == ("at an unknown time", "at an unknown time", "")


def test_iso_time_has_four_digits_for_its_year() -> None:
    assert make_moment(datetime(2, 3, 4, tzinfo=UTC), NOW, DUBLIN).iso == "0002-03-04T00:00:00Z"
