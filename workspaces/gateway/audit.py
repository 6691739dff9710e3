"""The record: every change that somebody makes through the portal, as one row and one line of the log.

A person's calls pass one client, here. What is no GET is recorded with Coder's answer, whoever sends it and from
wherever, so that no view and no task has to think of it. Of what was sent only what is in SHOWN is kept: values of
parameters and tokens never are.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.utils import timezone

from coder_portal.logs import redact
from workspaces.coder.calls import Call
from workspaces.coder.client import Answer, Coder, Outcome
from workspaces.coder.errors import AnswerLost, CallError, CoderError, SessionEnded, Unreachable
from workspaces.coder.types import Workspace, WorkspaceBuild, WorkspacePage
from workspaces.gateway import connection
from workspaces.models import Change

type Name = tuple[str, str]  # a workspace's owner and name

OF_WORKSPACE = re.compile(r"/workspaces/([0-9a-f-]{36})")
OF_BUILD = re.compile(r"/workspacebuilds/([0-9a-f-]{36})")
OF_MEMBER = re.compile(r"/(?:users|members)/([^/]+)/workspaces$")
KEEP = 3600  # s, for names that somebody has seen
NAMES = 200  # of workspaces, remembered for one token
LONGEST = 500  # of what Coder said
SHORTEST = 3  # a value of this length is put out where Coder repeats it; shorter ones are part of any word

logger = logging.getLogger("portal.record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """In whose name a client acts, and from where; `operation` where nobody waits for it."""

    person: UUID
    username: str
    address: str
    fingerprint: str = ""  # of the token; "" where the names of workspaces need not be remembered
    operation: UUID | None = None


class RecordingCoder(Coder):
    """Coder as one person meets it. What they change is recorded."""

    def __init__(
        self, http: httpx.Client, token: str, *, by: Actor, names: Mapping[UUID, Name] | None = None, budget_s: float
    ) -> None:
        super().__init__(http, token, forwarded_for=by.address or None, budget_s=budget_s)
        self.by = by
        self.names: dict[UUID, Name] = dict(names or {})
        self.builds: dict[UUID, UUID] = {}  # of which workspace they are
        self.status: int | None = None  # of the answer to the last write

    def send[T](self, call: Call[T]) -> T:
        """The answer to `call`. Raises CoderError."""
        if not call.write:
            answer = super().send(call)
            self.learn(answer)
            return answer
        self.status = None
        try:
            answer = super().send(call)
        except (CoderError, SessionEnded) as error:
            self.keep(call, None, error)
            raise
        self.keep(call, answer, None)
        return answer

    def fetch(self, request: httpx.Request) -> Outcome:
        """What became of one request; the status of a write is remembered."""
        outcome = super().fetch(request)
        if request.method != "GET" and isinstance(outcome, Answer):
            self.status = outcome.status
        return outcome

    def keep(self, call: Call[Any], answer: object, error: CallError | None) -> None:
        """Record a write with what Coder answered."""
        self.builds |= dict(builds_in(answer))
        workspace = self.workspace_of(call, answer)
        owner, name = self.name_of(workspace, call, answer)
        row = Change(
            at=timezone.now(),
            person=self.by.person,
            username=self.by.username,
            address=self.by.address[:64],
            action=call.action or f"{call.method} {call.path}"[:64],
            workspace=workspace,
            owner=owner,
            name=name,
            details=details(call.body, call.audited),
            outcome=outcome(error),
            status=error.status if error and error.status else self.status,
            message=message(call.body, error),
            operation=self.by.operation,
        )
        write(row)

    def workspace_of(self, call: Call[Any], answer: object) -> UUID | None:
        """Which workspace a write is about, where it is about one that there is."""
        if isinstance(answer, Workspace):
            return answer.id
        if found := OF_WORKSPACE.match(call.path):
            return UUID(found[1])
        build = OF_BUILD.match(call.path)
        return self.builds.get(UUID(build[1])) if build else None

    def name_of(self, workspace: UUID | None, call: Call[Any], answer: object) -> Name:
        """Its owner and name: as Coder has just said, as this person has seen it lately, or as it was to be called."""
        if workspace is None:
            place = OF_MEMBER.search(call.path)
            owner = self.by.username if place and place[1] == "me" else place[1] if place else ""
            return owner, str(call.body.get("name", "")) if place and isinstance(call.body, Mapping) else ""
        known = dict(names_in(answer)) | self.names
        if workspace not in known and self.by.fingerprint:
            remembered = self.remembered()
            if found := remembered.get(workspace.hex):
                return found
            if workspace not in known:  # told when it is next seen
                self.remember(remembered | {workspace.hex: None})
        return known.get(workspace, ("", ""))

    def learn(self, answer: object) -> None:
        """Remember the names of the workspaces in an answer, and put them where a row lacks them."""
        self.builds |= dict(builds_in(answer))
        seen = dict(names_in(answer))
        if not seen or seen.items() <= self.names.items():
            return
        self.names |= seen
        if not self.by.fingerprint:
            return
        remembered = self.remembered()
        fresh = {each.hex: name for each, name in seen.items() if remembered.get(each.hex) != name}
        if fresh:
            for nameless in [each for each in fresh if each in remembered and remembered[each] is None]:
                owner, name = fresh[nameless]
                rows = Change.objects.filter(person=self.by.person, workspace=UUID(nameless), name="")
                attempt(partial(rows.update, owner=owner, name=name))
            self.remember(remembered | fresh)

    def remembered(self) -> dict[str, Name | None]:
        """Names that this token has been told; None for a workspace of which a row lacks it."""
        found: dict[str, Name | None] | None = cache.get(f"names.{self.by.fingerprint}")
        return found or {}

    def remember(self, names: Mapping[str, Name | None]) -> None:
        """Keep them, the newest of them."""
        cache.set(f"names.{self.by.fingerprint}", dict(list(names.items())[-NAMES:]), KEEP)


def client(token: str, by: Actor, names: Mapping[UUID, Name] | None = None) -> RecordingCoder:
    """Coder as this person meets it; `names` are those of workspaces, where they are known."""
    return RecordingCoder(connection.http_client(), token, by=by, names=names, budget_s=connection.PAGE_BUDGET_S)


def write(row: Change) -> None:
    """The line, then the row. A database that does not take it undoes no change: it is logged, and the line stands."""
    place = f"{row.owner}/{row.name}" if row.name else str(row.workspace or "")
    logger.info("%s: %s %s: %s", row.username, row.action, place, row.outcome, extra={"record": row.line()})
    attempt(partial(row.save, force_insert=True))


def attempt(to_write: Callable[[], object]) -> None:
    """Write to the database, if it can be written to."""
    try:
        with transaction.atomic():  # in its own, so that one around it goes on
            to_write()
    except DatabaseError:
        logger.exception("A change could not be written to the record; its line is in this log.")


def outcome(error: CallError | None) -> str:
    """What became of a write."""
    match error:
        case None:
            return Change.Outcome.DONE
        case AnswerLost():
            return Change.Outcome.LOST
        case Unreachable():
            return Change.Outcome.AWAY
    return Change.Outcome.REFUSED


def details(body: object, audited: Iterable[str]) -> dict[str, object]:
    """What was asked for, without values of parameters: of these the names."""
    if not isinstance(body, Mapping):
        return {}
    found: dict[str, object] = {name: body[name] for name in audited if name in body}
    if names := [str(given["name"]) for given in body.get("rich_parameter_values") or ()]:
        found["parameters"] = names
    if follows := details(body.get("on_success"), audited):
        found["on_success"] = follows
    return found


def message(body: object, error: CallError | None) -> str:
    """What Coder said where it did not say yes. A value that it repeats is put out, and so is a token."""
    said = redact((error.message or str(error)) if error else "")
    for value in values(body):
        said = said.replace(value, "[value]") if len(value) >= SHORTEST else said
    return said.replace("\0", "")[:LONGEST]  # which PostgreSQL's texts cannot hold


def values(body: object) -> Iterable[str]:
    """The values of parameters in what was sent."""
    if isinstance(body, Mapping):
        yield from (str(given["value"]) for given in body.get("rich_parameter_values") or ())
        yield from values(body.get("on_success"))


def names_in(answer: object) -> Iterable[tuple[UUID, Name]]:
    """The workspaces that an answer names."""
    match answer:
        case Workspace():
            yield answer.id, (answer.owner_name, answer.name)
        case WorkspacePage():
            yield from ((each.id, (each.owner_name, each.name)) for each in answer.workspaces or ())
        case WorkspaceBuild():
            yield answer.workspace_id, (answer.workspace_owner_name, answer.workspace_name)


def builds_in(answer: object) -> Iterable[tuple[UUID, UUID]]:
    """The builds that an answer tells of, with their workspaces."""
    match answer:
        case Workspace():
            yield answer.latest_build.id, answer.id
        case WorkspaceBuild():
            yield answer.id, answer.workspace_id
