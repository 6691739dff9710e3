"""Test the asynchronous event stream: states, pings, errors and closing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from tests.coder.doubles import ID, TOKEN, Handler, fail_with, respond
from tests.coder.test_events import written
from workspaces.coder import calls, errors
from workspaces.coder.client import AsyncCoder
from workspaces.coder.transport import open_async_client

VERSION = {"X-Coder-Build-Version": "v2.36.0+abc"}


class Body(httpx.AsyncByteStream):
    """A stream of these parts, which ends, or breaks at an exception; `closed` once it was left."""

    def __init__(self, *parts: bytes | Exception) -> None:
        self.parts, self.closed = parts, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    async def aclose(self) -> None:
        """The client has left."""
        self.closed = True


def streams(body: Body) -> Handler:
    """A handler that begins this stream."""
    return lambda request: httpx.Response(200, stream=body, headers=VERSION)


def heard(handler: Handler, most: int = 100, token: str = TOKEN) -> tuple[list[Any], AsyncCoder, str]:
    """What a stream said, at most so much of it; the client; and the exception's name at its end ("": it ended)."""

    async def listen() -> tuple[list[Any], AsyncCoder, str]:
        async with open_async_client("http://coder.test", transport=httpx.MockTransport(handler)) as http:
            coder, said = AsyncCoder(http, token), list[Any]()
            try:
                async with aclosing(coder.stream(calls.watch_workspace(ID))) as stream:
                    async for each in stream:
                        said.append(each)
                        if len(said) == most:
                            break
            except errors.CallError as error:
                return said, coder, type(error).__name__
            return said, coder, ""

    return asyncio.run(listen())


def test_stream_yields_workspaces_and_none_for_pings(recorded_workspace: Any) -> None:
    body = Body(b"event: ping\n\n", written(recorded_workspace)[:100], written(recorded_workspace)[100:])
    said, coder, error = heard(streams(body))
    assert [each and each.name for each in said] == [None, recorded_workspace["name"]]
    assert (coder.version, error) == ("v2.36.0+abc", "")
    assert body.closed


def test_stream_is_closed_when_reader_stops_early() -> None:
    body = Body(b"event: ping\n\n", b"event: ping\n\n", httpx.ReadError("never asked for"))
    assert heard(streams(body), most=1)[::2] == ([None], "")
    assert body.closed


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (respond(401, {"message": "No."}), "SessionEnded"),
        (respond(404, {"message": "No."}), "NotFound"),
        (respond(410, {"message": "No."}), "Gone"),
        (respond(429, {"message": "No."}), "RateLimited"),
        (respond(404, "<h1>nothing here</h1>"), "UnreadableResponse"),
        (fail_with(httpx.ConnectError), "Unreachable"),
        (streams(Body(httpx.ReadError(TOKEN))), "Unreachable"),
        (streams(Body(written({"message": "Internal error."}, "error"))), "ServerError"),
        (streams(Body(b"event: data\ndata: {}\n\n")), "UnreadableResponse"),
        (streams(Body(b"x" * 9_000_000)), "ResponseTooLarge"),
    ],
)
def test_refused_or_broken_stream_raises_matching_error(handler: Handler, kind: str) -> None:
    assert heard(handler)[::2] == ([], kind)


def test_refused_stream_error_includes_retry_after() -> None:
    async def ask() -> float | None:
        transport = httpx.MockTransport(respond(429, {"message": "No."}, **{"Retry-After": "7"}))
        async with open_async_client("http://coder.test", transport=transport) as http:
            with pytest.raises(errors.RateLimited) as caught:
                await anext(AsyncCoder(http, TOKEN).stream(calls.watch_workspace(ID)))
            return caught.value.retry_after

    assert asyncio.run(ask()) == 7


def test_stream_has_connect_timeout_but_no_read_timeout() -> None:
    asked = list[httpx.Request]()

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, stream=Body())

    heard(handle)
    assert asked[0].extensions["timeout"]["read"] is None
    assert asked[0].extensions["timeout"]["connect"] == 3.0
