"""When a workspace stops by itself: this time, after each start, and when it is used."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.present.settings.autostart import next_start
from workspaces.present.settings.setting_lines import Facts, Line, later
from workspaces.present.times import Moment
from workspaces.schedule import local_to_utc, nonzero_time, ttl_text

AHEAD = timedelta(minutes=30)  # Coder takes no deadline that is nearer
HOURS = (1, 4)
LAST_MINUTE = time(23, 59)
LOCAL = "%Y-%m-%dT%H:%M"  # as a field of the type datetime-local has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A deadline that is one click away. Its button posts `field`=`value`."""

    label: str
    field: str  # hours or deadline
    value: str
    at: Moment


def presets(facts: Facts) -> Iterator[Preset]:
    """Those that Coder would take: an hour or four more, the end of the viewer's day, the latest that is allowed."""
    deadline, latest, soonest = facts.deadline, facts.max_deadline, facts.now + AHEAD
    if deadline is None:
        return
    for hours in HOURS:
        at = deadline + timedelta(hours=hours)
        if soonest <= at and (latest is None or at <= latest):
            label = ngettext("+%(n)d hour", "+%(n)d hours", hours) % {"n": hours}
            yield Preset(label=label, field="hours", value=str(hours), at=facts.moment(at))
    day = datetime.combine(facts.now.astimezone(facts.viewer.zone).date(), LAST_MINUTE)
    end = local_to_utc(day, facts.viewer.zone)
    if end and soonest <= end and (latest is None or end <= latest) and end != deadline:
        value = f"{day:{LOCAL}}"
        label = _("End of the day") if end > deadline else _("Sooner: end of the day")
        yield Preset(label=label, field="deadline", value=value, at=facts.moment(end))
    if latest and latest > deadline:
        value = latest.astimezone(UTC).isoformat()
        yield Preset(label=_("The latest"), field="deadline", value=value, at=facts.moment(latest))


def ending_words(facts: Facts) -> tuple[str, str]:
    """The bounds of the deadline's field in the viewer's zone: the soonest, and the latest or ""."""
    soonest = (facts.now + AHEAD + timedelta(minutes=1)).astimezone(facts.viewer.zone)
    latest = facts.max_deadline
    return f"{soonest:{LOCAL}}", f"{latest.astimezone(facts.viewer.zone):{LOCAL}}" if latest else ""


def ending_says(facts: Facts) -> Iterator[Line]:
    """When the running workspace stops, how late that may become, and what moves it."""
    if not (deadline := facts.deadline):
        return
    at = facts.moment(deadline)
    yield Line(text=_("It stops %(moment)s.") % {"moment": at.full}, moment=at)
    if latest := facts.max_deadline:
        words = _("Its template lets it run until %(moment)s at the latest.")
        yield Line(text=words % {"moment": facts.moment(latest).full})
    if facts.bump_ms:
        words = _("While it is used, Coder moves this on, to %(duration)s after the last use.")
        yield Line(text=words % {"duration": ttl_text(facts.bump_ms)})


def ttl_says(facts: Facts) -> Iterator[Line]:
    """How long it runs after a start: when that would be, and what a change does to the one that runs."""
    ttl = facts.workspace.ttl_ms
    if ttl:
        yield Line(text=_("It stops %(duration)s after each start.") % {"duration": ttl_text(ttl)})
    else:
        yield Line(text=_("It does not stop by itself."))
    yield from running_says(facts)
    if ttl:
        yield would_stop(facts, ttl)
    if facts.deadline:
        yield off_says(facts)
    if facts.template and facts.template.default_ttl_ms:
        words = _("The time of its template is %(duration)s.")
        yield Line(text=words % {"duration": ttl_text(facts.template.default_ttl_ms)})


def running_says(facts: Facts) -> Iterator[Line]:
    """When the running workspace stops, which another time after each start does not change."""
    if deadline := facts.deadline:
        words = _("The running one stops %(moment)s; a change here holds from the next start on.")
        yield Line(text=words % {"moment": facts.moment(deadline).full})
    elif facts.runs and not facts.workspace.dormant_at:
        yield Line(text=_("The running one does not stop by itself; a change here holds from the next start on."))


def would_stop(facts: Facts, ttl: int) -> Line:
    """When it would stop, counted from the next start by itself, else from a start now."""
    begins = next_start(facts)
    if begins and not facts.runs:
        words = _("Started by itself %(start)s, it stops %(stop)s.")
        at = facts.moment(later(begins, ttl))
        return Line(text=words % {"start": facts.moment(begins).full, "stop": at.full}, moment=at)
    at = facts.moment(later(facts.now, ttl))
    words = (
        _("Started again now, it would stop %(moment)s.") if facts.runs else _("Started now, it would stop %(moment)s.")
    )
    return Line(text=words % {"moment": at.full}, moment=at)


def off_says(facts: Facts) -> Line:
    """What "off" does to the running one at once: it differs by Coder's version."""
    latest = facts.max_deadline
    if facts.viewer.capabilities.ttl_off_sets_max_deadline and latest:
        words = _("Switched off, the running one stops %(moment)s instead, the latest that its template allows.")
        return Line(text=words % {"moment": facts.moment(latest).full})
    return Line(text=_("Switched off, the running one does not stop by itself any more, from now on."))


def usage_says(facts: Facts) -> Iterator[Line]:
    """What telling Coder of a use does."""
    deadline, bump = facts.deadline, facts.bump_ms
    if deadline and bump:
        moved = min(later(facts.now, bump), facts.max_deadline or later(facts.now, bump))
        if deadline < moved:
            at = facts.moment(moved)
            yield Line(text=_("Within a minute Coder moves its stop to %(moment)s.") % {"moment": at.full}, moment=at)
        else:
            at = facts.moment(deadline)
            words = _("It stops %(moment)s all the same: that is further away than a use would move it.")
            yield Line(text=words % {"moment": at.full}, moment=at)
    elif deadline:
        at = facts.moment(deadline)
        words = _("It stops %(moment)s all the same: its template does not move that when it is used.")
        yield Line(text=words % {"moment": at.full}, moment=at)
    idle = facts.template.time_til_dormant_ms if facts.template else 0
    if idle:
        at = facts.moment(later(facts.now, idle))
        yield Line(text=_("Unused from then on, it becomes dormant %(moment)s.") % {"moment": at.full}, moment=at)
    used = nonzero_time(facts.workspace.last_used_at)
    if used and not idle and not deadline:
        yield Line(text=_("It was last used %(moment)s.") % {"moment": facts.moment(used).full})
    yield Line(text=_("Coder is told that the workspace is in use, as when something in it is opened."))


def extend_reason(facts: Facts) -> str:
    """Return why a dormant workspace has no deadline to move; "" if it is active."""
    return _("It is dormant, so Coder does not stop it by itself.") if facts.workspace.dormant_at else ""


def ttl_reason(facts: Facts) -> str:
    """Return why the template forbids a TTL of the workspace's own; "" if it does not."""
    if facts.template and not facts.template.allow_user_autostop:
        return _("Its template decides how long it runs.")
    return ""
