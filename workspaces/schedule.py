"""Autostart and autostop: a cron and the fields of a form, its sentence, its next moments; a TTL in words.

Coder's cron is `[CRON_TZ=Area/City ]minute hour * * weekdays`, in UTC where no zone is given (the chapter
"Update workspace autostart schedule by ID"). It is kept as it is written wherever a form cannot hold it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

MINUTE_MS = 60_000
SPOKEN = 4  # that many times of a day are said one by one
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
ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # cronsim wants one to read a cron


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """What the form of autostart holds: one time of day, on some days of the week."""

    days: tuple[int, ...]  # Sunday is 0; ascending, at least one
    at: time  # whole minutes
    timezone: str

    @property
    def schedule(self) -> str:
        """The cron, as Coder takes it."""
        days = "*" if len(self.days) == 7 else ",".join(runs(self.days))
        return f"CRON_TZ={self.timezone} {self.at.minute} {self.at.hour} * * {days}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A cron of Coder's, read: every minute of these hours on these days."""

    expression: str  # the five fields, as cronsim reads them
    timezone: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]

    @property
    def times(self) -> list[time]:
        """The times of a day, ascending."""
        return [time(hour, minute) for hour in self.hours for minute in self.minutes]


def read(schedule: str) -> Cron | None:
    """The cron that Coder holds; None for one that cannot be read, which has to be kept as it is."""
    prefix, _space, fields = schedule.strip().partition(" ")
    if not prefix.startswith(("CRON_TZ=", "TZ=")):
        prefix, fields = "CRON_TZ=UTC", schedule
    parts = fields.upper().replace("?", "*").split()
    if len(parts) != 5 or parts[2:4] != ["*", "*"]:
        return None
    minute, hour, weekdays = numbered(parts[0], 59), numbered(parts[1], 23), numbered(parts[4], 6)
    expression = f"{minute} {hour} * * {weekdays}"
    try:
        timezone = ZoneInfo(prefix.partition("=")[2]).key
        parsed = CronSim(expression, ANY_DAY)
    except (CronSimError, LookupError, ValueError, OSError):
        return None
    days = [day for day in parsed.weekdays if isinstance(day, int)]
    if len(days) < len(parsed.weekdays):  # "the second Monday", which Coder does not know
        return None
    return Cron(
        expression=expression,
        timezone=timezone,
        minutes=tuple(sorted(parsed.minutes)),
        hours=tuple(sorted(parsed.hours)),
        days=tuple(sorted({day % 7 for day in days})),
    )


def numbered(field: str, last: int) -> str:
    """A field of a cron so that cronsim understands it as Coder does.

    Alone it would take "5-5/2" for "5/2", and let "1/2" on weekdays reach a Sunday that is the seventh.
    """
    for day, name in enumerate(CRON_DAYS):
        field = field.replace(name, str(day))
    terms = []
    for term in field.split(","):
        span, _slash, step = term.partition("/")
        first, _dash, end = span.partition("-")
        if step and first.isdecimal() and (end or str(last)).isdecimal():
            end = end or str(last)
            terms.append(f"{first}-{end}/{step}" if int(first) != int(end) else first)
        else:
            terms.append(term)
    return ",".join(terms)


def weekly(schedule: str) -> Weekly | None:
    """The fields of the form for a cron; None where a form cannot hold it."""
    cron = read(schedule)
    if cron is None or len(cron.times) != 1:
        return None
    return Weekly(days=cron.days, at=cron.times[0], timezone=cron.timezone)


def sentence(schedule: str) -> str:
    """A cron in words, with its zone: "Monday to Friday at 09:30, Europe/Dublin". Of "" nothing."""
    if not schedule:
        return ""
    cron = read(schedule)
    if cron is None:
        return _("by the schedule %(schedule)s") % {"schedule": schedule}
    return _("%(days)s %(times)s, %(zone)s") % {
        "days": days_words(cron.days),
        "times": times_words(cron),
        "zone": cron.timezone,
    }


def days_words(days: tuple[int, ...]) -> str:
    """Days of the week in words, the week beginning on Monday: "Monday to Friday"."""
    if len(days) == 7:
        return _("every day")
    monday_first = sorted((day - 1) % 7 for day in days)
    names = [weekday_words((day + 1) % 7) for day in monday_first]
    if len(days) > 2 and monday_first[-1] - monday_first[0] == len(days) - 1:
        return _("%(first)s to %(last)s") % {"first": names[0], "last": names[-1]}
    return listed(names)


def times_words(cron: Cron) -> str:
    """The times of a cron in words: "at 09:30"; where they are many, how many and the cron itself."""
    times = cron.times
    if len(times) <= SPOKEN:
        return _("at %(times)s") % {"times": listed([f"{at:%H:%M}" for at in times])}
    return _("%(n)d times a day (%(cron)s)") % {"n": len(times), "cron": cron.expression}


def listed(words: list[str]) -> str:
    """Words one after the other, the last one by "and"."""
    *most, last = words
    return _("%(most)s and %(last)s") % {"most": ", ".join(most), "last": last} if most else last


def next_moments(schedule: str, after: datetime, count: int) -> list[datetime]:
    """The next moments of a cron after an aware one, in its zone; none for a cron that cannot be read.

    A time that the clocks skip on the day when they go forward is left out, as Coder leaves it out; cronsim
    would put it off.
    """
    cron = read(schedule)
    if cron is None:
        return []
    moments: Iterator[datetime] = CronSim(cron.expression, after.astimezone(ZoneInfo(cron.timezone)))
    kept = (at for at in moments if at.hour in cron.hours and at.minute in cron.minutes)
    return list(islice(kept, count))


def real(at: datetime | None) -> datetime | None:
    """The moment, or None for Go's zero time, with which Coder sometimes says "none"."""
    return at if at and at.year > 1 else None


def local_moment(at: datetime, zone: ZoneInfo) -> datetime | None:
    """A date and time of a clock on the wall in `zone`, as a moment in UTC; None where the clocks skip it.

    Of an hour that the clocks repeat it is the later one: nothing stops earlier than somebody thought.
    """
    moment = at.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == at else None


def ttl_ms(hours: int | None, minutes: int | None) -> int | None:
    """The TTL that a form's hours and minutes ask for, in ms; None where both are empty or 0: off."""
    return ((hours or 0) * 60 + (minutes or 0)) * MINUTE_MS or None


def ttl_fields(ttl: int | None) -> tuple[int, int]:
    """A TTL in ms as whole hours and the minutes beyond; off is (0, 0). Coder cuts seconds off."""
    hours, minutes = divmod((ttl or 0) // MINUTE_MS, 60)
    return hours, minutes


def ttl_words(ttl: int | None) -> str:
    """A TTL in ms in words: "8 hours", "1 hour 30 minutes"; "" where it is off."""
    hours, minutes = ttl_fields(ttl)
    words = []
    if hours:
        words.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    if minutes:
        words.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(words)


def weekday_words(day: int) -> str:
    """The name of a day of the week; Sunday is 0."""
    return _(WEEKDAYS[day])


def runs(days: tuple[int, ...]) -> Iterator[str]:
    """Ascending days as cron writes them: three or more in a row as "1-5", others one by one."""
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
