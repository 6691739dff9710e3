"""Ten thousand hostile requests to all addresses, in this process: none fails, reflects a probe or changes anything."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from coder_portal import asgi, health, server_check
from coder_portal.page_server import PageServer
from tests.portal import SimulatedCoder, sign_in
from tests.views.hostile_requests import MARK, HostileGenerator, HostileRequest
from workspaces.embed.host_script import HOST_SCRIPT
from workspaces.gateway.background import BackgroundValue
from workspaces.live import subscribers
from workspaces.models import Operation, SavedSearch

COUNT = 10_000
TRUSTED_COUNT = 500
READS = ("GET ", "POST /authcheck", "POST /templateversions/")  # requests to Coder that change nothing


@dataclass(slots=True)
class Answer:
    """The answer to a request. `status`: 0 if the connection was closed instead."""

    status: int = 0
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Receive a message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = message["headers"]
        else:
            self.body += message.get("body", b"")

    @property
    def text(self) -> bytes:
        """The body without its compression, whose bytes may be anything."""
        return httpx.Response(self.status, headers=list(self.headers), content=self.body).content


def make_scope(request: HostileRequest) -> dict[str, Any]:
    """Return the scope that uvicorn makes of a request."""
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
    if "transfer-encoding" not in dict(request.headers) and (request.body or request.declared is not None):
        length = len(request.body) if request.declared is None else request.declared
        headers.append((b"content-length", b"%d" % length))
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(request.target),
        "raw_path": request.target.encode(),
        "query_string": request.query,
        "root_path": "",
        "scheme": "http",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {server_check.MARK: True},
    }


async def send(request: HostileRequest) -> Answer:
    """Send a request to the application, and leave when its body has been sent: streams end then."""
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": request.body, "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    answer = Answer()
    await asgi.application(make_scope(request), receive, answer.send)
    return answer


class ErrorLog(logging.Handler):
    """Keeps the records that are errors or have a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        if record.exc_info or record.levelno >= logging.ERROR:
            self.records.append(record)

    def take(self) -> list[str]:
        """Return the kept records and forget them."""
        texts = [f"logs {record.getMessage()[:200]} {record.exc_info}" for record in self.records]
        self.records.clear()
        return texts


def is_injected(name: bytes, value: bytes) -> bool:
    """Return whether a header of an answer has been made by a probe."""
    return name == b"x-injected" or MARK.encode() in value or bool({*b"\r\n\0"} & {*value})


@dataclass
class Findings:
    """What is wrong with the answers, and how many had which status."""

    log: ErrorLog
    problems: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    async def check(self, request: HostileRequest) -> None:
        """Send a request and add what is wrong with its answer."""
        try:
            answer = await send(request)
        except Exception as error:  # the server would answer 500 and log a traceback
            self.problems.append(f"raises {error!r}: {request.describe()}")
            return
        self.statuses[answer.status] += 1
        problems = self.log.take()
        if answer.status >= 500:
            problems.append(str(answer.status))
        if MARK.encode() in answer.text.lower():
            problems.append("reflects a probe in its body")
        if any(is_injected(name, value) for name, value in answer.headers):
            problems.append("reflects a probe in its headers")
        if problems:
            self.problems.append(f"{'; '.join(problems)}: {request.describe()}")


def close_connection() -> None:
    """Close this thread's connection to the database; Django's own method keeps a database in memory open."""
    BaseDatabaseWrapper.close(connection)


@pytest.fixture(autouse=True)
def few_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve pages in one thread; the database connections of all threads end with the test."""
    pages = PageServer(asgi.django, threads=1)
    monkeypatch.setattr(asgi, "pages", pages)
    monkeypatch.setattr(subscribers, "close_old_connections", close_connection)  # after each use of a thread
    unchecked = BackgroundValue("database", lambda: None, expected_errors=(), max_age_s=5, retry_s=5)
    monkeypatch.setitem(health.CHECKS, "database", unchecked)  # the check opens a connection in a thread of its own
    yield
    pages.asgi.executor.submit(close_connection).result()


def known_values(coder: SimulatedCoder) -> dict[str, list[str]]:
    """Return valid values of the parameters of all routes."""
    places = [coder.place("web"), coder.place("api", "stopped"), coder.place("other", owner="bob")]
    builds = [workspace.latest_build for workspace in places]
    agents = [agent for build in builds for resource in build.resources for agent in resource.agents]
    return {
        "workspace_id": [str(workspace.id) for workspace in places],
        "app": ["code-server", "terminal"],
        "agent_id": [str(agent.id) for agent in agents] or [str(places[0].id)],
        "template_id": [str(template.id) for template in coder.server.world.templates.values()],
        "build_id": [str(build.id) for build in builds],
        "operation_id": [str(operation.id) for operation in Operation.objects.all()] or [str(places[0].id)],
        "owner": ["alice", "bob", "me"],
        "name": ["web", "api", "other"],
        "number": ["1", "2"],
        "digits": ["aabbcc", "123"],
        "digest": [HOST_SCRIPT.digest, "0123456789ab"],
        "announcement_id": ["1"],
        "search_id": [str(search.pk) for search in SavedSearch.objects.all()] or ["1"],
    }


def make_generator(coder: SimulatedCoder, seed: int = 20261128) -> HostileGenerator:
    """Return a generator of requests, some of which are Alice's."""
    client = Client()
    sign_in(client)
    known = known_values(coder)
    client.get("/workspaces/")
    coder.clear_requests()
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    token = next((value for name, value in cookies.items() if "csrf" in name), "")
    return HostileGenerator(known, cookies, token, seed)


@pytest.fixture
def error_log() -> Iterator[ErrorLog]:
    """Return what the portal logs at WARNING and above."""
    root, handler = logging.getLogger(), ErrorLog()
    level, handlers = root.level, root.handlers
    root.setLevel(logging.WARNING)
    root.handlers = [handler]
    yield handler
    root.setLevel(level)
    root.handlers = handlers


def send_all(requests: Iterator[HostileRequest], log: ErrorLog) -> Findings:
    """Send requests one after the other and return what is wrong with the answers."""
    findings = Findings(log)

    async def send_each() -> None:
        for request in requests:
            await findings.check(request)
        await asgi.streams.close()

    asyncio.run(send_each())
    return findings


@pytest.mark.django_db(transaction=True)
def test_hostile_requests_are_answered_without_error_reflection_or_change(
    coder: SimulatedCoder, error_log: ErrorLog
) -> None:
    findings = send_all(make_generator(coder).requests(COUNT), error_log)
    assert findings.problems == []
    assert [line for line in coder.request_lines() if not line.startswith(READS)] == []
    assert min(findings.statuses[status] for status in (200, 302, 400, 403, 404, 405)) > 50, findings.statuses


@pytest.mark.django_db(transaction=True)
def test_hostile_forms_of_a_signed_in_person_are_answered_without_error_or_reflection(
    coder: SimulatedCoder, error_log: ErrorLog
) -> None:
    findings = Findings(error_log)
    for number in range(TRUSTED_COUNT // 50):  # signing out is one of the forms
        requests = make_generator(coder, seed=number).requests(50, trusted=True)
        part = send_all(requests, error_log)
        findings.problems += part.problems
        findings.statuses += part.statuses
    assert findings.problems == []
    assert min(findings.statuses[status] for status in (302, 404, 422)) > 5, findings.statuses
