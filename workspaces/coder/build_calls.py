"""Calls of Coder's API that read builds: history, log, resources and timings."""

from datetime import datetime
from uuid import UUID

from workspaces.coder.build_types import BuildLog, Timings
from workspaces.coder.calls import Call, path
from workspaces.coder.types import Resource, WorkspaceBuild


def builds(
    workspace_id: UUID, *, limit: int, offset: int = 0, since: datetime | None = None
) -> Call[tuple[WorkspaceBuild, ...] | None]:
    """List builds created after `since`, newest first (chapter Builds: GET /workspaces/{workspace}/builds)."""
    query = {"limit": str(limit), "offset": str(offset)} | ({"since": since.isoformat()} if since else {})
    segments = path("workspaces", workspace_id, "builds")
    return Call(method="GET", path=segments, response_type=tuple[WorkspaceBuild, ...] | None, query=query)


def build_by_number(owner: str, name: str, number: int) -> Call[WorkspaceBuild]:
    """Read a build by number (chapter Builds: GET /users/{user}/workspace/{workspacename}/builds/{buildnumber}).

    404 for builds of a deleted workspace.
    """
    return Call(
        method="GET", path=path("users", owner, "workspace", name, "builds", number), response_type=WorkspaceBuild
    )


def build_logs(build_id: UUID, *, after: int = 0) -> Call[tuple[BuildLog, ...] | None]:
    """Read the log after the line `after` (chapter Builds: GET /workspacebuilds/{workspacebuild}/logs)."""
    query = {"after": str(after)} if after else {}
    segments = path("workspacebuilds", build_id, "logs")
    return Call(method="GET", path=segments, response_type=tuple[BuildLog, ...] | None, query=query)


def build_resources(build_id: UUID) -> Call[tuple[Resource, ...] | None]:
    """List the resources of a build (chapter Builds: GET /workspacebuilds/{workspacebuild}/resources)."""
    return Call(
        method="GET", path=path("workspacebuilds", build_id, "resources"), response_type=tuple[Resource, ...] | None
    )


def build_timings(build_id: UUID) -> Call[Timings]:
    """Read the timings of a build (chapter Builds: GET /workspacebuilds/{workspacebuild}/timings)."""
    return Call(method="GET", path=path("workspacebuilds", build_id, "timings"), response_type=Timings)


def workspace_timings(workspace_id: UUID) -> Call[Timings]:
    """Read the timings of the latest build (chapter Workspaces: GET /workspaces/{workspace}/timings)."""
    return Call(method="GET", path=path("workspaces", workspace_id, "timings"), response_type=Timings)
