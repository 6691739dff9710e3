"""Serve the audit log, and generate entries of it for tests."""

from typing import Any

from coder_simulator.audit_logs import list_audit_logs
from coder_simulator.audit_search import ACTIONS, RESOURCE_TYPES, search_audit_logs
from coder_simulator.clock import format_rfc3339
from coder_simulator.errors import ApiError, forbidden
from coder_simulator.permissions import is_allowed
from coder_simulator.records import AuditLog
from coder_simulator.render.users import render_user
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import new_id
from coder_simulator.world import World

DEFAULT_LIMIT = 100
COUNT_CAP = 2_000  # 2.36 counts no further
RESOURCE_NAMES = {"workspace_build": "workspace", "git_ssh_key": "git ssh key", "api_key": "api key"}
GENERATED_DIFF = {"foo": {"old": "bar", "new": "baz", "secret": False}}


@route("GET", "/audit")
def list_audit(call: Call) -> Reply:
    """List the audit log by `q`, `limit` and `offset`; the user needs a role, without which 2.19 lists nothing."""
    world = call.world
    allowed = is_allowed(world, call.user, "read", "audit_log")
    if not allowed and world.modern:
        raise forbidden(modern=True)
    limit, offset = call.pagination()
    logs = search_audit_logs(world, call.user, call.query("q"), list_audit_logs(world) if allowed else [])
    page = [_render_audit_log(world, log) for log in logs[offset : offset + (limit or DEFAULT_LIMIT)]]
    if world.modern:
        return 200, {"audit_logs": page, "count": min(len(logs), COUNT_CAP), "count_cap": COUNT_CAP}
    return 200, {"audit_logs": page, "count": len(logs) if page else 0}


def _render_audit_log(world: World, log: AuditLog) -> dict[str, Any]:
    organization = log.organization
    short = organization and {
        "id": organization.id,
        "name": organization.name,
        "display_name": organization.display_name,
        "icon": organization.icon,
    }
    return {
        "id": log.id,
        "request_id": log.request_id,
        "time": format_rfc3339(log.time),
        "ip": log.ip,
        "user_agent": log.user_agent,
        "resource_type": log.resource_type,
        "resource_id": log.resource_id,
        "resource_target": log.resource_target,
        "resource_icon": log.resource_icon,
        "action": log.action,
        "diff": log.diff,
        "status_code": log.status_code,
        "additional_fields": log.additional_fields,
        "description": _describe(log),
        "resource_link": log.resource_link,
        "is_deleted": log.is_deleted,
        **({"organization_id": organization.id, "organization": short} if organization else {}),
        "user": render_user(world, log.user) | {"organization_ids": []},
    }


def _describe(log: AuditLog) -> str:
    """Return Coder's description, in which clients replace {user} and {target}."""
    verb = f"unsuccessfully attempted to {log.action}" if log.status_code >= 400 else ACTIONS[log.action]
    return f"{{user}} {verb} {RESOURCE_NAMES.get(log.resource_type, log.resource_type.replace('_', ' '))} {{target}}"


@route("POST", "/audit/testgenerate")
def generate_audit_log(call: Call) -> Reply:
    """Add an entry to the audit log, as Coder's own tests do; the user must be an owner."""
    world = call.world
    fields = {
        "action": "string",
        "resource_type": "string",
        "resource_id": "uuid",
        "additional_fields": "any",
        "time": "time",
        "build_reason": "string",
        "organization_id": "uuid",
        "request_id": "uuid",
    }
    body = call.read_body("CreateTestAuditLogRequest", fields)
    if not is_allowed(world, call.user, "create", "audit_log"):
        raise forbidden(modern=world.modern)
    action, resource_type = body["action"] or "create", body["resource_type"] or "user"
    if action not in ACTIONS or resource_type not in RESOURCE_TYPES:
        raise ApiError(400, "Validation failed.")
    log = AuditLog(
        time=body["time"] or world.now(),
        user=call.user,
        action=action,
        resource_type=resource_type,
        resource_id=body["resource_id"] or new_id(),
        resource_target=call.user.username,
        organization=world.organizations.get(body["organization_id"] or "") or world.organization,
        is_deleted=True,  # no resource of this type has the id
        diff=GENERATED_DIFF,
        additional_fields=body["additional_fields"] or {},
        ip=call.request.client.host if call.request.client else "127.0.0.1",
        user_agent=call.request.headers.get("user-agent", ""),
        **({"request_id": body["request_id"]} if body["request_id"] else {}),
    )
    world.audit_logs.append(log)
    return 204, None
