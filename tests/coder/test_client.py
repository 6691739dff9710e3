"""The client on the wire: what goes out, and what every answer and absence becomes."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import httpx
import pytest

from workspaces.coder import calls, errors
from workspaces.coder.client import AsyncCoder, Coder, gather, open_async_client, open_client
from workspaces.coder.types import User, Workspace

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"
ID = UUID("ce902cbe-d6b9-4e20-9f95-048de1823ae2")
ME = {"id": str(ID), "username": "alice", "created_at": "2026-11-24T22:05:49.470224Z", "roles": None}
HTML = "<html><h1>502 Bad Gateway</h1></html>"

type Handler = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers by the handlers given, one after the other, the last one for ever; keeps the requests."""

    def __init__(self, *handlers: Handler) -> None:
        self.handlers = list(handlers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return (self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0])(request)


def answer(status: int, body: Any = None, **headers: str) -> Handler:
    """A handler with one answer."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(body, str):
            return httpx.Response(status, text=body, headers=headers)
        return httpx.Response(status, json=body, headers=headers) if body is not None else httpx.Response(status)

    return handle


def fails(kind: type[httpx.TransportError]) -> Handler:
    """A handler that finds no server, or loses it."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise kind(f"could not reach {request.url} with {TOKEN}", request=request)

    return handle


def coder(*handlers: Handler, token: str | None = TOKEN, **options: Any) -> tuple[Coder, Server]:
    """A client before such a server."""
    server = Server(*handlers)
    return Coder(open_client("http://coder.test/", transport=httpx.MockTransport(server)), token, **options), server


def refused(*handlers: Handler, call: calls.Call[Any] | None = None) -> Any:
    """The exception that comes of it; Any, since each kind has fields of its own."""
    with pytest.raises(errors.CoderError) as caught:
        coder(*handlers)[0].send(call or calls.me())
    return caught.value


def test_a_call_goes_to_the_api_with_the_token_and_the_persons_address() -> None:
    client, server = coder(answer(200, ME), forwarded_for="203.0.113.5")
    assert isinstance(client.send(calls.me()), User)
    request = server.requests[0]
    assert str(request.url) == "http://coder.test/api/v2/users/me"
    assert request.headers["Coder-Session-Token"] == TOKEN
    assert request.headers["X-Forwarded-For"] == "203.0.113.5"
    assert "Cookie" not in request.headers


def test_without_a_token_none_is_sent() -> None:
    client, server = coder(answer(200, ME), token=None)
    client.send(calls.me())
    assert "Coder-Session-Token" not in server.requests[0].headers
    assert "X-Forwarded-For" not in server.requests[0].headers


def test_a_query_arrives_as_it_was_typed() -> None:
    client, server = coder(answer(200, {"workspaces": None, "count": 0}))
    typed = 'owner:me last_used_after:"2026-01-01T00:00:00+02:00" a&b=c#d é'
    client.send(calls.workspaces(typed))
    assert server.requests[0].url.params["q"] == typed


def test_the_async_client_sends_the_same() -> None:
    async def ask() -> tuple[User, httpx.Request, str]:
        server = Server(fails(httpx.ReadError), answer(200, ME, **{"X-Coder-Build-Version": "v2.36.0"}))
        async with open_async_client("http://coder.test", transport=httpx.MockTransport(server)) as http:
            client = AsyncCoder(http, TOKEN)
            return await client.send(calls.me()), server.requests[1], client.version

    user, request, version = anyio.run(ask)
    assert (user.username, version) == ("alice", "v2.36.0")
    assert request.headers["Coder-Session-Token"] == TOKEN


def test_the_async_client_raises_the_same() -> None:
    async def ask() -> None:
        server = Server(answer(409, {"message": "busy"}))
        async with open_async_client("http://coder.test", transport=httpx.MockTransport(server)) as http:
            await AsyncCoder(http, TOKEN).send(calls.create_build(ID, transition="stop"))

    with pytest.raises(errors.Conflict):
        anyio.run(ask)


