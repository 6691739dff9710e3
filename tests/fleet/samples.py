"""Rows and Coder's JSON of many workspaces for the tests of the fleet."""

from typing import Any
from uuid import UUID

from workspaces.fleet.rows import BULK_ACTIONS, FleetRow

NOW = 1_800_000_000  # s since 1970
DAY = 86_400
ORGANIZATION = UUID(int=7)


def make_id(number: int) -> UUID:
    """Return the id of the workspace with this number."""
    return UUID(int=1_000_000 + number)


def make_row(name: str = "web", **fields: Any) -> FleetRow:
    """Return a running workspace that was used a minute ago, with these fields instead."""
    defaults: dict[str, Any] = {
        "id": make_id(sum(name.encode())),
        "build_id": UUID(int=2),
        "name": name,
        "owner": "alice",
        "owner_id": UUID(int=3),
        "organization": "coder",
        "organization_id": ORGANIZATION,
        "template": "Docker",
        "template_id": UUID(int=4),
        "version": "v1",
        "version_id": UUID(int=5),
        "active_version_id": UUID(int=5),
        "status": "running",
        "transition": "start",
        "health": "",
        "agents": 1,
        "connected_agents": 1,
        "created": NOW - 100 * DAY,
        "last_used": NOW - 60,
        "running_since": NOW - 3600,
        "stops": NOW + 3600,
        "next_start": None,
        "dormant_since": None,
        "deletes": None,
        "ttl_ms": 3_600_000,
        "always_updates": False,
        "outdated": False,
        "must_update": False,
        "favorite": False,
        "daily_cost": 0,
        "build_number": 2,
        "build_title": "Started by alice",
        "build_reason": "initiator",
        "build_by": "alice",
        "build_at": NOW - 3700,
        "build_s": 42,
        "error": "",
        "error_kind": "",
        "reason_texts": ("",) * len(BULK_ACTIONS),
    }
    return FleetRow(**(defaults | fields))


def workspace_json(number: int, **fields: Any) -> dict[str, Any]:
    """Return a workspace as Coder sends it."""
    time = "2026-11-01T10:00:00Z"
    workspace_id = str(make_id(number))
    job = {"id": str(UUID(int=8)), "created_at": time, "status": "succeeded", "started_at": time, "completed_at": time}
    build = {
        "id": str(UUID(int=9)),
        "created_at": time,
        "updated_at": time,
        "workspace_id": workspace_id,
        "workspace_name": f"ws-{number}",
        "workspace_owner_id": str(UUID(int=3)),
        "workspace_owner_name": "bob",
        "template_version_id": str(UUID(int=5)),
        "template_version_name": "v1",
        "build_number": 1,
        "transition": "start",
        "initiator_id": str(UUID(int=3)),
        "initiator_name": "bob",
        "job": job,
        "reason": "initiator",
        "status": "running",
        "daily_cost": 3,
    }
    return {
        "id": workspace_id,
        "created_at": time,
        "updated_at": time,
        "owner_id": str(UUID(int=3)),
        "owner_name": "bob",
        "organization_id": str(ORGANIZATION),
        "organization_name": "coder",
        "template_id": str(UUID(int=4)),
        "template_name": "docker",
        "template_active_version_id": str(UUID(int=5)),
        "latest_build": build,
        "name": f"ws-{number}",
    } | fields
