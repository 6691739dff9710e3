"""Test the requests that the client sends, its retries and its time budget."""

from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import anyio
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.coder.doubles import HTML, ID, ME, TOKEN, FakeServer, Handler, client_and_server, fail_with, respond
from workspaces.coder import calls, errors
from workspaces.coder.client import AsyncCoder, Coder
from workspaces.coder.transport import open_async_client, open_client
from workspaces.coder.types import User

SENT: list[httpx.Request] = []


def noted(request: httpx.Request) -> httpx.Response:
    """Keep the request; an empty list is the answer."""
    SENT.append(request)
    return httpx.Response(200, json={"workspaces": None, "count": 0})


HTTP = open_client("http://coder.test", transport=httpx.MockTransport(noted))


def test_call_sends_token_and_forwarded_for_to_api_without_cookie() -> None:
    client, server = client_and_server(respond(200, ME), forwarded_for="203.0.113.5")
    assert isinstance(client.send(calls.me()), User)
    request = server.requests[0]
    assert str(request.url) == "http://coder.test/api/v2/users/me"
    assert request.headers["Coder-Session-Token"] == TOKEN
    assert request.headers["X-Forwarded-For"] == "203.0.113.5"
    assert "Cookie" not in request.headers


def test_call_without_token_sends_no_token_header() -> None:
    client, server = client_and_server(respond(200, ME), token=None)
    client.send(calls.me())
    assert "Coder-Session-Token" not in server.requests[0].headers
    assert "X-Forwarded-For" not in server.requests[0].headers


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@example('owner:me last_used_after:"2026-01-01T00:00:00+02:00" a&b=c#d;e%20f+g é')
def test_query_is_sent_exactly_as_typed(typed: str) -> None:
    SENT.clear()
    Coder(HTTP, TOKEN).send(calls.workspaces(typed))
    sent = SENT[0].url.query.decode()
    assert not set(sent) & set('; #"<>')  # Go does not accept a semicolon in a query
    assert parse_qs(sent, keep_blank_values=True) == {"q": [typed], "limit": ["25"], "offset": ["0"]}


def test_too_long_query_raises_invalid_without_request() -> None:
    client, server = client_and_server(respond(200, ME))
    with pytest.raises(errors.InvalidRequest, match="too long") as caught:
        client.send(calls.workspaces("x" * 70_000))
    assert caught.value.status == 414
    assert server.requests == []


def test_async_client_sends_same_request_and_retries_read() -> None:
    async def ask() -> tuple[User, httpx.Request, str]:
        server = FakeServer(fail_with(httpx.ReadError), respond(200, ME, **{"X-Coder-Build-Version": "v2.36.0"}))
        async with open_async_client("http://coder.test", transport=httpx.MockTransport(server)) as http:
            client = AsyncCoder(http, TOKEN)
            return await client.send(calls.me()), server.requests[1], client.version

    user, request, version = anyio.run(ask)
    assert (user.username, version) == ("alice", "v2.36.0")
    assert request.headers["Coder-Session-Token"] == TOKEN


def test_async_client_raises_same_error() -> None:
    async def ask() -> None:
        server = FakeServer(respond(409, {"message": "busy"}))
        async with open_async_client("http://coder.test", transport=httpx.MockTransport(server)) as http:
            await AsyncCoder(http, TOKEN).send(calls.create_build(ID, transition="stop"))

    with pytest.raises(errors.Conflict):
        anyio.run(ask)


@pytest.mark.parametrize("first", [fail_with(httpx.ConnectError), fail_with(httpx.ReadError), respond(503, HTML)])
def test_failed_read_is_retried_once(first: Handler) -> None:
    client, server = client_and_server(first, respond(200, ME))
    assert client.send(calls.me()).username == "alice"
    assert len(server.requests) == 2


