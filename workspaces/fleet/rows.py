"""One workspace as a compact row: what the staff table can show, sort and filter, in less than 2 KiB.

Times are in whole seconds since 1970, by Coder's clock; None for none.
"""

import re
import sys
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights, must_update
from workspaces.actions.decisions import find_reasons
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.datetimes import LATEST
from workspaces.present.agent_health import find_faults, top_level_agents
from workspaces.present.builds.descriptions import build_title

NO_RIGHTS = Rights(is_owner=False)  # where what Coder grants is not known, or does not matter
MAX_ERROR_LENGTH = 160
LATEST_S = int(LATEST.timestamp())
MIN_NAME_LENGTH = 3  # a shorter name may be part of any word
PREAMBLE = re.compile(r"^(?:terraform \w+: )?(?:exit status \d+: )?(?:Error: )?(?=\S)")
VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b(?=[0-9a-f]*[0-9])[0-9a-f]{8,}\b")  # ids
# The kinds of operations, each of which has a rule of the same name.
BULK_ACTIONS = (
    "start",
    "stop",
    "restart",
    "update",
    "extend",
    "autostart",
    "ttl",
    "autoupdates",
    "favorite",
    "unfavorite",
    "dormant",
    "activate",
    "cancel",
    "delete",
)


class FleetRow(msgspec.Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """One workspace. Strings and ids that many workspaces have in common are stored once for all of them."""

    id: UUID
    build_id: UUID
    name: str
    owner: str
    owner_id: UUID
    organization: str
    organization_id: UUID
    template: str  # display name, else name
    template_id: UUID
    version: str
    version_id: UUID
    active_version_id: UUID
    status: str  # Coder's word
    transition: str
    health: str  # the first fault of an agent; "" if there is none
    agents: int
    connected_agents: int
    created: int | None
    last_used: int | None
    running_since: int | None
    stops: int | None  # the deadline of a running workspace
    next_start: int | None
    dormant_since: int | None
    deletes: int | None
    ttl_ms: int | None
    always_updates: bool
    outdated: bool
    must_update: bool
    favorite: bool
    daily_cost: int
    build_number: int
    build_title: str  # "Stopped by autostop"
    build_reason: str  # Coder's word
    build_by: str
    build_at: int | None
    build_s: int | None  # how long the latest build took
    error: str  # the first line of a failed build's error
    error_kind: str  # the same without what differs between workspaces: names and ids
    reason_texts: tuple[str, ...]  # why not, for each of BULK_ACTIONS; "" where it is allowed

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why each bulk action is not possible; "" where it is."""
        return dict(zip(BULK_ACTIONS, self.reason_texts, strict=True))


class SharedValues:
    """Equal values of many rows as one object. For the rows of one reading."""

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}
        self._ids: dict[int, UUID] = {}
        self._texts: dict[str, str] = {}

    def share[T: Hashable](self, value: T) -> T:
        """Return the object that stands for all values equal to this one."""
        shared: T = self._values.setdefault(value, value)
        return shared

    def share_id(self, value: UUID) -> UUID:
        """Return the object that stands for all equal ids. It compares numbers, because a UUID hashes slowly."""
        return self._ids.setdefault(value.int, value)

    def share_text(self, text: str) -> str:
        """Return one of Coder's texts as a page shows it. Each text is sanitized once."""
        shared = self._texts.get(text)
        if shared is None:
            shared = self._texts[text] = self.share(sanitize_text(text))
        return shared

    def share_row(self, row: FleetRow) -> FleetRow:
        """Return the row with the values of the others; for one that was decoded."""
        return msgspec.structs.replace(row, **{name: self.share(getattr(row, name)) for name in SHARED_FIELDS})


SHARED_FIELDS = (
    "owner",
    "owner_id",
    "organization",
    "organization_id",
    "template",
    "template_id",
    "version",
    "version_id",
    "active_version_id",
    "status",
    "transition",
    "health",
    "build_title",
    "build_reason",
    "build_by",
    "error",
    "error_kind",
    "reason_texts",
)


def make_fleet_row(
    workspace: Workspace, rights: Rights, capabilities: CoderCapabilities, now: datetime, shared: SharedValues
) -> FleetRow:
    """Return the row of a workspace. `now` is aware, by Coder's clock."""
    build = workspace.latest_build
    job = build.job
    agents = list(top_level_agents(workspace))
    faults = find_faults(workspace, now)
    is_running = build.status == "running"
    error = first_line(job.error) if build.status == "failed" and job.error else ""
    started, completed = to_seconds(job.started_at), to_seconds(job.completed_at)
    share, share_id, share_text = shared.share, shared.share_id, shared.share_text
    return FleetRow(
        id=workspace.id,
        build_id=build.id,
        name=workspace.name,
        owner=sys.intern(workspace.owner_name),
        owner_id=share_id(workspace.owner_id),
        organization=share_text(workspace.organization_name),
        organization_id=share_id(workspace.organization_id),
        template=share_text(workspace.template_display_name) or share(workspace.template_name),
        template_id=share_id(workspace.template_id),
        version=share_text(build.template_version_name),
        version_id=share_id(build.template_version_id),
        active_version_id=share_id(workspace.template_active_version_id),
        status=share(build.status),
        transition=share(build.transition),
        health=share(faults[0].title) if faults else "",
        agents=len(agents),
        connected_agents=sum(agent.status == "connected" for agent in agents),
        created=to_seconds(workspace.created_at),
        last_used=to_seconds(workspace.last_used_at),
        running_since=(completed or to_seconds(build.created_at)) if is_running else None,
        stops=to_seconds(build.deadline) if is_running and workspace.dormant_at is None else None,
        next_start=to_seconds(workspace.next_start_at) if workspace.dormant_at is None else None,
        dormant_since=to_seconds(workspace.dormant_at),
        deletes=to_seconds(workspace.deleting_at),
        ttl_ms=workspace.ttl_ms,
        always_updates=workspace.automatic_updates == "always",
        outdated=workspace.outdated,
        must_update=must_update(workspace),
        favorite=workspace.favorite,
        daily_cost=build.daily_cost,
        build_number=build.build_number,
        build_title=share(build_title(build)),
        build_reason=share(build.reason),
        build_by=share_text(build.initiator_name),
        build_at=to_seconds(build.created_at),
        build_s=completed - started if started is not None and completed is not None else None,
        error=share(shorten(error)),
        error_kind=share(make_error_kind(error, (workspace.owner_name, workspace.name))) if error else "",
        reason_texts=share(find_reasons(workspace, rights, capabilities, BULK_ACTIONS)),
    )


def make_error_kind(error: str, names: Iterable[str]) -> str:
    """Return an error without what differs between workspaces, so that equal causes are one group.

    `names`: of the workspace and its owner. What Terraform puts before each cause is left out, too.
    """
    for name in names:
        if len(name) >= MIN_NAME_LENGTH:
            error = error.replace(name, "…")
    return shorten(VARIABLE.sub("…", error_cause(error)))


def error_cause(error: str) -> str:
    """Return an error without what Terraform puts before each cause."""
    return PREAMBLE.sub("", error)


def to_seconds(at: datetime | None) -> int | None:
    """Return a time in s since 1970, the end of year 9999 in UTC at most; None for none, or for Go's zero time."""
    return min(int(at.timestamp()), LATEST_S) if at and at.year > 1 else None


def first_line(text: str) -> str:
    """Return the first line of a text that is not empty."""
    return next((line for line in sanitize_text(text).splitlines() if line.strip()), "").strip()


def shorten(line: str) -> str:
    """Return a line in the length that a table shows."""
    return line if len(line) <= MAX_ERROR_LENGTH else line[: MAX_ERROR_LENGTH - 1].rstrip() + "…"
