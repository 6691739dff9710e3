"""Workspaces by their names, also by those that they had earlier in the session."""

from contextlib import suppress
from uuid import UUID

from workspaces.auth.sessions import PortalRequest
from workspaces.coder import build_calls, calls
from workspaces.coder.errors import NotFound
from workspaces.coder.types import Workspace, WorkspaceBuild

MAX_OLD_NAMES = 50  # names of one session
MAX_BUILD_NUMBER = 2**31 - 1  # the greatest number that Coder gives to a build


def find_workspace(request: PortalRequest, owner: str, name: str, *, include_deleted: bool = False) -> Workspace:
    """The workspace of this name, or the one that had it earlier in the session. Raises CoderError."""
    try:
        return request.coder.send(calls.workspace_by_name(owner, name, include_deleted=include_deleted))
    except NotFound:
        if moved := renamed_workspace_id(request, owner, name):
            return request.coder.send(calls.workspace(moved))
        raise


class MissingBuild(NotFound):
    """There is such a workspace, but no build of it with this number."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(status=404)
        self.workspace = workspace


def find_build(request: PortalRequest, owner: str, name: str, number: int) -> WorkspaceBuild:
    """A build by its number: one call. Raises CoderError, MissingBuild among them.

    Those of a deleted or renamed workspace Coder does not find so. They are numbered without a gap, which leads to
    theirs by two calls more.
    """
    if number <= MAX_BUILD_NUMBER:
        with suppress(NotFound):
            return request.coder.send(build_calls.build_by_number(owner, name, number))
    workspace = find_workspace(request, owner, name, include_deleted=True)
    if workspace.latest_build.status == "deleted" and (moved := renamed_workspace_id(request, owner, name)):
        workspace = request.coder.send(calls.workspace(moved))
    before = workspace.latest_build.build_number - number
    if number > 0 and before >= 0:
        listed = request.coder.send(build_calls.builds(workspace.id, limit=1, offset=before)) or ()
        if found := next((each for each in listed if each.build_number == number), None):
            return found
    raise MissingBuild(workspace)


def renamed_workspace_id(request: PortalRequest, owner: str, name: str) -> UUID | None:
    """The workspace that had this name earlier in the session and has another one now."""
    moved = request.session.get("renamed", {}).get(name_key(owner, name))
    return UUID(moved) if moved else None


def remember_old_name(request: PortalRequest, owner: str, name: str, workspace_id: UUID) -> None:
    """Keep which workspace had this name, so that its old address leads to it until the session ends."""
    kept = request.session.get("renamed", {}) | {name_key(owner, name): str(workspace_id)}
    request.session["renamed"] = dict(list(kept.items())[-MAX_OLD_NAMES:])


def name_key(owner: str, name: str) -> str:
    """Both names as one; Coder knows no difference of case."""
    return f"{owner}/{name}".lower()
