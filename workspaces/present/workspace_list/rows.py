"""One workspace as a row."""

from dataclasses import replace
from typing import Literal
from zlib import crc32

from django.utils.translation import gettext as _

from workspaces.actions.decisions import applicable_actions, decide
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.present.action_buttons import OFFERED, offers
from workspaces.present.agent_health import faults
from workspaces.present.icons import icon_hue, icon_url
from workspaces.present.page_models import Row, Viewer
from workspaces.present.statuses import badges, lacks_provisioner, status_mark
from workspaces.present.text import quoted
from workspaces.present.times import HOUR, Moment, known, last_used, moment
from workspaces.schedule import nonzero_time

ERROR_LENGTH = 160


def make_row(workspace: Workspace, viewer: Viewer) -> Row:
    """The workspace as this viewer sees it in a list and at the head of its page."""
    starring = "unfavorite" if workspace.favorite else "favorite"
    names = [*applicable_actions(workspace, OFFERED), starring]
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities, names)
    wrong = faults(workspace, viewer.now)
    offered = offers(workspace, decisions, at_work=workspace.id in viewer.at_work)
    star = decisions[starring]
    line, line_moment = line_of(workspace, viewer, "short")
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
        status=status_mark(workspace, wrong),
        badges=tuple(badges(workspace, viewer, wrong)),
        favorite=workspace.favorite,
        may_favorite=star.allowed,
        favorite_reason=star.reason,
        last_used=last_used(used, viewer.now, viewer.zone),
        recently_used=used is not None and viewer.now - used < HOUR,
        line=line,
        line_moment=line_moment,
        primary=offered.primary,
        more=offered.more,
        note=offered.note,
        in_transition=workspace.latest_build.status in IN_TRANSITION or workspace.id in viewer.at_work,
        language=viewer.language,
        version=0,
    )
    return replace(shown, version=crc32(repr(shown).encode()))


def line_of(workspace: Workspace, viewer: Viewer, words: Literal["short", "full"]) -> tuple[str, Moment | None]:
    """The one sentence that matters most beside the status, and the moment that it speaks of, in these words."""
    build, asleep = workspace.latest_build, workspace.dormant_at is not None
    deadline = None if asleep else nonzero_time(build.deadline)  # Coder stops and starts nothing that is dormant
    next_start = None if asleep else nonzero_time(workspace.next_start_at)
    deleting = nonzero_time(workspace.deleting_at)
    match build.status:
        case "pending":
            return (_("no provisioner is there to take it") if lacks_provisioner(workspace) else queue(build)), None
        case "failed":
            return one_line(build.job.error), None
        case "starting" | "stopping" | "canceling" | "deleting":
            since = known(build.job.started_at, viewer.now, viewer.zone)
            return (_("since %(moment)s") % {"moment": getattr(since, words)} if since else ""), since
        case "running" if deadline:
            at = moment(deadline, viewer.now, viewer.zone)
            line = _("stops %(moment)s") if deadline > viewer.now else _("was to stop %(moment)s")
            return line % {"moment": getattr(at, words)}, at
        case "stopped" | "canceled" | "running" if deleting:
            at = moment(deleting, viewer.now, viewer.zone)
            return _("is deleted %(moment)s") % {"moment": getattr(at, words)}, at
        case "stopped" if next_start and next_start > viewer.now:
            at = moment(next_start, viewer.now, viewer.zone)
            return _("starts %(moment)s") % {"moment": getattr(at, words)}, at
    return "", None


def queue(build: WorkspaceBuild) -> str:
    """Where a build that waits stands in the queue."""
    if build.job.queue_size:
        return _("position %(position)d of %(size)d") % {
            "position": build.job.queue_position,
            "size": build.job.queue_size,
        }
    return _("waits for a provisioner")


def one_line(text: str) -> str:
    """A text on one line, cut to what a row has room for."""
    line = " ".join(quoted(text).split())
    return line if len(line) <= ERROR_LENGTH else line[: ERROR_LENGTH - 1].rstrip() + "…"
