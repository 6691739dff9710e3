"""Arithmetic with aware datetimes that never raises. Pure.

Coder's times may be anything from year 1 to year 9999, and Python has no others. So a time near either end has no
local time in some zones, and the sum of a time and a duration may not exist.
"""

from datetime import UTC, datetime, timedelta, tzinfo

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def to_zone(at: datetime, zone: tzinfo) -> datetime:
    """Return an aware datetime in a zone; in UTC if the zone has no such time between year 1 and year 9999."""
    try:
        return at.astimezone(zone)
    except (OverflowError, ValueError):
        return to_utc(at)


def to_utc(at: datetime) -> datetime:
    """Return an aware datetime in UTC; EARLIEST or LATEST if it is outside of the years 1 to 9999 there."""
    try:
        return at.astimezone(UTC)
    except (OverflowError, ValueError):
        return EARLIEST if at.year == 1 else LATEST


def is_in_utc(at: datetime) -> bool:
    """Return whether an aware datetime is within the years 1 to 9999 in UTC too, in which Coder sends it back."""
    try:
        at.astimezone(UTC)
    except (OverflowError, ValueError):
        return False
    return True


def add_span(at: datetime, span: timedelta) -> datetime | None:
    """Return a time later by `span`, which may be negative; None outside of the years 1 to 9999."""
    try:
        return at + span
    except OverflowError:
        return None


def add_milliseconds(at: datetime, milliseconds: int) -> datetime:
    """Return a time later by some milliseconds; EARLIEST or LATEST outside of the years 1 to 9999."""
    return add_span(at, make_span(milliseconds=milliseconds)) or (LATEST if milliseconds > 0 else EARLIEST)


def make_span(*, seconds: int = 0, milliseconds: int = 0) -> timedelta:
    """Return a duration; the shortest or the longest that Python has if it has no such one."""
    try:
        return timedelta(seconds=seconds, milliseconds=milliseconds)
    except OverflowError:
        return timedelta.max if seconds + milliseconds > 0 else timedelta.min


def to_field_value(at: datetime, zone: tzinfo) -> str:
    """Return a time as the value of a `datetime-local` field: "2026-11-25T18:30"; "" if the zone has no such time."""
    local = to_zone(at, zone)
    return local.replace(tzinfo=None).isoformat(timespec="minutes") if local.tzinfo is zone else ""
