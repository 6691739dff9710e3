"""What an item does next, from what it has done and what the workspace is now. Pure.

An item stops a workspace, waits, starts it and waits. Before it writes, it keeps the number of the build that it saw;
after a crash, that number, the transition and who asked for the build tell whether its own call arrived.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace
from workspaces.present.text import quoted

# What is next: to ask for the stop, to wait for it, to ask for the start, to wait for it.
Phase = Literal["stop", "stopping", "start", "starting"]

RESTING = frozenset({"stopped", "failed", "canceled"})
PATIENCE_S = 2.0  # between two looks at a build
TRANSITIONS: dict[Phase, str] = {"stop": "stop", "stopping": "stop", "start": "start", "starting": "start"}
AFTER: dict[Phase, Phase] = {"stop": "stopping", "start": "starting"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An item, as far as its next move depends on it."""

    phase: Phase
    person: UUID  # in whose name it acts
    version: UUID  # of the template, with which it shall start
    before: int = 0  # the number of the build that was the latest before its last write
    build: UUID | None = None  # the build that it asked for; None while it is not known whether that was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Ask Coder for a build, in `phase`, after having kept that `before` was the latest one."""

    phase: Phase
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again in a while. `build` is the one that is waited for, None where it is not the item's own."""

    phase: Phase
    build: UUID | None
    seconds: float = PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """It is over: `said` is what to tell of it, "" where there is nothing to add."""

    done: bool
    said: str = ""


type Move = Write | Wait | End


def move(facts: Facts, workspace: Workspace) -> Move:
    """The next move of an item."""
    latest = workspace.latest_build
    if latest.status in {"deleted", "deleting"}:
        return End(done=False, said=_("The workspace was deleted meanwhile."))
    if facts.phase in {"stop", "start"}:
        return fresh(facts, workspace)
    if facts.build is None and latest.build_number <= facts.before:  # the call never arrived
        return fresh(Facts(phase=back(facts.phase), person=facts.person, version=facts.version), workspace)
    if is_own(facts, workspace):
        return followed(facts, workspace)
    return overtaken(facts, workspace)


def back(phase: Phase) -> Phase:
    """The phase before the write that leads to this one."""
    return {"stopping": "stop", "starting": "start"}.get(phase, phase)  # type: ignore[return-value]  # both are phases


def is_own(facts: Facts, workspace: Workspace) -> bool:
    """Whether the latest build is the one that the item asked for."""
    latest = workspace.latest_build
    if facts.build is not None:
        return latest.id == facts.build
    asked = TRANSITIONS[facts.phase]
    return (latest.build_number, latest.transition, latest.initiator_id) == (facts.before + 1, asked, facts.person)


def fresh(facts: Facts, workspace: Workspace) -> Move:
    """Nothing of the item's own is under way: stop what runs, start what does not."""
    latest = workspace.latest_build
    if latest.status in IN_TRANSITION:
        return Wait(phase=facts.phase, build=None)
    if facts.phase == "stop" and latest.status == "running":
        return Write(phase="stop", before=latest.build_number)
    if latest.status == "running":
        return began_by_others(facts, workspace)
    if latest.status in RESTING:
        return Write(phase="start", before=latest.build_number)
    return End(done=False, said=_("Coder calls its status “%(status)s”.") % {"status": latest.status})


def followed(facts: Facts, workspace: Workspace) -> Move:
    """The item's own build: wait for its end, and go on from there."""
    latest = workspace.latest_build
    if latest.status in IN_TRANSITION:
        return Wait(phase=facts.phase, build=latest.id)
    if latest.status == "failed":
        return End(done=False, said=failure(facts, latest.job.error))
    if latest.status == "canceled":
        return End(done=False, said=_("The build was canceled."))
    if facts.phase == "starting":
        return End(done=True)
    return Write(phase="start", before=latest.build_number)


def failure(facts: Facts, error: str) -> str:
    """What is told of a build that failed."""
    words = {"error": quoted(error).strip() or _("Coder does not say why.")}
    if facts.phase == "stopping":
        return _("It could not be stopped: %(error)s") % words
    return _("It was stopped and could not be started: %(error)s") % words


def overtaken(facts: Facts, workspace: Workspace) -> Move:
    """The latest build is another one than the item asked for: somebody else's, or the person's own from elsewhere."""
    latest = workspace.latest_build
    if latest.status in IN_TRANSITION:
        return Wait(phase=facts.phase, build=facts.build)
    if latest.status == "running":
        return began_by_others(facts, workspace)
    who = {"person": latest.initiator_name}
    if latest.status == "failed":
        return End(done=False, said=_("A build that %(person)s began meanwhile failed.") % who)
    if latest.status == "canceled":
        return End(done=False, said=_("A build that %(person)s began meanwhile was canceled.") % who)
    if facts.phase == "starting":
        return End(done=False, said=_("%(person)s stopped it meanwhile.") % who)
    return Write(phase="start", before=latest.build_number)


def began_by_others(facts: Facts, workspace: Workspace) -> End:
    """It runs, and the item did not start it by itself: good, where it is the version that was wanted."""
    latest = workspace.latest_build
    if latest.template_version_id == facts.version:
        own = latest.initiator_id == facts.person
        return End(
            done=True, said="" if own else _("%(person)s started it meanwhile.") % {"person": latest.initiator_name}
        )
    told = {"person": latest.initiator_name, "version": latest.template_version_name}
    return End(done=False, said=_("%(person)s started it meanwhile, with version %(version)s.") % told)
