"""The audit log: one database row and one log line for each write that a person sends to Coder.

All calls of a person go through `AuditingClient`, which writes the entry, so that views and tasks need not. Of a
request body only the fields `Call.audited` are stored: never parameter values or tokens.
"""

import functools
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from django.db import DatabaseError, transaction
from django.utils import timezone

from workspaces.coder.calls import Call
from workspaces.coder.client import Coder, Outcome, Response
from workspaces.coder.errors import CallError, CoderError, ResponseLost, SessionEnded, Unreachable
from workspaces.coder.text import redact, redact_parameters, redact_values
from workspaces.coder.types import Workspace, WorkspaceBuild, WorkspacePage
from workspaces.gateway import connection
from workspaces.gateway.cached_values import CachedValue
from workspaces.models import AuditEntry
from workspaces.schedule import nonzero_time

type WorkspaceName = tuple[str, str]  # owner and name

WORKSPACE_PATH = re.compile(r"/workspaces/([0-9a-f-]{36})")
BUILD_PATH = re.compile(r"/workspacebuilds/([0-9a-f-]{36})")
CREATE_PATH = re.compile(r"/(?:users|members)/([^/]+)/workspaces$")
NAME_CACHE_S = 3600  # for names of workspaces that a person has seen
MAX_CACHED_NAMES = 200  # per token
MAX_MESSAGE_LENGTH = 500  # of Coder's message, in characters

NAMES: CachedValue[dict[str, WorkspaceName | None]] = CachedValue(
    "names", dict[str, tuple[str, str] | None], max_age_s=NAME_CACHE_S
)

BEFORE = "before"  # the key of `AuditEntry.details` that holds the values before the write
FRAME = "frame"  # the key of `AuditEntry.details` that names the page around a frame
UNKNOWN_FRAME = "unknown"  # the browser did not tell that page's origin


def build_before(workspace: Workspace) -> dict[str, object]:
    """Return what a build replaces: the workspace's status and template version."""
    build = workspace.latest_build
    return {"status": build.status, "template_version": build.template_version_name}


# By the action of a call: the fields of its body as they are in a workspace. Where the action itself says what was
# before, as for favorites and dormancy, there are none; and none of parameters, whose values may be secrets.
VALUES_BEFORE: Mapping[str, Callable[[Workspace], dict[str, object]]] = {
    **dict.fromkeys(("start", "stop", "delete"), build_before),
    "extend": lambda workspace: {"deadline": iso_time(workspace.latest_build.deadline)},
    "rename": lambda workspace: {"name": workspace.name},
    "autostart": lambda workspace: {"schedule": workspace.autostart_schedule},
    "ttl": lambda workspace: {"ttl_ms": workspace.ttl_ms},
    "autoupdates": lambda workspace: {"automatic_updates": workspace.automatic_updates},
}

