"""Serve shared ports and the access list of workspaces (2.36)."""

from typing import Any

from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import SHARED_ROLES, is_allowed_on_workspace
from coder_simulator.render.users import render_minimal_user
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import PortShare, Workspace

SHARE_LEVELS = ("owner", "organization", "authenticated", "public")


@route("GET", "/workspaces/{workspace}/port-share")
def list_port_shares(call: Call) -> Reply:
    """List the shared ports of a workspace."""
    workspace = call.path_workspace()
    return 200, {"shares": [_render_port_share(s) for s in call.world.port_shares if s.workspace_id == workspace.id]}


def _render_port_share(share: PortShare) -> dict[str, Any]:
    return {
        "workspace_id": share.workspace_id,
        "agent_name": share.agent_name,
        "port": share.port,
        "share_level": share.share_level,
        "protocol": share.protocol,
    }


@route("POST", "/workspaces/{workspace}/port-share")
def share_port(call: Call) -> Reply:
    """Share a port or change its sharing; the template limits the level."""
    workspace = _updatable_workspace(call)
    fields = {"agent_name": "string", "port": "int64", "share_level": "string", "protocol": "string"}
    body = call.read_body("UpsertWorkspaceAgentPortShareRequest", fields)
    level, protocol = body["share_level"] or "", body["protocol"] or ""
    levels = SHARE_LEVELS if call.world.modern else tuple(name for name in SHARE_LEVELS if name != "organization")
    if level not in levels or protocol not in {"http", "https"}:
        validations = [("share_level", f'Invalid share level. "{level}"')] if level not in levels else []
        validations += [("protocol", f'Invalid protocol. "{protocol}"')] if protocol not in {"http", "https"} else []
        raise ApiError(400, "Validation failed.", validations=validations)
    highest = workspace.template.max_port_share_level if call.world.licensed else "public"
    if SHARE_LEVELS.index(level) > SHARE_LEVELS.index(highest):
        raise ApiError(400, "Port sharing level not allowed. Max level allowed is " + f"'{highest}'.")
    if body["agent_name"] not in {a.plan.name for a in workspace.agents}:
        raise ApiError(400, "Agent not found.")
    _remove_port_share(call, workspace, body["agent_name"], body["port"] or 0)
    share = PortShare(
        workspace_id=workspace.id,
        agent_name=body["agent_name"],
        port=body["port"] or 0,
        share_level=level,
        protocol=protocol,
    )
    call.world.port_shares.append(share)
    return 200, _render_port_share(share)


@route("DELETE", "/workspaces/{workspace}/port-share")
def delete_port_share(call: Call) -> Reply:
    """Stop sharing a port."""
    workspace = _updatable_workspace(call)
    body = call.read_body("DeleteWorkspaceAgentPortShareRequest", {"agent_name": "string", "port": "int64"})
    if not _remove_port_share(call, workspace, body["agent_name"] or "", body["port"] or 0):
        raise not_found()
    return 200, None


def _remove_port_share(call: Call, workspace: Workspace, agent_name: str, port: int) -> bool:
    previous_count = len(call.world.port_shares)
    call.world.port_shares[:] = [
        s for s in call.world.port_shares if (s.workspace_id, s.agent_name, s.port) != (workspace.id, agent_name, port)
    ]
    return len(call.world.port_shares) < previous_count


def _updatable_workspace(call: Call) -> Workspace:
    workspace = call.path_workspace()
    if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
        raise not_found()
    return workspace


@route("GET", "/workspaces/{workspace}/acl", since_2_36=True)
def get_acl(call: Call) -> Reply:
    """Return the users that a workspace is shared with (2.36)."""
    workspace = call.path_workspace()
    users = [
        {**render_minimal_user(call.world, call.world.users[user_id]), "role": role}
        for user_id, role in workspace.shared_with.items()
    ]
    return 200, {"users": users, "group": []}


@route("PATCH", "/workspaces/{workspace}/acl", since_2_36=True)
def update_acl(call: Call) -> Reply:
    """Share a workspace: {user_roles: {id: "use", "admin" or "" to remove}} (2.36)."""
    workspace = call.path_workspace()
    body = call.read_body("UpdateWorkspaceACL", {"user_roles": "object", "group_roles": "object"})
    if not is_allowed_on_workspace(call.world, call.user, "share", workspace):
        raise not_found()
    user_roles = body["user_roles"] or {}
    validations = [
        ("user_roles", f'role "{role}" is not a valid workspace role')
        for role in user_roles.values()
        if role and role not in SHARED_ROLES
    ]
    validations += [
        ("user_roles", f"user {user_id} does not exist") for user_id in user_roles if user_id not in call.world.users
    ]
    if validations:
        raise ApiError(400, "Invalid request to update workspace ACL", validations=validations)
    roles = {user_id: role for user_id, role in (workspace.shared_with | user_roles).items() if role}
    call.world.workspaces.set_shares(workspace, roles)
    return 204, None
