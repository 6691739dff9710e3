"""Define what the server records for staff: use, notifications, the audit log, and counts that it keeps for a while."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from coder_simulator.gojson import NIL_UUID
from coder_simulator.state import Organization, Template, User, new_id


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Notification:
    """A notification in a user's inbox (2.36); `template_id` is its kind, `actions` are labels with paths."""

    user: User
    created_at: datetime
    title: str
    content: str
    template_id: str
    icon: str = "DEFAULT_ICON_WORKSPACE"
    targets: tuple[str, ...] = ()
    actions: tuple[tuple[str, str], ...] = ()
    read_at: datetime | None = None
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class UseDay:
    """A user's use of a template's workspaces on a day (of UTC): seconds by app, and the latency (ms)."""

    day: date
    user: User
    template: Template
    seconds: dict[str, int]
    latency_ms: float


@dataclass(frozen=True, slots=True)
class OwnerCounts:
    """The number of owners of workspaces by template id, at one time."""

    collected_at: datetime
    counts: dict[str, int]


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class AuditLog:
    """An entry of the audit log: a user's action on a resource. `build_reason` is that of a workspace's build."""

    time: datetime
    user: User
    action: str
    resource_type: str
    resource_id: str
    resource_target: str
    organization: Organization | None
    resource_icon: str = ""
    resource_link: str = ""
    is_deleted: bool = False
    diff: dict[str, Any] = field(default_factory=dict)
    additional_fields: dict[str, Any] = field(default_factory=dict)
    build_reason: str = ""
    status_code: int = 200
    ip: str = "127.0.0.1"
    user_agent: str = ""
    request_id: str = NIL_UUID
    id: str = field(default_factory=new_id)
