"""One workspace as a row."""

from dataclasses import replace
from typing import Literal
from zlib import crc32

from django.utils.translation import gettext as _

from workspaces.actions.decisions import applicable_actions, decide
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.present.action_buttons import BUTTON_ACTIONS, make_action_buttons
from workspaces.present.agent_health import find_faults
from workspaces.present.icons import icon_hue, icon_url
from workspaces.present.page_models import Row, Viewer
from workspaces.present.statuses import lacks_provisioner, make_badges, make_status
from workspaces.present.text import sanitize_output
from workspaces.present.times import HOUR, Moment, make_last_used, make_moment, make_optional_moment
from workspaces.schedule import nonzero_time

ERROR_LENGTH = 160


def make_row(workspace: Workspace, viewer: Viewer) -> Row:
    """The workspace as this viewer sees it in a list and at the head of its page."""
    starring = "unfavorite" if workspace.favorite else "favorite"
    names = [*applicable_actions(workspace, BUTTON_ACTIONS), starring]
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities, names)
    wrong = find_faults(workspace, viewer.now)
    offered = make_action_buttons(workspace, decisions, has_operation=workspace.id in viewer.operations)
    star = decisions[starring]
    line, line_moment = make_summary(workspace, viewer, "short")
    used = nonzero_time(workspace.last_used_at)
    template = workspace.template_display_name or workspace.template_name
    shown = Row(
        id=workspace.id,
        build_id=workspace.latest_build.id,
        owner=workspace.owner_name,
        name=workspace.name,
        template=template,
        icon_url=icon_url(workspace.template_icon, viewer.public_url),
        letter=template[:1].upper(),
        hue=icon_hue(workspace.template_name),
        status=make_status(workspace, wrong),
        badges=tuple(make_badges(workspace, viewer, wrong)),
        favorite=workspace.favorite,
        can_favorite=star.allowed,
        favorite_reason=star.reason,
        last_used=make_last_used(used, viewer.now, viewer.zone),
        recently_used=used is not None and viewer.now - used < HOUR,
        summary=line,
        summary_time=line_moment,
        primary_action=offered.primary_action,
        menu_actions=offered.menu_actions,
        note=offered.note,
        in_transition=workspace.latest_build.status in IN_TRANSITION or workspace.id in viewer.operations,
        language=viewer.language,
        version=0,
    )
    return replace(shown, version=crc32(repr(shown).encode()))


def make_summary(workspace: Workspace, viewer: Viewer, words: Literal["short", "full"]) -> tuple[str, Moment | None]:
    """The one sentence that matters most beside the status, and the moment that it speaks of, in these words."""
    build, asleep = workspace.latest_build, workspace.dormant_at is not None
    deadline = None if asleep else nonzero_time(build.deadline)  # Coder stops and starts nothing that is dormant
    next_start = None if asleep else nonzero_time(workspace.next_start_at)
    deleting = nonzero_time(workspace.deleting_at)
    match build.status:
        case "pending":
            return (
                _("no provisioner is there to take it") if lacks_provisioner(workspace) else queue_text(build)
            ), None
        case "failed":
            return truncate_to_line(build.job.error), None
        case "starting" | "stopping" | "canceling" | "deleting":
            since = make_optional_moment(build.job.started_at, viewer.now, viewer.zone)
            return (_("since %(moment)s") % {"moment": getattr(since, words)} if since else ""), since
        case "running" if deadline:
            at = make_moment(deadline, viewer.now, viewer.zone)
            line = _("stops %(moment)s") if deadline > viewer.now else _("was to stop %(moment)s")
            return line % {"moment": getattr(at, words)}, at
        case "stopped" | "canceled" | "running" if deleting:
            at = make_moment(deleting, viewer.now, viewer.zone)
            return _("is deleted %(moment)s") % {"moment": getattr(at, words)}, at
        case "stopped" if next_start and next_start > viewer.now:
            at = make_moment(next_start, viewer.now, viewer.zone)
            return _("starts %(moment)s") % {"moment": getattr(at, words)}, at
    return "", None


def queue_text(build: WorkspaceBuild) -> str:
    """Where a build that waits stands in the queue."""
    if build.job.queue_size:
        return _("position %(position)d of %(size)d") % {
            "position": build.job.queue_position,
            "size": build.job.queue_size,
        }
    return _("waits for a provisioner")


def truncate_to_line(text: str) -> str:
    """A text on one line, cut to what a row has room for."""
    line = " ".join(sanitize_output(text).split())
    return line if len(line) <= ERROR_LENGTH else line[: ERROR_LENGTH - 1].rstrip() + "…"
