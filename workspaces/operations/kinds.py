"""The declaration of each kind of operation: which rule decides about it, what it writes, how it goes on, its texts.

A new kind is a value of `Operation.Kind` and a row of KINDS; its form, if it has fields, is in forms/bulk.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import Workspace
from workspaces.datetimes import add_span, is_in_utc
from workspaces.models import Item, Operation
from workspaces.operations import item_builds, state_machine, write_machine
from workspaces.operations.state_machine import Decision, ItemState
from workspaces.operations.write_machine import READY, WAITING
from workspaces.schedule import nonzero_time

SAME_MOMENT = timedelta(seconds=1)  # Coder may cut a fraction of a second from a deadline
MS_PER_MINUTE = 60_000  # Coder cuts a TTL to whole minutes

type Fields = Mapping[str, Any]  # of the action, as the operation stores them
type Target = dict[str, Any]  # what one workspace's write asks for, as JSON


class NotPossible(Exception):
    """The action is not possible for this workspace; the message says why, in a sentence."""


def no_target(_workspace: Workspace, _fields: Fields) -> Target:
    """Return nothing: the write depends on the workspace's id only."""
    return {}


def same_target(_workspace: Workspace, fields: Fields) -> Target:
    """Return the fields: the write asks for the same in each workspace."""
    return dict(fields)


def deadline_target(workspace: Workspace, fields: Fields) -> Target:
    """Return the deadline: the given one, or the workspace's own with some hours added. Raises NotPossible."""
    if "deadline" in fields:
        return {"deadline": fields["deadline"]}
    before = nonzero_time(workspace.latest_build.deadline)
    deadline = add_span(before, timedelta(hours=fields["hours"])) if before else None
    if deadline is None or not is_in_utc(deadline):
        raise NotPossible(_("The deadline cannot be moved beyond the year 9999."))
    return {"deadline": deadline.isoformat()}


def build_target(workspace: Workspace, _fields: Fields) -> Target:
    """Return the build to cancel; a queued one is canceled only while it is queued."""
    build = workspace.latest_build
    return {"build": str(build.id), "expect_status": "pending" if build.job.status == "pending" else ""}


def has_deadline(workspace: Workspace, target: Target) -> bool:
    """Return whether the workspace has the deadline."""
    deadline = nonzero_time(workspace.latest_build.deadline)
    return deadline is not None and abs(deadline - datetime.fromisoformat(target["deadline"])) < SAME_MOMENT


def has_ttl(workspace: Workspace, target: Target) -> bool:
    """Return whether the workspace has the TTL."""
    return (workspace.ttl_ms or 0) // MS_PER_MINUTE == (target["ttl_ms"] or 0) // MS_PER_MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of operation."""

    rule: str  # of actions.decisions, which decides about each workspace
    title: str  # with %(what)s: the workspace's name, or how many there are
    call: Callable[[Item, str], Call[Any]]  # the write of an item in a phase
    decide: Callable[[ItemState, Workspace, Target], Decision]  # the step after a read of the workspace
    first_phase: str = READY
    accepted: Mapping[str, str] = field(default_factory=dict)  # phase after Coder's response, by that before; else done
    freeze: Callable[[Workspace, Fields], Target] = no_target  # what the write asks for; stored before it
    version: Callable[[Workspace], UUID] | None = None  # the template version to start with
    needs_values: bool = False  # another version may require values of parameters that the workspace does not have
    progress: str = ""  # label of an item whose build runs
    unfinished: str = ""  # what an item leaves behind that is canceled while its build runs
    undo: str = ""  # the kind that reverts it; "" if none does
    confirms_number: bool = False  # the person types how many workspaces they are

    def make_title(self, count: int, name: str = "") -> str:
        """Return the title for one workspace with this name, or for a number of workspaces."""
        number = ngettext("%(n)d workspace", "%(n)d workspaces", count) % {"n": count}
        return _(self.title) % {"what": name or number}


def two_builds(*, rule: str, title: str, version: Callable[[Workspace], UUID], needs_values: bool) -> Kind:
    """Return a kind that stops a running workspace and starts it, see state_machine."""
    return Kind(
        rule=rule,
        title=title,
        call=item_builds.build_call,
        decide=lambda state, workspace, _target: state_machine.decide_next_step(state, workspace),
        first_phase="stop",
        accepted={"stop": "stopping", "start": "starting"},
        version=version,
        needs_values=needs_values,
    )


def one_build(transition: str, *, title: str, progress: str, unfinished: str, **more: Any) -> Kind:
    """Return a kind that requests one build."""
    return Kind(
        rule=transition,
        title=title,
        call=lambda item, _phase: calls.create_build(item.workspace, transition=transition),
        decide=lambda state, workspace, _target: write_machine.decide_build(state, workspace, transition),
        accepted={READY: WAITING},
        progress=progress,
        unfinished=unfinished,
        **more,
    )


def change(
    rule: str,
    *,
    title: str,
    call: Callable[[UUID, Target], Call[Any]],
    is_reached: Callable[[Workspace, Target], bool],
    **more: Any,
) -> Kind:
    """Return a kind that changes something without a build. The change must be one that can be repeated."""
    return Kind(
        rule=rule,
        title=title,
        call=lambda item, _phase: call(item.workspace, item.target),
        decide=lambda state, workspace, target: write_machine.decide_change(
            state, workspace, is_reached=is_reached(workspace, target)
        ),
        **more,
    )


