"""Who else may use a workspace: shared ports, and the access list (2.36)."""

from typing import Any

from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import SHARED, may
from coder_simulator.render.people import minimal_user
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import PortShare, Workspace

LEVELS = ("owner", "organization", "authenticated", "public")


@route("GET", "/workspaces/{workspace}/port-share")
def port_shares(call: Call) -> Reply:
    """List the shared ports of a workspace."""
    workspace = call.workspace()
    return 200, {"shares": [_share(s) for s in call.world.port_shares if s.workspace_id == workspace.id]}


def _share(one: PortShare) -> dict[str, Any]:
    return {
        "workspace_id": one.workspace_id,
        "agent_name": one.agent_name,
        "port": one.port,
        "share_level": one.share_level,
        "protocol": one.protocol,
    }


@route("POST", "/workspaces/{workspace}/port-share")
def share_port(call: Call) -> Reply:
    """Share a port, or change how; the template limits how far."""
    workspace = _changeable(call)
    fields = {"agent_name": "string", "port": "int64", "share_level": "string", "protocol": "string"}
    body = call.body("UpsertWorkspaceAgentPortShareRequest", fields)
    level, protocol = body["share_level"] or "", body["protocol"] or ""
    levels = LEVELS if call.world.modern else tuple(one for one in LEVELS if one != "organization")
    if level not in levels or protocol not in {"http", "https"}:
        faults = [("share_level", f'Invalid share level. "{level}"')] if level not in levels else []
        faults += [("protocol", f'Invalid protocol. "{protocol}"')] if protocol not in {"http", "https"} else []
        raise ApiError(400, "Validation failed.", validations=faults)
    highest = workspace.template.max_port_share_level if call.world.licensed else "public"
    if LEVELS.index(level) > LEVELS.index(highest):
        raise ApiError(400, "Port sharing level not allowed. Max level allowed is " + f"'{highest}'.")
    if body["agent_name"] not in {a.plan.name for a in workspace.agents}:
        raise ApiError(400, "Agent not found.")
    _forget(call, workspace, body["agent_name"], body["port"] or 0)
    share = PortShare(
        workspace_id=workspace.id,
        agent_name=body["agent_name"],
        port=body["port"] or 0,
        share_level=level,
        protocol=protocol,
    )
    call.world.port_shares.append(share)
    return 200, _share(share)


@route("DELETE", "/workspaces/{workspace}/port-share")
def unshare_port(call: Call) -> Reply:
    """Share a port no more."""
    workspace = _changeable(call)
    body = call.body("DeleteWorkspaceAgentPortShareRequest", {"agent_name": "string", "port": "int64"})
    if not _forget(call, workspace, body["agent_name"] or "", body["port"] or 0):
        raise not_found()
    return 200, None


def _forget(call: Call, workspace: Workspace, agent_name: str, port: int) -> bool:
    before = len(call.world.port_shares)
    call.world.port_shares[:] = [
        s for s in call.world.port_shares if (s.workspace_id, s.agent_name, s.port) != (workspace.id, agent_name, port)
    ]
    return len(call.world.port_shares) < before


def _changeable(call: Call) -> Workspace:
    workspace = call.workspace()
    if not may(call.user, "update", workspace):
        raise not_found()
    return workspace


@route("GET", "/workspaces/{workspace}/acl")
def acl(call: Call) -> Reply:
    """Return with whom a workspace is shared (2.36)."""
    workspace = call.workspace()
    _modern(call)
    users = [
        {**minimal_user(call.world, call.world.users[user_id]), "role": role}
        for user_id, role in workspace.shared_with.items()
    ]
    return 200, {"users": users, "group": []}


@route("PATCH", "/workspaces/{workspace}/acl")
def update_acl(call: Call) -> Reply:
    """Share a workspace: {user_roles: {id: "use", "admin" or "" to take away}} (2.36)."""
    workspace = call.workspace()
    _modern(call)
    body = call.body("UpdateWorkspaceACL", {"user_roles": "object", "group_roles": "object"})
    if not may(call.user, "share", workspace):
        raise not_found()
    wanted = body["user_roles"] or {}
    faults = [
        ("user_roles", f'role "{role}" is not a valid workspace role')
        for role in wanted.values()
        if role and role not in SHARED
    ]
    faults += [("user_roles", f"user {one} does not exist") for one in wanted if one not in call.world.users]
    if faults:
        raise ApiError(400, "Invalid request to update workspace ACL", validations=faults)
    roles = {one: role for one, role in (workspace.shared_with | wanted).items() if role}
    call.world.workspaces.set_shares(workspace, roles)
    return 204, None


def _modern(call: Call) -> None:
    if not call.world.modern:
        raise ApiError(404, "Route not found.")
