"""Workspaces by their names, also by those that they had earlier in the session."""

from uuid import UUID

from workspaces.coder import calls
from workspaces.coder.errors import NotFound
from workspaces.coder.types import Workspace
from workspaces.sessions import PortalRequest

KEPT = 50  # names of one session


def find(request: PortalRequest, owner: str, name: str, *, include_deleted: bool = False) -> Workspace:
    """The workspace of this name, or the one that had it earlier in the session. Raises CoderError."""
    try:
        return request.coder.send(calls.workspace_by_name(owner, name, include_deleted=include_deleted))
    except NotFound:
        if moved := request.session.get("renamed", {}).get(address(owner, name)):
            return request.coder.send(calls.workspace(UUID(moved)))
        raise


def remember(request: PortalRequest, owner: str, name: str, workspace_id: UUID) -> None:
    """Keep which workspace had this name, so that its old address leads to it until the session ends."""
    kept = request.session.get("renamed", {}) | {address(owner, name): str(workspace_id)}
    request.session["renamed"] = dict(list(kept.items())[-KEPT:])


def address(owner: str, name: str) -> str:
    """Both names as one; Coder knows no difference of case."""
    return f"{owner}/{name}".lower()
