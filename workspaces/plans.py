"""From what somebody asked for to the one build that Coder is asked to make. Pure."""

from uuid import UUID

from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import Workspace, WorkspaceBuild

STRAIGHT = frozenset({"start", "stop"})  # Coder needs to be told nothing else, so nothing has to be read first


def straight(workspace_id: UUID, transition: str) -> Call[WorkspaceBuild]:
    """A start or stop with the version and the parameters that the workspace has."""
    return calls.create_build(workspace_id, transition=transition)


def planned(workspace: Workspace, asked: str) -> Call[WorkspaceBuild]:
    """The build for restart, update or retry of the workspace as it is now.

    A restart keeps the version: what Coder chains without one would be started on the active version. A running
    workspace is stopped first and started by Coder itself (`on_success`, since 2.36).
    """
    build = workspace.latest_build
    if asked == "retry":
        return calls.create_build(
            workspace.id, transition=build.transition, template_version_id=build.template_version_id
        )
    version = workspace.template_active_version_id if asked == "update" else build.template_version_id
    if build.status == "running":
        chained = {"transition": "start", "template_version_id": str(version)}
        return calls.create_build(workspace.id, transition="stop", on_success=chained)
    return calls.create_build(workspace.id, transition="start", template_version_id=version)
