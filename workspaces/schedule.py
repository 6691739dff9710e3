"""Autostart and autostop: parse crons, convert them from and to form fields, and format crons and TTLs as text.

Coder's cron is `[CRON_TZ=Area/City ]minute hour * * weekdays`, in UTC without a zone (the chapter "Update workspace
autostart schedule by ID"). A cron that does not fit into the form's fields stays as it is written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.datetimes import to_utc, to_zone

MINUTE_MS = 60_000
ALL_DAYS = frozenset(range(7))  # Sunday is 0
MAX_LISTED_TIMES = 4  # a schedule with more times of day is shown as a count
WEEKDAYS = (
    gettext_noop("Sunday"),
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
)
CRON_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
SATURDAY = 6
NUMBER = re.compile("[0-9]{1,4}")  # in a field of a cron
REFERENCE_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # cronsim needs a start to parse a cron


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySchedule:
    """The fields of the autostart form: one time of day, on some days of the week."""

    days: tuple[int, ...]  # Sunday is 0; ascending, at least one
    at: time  # whole minutes
    timezone: str

    @property
    def cron(self) -> str:
        """The cron in Coder's notation."""
        days = "*" if len(self.days) == 7 else ",".join(day_ranges(self.days))
        return f"CRON_TZ={self.timezone} {self.at.minute} {self.at.hour} * * {days}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A parsed cron: every minute of these hours on these days."""

    expression: str  # the five fields in cronsim's notation
    timezone: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]

    @property
    def times(self) -> list[time]:
        """The times of a day, ascending."""
        return [time(hour, minute) for hour in self.hours for minute in self.minutes]


def split_zone(schedule: str) -> tuple[str, str]:
    """Return the zone that a cron names, "" for none, and its other fields."""
    prefix, _space, fields = schedule.strip().partition(" ")
    if prefix.startswith(("CRON_TZ=", "TZ=")):
        return prefix.partition("=")[2], fields.strip()
    return "", schedule.strip()


def parse_cron(schedule: str) -> Cron | None:
    """Parse a cron of Coder's; return None for one that the portal cannot read, which then stays as it is."""
    zone, fields = split_zone(schedule)
    parts = fields.upper().split()
    if len(parts) != 5 or parts[2:4] != ["*", "*"]:
        return None
    parts = [part.replace("?", "*") for part in parts]
    minute, hour, weekdays = normalize_field(parts[0], 59), normalize_field(parts[1], 23), normalize_field(parts[4], 6)
    expression = f"{minute} {hour} * * {weekdays}"
    try:
        timezone = ZoneInfo(zone or "UTC").key
        parsed = CronSim(expression, REFERENCE_DATE)
    except (CronSimError, LookupError, ValueError, OSError):
        return None
    days = [day for day in parsed.weekdays if isinstance(day, int)]
    # "The second Monday", and Sunday as 7: Coder supports neither.
    if len(days) < len(parsed.weekdays) or largest_number(weekdays) > SATURDAY:
        return None
    return Cron(
        expression=expression,
        timezone=timezone,
        minutes=tuple(sorted(parsed.minutes)),
        hours=tuple(sorted(parsed.hours)),
        days=tuple(sorted({day % 7 for day in days})),
    )


def largest_number(field: str) -> int:
    """Return the largest number that a field of a cron has as a value or an end of a range, 0 without one."""
    spans = (term.partition("/")[0] for term in field.split(","))
    return max((int(number) for span in spans for number in span.split("-") if NUMBER.fullmatch(number)), default=0)


def normalize_field(field: str, last: int) -> str:
    """Return a field of a cron, rewritten so that cronsim reads it as Coder does.

    cronsim takes "5-5/2" for "5/2", and lets "1/2" in weekdays reach Sunday as day 7.
    """
    for day, name in enumerate(CRON_DAYS):
        field = field.replace(name, str(day))
    terms = []
    for term in field.split(","):
        span, _slash, step = term.partition("/")
        first, _dash, end = span.partition("-")
        if step and NUMBER.fullmatch(first) and NUMBER.fullmatch(end or str(last)):
            end = end or str(last)
            terms.append(f"{first}-{end}/{step}" if int(first) != int(end) else first)
        else:
            terms.append(term)
    return ",".join(terms)


def parse_weekly(schedule: str) -> WeeklySchedule | None:
    """Return the form fields for a cron; None if it does not fit into them."""
    cron = parse_cron(schedule)
    if cron is None or len(cron.times) != 1:
        return None
    return WeeklySchedule(days=cron.days, at=cron.times[0], timezone=cron.timezone)