logger = logging.getLogger("portal.audit")
# Until the next release: handlers and the level that are configured under the earlier name still apply.
old_logger = logging.getLogger("portal.record")
logger.parent = old_logger


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person for whom a client acts, and their IP address."""

    person: UUID
    username: str
    address: str
    fingerprint: str = ""  # of the token; "": names of workspaces are not cached
    operation: UUID | None = None  # None: the person is waiting for the response
    frame: str = ""  # the origin of the page whose frame was used, or UNKNOWN_FRAME; "": the portal's own page


class AuditingClient(Coder):
    """A client for one person that writes each of their writes to the audit log."""

    def __init__(
        self,
        http: httpx.Client,
        token: str,
        *,
        actor: Actor,
        names: Mapping[UUID, WorkspaceName] | None = None,
        budget_s: float,
    ) -> None:
        super().__init__(http, token, forwarded_for=actor.address or None, budget_s=budget_s)
        self.actor = actor
        self.names: dict[UUID, WorkspaceName] = dict(names or {})
        self.build_workspaces: dict[UUID, UUID] = {}  # workspace by build
        self.write_status: int | None = None  # HTTP status of the response to the last write
        self.last_read: Workspace | None = None  # the workspace that was read last, before a write

    def send[T](self, call: Call[T]) -> T:
        """Send `call` and return the decoded response. Raises CoderError and SessionEnded."""
        if not call.is_write:
            response = super().send(call)
            self.cache_workspace_names(response)
            if isinstance(response, Workspace):
                self.last_read = response
            return response
        self.write_status = None
        try:
            response = super().send(call)
        except (CoderError, SessionEnded) as error:
            self.save_entry(call, None, error)
            raise
        self.save_entry(call, response, None)
        return response

    def fetch(self, request: httpx.Request) -> Outcome:
        """Send one request and remember the status of the response to a write."""
        outcome = super().fetch(request)
        if request.method != "GET" and isinstance(outcome, Response):
            self.write_status = outcome.status
        return outcome

    def save_entry(self, call: Call[Any], response: object, error: CallError | None) -> None:
        """Write the audit entry of a write with Coder's response or error."""
        self.build_workspaces |= dict(build_workspaces(response))
        workspace = self.workspace_of(call, response)
        owner, name = self.name_of(workspace, call, response)
        entry = AuditEntry(
            at=timezone.now(),
            person=self.actor.person,
            username=self.actor.username,
            address=self.actor.address[:64],
            action=call.action or f"{call.method} {call.path}"[:64],
            workspace=workspace,
            owner=owner,
            name=redact(name),
            details=redact_values(
                audited_details(call.body, call.audited) | self.values_before(call, workspace) | self.frame_details()
            ),
            outcome=outcome_of(error),
            status=error.status if error and error.status else self.write_status,
            message=redacted_message(call.body, error),
            operation=self.actor.operation,
        )
        log_and_save(entry)

    def frame_details(self) -> dict[str, object]:
        """Return the origin of the page whose frame was used as `frame`; {} for a page of the portal."""
        return {FRAME: self.actor.frame} if self.actor.frame else {}

    def values_before(self, call: Call[Any], workspace: UUID | None) -> dict[str, object]:
        """Return what the write replaces as `before`, by field of its body; {} where it was not read just before."""
        previous, self.last_read = self.last_read, None
        values = VALUES_BEFORE.get(call.action)
        if values is None or previous is None or previous.id != workspace:
            return {}
        return {BEFORE: values(previous)}

    def workspace_of(self, call: Call[Any], response: object) -> UUID | None:
        """Return the id of the workspace that a write concerns; None where there is no such workspace."""
        if isinstance(response, Workspace):
            return response.id
        if match := WORKSPACE_PATH.match(call.path):
            return UUID(match[1])
        build = BUILD_PATH.match(call.path)
        return self.build_workspaces.get(UUID(build[1])) if build else None

    def name_of(self, workspace: UUID | None, call: Call[Any], response: object) -> WorkspaceName:
        """Return owner and name of the workspace: from the response, from the cache, or from a request to create it.

        A name that is unknown is marked in the cache; `cache_workspace_names` adds it to the entry later.
        """
        if workspace is None:
            match = CREATE_PATH.search(call.path)
            owner = self.actor.username if match and match[1] == "me" else match[1] if match else ""
            return owner, str(call.body.get("name", "")) if match and isinstance(call.body, Mapping) else ""
        names = dict(workspace_names(response)) | self.names
        if workspace not in names and self.actor.fingerprint:
            cached = self.cached_names()
            if name := cached.get(workspace.hex):
                return name
            self.cache_names(cached | {workspace.hex: None})
        return names.get(workspace, ("", ""))

    def cache_workspace_names(self, response: object) -> None:
        """Cache the names of workspaces in a response, and add them to entries without a name."""
        self.build_workspaces |= dict(build_workspaces(response))
        names = dict(workspace_names(response))
        if not names or names.items() <= self.names.items():
            return
        self.names |= names
        if not self.actor.fingerprint:
            return
        cached = self.cached_names()
        new = {workspace.hex: name for workspace, name in names.items() if cached.get(workspace.hex) != name}
        if new:
            for unnamed in [workspace for workspace in new if workspace in cached and cached[workspace] is None]:
                owner, name = new[unnamed]
                entries = AuditEntry.objects.filter(person=self.actor.person, workspace=UUID(unnamed), name="")
                run_in_transaction(partial(entries.update, owner=owner, name=name))
            self.cache_names(cached | new)

    def cached_names(self) -> dict[str, WorkspaceName | None]:
        """Return the cached names by workspace id (hex); None marks a workspace whose entries lack the name."""
        return NAMES.get(self.actor.fingerprint) or {}

    def cache_names(self, names: Mapping[str, WorkspaceName | None]) -> None:
        """Cache the last MAX_CACHED_NAMES of the names."""
        NAMES.set(dict(list(names.items())[-MAX_CACHED_NAMES:]), self.actor.fingerprint)