def test_one_persons_cookie_is_never_sent_with_anothers_call() -> None:
    server = Server(answer(200, ME, **{"Set-Cookie": "coder_session_token=alices; Path=/"}))
    http = open_client("http://coder.test", transport=httpx.MockTransport(server))
    Coder(http, TOKEN).send(calls.me())
    Coder(http, "other").send(calls.me())
    assert [request.headers.get("Cookie") for request in server.requests] == [None, None]


def test_a_redirect_is_not_followed() -> None:
    error = refused(answer(302, "", Location="http://elsewhere.test/"))
    assert type(error) is errors.Unreachable
    assert "302" in error.why


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Invalid),
        (401, errors.SessionEnded),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (405, errors.MethodRefused),
        (409, errors.Conflict),
        (410, errors.Gone),
        (412, errors.PreconditionFailed),
        (418, errors.CoderError),
        (422, errors.Invalid),
        (429, errors.RateLimited),
        (500, errors.ServerFault),
    ],
)
def test_a_refusal_is_an_exception_of_its_kind_with_coders_words(status: int, kind: type[errors.CoderError]) -> None:
    error = refused(answer(status, {"message": "No.", "detail": "Because."}))
    assert type(error) is kind
    assert (error.status, error.message, error.detail) == (status, "No.", "Because.")


def test_a_refusal_that_is_not_in_json_keeps_its_kind() -> None:
    error = refused(answer(404, "not found"))
    assert type(error) is errors.NotFound
    assert error.message == "Coder answered 404."


@pytest.mark.parametrize("body", ["", HTML, "{", "[]", '{"message": ""}', {"message": 5}])
def test_a_server_error_that_is_not_coders_words_is_an_absence(body: Any) -> None:
    assert type(refused(answer(500, body))) is errors.Unreachable


def test_a_proxy_that_finds_nobody_is_an_absence_for_a_read_and_a_lost_answer_for_a_write() -> None:
    assert type(refused(answer(502, HTML))) is errors.Unreachable
    assert type(refused(answer(502, HTML), call=calls.favorite(ID))) is errors.AnswerLost


@pytest.mark.parametrize(
    ("kind", "read", "write"),
    [
        (httpx.ConnectError, errors.Unreachable, errors.Unreachable),
        (httpx.ConnectTimeout, errors.Unreachable, errors.Unreachable),
        (httpx.PoolTimeout, errors.Unreachable, errors.Unreachable),
        (httpx.ReadTimeout, errors.Unreachable, errors.AnswerLost),
        (httpx.ReadError, errors.Unreachable, errors.AnswerLost),
        (httpx.RemoteProtocolError, errors.Unreachable, errors.AnswerLost),
        (httpx.ProxyError, errors.Unreachable, errors.AnswerLost),
    ],
)
def test_no_answer_says_whether_it_may_have_been_done(
    kind: type[httpx.TransportError], read: type, write: type
) -> None:
    assert type(refused(fails(kind))) is read
    assert type(refused(fails(kind), call=calls.favorite(ID))) is write


def test_no_exception_shows_the_token_or_the_address() -> None:
    error = refused(fails(httpx.ReadError))
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert TOKEN not in error.why
    assert "coder.test" not in error.why


@pytest.mark.parametrize("body", ["{", "<html>", "\xff", '{"username": 5}', "null", ""])
def test_an_answer_that_does_not_fit_is_an_absence(body: str) -> None:
    error = refused(answer(200, body))
    assert type(error) is errors.Unreachable
    assert error.why.startswith("Its answer is not what Coder documents")


def test_a_write_with_an_answer_that_does_not_fit_may_have_been_done() -> None:
    assert type(refused(answer(201, "{"), call=calls.create_build(ID, transition="stop"))) is errors.AnswerLost


def test_unknown_fields_and_statuses_and_null_lists_are_taken() -> None:
    client, _ = coder(answer(200, {**ME, "status": "levitating", "new_in_3.0": {"x": []}}))
    user = client.send(calls.me())
    assert (user.status, user.roles) == ("levitating", None)


def test_a_call_without_an_answer_takes_204() -> None:
    coder(answer(204))[0].send(calls.favorite(ID))


