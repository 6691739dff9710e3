"""The text of autostop: the deadline of the running build, the TTL, and the effect of use."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.datetimes import add_milliseconds, add_span, to_field_value, to_utc, to_zone
from workspaces.present.settings.autostart import next_start
from workspaces.present.settings.setting_lines import SettingContext, SettingLine
from workspaces.present.times import Moment
from workspaces.schedule import local_to_utc, nonzero_time, ttl_text

MIN_AHEAD = timedelta(minutes=30)  # Coder accepts no earlier deadline
HOURS = (1, 4)
LAST_MINUTE = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePreset:
    """A deadline to choose. Its button posts `field`=`value`."""

    label: str
    field: str  # hours or deadline
    value: str
    at: Moment


def make_presets(context: SettingContext) -> Iterator[DeadlinePreset]:
    """Yield the presets that Coder accepts: one or four hours more, the end of the viewer's day, the maximum."""
    deadline, max_deadline, min_deadline = context.deadline, context.max_deadline, context.now + MIN_AHEAD
    if deadline is None:
        return
    for hours in HOURS:
        at = add_span(deadline, timedelta(hours=hours))
        if at and min_deadline <= at and (max_deadline is None or at <= max_deadline):
            label = ngettext("+%(n)d hour", "+%(n)d hours", hours) % {"n": hours}
            yield DeadlinePreset(label=label, field="hours", value=str(hours), at=context.moment(at))
    day = datetime.combine(to_zone(context.now, context.viewer.zone).date(), LAST_MINUTE)
    end = local_to_utc(day, context.viewer.zone)
    if end and min_deadline <= end and (max_deadline is None or end <= max_deadline) and end != deadline:
        value = day.isoformat(timespec="minutes")
        label = _("End of the day") if end > deadline else _("Earlier: end of the day")
        yield DeadlinePreset(label=label, field="deadline", value=value, at=context.moment(end))
    if max_deadline and max_deadline > deadline:
        value = to_utc(max_deadline).isoformat()
        yield DeadlinePreset(label=_("Latest allowed"), field="deadline", value=value, at=context.moment(max_deadline))


def deadline_bounds(context: SettingContext) -> tuple[str, str]:
    """Return the bounds of the deadline's field in the viewer's zone; the maximum may be ""."""
    zone, max_deadline = context.viewer.zone, context.max_deadline
    min_deadline = context.now + MIN_AHEAD + timedelta(minutes=1)
    return to_field_value(min_deadline, zone), to_field_value(max_deadline, zone) if max_deadline else ""


def deadline_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the deadline, its maximum, and what moves it.

    Coder moves it while an agent reports a session, once 5 % of the activity bump have passed; the deadline never
    becomes earlier by that, and is later if the bump reaches the next autostart.
    """
    if not (deadline := context.deadline):
        return
    at = context.moment(deadline)
    yield SettingLine(text=_("Stops %(moment)s.") % {"moment": at.in_sentence}, moment=at)
    if max_deadline := context.max_deadline:
        text = _("The template allows a deadline no later than %(moment)s.")
        yield SettingLine(text=text % {"moment": context.moment(max_deadline).short})
    if context.activity_bump_ms:
        text = _(
            "While an IDE, terminal, or SSH session is connected, Coder keeps the deadline at least about %(duration)s "
            "ahead."
        )
        yield SettingLine(text=text % {"duration": ttl_text(context.activity_bump_ms)})


def ttl_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the TTL, when the next build would stop, and what a change does to the running one."""
    ttl = context.workspace.ttl_ms
    if ttl:
        yield SettingLine(text=_("Stops %(duration)s after each start.") % {"duration": ttl_text(ttl)})
    elif deadline := context.deadline:
        text = _("Autostop is off from the next start. The running workspace stops %(moment)s.")
        yield SettingLine(text=text % {"moment": context.moment(deadline).in_sentence})
    else:
        yield SettingLine(text=_("Autostop is off."))
    if ttl or not context.deadline:
        yield from running_lines(context)
    if ttl and (line := next_stop_line(context, ttl)):
        yield line
    if context.deadline:
        yield ttl_off_line(context)


def running_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the deadline of the running build, which a change of the TTL does not move."""
    if deadline := context.deadline:
        text = _("The running workspace stops %(moment)s. A new duration applies from the next start.")
        yield SettingLine(text=text % {"moment": context.moment(deadline).in_sentence})
    elif context.is_running and not context.workspace.dormant_at:
        yield SettingLine(text=_("The running workspace has no autostop. A duration applies from the next start."))


def next_stop_line(context: SettingContext, ttl: int) -> SettingLine | None:
    """Return when it would stop after the next autostart, or else after a start now; None if it cannot start now."""
    start, status = next_start(context), context.workspace.latest_build.status
    if start and status == "stopped":
        text = _("After the autostart %(start)s, it stops %(stop)s.")
        at = context.moment(add_milliseconds(start, ttl))
        return SettingLine(text=text % {"start": context.moment(start).in_sentence, "stop": at.in_sentence}, moment=at)
    if context.workspace.dormant_at or status not in {"running", "stopped", "failed", "canceled"}:
        return None
    at = context.moment(add_milliseconds(context.now, ttl))
    text = (
        _("If you restart it now, it stops %(moment)s.")
        if context.is_running
        else _("If you start it now, it stops %(moment)s.")
    )
    return SettingLine(text=text % {"moment": at.in_sentence}, moment=at)


def ttl_off_line(context: SettingContext) -> SettingLine:
    """Return what "never" does to the running build, which depends on Coder's version, and what it costs."""
    max_deadline = context.max_deadline
    if context.viewer.capabilities.ttl_off_sets_max_deadline and max_deadline:
        text = _("“Never” moves the current deadline to %(moment)s, the latest that the template allows.")
        return SettingLine(text=text % {"moment": context.moment(max_deadline).short})
    text = _("“Never” also removes the deadline: the workspace then runs, and incurs costs, until you stop it.")
    return SettingLine(text=text)


def usage_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the effect of reported use, which Coder records and which moves no deadline: only sessions do that."""
    yield SettingLine(text=_("Coder records within a minute that the workspace is in use."))
    if deadline := context.deadline:
        at = context.moment(deadline)
        text = _("This does not change the deadline (%(moment)s). To change it, use Autostop.")
        yield SettingLine(text=text % {"moment": at.short})
    if idle := context.template.time_til_dormant_ms if context.template else 0:
        at = context.moment(add_milliseconds(context.now, idle))
        yield SettingLine(
            text=_("Without further use, the workspace becomes dormant %(moment)s.") % {"moment": at.in_sentence},
            moment=at,
        )
    if last_used := nonzero_time(context.workspace.last_used_at):
        yield SettingLine(text=_("Last used %(moment)s.") % {"moment": context.moment(last_used).in_sentence})


def extend_reason(context: SettingContext) -> str:
    """Return why a dormant workspace has no deadline to move; "" if it is active."""
    return _("Autostop is paused while the workspace is dormant.") if context.workspace.dormant_at else ""


def ttl_reason(context: SettingContext) -> str:
    """Return why the template forbids a TTL of the workspace's own; "" if it does not."""
    if context.template and not context.template.allow_user_autostop:
        return _("The template sets the time until shutdown.")
    return ""
