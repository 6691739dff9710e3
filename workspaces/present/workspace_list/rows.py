"""One workspace as a row."""

from dataclasses import replace
from zlib import crc32

from django.utils.translation import gettext as _

from workspaces.actions.decisions import applicable_actions, decide
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.present.action_buttons import BUTTONS, make_action_buttons
from workspaces.present.agent_health import find_faults
from workspaces.present.agents.way_in import make_way_in
from workspaces.present.icons import icon_hue, icon_url
from workspaces.present.page_models import Row, Viewer
from workspaces.present.statuses import lacks_provisioner, make_badges, make_status
from workspaces.present.times import Moment, make_last_used, make_moment, make_optional_moment
from workspaces.schedule import nonzero_time

MAX_ERROR_LENGTH = 160


def make_row(workspace: Workspace, viewer: Viewer) -> Row:
    """Return the workspace as this viewer sees it in a list and in the header of its page."""
    favorite_action = "unfavorite" if workspace.favorite else "favorite"
    names = [*applicable_actions(workspace, BUTTONS), favorite_action]
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities, names)
    faults = find_faults(workspace, viewer.now)
    buttons = make_action_buttons(workspace, decisions, has_operation=workspace.id in viewer.operations)
    favorite = decisions[favorite_action]
    summary, summary_time = make_summary(workspace, viewer)
    used = nonzero_time(workspace.last_used_at)
    template = sanitize_text(workspace.template_display_name) or workspace.template_name
    row = Row(
        id=workspace.id,
        build_id=workspace.latest_build.id,
        owner=workspace.owner_name,
        names_owner=workspace.owner_id != viewer.id,
        name=workspace.name,
        template=template,
        icon_url=icon_url(workspace.template_icon, viewer.public_url),
        letter=template[:1].upper(),
        hue=icon_hue(workspace.template_name),
        status=make_status(workspace, faults),
        badges=tuple(make_badges(workspace, viewer, faults)),
        favorite=workspace.favorite,
        can_favorite=favorite.allowed,
        favorite_reason=favorite.reason,
        last_used=make_last_used(used, viewer.now, viewer.zone),
        summary=summary,
        summary_time=summary_time,
        way_in=make_way_in(workspace, viewer),
        primary_action=buttons.primary_action,
        menu_actions=buttons.menu_actions,
        note=buttons.note,
        in_transition=workspace.latest_build.status in IN_TRANSITION or workspace.id in viewer.operations,
        language=viewer.language,
        checksum=0,
    )
    return replace(row, checksum=crc32(repr(row).encode()))


def make_summary(workspace: Workspace, viewer: Viewer) -> tuple[str, Moment | None]:
    """Return the most important sentence beside the status, and the time that it names."""
    build, is_dormant = workspace.latest_build, workspace.dormant_at is not None
    deadline = (
        None if is_dormant else nonzero_time(build.deadline)
    )  # Coder neither stops nor starts a dormant workspace
    next_start = None if is_dormant else nonzero_time(workspace.next_start_at)
    deleting = nonzero_time(workspace.deleting_at)
    match build.status:
        case "pending":
            return (_("no provisioner is available") if lacks_provisioner(workspace) else queue_text(build)), None
        case "failed":
            failed_at = make_optional_moment(build.job.completed_at, viewer.now, viewer.zone)
            return truncate_to_line(build.job.error), failed_at
        case "starting" | "stopping" | "canceling" | "deleting":
            since = make_optional_moment(build.job.started_at, viewer.now, viewer.zone)
            return (_("since %(moment)s") % {"moment": since.short} if since else ""), since
        case "running" if deadline:
            at = make_moment(deadline, viewer.now, viewer.zone)
            text = _("stops %(moment)s") if deadline > viewer.now else _("was scheduled to stop %(moment)s")
            return text % {"moment": at.in_sentence}, at
        case "stopped" | "canceled" | "running" if deleting:
            at = make_moment(deleting, viewer.now, viewer.zone)
            return _("will be deleted %(moment)s") % {"moment": at.in_sentence}, at
        case "stopped" if next_start and next_start > viewer.now:
            at = make_moment(next_start, viewer.now, viewer.zone)
            return _("starts %(moment)s") % {"moment": at.in_sentence}, at
    return "", None


def queue_text(build: WorkspaceBuild) -> str:
    """Return the position of a queued build."""
    if build.job.queue_size:
        return _("position %(position)d of %(size)d in the build queue") % {
            "position": build.job.queue_position,
            "size": build.job.queue_size,
        }
    return _("waiting for a provisioner")


def truncate_to_line(text: str) -> str:
    """Return a text on one line, truncated to the length that a row shows."""
    line = " ".join(sanitize_text(text).split())
    return line if len(line) <= MAX_ERROR_LENGTH else line[: MAX_ERROR_LENGTH - 1].rstrip() + "…"
