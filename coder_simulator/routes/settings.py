"""Set favorites, dormancy and automatic updates, and record usage; only usage notifies watchers."""

from coder_simulator.errors import RBAC_DETAIL, ApiError, NotModifiedError, forbidden, not_found
from coder_simulator.permissions import is_allowed_on_workspace
from coder_simulator.prebuilds import check_not_prebuild
from coder_simulator.render.workspaces import render_workspace
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Workspace

NOT_OWNER_MESSAGE = "You can only favorite workspaces that you own."
USAGE_FLUSH_SECONDS = 60  # Coder writes usage in batches, once a minute


@route("PUT", "/workspaces/{workspace}/favorite")
def add_favorite(call: Call) -> Reply:
    """Mark the user's own workspace as a favorite."""
    call.user.favorites.add(_own_workspace(call))
    return 204, None


@route("DELETE", "/workspaces/{workspace}/favorite")
def remove_favorite(call: Call) -> Reply:
    """Remove a favorite."""
    call.user.favorites.discard(_own_workspace(call))
    return 204, None


def _own_workspace(call: Call) -> Workspace:
    workspace = call.path_workspace()
    if workspace.owner is not call.user:
        raise ApiError(403, NOT_OWNER_MESSAGE)
    return workspace


@route("PUT", "/workspaces/{workspace}/autoupdates")
def set_automatic_updates(call: Call) -> Reply:
    """Set whether a start uses the active version."""
    workspace = call.path_workspace()
    fields = {"automatic_updates": "string"}
    setting = call.read_body("UpdateWorkspaceAutomaticUpdatesRequest", fields)["automatic_updates"] or ""
    if setting not in {"always", "never"}:
        validations = [("automatic_updates", "must be always or never")]
        raise ApiError(400, "Invalid request", validations=validations)
    if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
        raise not_found()
    workspace.automatic_updates = setting
    return 204, None


@route("PUT", "/workspaces/{workspace}/dormant")
def set_dormant(call: Call) -> Reply:
    """Make a workspace dormant or active; respond 304 if it already is."""
    workspace = call.path_workspace()
    make_dormant = bool(call.read_body("UpdateWorkspaceDormancy", {"dormant": "bool"})["dormant"])
    check_not_prebuild(workspace, "Dormancy updates are")
    if make_dormant == (workspace.dormant_at is not None):
        raise NotModifiedError
    if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
        raise ApiError(500, "Internal error updating workspace locked status.", RBAC_DETAIL)
    if make_dormant:
        call.server.lifecycle.make_dormant(workspace)
    else:
        call.server.lifecycle.activate(workspace)
    return 200, render_workspace(call.world, workspace, call.user)


@route("POST", "/workspaces/{workspace}/usage")
def record_usage(call: Call) -> Reply:
    """Record that a workspace is in use; the body has no effect without an experiment."""
    workspace = call.path_workspace()
    if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
        raise forbidden(modern=call.world.modern)
    if call.raw_body:
        call.read_body("PostWorkspaceUsageRequest", {"agent_id": "uuid", "app_name": "string"})
    call.server.lifecycle.schedule_usage(workspace, USAGE_FLUSH_SECONDS)
    return 204, None
