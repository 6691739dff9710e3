"""The status of a workspace as icon, label and color, and the badges beside it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.actions.context import must_update
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.datetimes import to_zone
from workspaces.present.agent_health import Fault, startup_phase
from workspaces.present.page_models import Badge, Status, Tone, Viewer
from workspaces.present.times import DAY
from workspaces.schedule import nonzero_time

DELETION_DAYS = 14  # Coder's dashboard also shows it from then on

# By Coder's word: the label, the tone, the Lucide icon.
STATUS_DISPLAY: dict[str, tuple[str, Tone, str]] = {
    "pending": (gettext_noop("Pending"), "busy", "hourglass"),
    "starting": (gettext_noop("Starting"), "busy", "loader-circle"),
    "running": (gettext_noop("Running"), "ok", "circle-play"),
    "stopping": (gettext_noop("Stopping"), "busy", "loader-circle"),
    "stopped": (gettext_noop("Stopped"), "off", "circle-stop"),
    "failed": (gettext_noop("Failed"), "bad", "circle-x"),
    "canceling": (gettext_noop("Canceling"), "busy", "loader-circle"),
    "canceled": (gettext_noop("Canceled"), "off", "circle-slash"),
    "deleting": (gettext_noop("Deleting"), "warn", "loader-circle"),
    "deleted": (gettext_noop("Deleted"), "off", "trash-2"),
}

STOP_AND_START = gettext_noop("The portal stops the workspace and starts it again.")
# By kind of operation: the label and the tooltip of the badge while it is in progress.
OPERATION_BADGES = {
    "restart": (gettext_noop("Restarting"), STOP_AND_START),
    "update": (gettext_noop("Updating"), STOP_AND_START),
}
OTHER_OPERATION_BADGE = (
    gettext_noop("Operation"),
    gettext_noop("An operation on this workspace is in progress."),
)

# For sorting: what needs attention first.
FIRST_STATUSES = ("failed", "running", "starting", "pending")
STATUS_ORDER = {status: n for n, status in enumerate(dict.fromkeys((*FIRST_STATUSES, *STATUS_DISPLAY)))}


def status_order(status: str) -> int:
    """Return the place of a status among all of them; unknown ones are last."""
    return STATUS_ORDER.get(status, len(STATUS_ORDER))


def status_label(status: str) -> str:
    """Return the label of a status."""
    return _(STATUS_DISPLAY[status][0]) if status in STATUS_DISPLAY else _("Unknown")


def make_status(workspace: Workspace, faults: Sequence[Fault]) -> Status:
    """Return the status of a workspace; one that the portal does not know is "unknown"."""
    status = workspace.latest_build.status
    if status not in STATUS_DISPLAY:
        return Status(
            key="unknown",
            label=_("Unknown"),
            tone="off",
            icon="circle-question-mark",
            tooltip=_("Coder reports the status “%(status)s”, which the portal does not know.") % {"status": status},
        )
    _label, tone, icon = STATUS_DISPLAY[status]
    return Status(
        key=status,
        label=status_label(status),
        tone="warn" if faults else tone,
        icon=icon,
        tooltip=faults[0].title if faults else "",
    )


def make_badges(workspace: Workspace, viewer: Viewer, faults: Sequence[Fault]) -> Iterator[Badge]:
    """Yield the badges beside the status, the most urgent first."""
    if workspace.latest_build.status == "deleted":
        return
    if operation := viewer.operations.get(workspace.id):
        label, tooltip = map(_, OPERATION_BADGES.get(operation.kind, OTHER_OPERATION_BADGE))
        yield Badge(key="at-work", label=label, tone="busy", icon="rotate-cw", tooltip=tooltip)
    yield from deletion_badge(workspace, viewer)
    if workspace.dormant_at:
        tooltip = _("Dormant. Activate the workspace to use it.")
        yield Badge(key="dormant", label=_("Dormant"), tone="warn", icon="moon", tooltip=tooltip)
    if lacks_provisioner(workspace):
        tooltip = _("The build is queued, but no provisioner is available for it.")
        yield Badge(key="no-provisioner", label=_("No provisioner"), tone="warn", icon="server-off", tooltip=tooltip)
    if faults:
        tooltip = "; ".join(fault.title for fault in faults)
        tone: Tone = "bad" if any(fault.tone == "bad" for fault in faults) else "warn"
        yield Badge(key="unhealthy", label=_("Unhealthy"), tone=tone, icon="heart-pulse", tooltip=tooltip)
    elif phase := startup_phase(workspace):
        tooltip = (
            _("The agent has not connected yet.")
            if phase == "connecting"
            else _("The startup scripts are still running.")
        )
        label = _("Connecting") if phase == "connecting" else _("Setting up")
        yield Badge(key="connecting", label=label, tone="busy", icon="plug", tooltip=tooltip)
    if must_update(workspace):
        tooltip = must_update_text(workspace)
        yield Badge(key="must-update", label=_("Update required"), tone="warn", icon="circle-arrow-up", tooltip=tooltip)
    elif workspace.outdated:
        tooltip = _("A newer version of the template is active.")
        yield Badge(key="outdated", label=_("Outdated"), tone="off", icon="circle-arrow-up", tooltip=tooltip)
    yield from property_badges(workspace)


def must_update_text(workspace: Workspace) -> str:
    """Return why the next start uses a newer version: the template requires it, or the workspace's own policy does."""
    if workspace.template_require_active_version:
        return _("The template requires the active version.")
    return _("Automatic updates are on: the next start uses the active version.")


def deletion_badge(workspace: Workspace, viewer: Viewer) -> Iterator[Badge]:
    """Yield the badge with the days until Coder deletes it, if that is soon."""
    at = nonzero_time(workspace.deleting_at)
    if at is None or not is_deleted_soon(workspace, viewer.now):
        return
    days = max(0, (to_zone(at, viewer.zone).date() - to_zone(viewer.now, viewer.zone).date()).days)
    label = (
        ngettext("Deletion in %(n)d day", "Deletion in %(n)d days", days) % {"n": days} if days else _("Deletion today")
    )
    tooltip = _("Coder deletes the workspace unless it is activated.")
    yield Badge(key="deleted-soon", label=label, tone="bad", icon="trash-2", tooltip=tooltip)


def is_deleted_soon(workspace: Workspace, now: datetime) -> bool:
    """Return whether Coder will delete it within two weeks."""
    at = nonzero_time(workspace.deleting_at)
    return at is not None and at - now <= DELETION_DAYS * DAY


def property_badges(workspace: Workspace) -> Iterator[Badge]:
    """Yield the badges for lasting properties."""
    if workspace.shared_with:
        names = ", ".join(sanitize_text(actor.name) for actor in workspace.shared_with)
        tooltip = _("Shared with %(names)s.") % {"names": names}
        yield Badge(key="shared", label=_("Shared"), tone="off", icon="users", tooltip=tooltip)
    if workspace.is_prebuild:
        tooltip = _("An unclaimed prebuilt workspace.")
        yield Badge(key="prebuild", label=_("Prebuilt"), tone="off", icon="package", tooltip=tooltip)
    if workspace.latest_build.has_external_agent:
        tooltip = _("The agent runs outside of Coder.")
        yield Badge(key="external", label=_("External"), tone="off", icon="unplug", tooltip=tooltip)


def lacks_provisioner(workspace: Workspace) -> bool:
    """Return whether a build is queued that no provisioner can take."""
    matched = workspace.latest_build.matched_provisioners
    return workspace.latest_build.status == "pending" and matched is not None and not matched.available