def test_failed_read_is_not_retried_twice() -> None:
    client, server = client_and_server(fail_with(httpx.ReadError))
    with pytest.raises(errors.Unreachable):
        client.send(calls.me())
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("handler", "call"),
    [
        (fail_with(httpx.ReadError), calls.favorite(ID)),
        (fail_with(httpx.ConnectError), calls.create_build(ID, transition="start")),
        (respond(503, HTML), calls.favorite(ID)),
        (fail_with(httpx.ReadTimeout), calls.me()),
        (respond(429, {"message": "slow"}), calls.me()),
        (respond(404, {"message": "no"}), calls.me()),
        (respond(500, {"message": "oops"}), calls.me()),
    ],
)
def test_writes_timeouts_and_refusals_are_not_retried(handler: Handler, call: calls.Call[Any]) -> None:
    client, server = client_and_server(handler)
    with pytest.raises(errors.CoderError):
        client.send(call)
    assert len(server.requests) == 1


def test_client_keeps_version_of_last_response() -> None:
    client, _ = client_and_server(respond(200, ME, **{"X-Coder-Build-Version": "v2.19.1"}))
    assert client.version == ""
    client.send(calls.me())
    assert client.version == "v2.19.1"


@pytest.mark.parametrize("token", ["tökén", "two\nlines", "a b", "\x00"])
def test_token_invalid_as_header_raises_session_ended_without_request(token: str) -> None:
    client, server = client_and_server(respond(200, ME), token=token)
    with pytest.raises(errors.SessionEnded) as caught:
        client.send(calls.me())
    assert caught.value.status == 401
    assert server.requests == []


@pytest.mark.parametrize("address", ["", "ünknown", "1.2.3.4\r\nCoder-Session-Token: x"])
def test_forwarded_for_invalid_as_header_is_omitted(address: str) -> None:
    client, server = client_and_server(respond(200, ME), forwarded_for=address)
    client.send(calls.me())
    assert "X-Forwarded-For" not in server.requests[0].headers


def test_call_timeouts_are_limited_by_page_budget() -> None:
    client, server = client_and_server(respond(200, ME), budget_s=2.0)
    client.send(calls.me())
    assert all(seconds <= 2.0 for seconds in server.requests[0].extensions["timeout"].values())
    spent, unasked = client_and_server(respond(200, ME), budget_s=0.0)
    with pytest.raises(errors.Unreachable, match="longer"):
        spent.send(calls.me())
    assert unasked.requests == []


class Clock:
    """A clock in the hand of the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("workspaces.coder.client.time", SimpleNamespace(monotonic=lambda: self.now))

    def trickle(self, request: httpx.Request) -> httpx.Response:
        """An answer that would go on for ever, a byte a second."""
        return httpx.Response(200, stream=Trickle(self))


class Trickle(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Its body."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(1000):
            self.clock.now += 1.0
            yield b" "

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def test_slow_response_is_aborted_when_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    client, server = client_and_server(clock.trickle, budget_s=5.0)
    with pytest.raises(errors.Unreachable, match="in time"):
        client.send(calls.me())
    assert clock.now == 1005.0
    assert len(server.requests) == 1


def test_slow_async_response_is_aborted_when_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)

    async def ask() -> None:
        async with open_async_client("http://coder.test", transport=httpx.MockTransport(clock.trickle)) as http:
            await AsyncCoder(http, TOKEN, budget_s=5.0).send(calls.favorite(ID))

    with pytest.raises(errors.ResponseLost, match="in time"):
        anyio.run(ask)
    assert clock.now == 1005.0


def test_calls_of_one_page_share_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)

    def slow(request: httpx.Request) -> httpx.Response:
        clock.now += 4.0
        raise httpx.ReadError("gone")

    client, server = client_and_server(slow, budget_s=10.0)
    with pytest.raises(errors.Unreachable, match="was interrupted"):
        client.send(calls.me())
    with pytest.raises(errors.Unreachable, match="longer than this page may wait"):
        client.send(calls.me())
    assert [request.extensions["timeout"]["read"] for request in server.requests] == [10.0, 6.0, 2.0]
