"""Workspaces, people and moments for the tests of the pure functions, made of what a real Coder said."""

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
def recorded(name: str, version: str = "2.36") -> Any:
    """The body that a real Coder answered in the recording of this name."""
    (path,) = (path for path in (RECORDED / version).rglob("*.json") if path.stem.lstrip("0123456789-") == name)
    return json.loads(path.read_text())["response"]["body"]


def running() -> Any:
    """A running workspace with an agent, as Coder 2.36 answered it."""
    return recorded("get-running")


def workspace(status: str = "running", **changes: Any) -> Workspace:
    """A workspace of this status. A change is a key of Coder's; `build_` and `job_` reach the latest build
    and its job, and `agents` are changes to the agent that was recorded."""
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
    return msgspec.convert(plain(body), Workspace)


def agents_of(build: Any) -> Any:
    """The list of agents in the JSON of a build."""
    return next(resource["agents"] for resource in build["resources"] if resource.get("agents"))


def plain(value: Any) -> Any:
    """JSON as msgspec converts it: moments and ids as text."""
    return json.loads(json.dumps(value, default=lambda at: at.isoformat() if isinstance(at, datetime) else str(at)))


def viewer(
    rights: Rights = OWNER, capabilities: CoderCapabilities = NEW, now: datetime = NOW, **changes: Any
) -> Viewer:
    """Alice in Dublin, who has these rights on every workspace of the tests."""
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
    """So many hours from now; negative: ago."""
    return NOW + timedelta(hours=count)
