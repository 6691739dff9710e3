"""Test that a token in any answer of Coder's reaches no page, no database row and no log.

Every free text of every answer gets a token, and every page is visited. What a person asks for is not free text: the
values of parameters, which forms send back, and a sensitive value that they reveal.
"""

import itertools
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from coder_portal import logs
from coder_simulator.testing import run_server
from tests.portal import SimulatedCoder
from tests.views.conftest import use_frozen_coder
from tests.views.test_hostile_world import visit_all
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db

SECRET = "0123456789abcdefABCDEF"
TOKEN = f"tokenid123-{SECRET}"
# In the forms in which a token occurs, with a part of each that remains.
FORMS = itertools.cycle([f" {TOKEN}", f"\n{TOKEN} ", f" \x1b[31m{TOKEN}\x1b[0m", f" ?t%3D{TOKEN}&x", f" _{TOKEN}_"])
FREE_TEXTS = {
    "Description",
    "Name",
    "deprecation_message",
    "description",
    "detail",
    "directory",
    "display_name",
    "error",
    "expanded_directory",
    "group",
    "label",
    "message",
    "organization_display_name",
    "output",
    "placeholder",
    "process_name",
    "readme",
    "reason",
    "resource",
    "summary",
    "template_display_name",
    "tooltip",
    "validation_error",
}


def add_tokens(answer: Any) -> Any:
    """Return the JSON with a token at the end of every free text that is not empty."""
    if isinstance(answer, list):
        return [add_tokens(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    free_texts = FREE_TEXTS | ({"stage"} if "log_source" in answer else set())
    free_texts |= {"value"} if answer.get("sensitive") is False else set()  # of a resource's metadata
    free_texts |= {"name"} if "avatar_url" in answer else set()  # of a person
    free_texts -= {"reason"} if "transition" in answer else set()  # of a build: one of Coder's words
    return {
        key: text + next(FORMS) if key in free_texts and isinstance(text, str) and text else add_tokens(text)
        for key, text in answer.items()
    }


class TokenStream(httpx.SyncByteStream):
    """An event stream with a token in each value and error."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.stream:
            yield re.sub(rb'("(?:value|error|display_name)":"[^"]+)', rb"\1 " + TOKEN.encode(), chunk)

    def close(self) -> None:
        self.stream.close()


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Collect what is logged from level DEBUG, in both formats."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.extend(formatter.format(record) for formatter in (logs.JsonFormatter(), logs.TextFormatter()))

    root, handler = logging.getLogger(), Handler()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def answers_with_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add tokens to all answers of Coder's before the portal gets them."""
    original = httpx.HTTPTransport.handle_request

    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        response = original(transport, request)
        kind = response.headers.get("Content-Type", "")
        if "event-stream" in kind:
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = TokenStream(response.stream)
        if "json" not in kind:
            return response
        response.read()
        content = json.dumps(add_tokens(response.json())).encode() if response.content else b""
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return httpx.Response(response.status_code, headers=headers | {"Content-Type": kind}, content=content)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle_request)


@pytest.fixture
def hostile_coder(version: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedCoder]:
    """Return a Coder with the hostile world, where every page has something to show."""
    with run_server(version=version, world="hostile", licensed=True) as server:
        server.world.clock.freeze()
        yield from use_frozen_coder(SimulatedCoder(server), settings, monkeypatch)


def stored_texts() -> Iterator[str]:
    """Yield every row of the database, and the contents of the sessions, which are encoded in it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # our own tables
            yield from map(str, cursor.fetchall())
    yield from (str(session.get_decoded()) for session in PortalSession.objects.all())


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_token_in_answers_reaches_no_page_no_row_and_no_log(
    hostile_coder: SimulatedCoder, answers_with_tokens: None, log_lines: list[str]
) -> None:
    stored: list[str] = []
    leaks: dict[str, str] = {}
    redacted_pages = 0
    for answer in visit_all(hostile_coder):
        redacted_pages += "[token]" in answer.body
        if SECRET in answer.body:
            at = answer.body.index(SECRET)
            leaks[answer.visit.path] = answer.body[at - 120 : at]
        stored = list(stored_texts())
        leaks |= {f"row after {answer.visit.path}": row for row in stored if SECRET in row}
    leaks |= {f"log {number}": line for number, line in enumerate(log_lines) if SECRET in line}
    assert leaks == {}
    assert redacted_pages > 50
    assert any("[token]" in row for row in stored)
    assert any("[token]" in line for line in log_lines)
