"""Workspaces and builds by the names in a URL, and by names that a workspace had earlier in the session."""

from contextlib import suppress
from uuid import UUID

from workspaces.auth.sessions import PortalRequest
from workspaces.coder import build_calls, calls
from workspaces.coder.errors import NotFound
from workspaces.coder.types import Workspace, WorkspaceBuild

MAX_OLD_NAMES = 50  # for each session
MAX_BUILD_NUMBER = 2**31 - 1  # Coder's type for the number of a build


def find_workspace(request: PortalRequest, owner: str, name: str, *, include_deleted: bool = False) -> Workspace:
    """Return the workspace of this name, or the one that was renamed from it in this session. Raises CoderError."""
    try:
        return request.coder.send(calls.workspace_by_name(owner, name, include_deleted=include_deleted))
    except NotFound:
        if workspace_id := renamed_workspace_id(request, owner, name):
            return request.coder.send(calls.workspace(workspace_id))
        raise


class MissingBuild(NotFound):
    """The workspace exists, but it has no build with this number."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(status=404)
        self.workspace = workspace


def find_build(request: PortalRequest, owner: str, name: str, number: int) -> WorkspaceBuild:
    """Return a build by its number. Raises CoderError, MissingBuild among others.

    Coder does not find the builds of a deleted or renamed workspace by number. Two more calls find them: builds are
    numbered without gaps.
    """
    if number <= MAX_BUILD_NUMBER:
        with suppress(NotFound):
            return request.coder.send(build_calls.build_by_number(owner, name, number))
    workspace = find_workspace(request, owner, name, include_deleted=True)
    if workspace.latest_build.status == "deleted" and (workspace_id := renamed_workspace_id(request, owner, name)):
        workspace = request.coder.send(calls.workspace(workspace_id))
    offset = workspace.latest_build.build_number - number
    if number > 0 and offset >= 0:
        builds = request.coder.send(build_calls.builds(workspace.id, limit=1, offset=offset)) or ()
        if build := next((each for each in builds if each.build_number == number), None):
            return build
    raise MissingBuild(workspace)


def renamed_workspace_id(request: PortalRequest, owner: str, name: str) -> UUID | None:
    """Return the id of the workspace that was renamed from this name in this session."""
    workspace_id = request.session.get("renamed", {}).get(name_key(owner, name))
    return UUID(workspace_id) if workspace_id else None


def remember_old_name(request: PortalRequest, owner: str, name: str, workspace_id: UUID) -> None:
    """Store which workspace had this name: its old URL works until the session ends."""
    old_names = request.session.get("renamed", {}) | {name_key(owner, name): str(workspace_id)}
    request.session["renamed"] = dict(list(old_names.items())[-MAX_OLD_NAMES:])


def name_key(owner: str, name: str) -> str:
    """Return owner and name as a key; Coder ignores case."""
    return f"{owner}/{name}".lower()
