"""Sample workspaces, viewers and times for the tests of pure functions, based on recorded responses."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Viewer

RECORDED = Path(__file__).parent.parent / "contract" / "recorded"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday
DUBLIN = ZoneInfo("Europe/Dublin")
OLD, NEW = CoderCapabilities.for_version("v2.19.1"), CoderCapabilities.for_version("v2.36.0")
ALL_RIGHTS = {"update": True, "start": True, "stop": True, "delete": True, "connect": True}
OWNER = Rights(is_owner=True, **ALL_RIGHTS)
READER = Rights(is_owner=False)
TEMPLATE_ADMIN = Rights(is_owner=True, **ALL_RIGHTS, update_template=True)
SITE_OWNER = Rights(is_owner=False, **ALL_RIGHTS, update_template=True, site_owner=True)

TRANSITIONS = {
    "starting": "start",
    "running": "start",
    "stopping": "stop",
    "stopped": "stop",
    "deleting": "delete",
    "deleted": "delete",
}
STATUSES = ("pending", "canceling", "canceled", "failed", *TRANSITIONS)


@cache
def recorded_body(name: str, version: str = "2.36") -> Any:
    """Return the JSON body of the recording of this name from a real Coder."""
    (path,) = (path for path in (RECORDED / version).rglob("*.json") if path.stem.lstrip("0123456789-") == name)
    return json.loads(path.read_text())["response"]["body"]


def running() -> Any:
    """Return a fresh copy of the JSON of a running workspace with an agent, as Coder 2.36 sent it."""
    return recorded_body("get-running")


def workspace(status: str = "running", **changes: Any) -> Workspace:
    """Return a workspace with this status and these changes to the JSON of a recorded workspace.

    A change is a key of Coder's JSON: the prefixes `build_` and `job_` change the latest build and its job. `agents`
    holds the changes to the recorded agent, one per agent (None: no agents).
    """
    body = deepcopy(running())
    body["dormant_at"] = body["deleting_at"] = None
    body["health"] = {"healthy": True, "failing_agents": []}
    build, job = body["latest_build"], body["latest_build"]["job"]
    build["matched_provisioners"] = {"count": 3, "available": 3, "most_recently_seen": None}
    build["status"] = status
    build["transition"] = changes.pop("transition", TRANSITIONS.get(status, "start"))
    recorded_agent = agents_of(build)[0] | {"health": {"healthy": True}}
    if (agents := changes.pop("agents", [{"status": "connected", "lifecycle_state": "ready"}])) is not None:
        agents_of(build)[:] = [recorded_agent | agent for agent in agents]
    for key, value in changes.items():
        if key.startswith("build_"):
            build[key.removeprefix("build_")] = value
        elif key.startswith("job_"):
            job[key.removeprefix("job_")] = value
        else:
            body[key] = value
    return msgspec.convert(to_json_values(body), Workspace)


def agents_of(build: Any) -> Any:
    """Return the agents in the JSON of a build."""
    return next(resource["agents"] for resource in build["resources"] if resource.get("agents"))


def to_json_values(value: Any) -> Any:
    """Return the value as msgspec expects it in JSON: datetimes and UUIDs as text."""
    return json.loads(json.dumps(value, default=lambda at: at.isoformat() if isinstance(at, datetime) else str(at)))


def viewer(
    rights: Rights = OWNER, capabilities: CoderCapabilities = NEW, now: datetime = NOW, **changes: Any
) -> Viewer:
    """Return Alice as a viewer in Dublin, with these rights on every workspace of the tests."""
    facts: dict[str, Any] = {
        "id": UUID(running()["owner_id"]),
        "username": "alice",
        "zone": DUBLIN,
        "now": now,
        "rights": {UUID(running()["id"]): rights},
        "capabilities": capabilities,
        "public_url": "https://coder.example.com",
        "language": "en",
    }
    return Viewer(**facts | changes)


def hours(count: float) -> datetime:
    """Return the time this many hours after NOW; a negative count is in the past."""
    return NOW + timedelta(hours=count)