def decide_cancellation(state: ItemState, workspace: Workspace, target: Target) -> Decision:
    """Return the next step of an item that cancels a build."""
    build = UUID(target["build"]) if "build" in target else None
    return write_machine.decide_cancellation(state, workspace, build)


KINDS: Mapping[str, Kind] = {
    Operation.Kind.START: one_build(
        "start",
        title=gettext_noop("Start %(what)s"),
        progress=gettext_noop("Starting"),
        unfinished=gettext_noop("The start was already requested and continues."),
        undo=Operation.Kind.STOP,
    ),
    Operation.Kind.STOP: one_build(
        "stop",
        title=gettext_noop("Stop %(what)s"),
        progress=gettext_noop("Stopping"),
        unfinished=gettext_noop("The stop was already requested and continues."),
        undo=Operation.Kind.START,
    ),
    Operation.Kind.RESTART: two_builds(
        rule="restart",
        title=gettext_noop("Restart %(what)s"),
        version=lambda workspace: workspace.latest_build.template_version_id,
        needs_values=False,
    ),
    Operation.Kind.UPDATE: two_builds(
        rule="update",
        title=gettext_noop("Update %(what)s"),
        version=lambda workspace: workspace.template_active_version_id,
        needs_values=True,
    ),
    Operation.Kind.EXTEND: change(
        "extend",
        title=gettext_noop("Extend %(what)s"),
        freeze=deadline_target,
        call=lambda workspace, target: calls.extend(workspace, datetime.fromisoformat(target["deadline"])),
        is_reached=lambda workspace, target: "deadline" in target and has_deadline(workspace, target),
    ),
    Operation.Kind.AUTOSTART: change(
        "autostart",
        title=gettext_noop("Set autostart for %(what)s"),
        freeze=same_target,
        call=lambda workspace, target: calls.set_autostart(workspace, target["schedule"]),
        is_reached=lambda workspace, target: (workspace.autostart_schedule or "") == target.get("schedule"),
    ),
    Operation.Kind.TTL: change(
        "ttl",
        title=gettext_noop("Set time until shutdown (TTL) for %(what)s"),
        freeze=same_target,
        call=lambda workspace, target: calls.set_ttl(workspace, target["ttl_ms"]),
        is_reached=lambda workspace, target: "ttl_ms" in target and has_ttl(workspace, target),
    ),
    Operation.Kind.AUTOUPDATES: change(
        "autoupdates",
        title=gettext_noop("Set automatic updates for %(what)s"),
        freeze=same_target,
        call=lambda workspace, target: calls.set_autoupdates(workspace, target["automatic_updates"]),
        is_reached=lambda workspace, target: workspace.automatic_updates == target.get("automatic_updates"),
    ),
    Operation.Kind.FAVORITE: change(
        "favorite",
        title=gettext_noop("Favorite %(what)s"),
        call=lambda workspace, _target: calls.favorite(workspace),
        is_reached=lambda workspace, _target: workspace.favorite,
        undo=Operation.Kind.UNFAVORITE,
    ),
    Operation.Kind.UNFAVORITE: change(
        "unfavorite",
        title=gettext_noop("Remove %(what)s from favorites"),
        call=lambda workspace, _target: calls.unfavorite(workspace),
        is_reached=lambda workspace, _target: not workspace.favorite,
        undo=Operation.Kind.FAVORITE,
    ),
    Operation.Kind.DORMANT: change(
        "dormant",
        title=gettext_noop("Make dormant: %(what)s"),
        call=lambda workspace, _target: calls.set_dormant(workspace, dormant=True),
        is_reached=lambda workspace, _target: workspace.dormant_at is not None,
        undo=Operation.Kind.ACTIVATE,
    ),
    Operation.Kind.ACTIVATE: change(
        "activate",
        title=gettext_noop("Activate %(what)s"),
        call=lambda workspace, _target: calls.set_dormant(workspace, dormant=False),
        is_reached=lambda workspace, _target: workspace.dormant_at is None,
        undo=Operation.Kind.DORMANT,
    ),
    Operation.Kind.CANCEL: Kind(
        rule="cancel",
        title=gettext_noop("Cancel builds for %(what)s"),
        call=lambda item, _phase: calls.cancel_build(
            UUID(item.target["build"]), expect_status=item.target["expect_status"]
        ),
        decide=decide_cancellation,
        accepted={READY: WAITING},
        freeze=build_target,
        progress=gettext_noop("Canceling"),
        unfinished=gettext_noop("Coder was already asked to cancel the build."),
    ),
    Operation.Kind.DELETE: one_build(
        "delete",
        title=gettext_noop("Delete %(what)s"),
        progress=gettext_noop("Deleting"),
        unfinished=gettext_noop("The deletion was already requested and continues."),
        confirms_number=True,
    ),
}

PHASE_AFTER_WRITE: Mapping[str, str] = {**state_machine.PHASE_AFTER_WRITE, READY: write_machine.SENT}
CHECKED_PHASES = frozenset({READY, "stop"})  # nothing was written yet
