"""From what somebody asked for to the one build that Coder is asked to make. Pure.

What takes more than one build is an operation: operations/.
"""

from uuid import UUID

from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import Workspace, WorkspaceBuild

STRAIGHT = frozenset({"start", "stop"})  # Coder needs to be told nothing else, so nothing has to be read first


def straight(workspace_id: UUID, transition: str) -> Call[WorkspaceBuild]:
    """A start or stop with the version and the parameters that the workspace has."""
    return calls.create_build(workspace_id, transition=transition)


def planned(workspace: Workspace, asked: str) -> Call[WorkspaceBuild]:
    """The build for retry, or for update of a workspace that does not run, as it is now."""
    build = workspace.latest_build
    if asked == "retry":
        return calls.create_build(
            workspace.id, transition=build.transition, template_version_id=build.template_version_id
        )
    return calls.create_build(
        workspace.id, transition="start", template_version_id=workspace.template_active_version_id
    )
