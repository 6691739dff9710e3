"""Test that arithmetic with times works from year 1 to year 9999, in every zone."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.datetimes import (
    EARLIEST,
    LATEST,
    add_milliseconds,
    add_span,
    is_in_utc,
    make_span,
    to_field_value,
    to_utc,
    to_zone,
)

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
ZONES = [ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"), TOKYO, NEW_YORK, UTC]
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.builds(lambda naive, zone: naive.replace(tzinfo=zone), st.datetimes(), offsets)
ends = st.builds(lambda end, zone: end.replace(tzinfo=zone), st.sampled_from([EARLIEST, LATEST]), offsets)


@given(times | ends, st.sampled_from(ZONES), st.integers(-(2**63), 2**63 - 1))
def test_no_time_of_python_makes_arithmetic_fail(at: datetime, zone: ZoneInfo, number: int) -> None:
    assert to_zone(at, zone).tzinfo in {zone, UTC}
    assert to_utc(at).tzinfo is UTC
    assert EARLIEST <= add_milliseconds(to_utc(at), number) <= LATEST
    assert is_in_utc(to_utc(at))
    assert len(to_field_value(at, zone)) in {0, 16}
    add_span(at, make_span(seconds=number))


def test_time_is_in_utc_if_zone_has_none() -> None:
    late = datetime(9999, 12, 31, 20, 0, tzinfo=UTC)
    assert to_zone(late, TOKYO) == late
    assert to_zone(late, TOKYO).tzinfo is UTC
    assert to_zone(late, NEW_YORK).isoformat() == "9999-12-31T15:00:00-05:00"
    assert to_zone(EARLIEST, NEW_YORK).tzinfo is UTC


@pytest.mark.parametrize(
    ("at", "end"), [(datetime.min.replace(tzinfo=EAST), EARLIEST), (datetime.max.replace(tzinfo=WEST), LATEST)]
)
def test_time_outside_of_years_in_utc_becomes_nearest_end(at: datetime, end: datetime) -> None:
    assert to_utc(at) == end
    assert not is_in_utc(at)


def test_field_is_empty_for_time_that_zone_does_not_have() -> None:
    assert to_field_value(datetime(9999, 12, 31, 20, 0, tzinfo=UTC), TOKYO) == ""
    assert to_field_value(datetime(2, 1, 1, 20, 0, tzinfo=UTC), ZoneInfo("UTC")) == "0002-01-01T20:00"


def test_sum_beyond_years_is_an_end_or_none() -> None:
    assert add_milliseconds(datetime(2026, 1, 1, tzinfo=UTC), 2**63 - 1) == LATEST
    assert add_milliseconds(datetime(2026, 1, 1, tzinfo=UTC), -(2**63)) == EARLIEST
    assert add_span(LATEST, timedelta(hours=1)) is None
