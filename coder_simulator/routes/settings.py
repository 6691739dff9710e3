"""Favourites, dormancy, automatic updates, usage. Watchers are told of none of them but usage."""

from coder_simulator.errors import RBAC_DETAIL, ApiError, NotModifiedError, forbidden, not_found
from coder_simulator.permissions import may
from coder_simulator.prebuilds import refuse_prebuild
from coder_simulator.render.workspaces import workspace as render
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Workspace

NOT_YOURS = "You can only favorite workspaces that you own."
USAGE_FLUSH_SECONDS = 60  # s: Coder gathers usage and writes it once a minute


@route("PUT", "/workspaces/{workspace}/favorite")
def favorite(call: Call) -> Reply:
    """Star a workspace of one's own."""
    call.user.favorites.add(_own(call))
    return 204, None


@route("DELETE", "/workspaces/{workspace}/favorite")
def unfavorite(call: Call) -> Reply:
    """Take the star away."""
    call.user.favorites.discard(_own(call))
    return 204, None


def _own(call: Call) -> Workspace:
    workspace = call.workspace()
    if workspace.owner is not call.user:
        raise ApiError(403, NOT_YOURS)
    return workspace


@route("PUT", "/workspaces/{workspace}/autoupdates")
def automatic_updates(call: Call) -> Reply:
    """Say whether a start uses the active version."""
    workspace = call.workspace()
    fields = {"automatic_updates": "string"}
    wanted = call.body("UpdateWorkspaceAutomaticUpdatesRequest", fields)["automatic_updates"] or ""
    if wanted not in {"always", "never"}:
        faults = [("automatic_updates", "must be always or never")]
        raise ApiError(400, "Invalid request", validations=faults)
    if not may(call.user, "update", workspace):
        raise not_found()
    workspace.automatic_updates = wanted
    return 204, None


@route("PUT", "/workspaces/{workspace}/dormant")
def dormant(call: Call) -> Reply:
    """Make a workspace dormant or active; what already is so answers 304."""
    workspace = call.workspace()
    wanted = bool(call.body("UpdateWorkspaceDormancy", {"dormant": "bool"})["dormant"])
    refuse_prebuild(workspace, "Dormancy updates are")
    if wanted == (workspace.dormant_at is not None):
        raise NotModifiedError
    if not may(call.user, "update", workspace):
        raise ApiError(500, "Internal error updating workspace locked status.", RBAC_DETAIL)
    if wanted:
        call.server.lifecycle.make_dormant(workspace)
    else:
        call.server.lifecycle.activate(workspace)
    return 200, render(call.world, workspace, call.user)


@route("POST", "/workspaces/{workspace}/usage")
def usage(call: Call) -> Reply:
    """Note that a workspace is used; what the body says counts only with an experiment that is off here."""
    workspace = call.workspace()
    if not may(call.user, "update", workspace):
        raise forbidden(modern=call.world.modern)
    if call.raw:
        call.body("PostWorkspaceUsageRequest", {"agent_id": "uuid", "app_name": "string"})
    call.server.lifecycle.schedule_usage(workspace, USAGE_FLUSH_SECONDS)
    return 204, None
