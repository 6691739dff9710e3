"""Turn a requested action into the build that Coder is asked for. Pure.

An action that takes more than one build is an operation: operations/.
"""

from dataclasses import dataclass
from uuid import UUID

from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import Workspace, WorkspaceBuild

SIMPLE_ACTIONS = frozenset({"start", "stop"})  # Coder needs only the transition: no read of the workspace first


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """An action that a person requested."""

    action: str  # start, stop, restart, update, retry or delete
    template_version: UUID | None = None  # None: the default of the action
    log_level: str = ""  # debug or ""
    has_values: bool = False  # values of parameters come with it

    @property
    def is_simple(self) -> bool:
        """Return whether the build can be requested without a read of the workspace."""
        return self.action in SIMPLE_ACTIONS and self.template_version is None and not self.has_values


def simple_build_call(workspace_id: UUID, transition: str, *, log_level: str = "") -> Call[WorkspaceBuild]:
    """Return the call for a start or stop with the workspace's current version and parameters."""
    return calls.create_build(workspace_id, transition=transition, log_level=log_level)


def build_call(workspace: Workspace, request: BuildRequest) -> Call[WorkspaceBuild]:
    """Return the call for a retry, or for a start or update of a workspace that does not run."""
    return calls.create_build(
        workspace.id,
        transition=workspace.latest_build.transition if request.action == "retry" else "start",
        template_version_id=requested_version(workspace, request),
        log_level=request.log_level,
    )


def requested_version(workspace: Workspace, request: BuildRequest) -> UUID:
    """Return the template version that the build uses."""
    if request.action == "update":
        return workspace.template_active_version_id
    return request.template_version or workspace.latest_build.template_version_id


def rule_for(workspace: Workspace, request: BuildRequest) -> str:
    """Return the name of the rule that applies: a start with another version is an update or a change of version."""
    is_running = workspace.latest_build.status == "running"
    is_same = requested_version(workspace, request) == workspace.latest_build.template_version_id
    if is_same or request.action not in {"start", "restart"} or is_running is not (request.action == "restart"):
        return request.action
    return "update" if request.template_version == workspace.template_active_version_id else "change_version"


def deletion_call(workspace_id: UUID, *, orphan: bool) -> Call[WorkspaceBuild]:
    """Return the call for a deletion, whether the workspace runs or not. `orphan`: Coder keeps its resources."""
    return calls.create_build(workspace_id, transition="delete", orphan=orphan)
