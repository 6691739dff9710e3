"""Descriptions of builds: what each did and why, by whom, and how long it took."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.text import sanitize_text
from workspaces.coder.types import ProvisionerJob, WorkspaceBuild
from workspaces.present.page_models import Status, Tone
from workspaces.present.times import HOUR, MINUTE, ZERO
from workspaces.schedule import nonzero_time

# By transition: until it succeeds, and after.
TRANSITION_LABELS = {
    "start": (gettext_noop("Start requested"), gettext_noop("Started")),
    "stop": (gettext_noop("Stop requested"), gettext_noop("Stopped")),
    "delete": (gettext_noop("Deletion requested"), gettext_noop("Deleted")),
}
# By Coder's reason (2.19 has only the first three). An unknown one is shown as it is.
REASON_TEXTS = {
    "initiator": gettext_noop("by %(name)s"),
    "autostart": gettext_noop("by autostart"),
    "autostop": gettext_noop("by autostop"),
    "dormancy": gettext_noop("due to inactivity"),
    "autodelete": gettext_noop("because it was dormant for too long"),
    "dashboard": gettext_noop("by %(name)s in Coder’s dashboard"),
    "cli": gettext_noop("by %(name)s with the CLI"),
    "ssh_connection": gettext_noop("because %(name)s connected over SSH"),
    "vscode_connection": gettext_noop("because %(name)s connected with VS Code"),
    "jetbrains_connection": gettext_noop("because %(name)s connected with a JetBrains IDE"),
    "task_auto_pause": gettext_noop("because its task was idle"),
    "task_manual_pause": gettext_noop("by %(name)s, who paused its task"),
    "task_resume": gettext_noop("by %(name)s, who resumed its task"),
}
# By the job's status: the label, the tone, the Lucide icon. Success has a quiet tone.
JOB_STATUSES: dict[str, tuple[str, Tone, str]] = {
    "pending": (gettext_noop("Pending"), "busy", "hourglass"),
    "running": (gettext_noop("In progress"), "busy", "loader-circle"),
    "succeeded": (gettext_noop("Done"), "off", "check"),
    "canceling": (gettext_noop("Canceling"), "busy", "loader-circle"),
    "canceled": (gettext_noop("Canceled"), "off", "circle-slash"),
    "failed": (gettext_noop("Failed"), "bad", "circle-x"),
}


def build_title(build: WorkspaceBuild) -> str:
    """Return what a build did and why: "Stopped by autostop", or if it failed, "Start requested by alice"."""
    succeeded = build.job.status == "succeeded"
    action = (
        _(TRANSITION_LABELS[build.transition][succeeded]) if build.transition in TRANSITION_LABELS else build.transition
    )
    if build.transition == "start" and build.build_number == 1:
        action = _("Created") if succeeded else _("Creation requested")
    names = {"name": build.initiator_name, "reason": build.reason}
    reason = _(REASON_TEXTS[build.reason]) if build.reason in REASON_TEXTS else _("by %(name)s: %(reason)s")
    return _("%(deed)s %(why)s") % {"deed": action, "why": reason % names}


def make_job_status(job: ProvisionerJob) -> Status:
    """Return the status of a build's job."""
    word, tone, icon = JOB_STATUSES.get(job.status, (gettext_noop("Unknown"), "off", "circle-question-mark"))
    return Status(key=job.status, label=_(word), tone=tone, icon=icon, tooltip="")


def queue_time(build: WorkspaceBuild) -> timedelta | None:
    """Return how long a build was queued; None if it has not started."""
    started = nonzero_time(build.job.started_at)
    return max(started - build.job.created_at, ZERO) if started else None


def run_time(build: WorkspaceBuild) -> timedelta | None:
    """Return how long a build ran; None if it has not started or not ended."""
    started, ended = nonzero_time(build.job.started_at), nonzero_time(build.job.completed_at)
    return max(ended - started, ZERO) if started and ended else None


def duration_text(span: timedelta) -> str:
    """Format a duration: "0.4 s", "41 s", "2 min 5 s", "1 h 3 min"."""
    seconds = round(span.total_seconds())
    if seconds < 1:
        tenths = span.total_seconds()
        return _("%(n).1f s") % {"n": tenths} if tenths >= 0.05 else _("under 0.1 s")
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    if seconds < HOUR.total_seconds():
        minutes, rest = divmod(seconds, 60)
        return _("%(m)d min %(s)d s") % {"m": minutes, "s": rest} if rest else _("%(n)d min") % {"n": minutes}
    hours, minutes = divmod(round(span / MINUTE), 60)
    return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes} if minutes else _("%(n)d h") % {"n": hours}


def first_error_line(error: str) -> str:
    """Return the first line of a job's error."""
    return next((line.strip() for line in sanitize_text(error).splitlines() if line.strip()), "")
