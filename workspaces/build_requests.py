"""From what somebody asked for to the one build that Coder is asked to make. Pure.

What takes more than one build is an operation: operations/.
"""

from dataclasses import dataclass
from uuid import UUID

from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import Workspace, WorkspaceBuild

STRAIGHT = frozenset({"start", "stop"})  # Coder needs to be told nothing else, so nothing has to be read first


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asks for."""

    asked: str  # start, stop, restart, update, retry or delete
    version: UUID | None = None  # of the template; None: the usual one
    log_level: str = ""  # debug, or nothing
    values: bool = False  # values of parameters come with it

    @property
    def straight(self) -> bool:
        """Whether it can be asked of Coder without looking at the workspace."""
        return self.asked in STRAIGHT and self.version is None and not self.values


def straight(workspace_id: UUID, transition: str, *, log_level: str = "") -> Call[WorkspaceBuild]:
    """A start or stop with the version and the parameters that the workspace has."""
    return calls.create_build(workspace_id, transition=transition, log_level=log_level)


def planned(workspace: Workspace, wish: Wish) -> Call[WorkspaceBuild]:
    """The build for retry, or for start and update of a workspace that does not run, as it is now."""
    return calls.create_build(
        workspace.id,
        transition=workspace.latest_build.transition if wish.asked == "retry" else "start",
        template_version_id=version(workspace, wish),
        log_level=wish.log_level,
    )


def version(workspace: Workspace, wish: Wish) -> UUID:
    """The version of its template that it gets."""
    if wish.asked == "update":
        return workspace.template_active_version_id
    return wish.version or workspace.latest_build.template_version_id


def judged_as(workspace: Workspace, wish: Wish) -> str:
    """The action whose rules decide: another version is an update, or the choice of one."""
    runs = workspace.latest_build.status == "running"
    same = version(workspace, wish) == workspace.latest_build.template_version_id
    if same or wish.asked not in {"start", "restart"} or runs is not (wish.asked == "restart"):
        return wish.asked
    return "update" if wish.version == workspace.template_active_version_id else "change_version"


def deletion(workspace_id: UUID, *, orphan: bool) -> Call[WorkspaceBuild]:
    """A deletion, whether it runs or not. `orphan`: without taking away what it has made."""
    return calls.create_build(workspace_id, transition="delete", orphan=orphan)
