"""Format times: absolute with the zone, and relative in steps coarse enough for caches.

Every time that Coder's JSON can hold has a text. Year 1 is Go's zero time, which means none. A time for which the
viewer's zone has no local time, because it is at the end of year 9999 there, is given in UTC: "December 31, 9999 at
20:00 UTC".
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.datetimes import to_utc, to_zone
from workspaces.schedule import nonzero_time, weekday_name

MINUTE = timedelta(minutes=1)
RECENT = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZERO = timedelta(0)
MONTHS_FROM, YEARS_FROM = 60, 730  # days
NEAR = {
    -1: gettext_noop("yesterday at %(time)s"),
    0: gettext_noop("today at %(time)s"),
    1: gettext_noop("tomorrow at %(time)s"),
}
MONTHS = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A formatted time: `<time datetime="{iso}" title="{full}">{relative}</time>`."""

    iso: str  # for machines, in UTC: 2026-11-25T18:30:00Z
    full: str  # "today at 18:30, Europe/Dublin"
    relative: str  # "in 2 h", "5 min ago"
    short: str  # "today at 18:30", "December 3 at 18:30": full without the zone
    in_sentence: str  # after a verb: "today at 18:30", "on December 3 at 18:30"


def make_moment(at: datetime, now: datetime, zone: ZoneInfo) -> Moment:
    """Format `at` relative to `now` (both aware) in the viewer's zone; Go's zero time as an unknown one."""
    if nonzero_time(at) is None:
        unknown = _("at an unknown time")
        return Moment(iso="", full=unknown, relative=unknown, short=unknown, in_sentence=unknown)
    local, local_now = to_zone(at, zone), to_zone(now, zone)
    days, short = (local.date() - local_now.date()).days, absolute_text(local, local_now)
    return Moment(
        iso=to_utc(at).replace(tzinfo=None).isoformat(timespec="seconds") + "Z",
        full=_("%(moment)s, %(zone)s") % {"moment": short, "zone": zone.key},
        relative=relative_text(at - now, days),
        short=short,
        in_sentence=short if days in NEAR else _("on %(moment)s") % {"moment": short},
    )


def to_milliseconds(at: datetime) -> int:
    """Return a time in ms since 1970, as JavaScript counts."""
    return round(at.timestamp() * 1000)


def make_optional_moment(at: datetime | None, now: datetime, zone: ZoneInfo) -> Moment | None:
    """Format a time that Coder may not have; None for none or for Go's zero time."""
    time = nonzero_time(at)
    return make_moment(time, now, zone) if time else None


def make_last_used(at: datetime | None, now: datetime, zone: ZoneInfo) -> Moment | None:
    """Format the last use of a workspace; None if it was never used.

    Coder's value for "never" is more than a hundred years ago. While a workspace is in use, Coder changes the time
    every minute, so a use within the last five minutes has one text without a time, and the row stays as it is.
    """
    if at is None or now - at > 36_500 * DAY:
        return None
    if abs(now - at) < RECENT:
        recent = _("in the last 5 minutes")
        return Moment(iso="", full=recent, relative=recent, short="", in_sentence=recent)
    return make_moment(at, now, zone)


def absolute_text(at: datetime, now: datetime) -> str:
    """Format a local time: with the weekday within a week ahead, else with the date."""
    days = (at.date() - now.date()).days
    time = clock_text(at)
    if days in NEAR:
        return _(NEAR[days]) % {"time": time}
    if 1 < days < 7:
        return _("%(weekday)s at %(time)s") % {"weekday": weekday_name(at.isoweekday() % 7), "time": time}
    parts = {"day": at.day, "month": _(MONTHS[at.month - 1]), "year": at.year, "time": time}
    if at.year == now.year:
        return _("%(month)s %(day)d at %(time)s") % parts
    return _("%(month)s %(day)d, %(year)d at %(time)s") % parts


def clock_text(at: datetime) -> str:
    """Format a local time of day; with its zone in the hour that the clocks repeat, and if it is in UTC instead."""
    time = at.time().isoformat(timespec="minutes")
    repeated = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return f"{time} {at.tzname()}" if repeated or at.tzinfo is UTC else time


def relative_text(delta: timedelta, calendar_days: int | None = None) -> str:
    """Format a time difference: in minutes, from ten on in steps of five, then in hours, days, months or years.

    From 24 hours on it counts `calendar_days` if they are given, as "tomorrow" does; within one day, hours.

    It is rounded, not truncated: a deadline that was just set to eight hours is "in 8 h".
    """
    is_future, distance = delta > ZERO, abs(delta)
    minutes = rounded_count(distance, MINUTE)
    if minutes >= 10:
        minutes = rounded_count(distance, 5 * MINUTE) * 5
    if minutes < 1:
        return _("now")
    if minutes < 60:
        return (_("in %(n)d min") if is_future else _("%(n)d min ago")) % {"n": minutes}
    hours = rounded_count(distance, HOUR)
    if hours < 24 or calendar_days == 0:  # no "0 days": within one day are up to 25 hours
        return (_("in %(n)d h") if is_future else _("%(n)d h ago")) % {"n": hours}
    days = rounded_count(distance, DAY) if calendar_days is None else abs(calendar_days)
    return future_text(days) if is_future else past_text(days)


def rounded_count(span: timedelta, unit: timedelta) -> int:
    """Return the span in these units, rounded half up."""
    return (span + unit / 2) // unit


def future_text(days: int) -> str:
    """Format a number of days in the future, in days, months or years."""
    count = count_in_unit(days)
    if days < MONTHS_FROM:
        text = ngettext("in %(n)d day", "in %(n)d days", count)
    elif days < YEARS_FROM:
        text = ngettext("in %(n)d month", "in %(n)d months", count)
    else:
        text = ngettext("in %(n)d year", "in %(n)d years", count)
    return text % {"n": count}


def past_text(days: int) -> str:
    """Format a number of days in the past, in days, months or years."""
    count = count_in_unit(days)
    if days < MONTHS_FROM:
        text = ngettext("%(n)d day ago", "%(n)d days ago", count)
    elif days < YEARS_FROM:
        text = ngettext("%(n)d month ago", "%(n)d months ago", count)
    else:
        text = ngettext("%(n)d year ago", "%(n)d years ago", count)
    return text % {"n": count}


def count_in_unit(days: int) -> int:
    """Return a number of days in the unit of its text, rounded: days, months or years."""
    if days < MONTHS_FROM:
        return days
    return (days + 15) // 30 if days < YEARS_FROM else (days + 182) // 365
