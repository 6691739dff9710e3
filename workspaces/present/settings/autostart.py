"""The text of autostart and automatic updates: when a workspace starts, and with which version."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.present.settings.setting_lines import SettingContext, SettingLine
from workspaces.schedule import ALL_DAYS, days_text, next_times, nonzero_time, parse_cron, parse_weekly, schedule_text

DAY_NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MAX_SHOWN_STARTS = 3  # of a custom schedule


def allowed_days(template: Template | None) -> frozenset[int]:
    """Return the days on which the template allows an autostart; all if unknown. Sunday is 0."""
    names = template.autostart_requirement.days_of_week if template else None
    return ALL_DAYS if names is None else frozenset(day for day, name in enumerate(DAY_NAMES) if name in names)


def is_custom_schedule(schedule: str) -> bool:
    """Return whether a schedule does not fit into days and one time of day."""
    return bool(schedule) and parse_weekly(schedule) is None


def needs_active_version(workspace: Workspace) -> bool:
    """Return whether each start uses the active version of the template."""
    return workspace.template_require_active_version or workspace.automatic_updates == "always"


def upcoming_starts(context: SettingContext, count: int) -> list[datetime]:
    """Return the next times of the workspace's schedule on allowed days."""
    schedule = context.workspace.autostart_schedule or ""
    return allowed_starts(schedule, context.now, count, allowed_days(context.template))


def allowed_starts(schedule: str, now: datetime, count: int, days: frozenset[int]) -> list[datetime]:
    """Return the next times of a schedule on these days of the week. Sunday is 0."""
    return next_times(schedule, now, count, days)


def next_start(context: SettingContext) -> datetime | None:
    """Return the next autostart, from Coder or else from the schedule; None if there is none."""
    if not context.workspace.autostart_schedule or context.workspace.dormant_at:
        return None
    from_coder = nonzero_time(context.workspace.next_start_at)
    return from_coder if from_coder and from_coder > context.now else next(iter(upcoming_starts(context, 1)), None)


def autostart_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the schedule, the next start, and what prevents it."""
    schedule = context.workspace.autostart_schedule or ""
    if not schedule:
        yield SettingLine(text=_("Autostart is off."))
        return
    yield SettingLine(text=_("Starts %(schedule)s.") % {"schedule": schedule_text(schedule)})
    if is_custom_schedule(schedule):
        yield from custom_schedule_lines(schedule, context)
    if context.workspace.dormant_at:
        yield SettingLine(text=_("Autostart is paused while the workspace is dormant."), tone="warn")
        return
    yield from next_start_lines(context)
    if forbidden_days := forbidden_days_text(schedule, context):
        yield SettingLine(
            text=_("The template does not allow autostart on %(days)s.") % {"days": forbidden_days}, tone="warn"
        )


def next_start_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the next start and its conditions."""
    start = next_start(context)
    if start is None:
        if parse_cron(context.workspace.autostart_schedule or ""):
            yield SettingLine(
                text=_("The template allows none of these days, so autostart never starts the workspace."), tone="warn"
            )
        return
    at = context.moment(start)
    status = context.workspace.latest_build.status
    if status == "running":
        text = _("The workspace is running. The next start is %(moment)s, if it is stopped by then.")
    elif status in {"failed", "canceled"}:
        text = _(
            "The next start would be %(moment)s, but the latest build did not succeed, and autostart starts only "
            "stopped workspaces."
        )
    else:
        text = _("The next start is %(moment)s.")
    yield SettingLine(
        text=text % {"moment": at.in_sentence}, moment=at, tone="warn" if status in {"failed", "canceled"} else ""
    )


def custom_schedule_lines(schedule: str, context: SettingContext) -> Iterator[SettingLine]:
    """Yield that a custom schedule stays as it is, and its next times."""
    if parse_cron(schedule) is None:
        yield SettingLine(text=_("The portal cannot parse this schedule. It stays as it is in Coder."))
        return
    yield SettingLine(text=_("Custom schedule, shown as a cron expression."))
    if moments := upcoming_starts(context, MAX_SHOWN_STARTS):
        times_text = ", ".join(context.moment(at).short for at in moments)
        yield SettingLine(text=_("Next starts: %(moments)s.") % {"moments": times_text})


def forbidden_days_text(schedule: str, context: SettingContext) -> str:
    """Return the days of the schedule that the template forbids; "" if it forbids none, or all."""
    cron = parse_cron(schedule)
    if cron is None:
        return ""
    days = tuple(day for day in cron.days if day not in allowed_days(context.template))
    return days_text(days) if days and len(days) < len(cron.days) else ""


def autoupdates_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield the version of the next start, and when an update happens."""
    workspace = context.workspace
    version = workspace.latest_build.template_version_name
    if not needs_active_version(workspace):
        yield SettingLine(
            text=_("Automatic updates are off. Each start uses version %(version)s.") % {"version": version}
        )
        if workspace.outdated:
            yield SettingLine(text=_("A newer version is active. Update the workspace to use it."))
        return
    yield SettingLine(text=_("Each start uses the active version of the template."))
    start = next_start(context)
    if workspace.outdated and start:
        at = context.moment(start)
        text = _("The current version, %(version)s, is outdated. The next start updates it, no later than %(moment)s.")
        yield SettingLine(text=text % {"version": version, "moment": at.short}, moment=at)
    elif workspace.outdated:
        text = _("The current version, %(version)s, is outdated. The next start updates it.")
        yield SettingLine(text=text % {"version": version})
    else:
        yield SettingLine(text=_("%(version)s is the active version.") % {"version": version})


def autostart_reason(context: SettingContext) -> str:
    """Return why the template forbids an autostart; "" if it does not."""
    if context.template and not context.template.allow_user_autostart:
        return _("The template does not allow autostart.")
    return ""
