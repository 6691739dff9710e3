"""The status of a workspace as icon, word and colour, and the badges beside it."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.actions.context import must_update
from workspaces.coder.types import Workspace
from workspaces.present.agent_health import Fault, on_its_way
from workspaces.present.page_models import Badge, Mark, Tone, Viewer
from workspaces.present.times import DAY
from workspaces.schedule import nonzero_time

DELETION_DAYS = 14  # from then on Coder's dashboard speaks of it too

# By Coder's own word: the word, the tone, the icon of lucide's.
STATUSES: dict[str, tuple[str, Tone, str]] = {
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


def status_words(status: str) -> str:
    """Coder's word for a status, as a page says it."""
    return _(STATUSES[status][0]) if status in STATUSES else _("Unknown")


def status_mark(workspace: Workspace, faults: Sequence[Fault]) -> Mark:
    """The status first seen. One that a newer Coder invented has a look too."""
    status = workspace.latest_build.status
    if status not in STATUSES:
        return Mark(
            key="unknown",
            word=_("Unknown"),
            tone="off",
            icon="circle-question-mark",
            hint=_("Coder calls it “%(status)s”, which this portal does not know.") % {"status": status},
        )
    _word, tone, icon = STATUSES[status]
    return Mark(
        key=status,
        word=status_words(status),
        tone="warn" if faults else tone,
        icon=icon,
        hint=faults[0].title if faults else "",
    )


def badges(workspace: Workspace, viewer: Viewer, faults: Sequence[Fault]) -> Iterator[Badge]:
    """What there is to say beside the status, the most urgent first."""
    if workspace.latest_build.status == "deleted":
        return
    if work := viewer.at_work.get(workspace.id):
        hint = _("The portal stops it and starts it again, step by step.")
        word = _("Being updated") if work.kind == "update" else _("Being restarted")
        yield Badge(key="at-work", word=word, tone="busy", icon="rotate-cw", hint=hint)
    yield from deletion(workspace, viewer)
    if workspace.dormant_at:
        hint = _("Laid to rest because nobody used it. It can be activated.")
        yield Badge(key="dormant", word=_("Dormant"), tone="warn", icon="moon", hint=hint)
    if lacks_provisioner(workspace):
        hint = _("Its build waits, but no provisioner is there that could take it.")
        yield Badge(key="no-provisioner", word=_("No provisioner"), tone="warn", icon="server-off", hint=hint)
    if faults:
        hint = "; ".join(fault.title for fault in faults)
        tone: Tone = "bad" if any(fault.tone == "bad" for fault in faults) else "warn"
        yield Badge(key="unhealthy", word=_("Unhealthy"), tone=tone, icon="heart-pulse", hint=hint)
    elif way := on_its_way(workspace):
        hint = _("Its agent has not connected yet.") if way == "connecting" else _("Its startup scripts still run.")
        word = _("Connecting") if way == "connecting" else _("Getting ready")
        yield Badge(key="connecting", word=word, tone="busy", icon="plug", hint=hint)
    if must_update(workspace):
        hint = _("It starts only with the active version of its template.")
        yield Badge(key="must-update", word=_("Must update"), tone="warn", icon="circle-arrow-up", hint=hint)
    elif workspace.outdated:
        hint = _("Its template has a newer version.")
        yield Badge(key="outdated", word=_("Outdated"), tone="off", icon="circle-arrow-up", hint=hint)
    yield from kinds(workspace)


def deletion(workspace: Workspace, viewer: Viewer) -> Iterator[Badge]:
    """In how many days Coder deletes it, where that is soon."""
    at = nonzero_time(workspace.deleting_at)
    if at is None or at - viewer.now > DELETION_DAYS * DAY:
        return
    days = max(0, (at.astimezone(viewer.zone).date() - viewer.now.astimezone(viewer.zone).date()).days)
    word = ngettext("Deleted in %(n)d day", "Deleted in %(n)d days", days) % {"n": days} if days else _("Deleted today")
    hint = _("Coder deletes it by itself unless it is activated.")
    yield Badge(key="deleted-soon", word=word, tone="bad", icon="trash-2", hint=hint)


def kinds(workspace: Workspace) -> Iterator[Badge]:
    """What is special about it for good."""
    if workspace.shared_with:
        names = ", ".join(actor.name for actor in workspace.shared_with)
        hint = _("Shared with %(names)s.") % {"names": names}
        yield Badge(key="shared", word=_("Shared"), tone="off", icon="users", hint=hint)
    if workspace.is_prebuild:
        hint = _("Built in advance; it waits for somebody to take it.")
        yield Badge(key="prebuild", word=_("Prebuilt"), tone="off", icon="package", hint=hint)
    if workspace.latest_build.has_external_agent:
        hint = _("Its agent runs outside of Coder.")
        yield Badge(key="external", word=_("External"), tone="off", icon="unplug", hint=hint)


def lacks_provisioner(workspace: Workspace) -> bool:
    """Whether a build waits that no provisioner can take."""
    matched = workspace.latest_build.matched_provisioners
    return workspace.latest_build.status == "pending" and matched is not None and not matched.available