def test_nothing_to_change_is_an_answer() -> None:
    assert coder(answer(304))[0].send(calls.set_dormant(ID, dormant=True)) is None


def test_an_answer_of_any_shape_is_given_as_it_is() -> None:
    assert coder(answer(200, {"message": "Logged out!"}))[0].send(calls.logout()) == {"message": "Logged out!"}
    assert coder(answer(204))[0].send(calls.logout()) is None


@pytest.mark.parametrize("first", [fails(httpx.ConnectError), fails(httpx.ReadError), answer(503, HTML)])
def test_a_read_is_tried_once_more(first: Handler) -> None:
    client, server = coder(first, answer(200, ME))
    assert client.send(calls.me()).username == "alice"
    assert len(server.requests) == 2


def test_a_read_is_not_tried_a_third_time() -> None:
    client, server = coder(fails(httpx.ReadError))
    with pytest.raises(errors.Unreachable):
        client.send(calls.me())
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("handler", "call"),
    [
        (fails(httpx.ReadError), calls.favorite(ID)),
        (fails(httpx.ConnectError), calls.create_build(ID, transition="start")),
        (answer(503, HTML), calls.favorite(ID)),
        (fails(httpx.ReadTimeout), calls.me()),
        (answer(429, {"message": "slow"}), calls.me()),
        (answer(404, {"message": "no"}), calls.me()),
        (answer(500, {"message": "oops"}), calls.me()),
    ],
)
def test_nothing_else_is_tried_again(handler: Handler, call: calls.Call[Any]) -> None:
    client, server = coder(handler)
    with pytest.raises(errors.CoderError):
        client.send(call)
    assert len(server.requests) == 1


def test_the_version_of_the_last_answer_is_kept() -> None:
    client, _ = coder(answer(200, ME, **{"X-Coder-Build-Version": "v2.19.1"}))
    assert client.version == ""
    client.send(calls.me())
    assert client.version == "v2.19.1"


def test_a_token_that_cannot_be_a_header_is_no_token() -> None:
    client, server = coder(answer(200, ME), token="tökén")
    with pytest.raises(errors.SessionEnded):
        client.send(calls.me())
    assert server.requests == []


def test_a_page_waits_no_longer_than_its_budget() -> None:
    client, server = coder(answer(200, ME), budget_s=2.0)
    client.send(calls.me())
    assert all(seconds <= 2.0 for seconds in server.requests[0].extensions["timeout"].values())
    spent, unasked = coder(answer(200, ME), budget_s=0.0)
    with pytest.raises(errors.Unreachable, match="longer"):
        spent.send(calls.me())
    assert unasked.requests == []


def test_neither_httpx_nor_a_repr_shows_the_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client, _ = coder(answer(200, ME))
    client.send(calls.me())
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(client)


def test_a_ca_file_that_is_none_is_refused_when_the_client_is_made(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(OSError, match=r"."):
        open_client("https://coder.test", ca_file=str(tmp_path / "ca.pem"))


def test_no_proxy_is_taken_from_the_environment_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert open_client("http://coder.test")._mounts == {}
    assert open_client("http://coder.test", use_proxy=True)._mounts != {}


def test_gathered_calls_run_side_by_side_and_keep_their_order() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def meet(number: int) -> int:
        meeting.wait()
        return number

    assert gather(lambda: meet(1), lambda: meet(2), lambda: meet(3)) == (1, 2, 3)


def test_a_gathered_error_is_raised_after_the_others_have_ended() -> None:
    ended = threading.Event()

    def slow() -> None:
        time.sleep(0.05)
        ended.set()

    def wrong() -> None:
        raise errors.NotFound("no")

    with pytest.raises(errors.NotFound):
        gather(wrong, slow)
    assert ended.is_set()
    with pytest.raises(errors.NotFound):
        gather(slow, wrong)


def test_a_dormant_answer_is_the_workspace(recorded_workspace: Any) -> None:
    found = coder(answer(200, recorded_workspace))[0].send(calls.set_dormant(ID, dormant=True))
    assert isinstance(found, Workspace)
