"""Coder's calls that read builds: a workspace's history, one of them, its log, what it made and how long it took."""

from datetime import datetime
from uuid import UUID

from workspaces.coder.build_types import BuildLog, Timings
from workspaces.coder.calls import Call, path
from workspaces.coder.types import Resource, WorkspaceBuild


def builds(
    workspace_id: UUID, *, limit: int, offset: int = 0, since: datetime | None = None
) -> Call[tuple[WorkspaceBuild, ...] | None]:
    """A workspace's builds, the newest first (chapter Builds: GET /workspaces/{id}/builds), made after `since`."""
    query = {"limit": str(limit), "offset": str(offset)} | ({"since": since.isoformat()} if since else {})
    segments = path("workspaces", workspace_id, "builds")
    return Call(method="GET", path=segments, response_type=tuple[WorkspaceBuild, ...] | None, query=query)


def build_by_number(owner: str, name: str, number: int) -> Call[WorkspaceBuild]:
    """One build of a workspace (chapter Builds: GET /users/{user}/workspace/{name}/builds/{number}).

    Coder does not find those of a workspace that has been deleted: NotFound.
    """
    return Call(
        method="GET", path=path("users", owner, "workspace", name, "builds", number), response_type=WorkspaceBuild
    )


def build_logs(build_id: UUID, *, after: int = 0) -> Call[tuple[BuildLog, ...] | None]:
    """The lines of a build's log after the one with the id `after` (chapter Builds: GET /workspacebuilds/{id}/logs)."""
    query = {"after": str(after)} if after else {}
    segments = path("workspacebuilds", build_id, "logs")
    return Call(method="GET", path=segments, response_type=tuple[BuildLog, ...] | None, query=query)


def build_resources(build_id: UUID) -> Call[tuple[Resource, ...] | None]:
    """What a build has made (chapter Builds: GET /workspacebuilds/{id}/resources)."""
    return Call(
        method="GET", path=path("workspacebuilds", build_id, "resources"), response_type=tuple[Resource, ...] | None
    )


def build_timings(build_id: UUID) -> Call[Timings]:
    """How long the parts of a build took (chapter Builds: GET /workspacebuilds/{id}/timings)."""
    return Call(method="GET", path=path("workspacebuilds", build_id, "timings"), response_type=Timings)


def workspace_timings(workspace_id: UUID) -> Call[Timings]:
    """How long the parts of the latest build took (chapter Workspaces: GET /workspaces/{id}/timings)."""
    return Call(method="GET", path=path("workspaces", workspace_id, "timings"), response_type=Timings)
