"""What the parts of the overview show of Coder's statistics. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.staff_types import (
    DailyActiveUsers,
    HealthReport,
    HealthSection,
    OrganizationJob,
    ProvisionerDaemon,
    TemplateInsights,
    UserStatusCounts,
)
from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text
from workspaces.datetimes import make_span
from workspaces.present.builds.descriptions import duration_text
from workspaces.present.page_models import Tone
from workspaces.present.staff.models import Fact, StaffPart, make_chart
from workspaces.present.times import make_optional_moment
from workspaces.schedule import nonzero_time

TITLES = {
    "provisioners": gettext_noop("Provisioners"),
    "activity": gettext_noop("Active users"),
    "usage": gettext_noop("Apps used in the last 7 days"),
    "build-times": gettext_noop("Start duration by template"),
    "users": gettext_noop("Users"),
    "health": gettext_noop("Coder’s health"),
}
DAYS = 30  # of the chart of active users
STALE = timedelta(minutes=2)  # since a provisioner was last seen: it reports every few seconds
SEVERITIES: dict[str, tuple[str, Tone]] = {
    "ok": (gettext_noop("OK"), "ok"),
    "warning": (gettext_noop("Warning"), "warn"),
    "error": (gettext_noop("Error"), "bad"),
}
HEALTH_PARTS = {
    "access_url": gettext_noop("Access URL"),
    "database": gettext_noop("Database"),
    "derp": gettext_noop("DERP relays"),
    "provisioner_daemons": gettext_noop("Provisioners"),
    "websocket": gettext_noop("WebSocket"),
    "workspace_proxy": gettext_noop("Workspace proxies"),
}


def make_part(name: str, note: str) -> StaffPart:
    """Return a part that only says why it shows nothing."""
    return StaffPart(name=name, title=_(TITLES[name]), note=note)


def make_activity(response: DailyActiveUsers) -> StaffPart:
    """Return the active users of each of the last days."""
    days = [(sanitize_text(entry.date), entry.amount) for entry in (response.entries or ())[-DAYS:]]
    if not days:
        return make_part("activity", _("Coder has no data yet."))
    return StaffPart(
        name="activity",
        title=_(TITLES["activity"]),
        facts=(
            Fact(label=_("Today"), value=str(days[-1][1])),
            Fact(label=_("Peak day"), value=str(max(amount for _day, amount in days))),
        ),
        chart=make_chart(days),
        headers=(_("Day"), _("Active users")),
        is_numeric=True,
        rows=tuple((day, str(amount)) for day, amount in reversed(days)),
    )


def make_usage(response: TemplateInsights) -> StaffPart:
    """Return for how long each app was used."""
    report = response.report
    used = sorted(
        (app for app in (report.apps_usage if report else None) or () if app.seconds > 0), key=lambda app: -app.seconds
    )
    if report is None or not used:
        return make_part("usage", _("No app was used in this period."))
    return StaffPart(
        name="usage",
        title=_(TITLES["usage"]),
        facts=(Fact(label=_("Active users"), value=str(report.active_users)),),
        headers=(_("App"), _("Used for"), _("Times used")),
        is_numeric=True,
        rows=tuple(
            (
                sanitize_text(app.display_name or app.slug),
                duration_text(make_span(seconds=app.seconds)),
                str(app.times_used),
            )
            for app in used
        ),
    )


def make_build_times(templates: Sequence[Template]) -> StaffPart:
    """Return median and 95th percentile of the starts of each template, the slowest first."""
    rows = sorted(start_times(templates), key=lambda row: (-row[1], row[0]))
    if not rows:
        return make_part("build-times", _("Coder has no data yet."))
    return StaffPart(
        name="build-times",
        title=_(TITLES["build-times"]),
        headers=(_("Template"), _("Median"), _("95th percentile")),
        is_numeric=True,
        rows=tuple(
            (name, duration_text(make_span(milliseconds=median)), duration_text(make_span(milliseconds=slow)))
            for name, median, slow in rows
        ),
    )


def start_times(templates: Sequence[Template]) -> Iterator[tuple[str, int, int]]:
    """Yield name, median and 95th percentile (ms) of each template that was started."""
    for template in templates:
        start = (template.build_time_stats or {}).get("start")
        if start and start.P50 is not None and start.P95 is not None:
            yield sanitize_text(template.display_name) or template.name, max(0, start.P50), max(0, start.P95)


def make_provisioners(
    daemons: Sequence[ProvisionerDaemon], jobs: Sequence[OrganizationJob] | None, now: datetime, zone: ZoneInfo
) -> StaffPart:
    """Return what the provisioners do. `jobs`: those that are queued or in progress; None where Coder refuses them."""
    states = [daemon_state(daemon, now) for daemon in daemons]
    facts = [
        Fact(label=_("Busy"), value=str(states.count("busy")), tone="busy" if "busy" in states else "off"),
        Fact(label=_("Idle"), value=str(states.count("idle")), tone="ok" if "idle" in states else "off"),
        Fact(label=_("Offline"), value=str(states.count("stale")), tone="warn" if "stale" in states else "off"),
    ]
    queued = [job for job in jobs or () if job.status == "pending"]
    if jobs is not None:
        facts.append(Fact(label=_("Queued jobs"), value=str(len(queued)), tone="warn" if queued else "off"))
    oldest = min((job.created_at for job in queued), default=None)
    if moment := make_optional_moment(oldest, now, zone):
        facts.append(Fact(label=_("Oldest queued job"), value=moment.relative, tone="warn"))
    return StaffPart(
        name="provisioners",
        title=_(TITLES["provisioners"]),
        facts=tuple(facts),
        headers=(_("Provisioner"), _("Status"), _("Last seen"), _("Version")),
        rows=tuple(
            (
                sanitize_text(daemon.name),
                {"busy": _("Busy"), "idle": _("Idle")}.get(state, _("Offline")),
                seen.relative if (seen := make_optional_moment(daemon.last_seen_at, now, zone)) else _("never"),
                sanitize_text(daemon.version),
            )
            for daemon, state in zip(daemons, states, strict=True)
        ),
        note="" if jobs is not None else _("You do not have permission to view the queue."),
    )


def daemon_state(daemon: ProvisionerDaemon, now: datetime) -> str:
    """Return busy, idle or stale."""
    seen = nonzero_time(daemon.last_seen_at)
    if daemon.status == "offline" or seen is None or now - seen > STALE:
        return "stale"
    return "busy" if daemon.status == "busy" or daemon.current_job else "idle"


def make_users(response: UserStatusCounts) -> StaffPart:
    """Return how many users there are by status, as Coder counts them at the start of a day."""
    rows = [
        (status, entries[-1].count) for status, entries in sorted((response.status_counts or {}).items()) if entries
    ]
    if not rows:
        return make_part("users", _("Coder has no data yet."))
    labels = {"active": _("Active"), "dormant": _("Dormant"), "suspended": _("Suspended")}
    return StaffPart(
        name="users",
        title=_(TITLES["users"]),
        facts=tuple(Fact(label=labels.get(status, sanitize_text(status)), value=str(count)) for status, count in rows),
        note=_("Counted at the start of today."),
    )


def make_health(report: HealthReport, now: datetime, zone: ZoneInfo) -> StaffPart:
    """Return what Coder says of its own parts, with its warnings."""
    sections = {name: getattr(report, name) for name in HEALTH_PARTS}
    checked = make_optional_moment(report.time, now, zone)
    return StaffPart(
        name="health",
        title=_(TITLES["health"]),
        facts=tuple(
            Fact(label=_(HEALTH_PARTS[name]), value=severity_label(section), tone=severity_tone(section))
            for name, section in sections.items()
        ),
        headers=(_("Component"), _("Message")),
        rows=tuple(
            (_(HEALTH_PARTS[name]), text) for name, section in sections.items() for text in health_messages(section)
        ),
        note=_("Checked %(moment)s.") % {"moment": checked.in_sentence} if checked else "",
    )


def health_messages(section: HealthSection) -> Iterator[str]:
    """Yield the error and the warnings of a part."""
    texts = [section.error or "", *(f"{each.code} {each.message}".strip() for each in section.warnings or ())]
    yield from filter(None, (sanitize_text(text) for text in texts))


def severity_label(section: HealthSection) -> str:
    """Return a severity in words; an unknown one as it is."""
    return _(SEVERITIES[section.severity][0]) if section.severity in SEVERITIES else sanitize_text(section.severity)


def severity_tone(section: HealthSection) -> Tone:
    """Return the tone of a severity."""
    return SEVERITIES[section.severity][1] if section.severity in SEVERITIES else "off"
