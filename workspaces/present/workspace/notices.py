"""What a person who opens a workspace has to know, the most urgent first, with the action that helps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.actions.context import must_update
from workspaces.actions.decisions import Decision
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.present.action_buttons import make_allowed_action
from workspaces.present.agent_health import Fault
from workspaces.present.failures import error_code_text, failure_title
from workspaces.present.page_models import Action, Notice, NoticeLink, OngoingOperation, Tone, Viewer
from workspaces.present.statuses import lacks_provisioner, must_update_text
from workspaces.present.times import make_moment, make_optional_moment
from workspaces.schedule import nonzero_time


def make_notices(
    workspace: Workspace, viewer: Viewer, decisions: Mapping[str, Decision], faults: Sequence[Fault]
) -> Iterator[Notice]:
    """Yield the notices of a workspace, the most urgent first."""
    status = workspace.latest_build.status
    if status == "deleted":
        yield deleted_notice(workspace, viewer)
        return
    if work := viewer.operations.get(workspace.id):
        yield operation_notice(work, status)
    if status == "failed":
        yield failure_notice(workspace, viewer, decisions)
    if status == "pending":
        yield queue_notice(workspace, viewer, decisions)
    yield from fault_notices(workspace, decisions, faults)
    yield from dormant_notices(workspace, viewer, decisions)
    yield from autostart_notices(workspace)
    if not work:
        yield from update_notices(workspace, decisions)


def deleted_notice(workspace: Workspace, viewer: Viewer) -> Notice:
    """Return the notice that it has been deleted: when, by whom, and what is left."""
    build = workspace.latest_build
    at = make_moment(nonzero_time(build.job.completed_at) or build.created_at, viewer.now, viewer.zone)
    text = _("%(name)s deleted the workspace %(moment)s. It cannot be restored, but its builds remain available.")
    details = text % {"name": build.initiator_name, "moment": at.in_sentence}
    return make_notice("deleted", "off", _("This workspace was deleted"), details)


def operation_notice(work: OngoingOperation, status: str) -> Notice:
    """Return the notice of a running operation with its step. Coder may be ahead of the portal's state."""
    if work.kind not in {"restart", "update"}:
        title = _("An operation on this workspace is in progress")
        notice = make_notice("at-work", "busy", title, _("You can close this page."))
        return replace(notice, operation_id=work.operation_id)
    update = work.kind == "update"
    phase = "start" if work.phase in {"stop", "stopping"} and status == "stopped" else work.phase
    title = _("Updating this workspace") if update else _("Restarting this workspace")
    steps = {
        "stop": _("The workspace stops, then starts again."),
        "stopping": _("The workspace is stopping. Next, it starts."),
        "start": _("The workspace has stopped. Next, it starts."),
    }
    if (phase, status) == ("stopping", "running"):
        step = _("The stop was requested. Next, the workspace starts.")
    elif (phase, status) == ("starting", "stopped"):
        step = _("The workspace has stopped. The start was requested.")
    else:
        step = steps.get(phase, _("The workspace has stopped and is starting."))
    text = _("%(step)s You can close this page.") % {"step": step}
    return replace(make_notice("at-work", "busy", title, text), operation_id=work.operation_id)


ORPHAN_HINT = gettext_noop("If a retry fails too, a template admin can delete the workspace and orphan its resources.")


def failure_notice(workspace: Workspace, viewer: Viewer, decisions: Mapping[str, Decision]) -> Notice:
    """Return the notice that the latest build failed: when, what it means, Coder's message, and a retry."""
    build = workspace.latest_build
    title = failure_title(build.transition)
    message = sanitize_text(build.job.error).strip()
    text = error_code_text(build.job) or ("" if message else _("Coder gave no reason. Check the build log."))
    if build.transition == "delete":
        text = " ".join(filter(None, (text, _(ORPHAN_HINT))))
    retry = make_allowed_action("retry", workspace, decisions)
    notice = make_notice("failed", "bad", title, text, action=retry, quote=message, link="log")
    at = nonzero_time(build.job.completed_at) or build.created_at
    return replace(notice, at=make_moment(at, viewer.now, viewer.zone))


def queue_notice(workspace: Workspace, viewer: Viewer, decisions: Mapping[str, Decision]) -> Notice:
    """Return the notice of a queued build: what it waits for."""
    cancel = make_allowed_action("cancel", workspace, decisions)
    if lacks_provisioner(workspace):
        text = " ".join([missing_provisioner_text(workspace, viewer), _("Contact your Coder administrator.")])
        return make_notice(
            "no-provisioner", "warn", _("No provisioner is available for this build"), text, action=cancel
        )
    job = workspace.latest_build.job
    if not job.queue_size:
        return make_notice(
            "queue", "busy", _("The build is waiting for a provisioner"), _("It starts soon."), action=cancel
        )
    title = _("Position %(position)d of %(size)d in the build queue") % {
        "position": job.queue_position,
        "size": job.queue_size,
    }
    return make_notice("queue", "busy", title, action=cancel)