def schedule_text(schedule: str) -> str:
    """Return a cron as text with its zone: "Monday to Friday at 09:30, Europe/Dublin"; "" for ""."""
    if not schedule:
        return ""
    cron = parse_cron(schedule)
    if cron is None:
        return _("on the schedule %(schedule)s") % {"schedule": schedule}
    return _("%(days)s %(times)s, %(zone)s") % {
        "days": days_text(cron.days) if len(cron.days) > 1 else _("every %(day)s") % {"day": days_text(cron.days)},
        "times": times_text(cron),
        "zone": cron.timezone,
    }


def days_text(days: tuple[int, ...]) -> str:
    """Return days of the week as text, Monday first: "Monday to Friday"."""
    if len(days) == 7:
        return _("every day")
    monday_first = sorted((day - 1) % 7 for day in days)
    names = [weekday_name((day + 1) % 7) for day in monday_first]
    if len(days) > 2 and monday_first[-1] - monday_first[0] == len(days) - 1:
        return _("%(first)s to %(last)s") % {"first": names[0], "last": names[-1]}
    return join_words(names)


def times_text(cron: Cron) -> str:
    """Return the times of a cron as text: "at 09:30"; if there are many, their number and the cron itself."""
    times = cron.times
    if len(times) <= MAX_LISTED_TIMES:
        return _("at %(times)s") % {"times": join_words([f"{at:%H:%M}" for at in times])}
    return _("%(n)d times a day (%(cron)s)") % {"n": len(times), "cron": cron.expression}


def join_words(words: list[str]) -> str:
    """Join words with commas, the last one with "and"."""
    *first, last = words
    if not first:
        return last
    text = _("%(most)s, and %(last)s") if len(first) > 1 else _("%(most)s and %(last)s")
    return text % {"most": ", ".join(first), "last": last}


def next_times(schedule: str, after: datetime, count: int, days: frozenset[int] = ALL_DAYS) -> list[datetime]:
    """Return the next times of a cron after an aware datetime, in the cron's zone; empty if it cannot be read.

    Only those on these days of the week (Sunday is 0) of that zone.
    Times that do not exist when the clocks go forward are left out, as Coder does; cronsim would delay them.
    """
    cron = parse_cron(schedule)
    if cron is None:
        return []
    weekdays = sorted(days.intersection(cron.days))
    if not weekdays:
        return []
    expression = f"{cron.expression.rpartition(' ')[0]} {','.join(map(str, weekdays))}"
    times: Iterator[datetime] = CronSim(expression, to_zone(after, ZoneInfo(cron.timezone)))
    existing = (at for at in times if at.hour in cron.hours and at.minute in cron.minutes)
    return list(islice(existing, count))


def nonzero_time(at: datetime | None) -> datetime | None:
    """Return the datetime, or None for Go's zero time, which Coder sometimes sends for "none"."""
    return at if at and at.year > 1 else None


def local_to_utc(at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return a naive local datetime of `zone` in UTC; None if it does not exist because the clocks go forward.

    It is also None for a time that is outside of the years 1 to 9999 in UTC.
    In an hour that the clocks repeat, it is the later one: nothing stops earlier than the person expects.
    """
    utc = to_utc(at.replace(tzinfo=zone, fold=1))
    return utc if to_zone(utc, zone).replace(tzinfo=None) == at else None


def ttl_from_fields(hours: int | None, minutes: int | None) -> int | None:
    """Return the TTL in ms for a form's hours and minutes; None (off) if both are empty or 0."""
    return ((hours or 0) * 60 + (minutes or 0)) * MINUTE_MS or None


def ttl_to_fields(ttl: int | None) -> tuple[int, int]:
    """Return a TTL in ms as hours and minutes; (0, 0) for off.

    Coder truncates a workspace's own TTL to minutes, but not a template's default.
    """
    hours, minutes = divmod(max(ttl or 0, 0) // MINUTE_MS, 60)
    return hours, minutes


def ttl_text(ttl: int | None) -> str:
    """Return a TTL in ms as text: "8 hours", "1 hour 30 minutes"; "" for off."""
    if ttl and 0 < ttl < MINUTE_MS:
        return _("less than 1 minute")
    hours, minutes = ttl_to_fields(ttl)
    words = []
    if hours:
        words.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    if minutes:
        words.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(words)


def weekday_name(day: int) -> str:
    """Return the name of a day of the week; Sunday is 0."""
    return _(WEEKDAYS[day])


def day_ranges(days: tuple[int, ...]) -> Iterator[str]:
    """Yield ascending days in cron's notation: three or more in a row as "1-5", others one by one."""
    start = 0
    for end in range(1, len(days) + 1):
        if end < len(days) and days[end] == days[end - 1] + 1:
            continue
        run = days[start:end]
        if len(run) > 2:
            yield f"{run[0]}-{run[-1]}"
        else:
            yield from map(str, run)
        start = end
