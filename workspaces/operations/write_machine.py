"""Decides the next step of an item that writes to its workspace once. Pure functions.

The write requests a build, cancels one, or changes something that a repetition leaves as it is. Before the write the
item's state records the number of the latest build; `state_machine` has the items that take two builds.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.operations.state_machine import Decision, End, ItemState, Wait, Write

# The phases: to be checked and written, written without a response yet, accepted by Coder.
READY, SENT, WAITING = "ready", "sent", "waiting"
GOALS = {"start": "running", "stop": "stopped", "delete": "deleted"}  # status after a build, by its transition


def decide_change(state: ItemState, workspace: Workspace, *, is_reached: bool) -> Decision:
    """Return the next step of an item whose write needs no build. `is_reached`: the workspace is as it asks for."""
    if state.phase == READY:
        return Write(phase=READY, build_number_before_write=workspace.latest_build.build_number)
    return End(done=True) if is_reached else check_again()


def decide_build(state: ItemState, workspace: Workspace, transition: str) -> Decision:
    """Return the next step of an item that requests one build: request it, wait for it, end."""
    latest = workspace.latest_build
    own_number = state.build_number_before_write + 1
    if state.phase == READY:
        return Write(phase=READY, build_number_before_write=latest.build_number)
    if latest.build_number < own_number:
        return check_again()  # the write never reached Coder
    if latest.build_number > own_number:
        return end_after_later_build(workspace, transition)
    if (latest.transition, latest.initiator_id) != (transition, state.person):
        return check_again()  # somebody else's build has the number that ours would have
    if latest.status in IN_TRANSITION:
        return Wait(phase=WAITING, build=None)
    if latest.status == "failed":
        error = sanitize_text(latest.job.error).strip() or _("Coder gave no reason.")
        return End(done=False, message=_("The build failed: %(error)s") % {"error": error})
    if latest.status == "canceled":
        return End(done=False, message=_("The build was canceled."))
    return End(done=True)


def end_after_later_build(workspace: Workspace, transition: str) -> End:
    """Return the end of an item whose build another one followed: done if the workspace is as the item asks for."""
    person = {"person": workspace.latest_build.initiator_name}
    if workspace.latest_build.status == GOALS[transition]:
        return End(done=True, message=_("%(person)s requested another build in the meantime.") % person)
    text = _("%(person)s requested another build in the meantime. The build history shows the outcome of both.")
    return End(done=False, message=text % person)


def decide_cancellation(state: ItemState, workspace: Workspace, build: UUID | None) -> Decision:
    """Return the next step of an item that cancels `build`, the latest one when it was checked."""
    latest = workspace.latest_build
    if state.phase == READY:
        return Write(phase=READY, build_number_before_write=latest.build_number)
    was_canceled = latest.status == "canceled" or (latest.status == "failed" and latest.job.canceled_at is not None)
    if latest.id == build and was_canceled:
        return End(done=True)
    if latest.id != build or latest.status not in IN_TRANSITION:
        return End(done=False, message=_("The build ended before Coder canceled it."))
    is_accepted = state.phase == WAITING or latest.status == "canceling"
    return Wait(phase=WAITING, build=None) if is_accepted else check_again()


def check_again() -> Wait:
    """Return the decision to check the workspace again, now: nothing was written."""
    return Wait(phase=READY, build=None, seconds=0)