def missing_provisioner_text(workspace: Workspace, viewer: Viewer) -> str:
    """Return which provisioners are missing: none matches the template, or none of the matching ones answers."""
    matched = workspace.latest_build.matched_provisioners
    if matched is None or not matched.count:
        return " ".join(
            filter(
                None,
                (_("No provisioner of this Coder deployment matches the template."), provisioner_tags_text(workspace)),
            )
        )
    last_seen = make_optional_moment(matched.most_recently_seen, viewer.now, viewer.zone)
    if last_seen is None:
        return _("None of the matching provisioners is responding.")
    return _("None of the matching provisioners is responding. The last one was seen %(moment)s.") % {
        "moment": last_seen.in_sentence
    }


def provisioner_tags_text(workspace: Workspace) -> str:
    """Return the tags that a provisioner needs for the build, without those that all have."""
    tags = {key: value for key, value in (workspace.latest_build.job.tags or {}).items() if value}
    if tags.get("scope") == "organization":
        del tags["scope"]
    text = ", ".join(f"{key}={value}" for key, value in sorted(tags.items()))
    return _("Required tags: %(tags)s.") % {"tags": text} if text else ""


def fault_notices(workspace: Workspace, decisions: Mapping[str, Decision], faults: Sequence[Fault]) -> Iterator[Notice]:
    """Yield a notice for each fault; only the first one that a restart helps offers it."""
    restart = make_allowed_action("restart", workspace, decisions)
    for fault in faults:
        action = restart if fault.key in {"timeout", "disconnected", "off", "unhealthy"} else None
        notice = make_notice(fault.key, fault.tone, fault.title, fault.text, url=fault.url, action=action)
        yield replace(notice, log_agent_id=fault.log_agent_id)
        restart = None if action else restart


def dormant_notices(workspace: Workspace, viewer: Viewer, decisions: Mapping[str, Decision]) -> Iterator[Notice]:
    """Yield the notice that it is dormant or will be deleted."""
    deleting = nonzero_time(workspace.deleting_at)
    if workspace.dormant_at is None and deleting is None:
        return
    text = _("Autostart and autostop are paused. Activate the workspace to use it again.")
    if deleting:
        text = _("Coder deletes the workspace %(moment)s unless it is activated before then.") % {
            "moment": make_moment(deleting, viewer.now, viewer.zone).in_sentence
        }
    title = _("This workspace is dormant") if workspace.dormant_at else _("This workspace will be deleted")
    tone: Tone = "bad" if deleting else "warn"
    yield make_notice("dormant", tone, title, text, action=make_allowed_action("activate", workspace, decisions))


def autostart_notices(workspace: Workspace) -> Iterator[Notice]:
    """Yield the notice that an autostart will not happen for a reason that no other notice covers."""
    build = workspace.latest_build
    if not workspace.autostart_schedule or workspace.dormant_at:
        return
    title = _("This workspace will not autostart")
    if build.status == "failed" or (build.status == "canceled" and build.transition != "stop"):
        text = _(
            "The latest build did not succeed, and autostart starts only stopped workspaces. "
            "Start or stop the workspace."
        )
        yield make_notice("autostart", "warn", title, text, link="autostart")
    elif build.status in {"running", "stopped"} and nonzero_time(workspace.next_start_at) is None:
        text = _("The autostart schedule has only days that the template does not allow.")
        yield make_notice("autostart", "warn", title, text, link="autostart")


def update_notices(workspace: Workspace, decisions: Mapping[str, Decision]) -> Iterator[Notice]:
    """Yield the notice that an update is required, unless the workspace is being deleted."""
    if not must_update(workspace) or workspace.latest_build.transition == "delete":
        return
    reason = decisions["update"].reason if decisions["update"].applicable else ""
    text = reason or must_update_text(workspace)
    update = make_allowed_action("update", workspace, decisions)
    yield make_notice("must-update", "warn", _("This workspace must be updated"), text, action=update)


ICONS = {
    "at-work": "rotate-cw",
    "deleted": "trash-2",
    "failed": "circle-x",
    "no-provisioner": "server-off",
    "queue": "hourglass",
    "dormant": "moon",
    "autostart": "alarm-clock",
    "must-update": "circle-arrow-up",
}


def make_notice(
    key: str,
    tone: Tone,
    title: str,
    text: str = "",
    *,
    url: str = "",
    action: Action | None = None,
    quote: str = "",
    link: NoticeLink = "",
) -> Notice:
    """Return a notice with the icon of its key; all faults of agents share one."""
    icon = ICONS.get(key, "heart-pulse")
    return Notice(
        key=key,
        tone=tone,
        icon=icon,
        title=title,
        text=text,
        url=url,
        action=action,
        quote=quote,
        link=link,
    )
