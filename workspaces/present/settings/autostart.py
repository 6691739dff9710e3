"""When a workspace starts by itself, and with which version."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.present.settings.setting_lines import Facts, Line
from workspaces.schedule import days_text, next_times, nonzero_time, parse_cron, parse_weekly, schedule_text

ALL_DAYS = frozenset(range(7))
NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
AFTER = 3  # that many moments of an unusual schedule are said
LOOKED_AT = 400  # moments of a schedule, to find one on a day that the template allows


def allowed_days(template: Template | None) -> frozenset[int]:
    """The days on which its template lets it start; all where that is not known. Sunday is 0."""
    named = template.autostart_requirement.days_of_week if template else None
    return ALL_DAYS if named is None else frozenset(day for day, name in enumerate(NAMES) if name in named)


def is_unusual(schedule: str) -> bool:
    """Whether a schedule does not fit into days and one time of day."""
    return bool(schedule) and parse_weekly(schedule) is None


def needs_active_version(workspace: Workspace) -> bool:
    """Whether a start uses the active version of the template, whatever the workspace has."""
    return workspace.template_require_active_version or workspace.automatic_updates == "always"


def upcoming(facts: Facts, count: int) -> list[datetime]:
    """The next moments of its schedule on allowed days, after now."""
    days = allowed_days(facts.template)
    found = next_times(facts.workspace.autostart_schedule or "", facts.now, LOOKED_AT if days != ALL_DAYS else count)
    return [at for at in found if at.isoweekday() % 7 in days][:count]


def next_start(facts: Facts) -> datetime | None:
    """When it starts by itself next: as Coder says, else as its schedule does; None where nothing will."""
    if not facts.workspace.autostart_schedule or facts.workspace.dormant_at:
        return None
    told = nonzero_time(facts.workspace.next_start_at)
    return told if told and told > facts.now else next(iter(upcoming(facts, 1)), None)


def autostart_says(facts: Facts) -> Iterator[Line]:
    """The schedule in words, the next start, and what keeps it from starting."""
    schedule = facts.workspace.autostart_schedule or ""
    if not schedule:
        yield Line(text=_("It does not start by itself."))
        return
    yield Line(text=_("It starts %(schedule)s.") % {"schedule": schedule_text(schedule)})
    if is_unusual(schedule):
        yield from explained(schedule, facts)
    if facts.workspace.dormant_at:
        yield Line(text=_("While it is dormant, Coder does not start it."), tone="warn")
        return
    yield from comes(facts)
    if left_out := forbidden(schedule, facts):
        yield Line(text=_("Its template does not let it start on %(days)s.") % {"days": left_out}, tone="warn")


def comes(facts: Facts) -> Iterator[Line]:
    """The next start, and on what it depends."""
    begins = next_start(facts)
    if begins is None:
        if parse_cron(facts.workspace.autostart_schedule or ""):
            yield Line(text=_("None of its days is allowed by its template, so it never starts."), tone="warn")
        return
    at = facts.moment(begins)
    status = facts.workspace.latest_build.status
    if status == "running":
        words = _("It runs now. The next start is %(moment)s, if it has been stopped by then.")
    elif status in {"failed", "canceled"}:
        words = _("It would start %(moment)s, but Coder starts only what was stopped: its last build did not succeed.")
    else:
        words = _("The next start is %(moment)s.")
    yield Line(text=words % {"moment": at.full}, moment=at, tone="warn" if status in {"failed", "canceled"} else "")


def explained(schedule: str, facts: Facts) -> Iterator[Line]:
    """An unusual schedule: that it is kept, and the moments that it comes to."""
    if parse_cron(schedule) is None:
        yield Line(text=_("The portal cannot read this schedule. Coder can, and it stays as it is."))
        return
    yield Line(text=_("It does not fit into days and one time, so it is shown as the cron that it is, and kept so."))
    if moments := upcoming(facts, AFTER):
        said = ", ".join(facts.moment(at).short for at in moments)
        words = _("It comes to: %(moments)s, %(zone)s.")
        yield Line(text=words % {"moments": said, "zone": facts.viewer.zone.key})


def forbidden(schedule: str, facts: Facts) -> str:
    """The days of the schedule that its template does not allow, in words; "" where some rule says it better."""
    cron = parse_cron(schedule)
    if cron is None:
        return ""
    days = tuple(day for day in cron.days if day not in allowed_days(facts.template))
    return days_text(days) if days and len(days) < len(cron.days) else ""


def autoupdates_says(facts: Facts) -> Iterator[Line]:
    """The version that it starts with, and when that matters next."""
    workspace = facts.workspace
    version = workspace.latest_build.template_version_name
    if not needs_active_version(workspace):
        yield Line(text=_("It starts with the version that it has, %(version)s.") % {"version": version})
        if workspace.outdated:
            yield Line(text=_("Its template has a newer one, which it gets when somebody updates it."))
        return
    yield Line(text=_("Each start uses the active version of its template."))
    begins = next_start(facts)
    if workspace.outdated and begins:
        at = facts.moment(begins)
        words = _("It has %(version)s, which is older: a start updates it, at the latest the one %(moment)s.")
        yield Line(text=words % {"version": version, "moment": at.full}, moment=at)
    elif workspace.outdated:
        words = _("It has %(version)s, which is older: the next start updates it.")
        yield Line(text=words % {"version": version})
    else:
        yield Line(text=_("It has that one now, %(version)s.") % {"version": version})


def autostart_reason(facts: Facts) -> str:
    """Return why the template forbids an autostart; "" if it does not."""
    if facts.template and not facts.template.allow_user_autostart:
        return _("Its template does not let workspaces start by themselves.")
    return ""