def auditing_client(token: str, actor: Actor, names: Mapping[UUID, WorkspaceName] | None = None) -> AuditingClient:
    """Return a client for this person; `names` holds owner and name of workspaces that the caller knows."""
    return AuditingClient(connection.http_client(), token, actor=actor, names=names, budget_s=connection.PAGE_BUDGET_S)


def log_and_save(entry: AuditEntry) -> None:
    """Log the entry, then save it. A failure of the database is logged and does not fail the request."""
    warn_of_old_logger()
    workspace = f"{entry.owner}/{entry.name}" if entry.name else str(entry.workspace or "")
    fields = entry.log_fields()
    logger.info("%s: %s %s: %s", entry.username, entry.action, workspace, entry.outcome, extra={"record": fields})
    run_in_transaction(partial(entry.save, force_insert=True))


def save_export(actor: Actor, query: str, *, rows: int, file_name: str, action: str = "export") -> None:
    """Write the audit entry of a file that a person has exported. `query`: of the address, beginning with "?"."""
    save_portal_change(actor, action, {"file": file_name, "query": redact(query), "rows": rows})


def save_portal_change(actor: Actor, action: str, details: Mapping[str, object]) -> None:
    """Write the audit entry of something that a person did in the portal itself, without Coder."""
    log_and_save(
        AuditEntry(
            at=timezone.now(),
            person=actor.person,
            username=actor.username,
            address=actor.address[:64],
            action=action,
            details=redact_values(details),
            outcome=AuditEntry.Outcome.DONE,
        )
    )


@functools.cache
def warn_of_old_logger() -> None:
    """Log one warning per process where logging is configured under the earlier logger name."""
    if old_logger.handlers or old_logger.level or not old_logger.propagate:
        logging.getLogger("portal").warning(
            "The logger portal.record is now portal.audit. Rename it in your logging configuration: "
            "the old name stops working with the next release."
        )


def run_in_transaction(write: Callable[[], object]) -> None:
    """Call `write` in a transaction of its own, so that a failure does not end an outer one. Log a DatabaseError."""
    try:
        with transaction.atomic():
            write()
    except DatabaseError:
        logger.exception("An audit entry could not be saved; its line is in this log.")


def outcome_of(error: CallError | None) -> str:
    """Return the outcome of a write that ended with this error."""
    match error:
        case None:
            return AuditEntry.Outcome.DONE
        case ResponseLost():
            return AuditEntry.Outcome.LOST
        case Unreachable():
            return AuditEntry.Outcome.UNREACHABLE
    return AuditEntry.Outcome.REFUSED


def audited_details(body: object, audited: Iterable[str]) -> dict[str, object]:
    """Return the fields `audited` of a request body, and the names of its parameters without their values."""
    if not isinstance(body, Mapping):
        return {}
    details: dict[str, object] = {name: body[name] for name in audited if name in body}
    if names := [str(parameter["name"]) for parameter in body.get("rich_parameter_values") or ()]:
        details["parameters"] = names
    if on_success := audited_details(body.get("on_success"), audited):
        details["on_success"] = on_success
    return details


def iso_time(at: datetime | None) -> str | None:
    """Return a time as a request has it; None for none, or for Go's zero time."""
    time = nonzero_time(at)
    return time.isoformat() if time else None


def redacted_message(body: object, error: CallError | None) -> str:
    """Return Coder's error message without tokens and without parameter values of the request; "" without an error."""
    message = redact_parameters(error.message or str(error), parameter_values(body)) if error else ""
    return message.replace("\0", "")[:MAX_MESSAGE_LENGTH]  # PostgreSQL cannot store NUL


def parameter_values(body: object) -> Iterable[str]:
    """Yield the parameter values in a request body."""
    if isinstance(body, Mapping):
        yield from (str(parameter["value"]) for parameter in body.get("rich_parameter_values") or ())
        yield from parameter_values(body.get("on_success"))


def workspace_names(response: object) -> Iterable[tuple[UUID, WorkspaceName]]:
    """Yield id and name of each workspace in a response."""
    match response:
        case Workspace():
            yield response.id, (response.owner_name, response.name)
        case WorkspacePage():
            yield from ((each.id, (each.owner_name, each.name)) for each in response.workspaces or ())
        case WorkspaceBuild():
            yield response.workspace_id, (response.workspace_owner_name, response.workspace_name)


def build_workspaces(response: object) -> Iterable[tuple[UUID, UUID]]:
    """Yield build id and workspace id of each build in a response."""
    match response:
        case Workspace():
            yield response.latest_build.id, response.id
        case WorkspaceBuild():
            yield response.id, response.workspace_id
