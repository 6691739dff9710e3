"""What somebody who opens a workspace has to know, the most urgent first, with the action that helps."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.actions import Decision, must_update
from workspaces.coder.types import Workspace
from workspaces.present.health import Fault
from workspaces.present.marks import lacks_provisioner
from workspaces.present.moments import HOUR, moment
from workspaces.present.objects import Action, Reason, Tone, Viewer
from workspaces.present.offers import helpful
from workspaces.present.texts import plain
from workspaces.schedule import real


def reasons(
    workspace: Workspace, viewer: Viewer, decisions: Mapping[str, Decision], faults: Sequence[Fault]
) -> Iterator[Reason]:
    """All of them."""
    status = workspace.latest_build.status
    if status == "deleted":
        yield notice("deleted", "off", _("This workspace has been deleted"), _("Its builds can still be looked at."))
        return
    if status == "failed":
        yield failure(workspace, decisions)
    if status == "pending":
        yield waiting(workspace, decisions)
    yield from unhealthy(workspace, decisions, faults)
    yield from rest(workspace, viewer, decisions)
    yield from ending(workspace, viewer)
    yield from newer_version(workspace, decisions)


def failure(workspace: Workspace, decisions: Mapping[str, Decision]) -> Reason:
    """The last build failed: Coder's words for it, and the same once more."""
    titles = {"start": _("The start failed"), "stop": _("The stop failed"), "delete": _("Deleting it failed")}
    title = titles.get(workspace.latest_build.transition, _("The last build failed"))
    text = plain(workspace.latest_build.job.error) or _("Coder does not say why; the build's log may.")
    return notice("failed", "bad", title, text, action=helpful("retry", workspace, decisions))


def waiting(workspace: Workspace, decisions: Mapping[str, Decision]) -> Reason:
    """The build has not begun: what it waits for."""
    leave = helpful("cancel", workspace, decisions)
    if lacks_provisioner(workspace):
        text = _("It waits until one is there. Whoever runs Coder can see to it that one is.")
        return notice("no-provisioner", "warn", _("No provisioner is there to take the build"), text, action=leave)
    job = workspace.latest_build.job
    before = max(0, job.queue_position - 1)
    text = (
        ngettext("%(n)d build is before it.", "%(n)d builds are before it.", before) % {"n": before}
        if before
        else _("It is the next one.")
    )
    if not job.queue_size:
        return notice(
            "queue", "busy", _("The build waits for a provisioner"), _("It begins in a moment."), action=leave
        )
    title = _("The build is at position %(position)d of %(size)d in the queue") % {
        "position": job.queue_position,
        "size": job.queue_size,
    }
    return notice("queue", "busy", title, text, action=leave)


def unhealthy(workspace: Workspace, decisions: Mapping[str, Decision], faults: Sequence[Fault]) -> Iterator[Reason]:
    """Each fault; where several could be mended by a restart, the first offers it."""
    mend = helpful("restart", workspace, decisions)
    for fault in faults:
        helps = mend if fault.key in {"timeout", "disconnected", "off", "unhealthy"} else None
        yield notice(fault.key, fault.tone, fault.title, fault.text, url=fault.url, action=helps)
        mend = None if helps else mend


def rest(workspace: Workspace, viewer: Viewer, decisions: Mapping[str, Decision]) -> Iterator[Reason]:
    """It is dormant, and perhaps soon deleted."""
    deleting = real(workspace.deleting_at)
    if workspace.dormant_at is None and deleting is None:
        return
    text = _("Coder neither starts nor stops it by itself while it rests. Activate it to use it again.")
    if deleting:
        text = _("Coder deletes it %(moment)s unless it is activated.") % {
            "moment": moment(deleting, viewer.now, viewer.zone).full
        }
    title = _("This workspace is dormant") if workspace.dormant_at else _("This workspace will be deleted")
    tone: Tone = "bad" if deleting else "warn"
    yield notice("dormant", tone, title, text, action=helpful("activate", workspace, decisions))


def ending(workspace: Workspace, viewer: Viewer) -> Iterator[Reason]:
    """It stops within the hour."""
    deadline = real(workspace.latest_build.deadline)
    if workspace.latest_build.status != "running" or workspace.dormant_at or deadline is None:
        return
    if viewer.now < deadline < viewer.now + HOUR:
        at = moment(deadline, viewer.now, viewer.zone)
        title = _("This workspace stops %(relative)s") % {"relative": at.relative}
        text = _("It stops %(moment)s. What is not saved by then is lost.") % {"moment": at.full}
        yield notice("ending", "warn", title, text)


def newer_version(workspace: Workspace, decisions: Mapping[str, Decision]) -> Iterator[Reason]:
    """The template has a newer version."""
    if not workspace.outdated:
        return
    update = helpful("update", workspace, decisions)
    held = decisions["update"].reason if decisions["update"].fits else ""
    if must_update(workspace):
        text = held or _("It starts only with the active version of its template.")
        yield notice("must-update", "warn", _("This workspace must be updated"), text, action=update)
    else:
        text = held or _("An update starts it with the template's active version.")
        yield notice("outdated", "off", _("Its template has a newer version"), text, action=update)


ICONS = {
    "deleted": "trash-2",
    "failed": "circle-x",
    "no-provisioner": "server-off",
    "queue": "hourglass",
    "dormant": "moon",
    "ending": "alarm-clock",
    "must-update": "circle-arrow-up",
    "outdated": "circle-arrow-up",
}


def notice(key: str, tone: Tone, title: str, text: str, *, url: str = "", action: Action | None = None) -> Reason:
    """A reason with its icon; an agent's faults share one."""
    icon = ICONS.get(key, "heart-pulse")
    return Reason(key=key, tone=tone, icon=icon, title=title, text=text, url=url, action=action)
