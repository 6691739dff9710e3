"""Moments in words: the absolute one with its zone, beside it a relative one coarse enough to be cached."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.schedule import real, weekday_words

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEAR = {-1: gettext_noop("yesterday"), 0: gettext_noop("today"), 1: gettext_noop("tomorrow")}
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
    """One moment as a page says it: `<time datetime="{iso}" title="{full}">{relative}</time>`."""

    iso: str  # for machines, in UTC: 2026-11-25T18:30:00Z
    full: str  # "today at 18:30, Europe/Dublin"
    relative: str  # "in 2 h", "5 min ago"
    short: str  # "today at 18:30": full without the zone


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> Moment:
    """The words for `at`, seen at `now` (both aware) by somebody in `zone`."""
    short = _("%(day)s at %(time)s") % {
        "day": day_words(at.astimezone(zone), now.astimezone(zone)),
        "time": clock_words(at.astimezone(zone)),
    }
    return Moment(
        iso=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        full=_("%(moment)s, %(zone)s") % {"moment": short, "zone": zone.key},
        relative=relative_words(at - now),
        short=short,
    )


def known(at: datetime | None, now: datetime, zone: ZoneInfo) -> Moment | None:
    """The words for a moment that Coder may not have given."""
    there = real(at)
    return moment(there, now, zone) if there else None


def last_used(at: datetime | None, now: datetime, zone: ZoneInfo) -> Moment | None:
    """When a workspace was last used: "now" within the last hour, None where it never was.

    Coder says "never" with a moment more than a hundred years ago.
    """
    if at is None or now - at > 36_500 * DAY:
        return None
    used = moment(at, now, zone)
    return replace(used, relative=_("now")) if now - at < HOUR else used


def day_words(at: datetime, now: datetime) -> str:
    """The day of a local moment: by name within a week ahead, else by date."""
    days = (at.date() - now.date()).days
    if days in NEAR:
        return _(NEAR[days])
    if 1 < days < 7:
        return weekday_words(at.isoweekday() % 7)
    words = {"day": at.day, "month": _(MONTHS[at.month - 1]), "year": at.year}
    if at.year == now.year:
        return _("%(day)d %(month)s") % words
    return _("%(day)d %(month)s %(year)d") % words


def clock_words(at: datetime) -> str:
    """The time of a local moment; with the zone's abbreviation in the hour that the clocks repeat."""
    time = f"{at:%H:%M}"
    repeated = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return f"{time} {at.tzname()}" if repeated else time


def relative_words(delta: timedelta) -> str:
    """How far away, never further than it is: in minutes, above ten in steps of five; then hours, days..."""
    words = span_words(abs(delta))
    if not words:
        return _("now")
    if delta > timedelta(0):
        return _("in %(span)s") % {"span": words}
    return _("%(span)s ago") % {"span": words}


def span_words(span: timedelta) -> str:
    """A span in its largest unit, rounded down; "" below a minute."""
    minutes = span // timedelta(minutes=1)
    days = span // DAY
    if minutes < 60:
        coarse = minutes if minutes < 10 else minutes // 5 * 5
        return _("%(n)d min") % {"n": coarse} if coarse else ""
    if days < 1:
        return _("%(n)d h") % {"n": minutes // 60}
    if days < 60:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if days < 730:
        months = days // 30
        return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    years = days // 365
    return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
