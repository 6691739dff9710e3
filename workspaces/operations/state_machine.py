"""Decides the next step of an item from the item's state and its workspace. Pure functions.

An item stops its workspace, waits, starts it and waits. Before each write the item's state records the number of the
latest build. After a crash, that number, the transition and the initiator of the latest build show whether the write
reached Coder.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace

# The next step: request the stop, wait for it, request the start, wait for it.
Phase = Literal["stop", "stopping", "start", "starting"]

STARTABLE = frozenset({"stopped", "failed", "canceled"})
POLL_INTERVAL_S = 2.0  # between two reads of a workspace whose build is running
TRANSITIONS: dict[str, str] = {"stop": "stop", "stopping": "stop", "start": "start", "starting": "start"}
PHASE_AFTER_WRITE: dict[str, Phase] = {"stop": "stopping", "start": "starting"}
PHASE_BEFORE_WRITE: dict[str, Phase] = {"stopping": "stop", "starting": "start"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """The part of an item that its next step depends on."""

    phase: str  # a Phase, or one of write_machine
    person: UUID  # user id of the operation's person
    version: UUID  # template version to start with
    build_number_before_write: int = 0  # number of the latest build before the item's last write
    build: UUID | None = None  # the build that the last write created; None while that is unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Decision to send the write of `phase`, after storing the number of the latest build."""

    phase: str
    build_number_before_write: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Decision to read the workspace again in `seconds`. `build` is the item's own build; None for another one."""

    phase: str
    build: UUID | None
    seconds: float = POLL_INTERVAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Decision to end the item. `message` is for the user; "" adds nothing."""

    done: bool
    message: str = ""


type Decision = Write | Wait | End


def decide_next_step(state: ItemState, workspace: Workspace) -> Decision:
    """Return the next step of an item."""
    latest = workspace.latest_build
    if latest.status in {"deleted", "deleting"}:
        return End(done=False, message=_("The workspace was deleted in the meantime."))
    if state.phase in PHASE_AFTER_WRITE:
        return decide_without_own_build(state, workspace)
    if state.build is None and latest.build_number <= state.build_number_before_write:  # the write never reached Coder
        phase = PHASE_BEFORE_WRITE[state.phase]
        return decide_without_own_build(ItemState(phase=phase, person=state.person, version=state.version), workspace)
    if is_own_build(state, workspace):
        return decide_by_own_build(state, workspace)
    return decide_by_other_build(state, workspace)


def is_own_build(state: ItemState, workspace: Workspace) -> bool:
    """Return whether the latest build is the one that the item requested."""
    latest = workspace.latest_build
    if state.build is not None:
        return latest.id == state.build
    own = (state.build_number_before_write + 1, TRANSITIONS[state.phase], state.person)
    return (latest.build_number, latest.transition, latest.initiator_id) == own


def decide_without_own_build(state: ItemState, workspace: Workspace) -> Decision:
    """Return the next step of an item without a build of its own: stop a running workspace, start a stopped one."""
    latest = workspace.latest_build
    if latest.status in IN_TRANSITION:
        return Wait(phase=state.phase, build=None)
    if state.phase == "stop" and latest.status == "running":
        return Write(phase="stop", build_number_before_write=latest.build_number)
    if latest.status == "running":
        return end_for_running_workspace(state, workspace)
    if latest.status in STARTABLE:
        return Write(phase="start", build_number_before_write=latest.build_number)
    return End(done=False, message=_("Coder reports the status “%(status)s”.") % {"status": latest.status})


def decide_by_own_build(state: ItemState, workspace: Workspace) -> Decision:
    """Return the next step of an item whose own build is the latest one: wait for it, then start or end."""
    latest = workspace.latest_build
    if latest.status in IN_TRANSITION:
        return Wait(phase=state.phase, build=latest.id)
    if latest.status == "failed":
        return End(done=False, message=failure_message(state, latest.job.error))
    if latest.status == "canceled":
        return End(done=False, message=_("The build was canceled."))
    if state.phase == "starting":
        return End(done=True)
    return Write(phase="start", build_number_before_write=latest.build_number)


def failure_message(state: ItemState, error: str) -> str:
    """Return the user's message for a failed build with this error of its job."""
    parameters = {"error": sanitize_text(error).strip() or _("Coder gave no reason.")}
    if state.phase == "stopping":
        return _("The stop failed: %(error)s") % parameters
    return _("The workspace stopped, but the start failed: %(error)s") % parameters


def decide_by_other_build(state: ItemState, workspace: Workspace) -> Decision:
    """Return the next step of an item when the latest build was not requested by it."""
    latest = workspace.latest_build
    if latest.status in IN_TRANSITION:
        return Wait(phase=state.phase, build=state.build)
    if latest.status == "running":
        return end_for_running_workspace(state, workspace)
    parameters = {"person": latest.initiator_name}
    if latest.status == "failed":
        return End(done=False, message=_("A build that %(person)s started in the meantime failed.") % parameters)
    if latest.status == "canceled":
        return End(done=False, message=_("A build that %(person)s started in the meantime was canceled.") % parameters)
    if state.phase == "starting":
        return End(done=False, message=_("%(person)s stopped the workspace in the meantime.") % parameters)
    return Write(phase="start", build_number_before_write=latest.build_number)


def end_for_running_workspace(state: ItemState, workspace: Workspace) -> End:
    """Return the end of an item whose workspace another build started: done, if the template version is right."""
    latest = workspace.latest_build
    if latest.template_version_id != state.version:
        parameters = {"person": latest.initiator_name, "version": latest.template_version_name}
        return End(
            done=False,
            message=_("%(person)s started the workspace in the meantime, with version %(version)s.") % parameters,
        )
    if latest.initiator_id == state.person:
        return End(done=True)
    return End(
        done=True, message=_("%(person)s started the workspace in the meantime.") % {"person": latest.initiator_name}
    )
