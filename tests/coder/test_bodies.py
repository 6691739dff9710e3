"""Test the limits of Coder's responses: gzip that grows a thousandfold, bodies and events without end."""

import asyncio
import gzip
import random
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from functools import cache, reduce
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coder.doubles import ID, ME, TOKEN, client_and_server
from tests.coder.test_events import METADATA
from workspaces.coder import bodies, build_calls, calls, errors
from workspaces.coder.bodies import MAX_BODY_BYTES, MAX_ERROR_BYTES, BodyDecoder
from workspaces.coder.calls import Call
from workspaces.coder.client import AsyncCoder
from workspaces.coder.events import MAX_EVENT_BYTES
from workspaces.coder.transport import open_async_client

MEBIBYTE = 1024 * 1024
GZIP = {"Content-Encoding": "gzip"}
OVERHEAD_BYTES = 8 * MEBIBYTE  # of the body's buffer, which grows by an eighth, and of the client


@cache
def bomb(mebibytes: int = 700) -> bytes:
    """Return gzip of so many MiB of spaces before a JSON document; a thousandth of that."""
    spaces = b" " * MEBIBYTE
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    # A full flush makes a part depend on no part before, so that one part can be repeated.
    part = packer.compress(spaces) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(b"[]") + packer.flush()
    checksum = zlib.crc32(b"[]", reduce(lambda crc, _: zlib.crc32(spaces, crc), range(mebibytes), 0))
    trailer = struct.pack("<LL", checksum, mebibytes * MEBIBYTE + len(b"[]"))
    return gzip.compress(b"")[:10] + part * mebibytes + end + trailer


class Parts(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body of the same part again and again; `sent` counts them."""

    def __init__(self, part: bytes, number: int) -> None:
        self.part, self.number, self.sent = part, number, 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.number):
            self.sent += 1
            yield self.part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def send(response: Callable[[], httpx.Response], call: Call[Any]) -> None:
    """Send a call with the sync client."""
    client_and_server(lambda request: response())[0].send(call)


def send_async(response: Callable[[], httpx.Response], call: Call[Any]) -> None:
    """Send a call with the async client."""

    async def run() -> None:
        transport = httpx.MockTransport(lambda request: response())
        async with open_async_client("http://coder.test", transport=transport) as http:
            await AsyncCoder(http, TOKEN).send(call)

    asyncio.run(run())


def follow(response: Callable[[], httpx.Response], call: Call[Any]) -> None:
    """Read a stream of events to its end."""

    async def run() -> None:
        transport = httpx.MockTransport(lambda request: response())
        async with (
            open_async_client("http://coder.test", transport=transport) as http,
            aclosing(AsyncCoder(http, TOKEN).stream(call)) as events,
        ):
            async for _ in events:
                pass

    asyncio.run(run())


def first_event(response: Callable[[], httpx.Response], call: Call[Any]) -> None:
    """Read the first event of a stream."""
    client_and_server(lambda request: response())[0].first_event(call, within_s=60)


type Send = Callable[[Callable[[], httpx.Response], Call[Any]], None]


@pytest.mark.parametrize("run", [send, send_async])
@pytest.mark.parametrize(
    "call", [calls.me(), calls.workspaces(), build_calls.build_logs(ID, after=0)], ids=["object", "list", "log"]
)
def test_gzip_bomb_raises_response_too_large_within_memory_of_limit(run: Send, call: Call[Any]) -> None:
    assert len(bomb()) < MEBIBYTE
    tracemalloc.start()
    try:
        with pytest.raises(errors.ResponseTooLarge, match=r"Coder’s response was too large\."):
            run(lambda: httpx.Response(200, stream=Parts(bomb(), 1), headers=GZIP), call)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MAX_BODY_BYTES + OVERHEAD_BYTES


@pytest.mark.parametrize(("run", "limit"), [(send, MAX_ERROR_BYTES), (follow, MAX_ERROR_BYTES)])
def test_error_body_has_limit_of_its_own(run: Send, limit: int) -> None:
    stream = Parts(b" " * (limit // 4), 1000)
    with pytest.raises(errors.ResponseTooLarge):
        run(lambda: httpx.Response(500, stream=stream), calls.me())
    assert stream.sent == 5


@pytest.mark.parametrize("run", [follow, first_event])
@pytest.mark.parametrize("encoding", [{}, GZIP], ids=["plain", "gzip"])
def test_event_without_end_raises_response_too_large_within_memory_of_limit(
    run: Send, encoding: dict[str, str]
) -> None:
    stream = Parts(bomb(), 1) if encoding else Parts(b"x" * MEBIBYTE, 1000)
    tracemalloc.start()
    try:
        with pytest.raises(errors.ResponseTooLarge):
            run(lambda: httpx.Response(200, stream=stream, headers=encoding), METADATA)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MAX_EVENT_BYTES + OVERHEAD_BYTES
    assert stream.sent <= 1 + MAX_EVENT_BYTES // MEBIBYTE


@pytest.mark.parametrize("run", [send, send_async])
def test_body_at_limit_is_read(run: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    body = httpx.Response(200, json=ME).content
    monkeypatch.setattr(bodies, "MAX_BODY_BYTES", len(body))
    run(lambda: httpx.Response(200, content=body), calls.me())
    monkeypatch.setattr(bodies, "MAX_BODY_BYTES", len(body) - 1)
    with pytest.raises(errors.ResponseTooLarge):
        run(lambda: httpx.Response(200, content=body), calls.me())


@pytest.mark.parametrize("run", [send, send_async])
def test_too_large_response_to_write_raises_response_lost(run: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY_BYTES", 10)
    with pytest.raises(errors.ResponseLost, match="too large"):
        run(lambda: httpx.Response(200, json=ME), calls.favorite(ID))


def test_too_large_response_is_not_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODY_BYTES", 10)
    client, server = client_and_server(lambda request: httpx.Response(200, json=ME))
    with pytest.raises(errors.ResponseTooLarge):
        client.send(calls.me())
    assert len(server.requests) == 1


def test_client_asks_for_gzip_alone() -> None:
    client, server = client_and_server(lambda request: httpx.Response(200, json=ME))
    client.send(calls.me())
    assert server.requests[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("run", [send, send_async])
@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"x", "br"),
        (b"x", "zstd"),
        (b"x", "gzip, gzip"),
        (b"not gzip", "gzip"),
        (gzip.compress(b"{}")[:-4], "gzip"),
        (gzip.compress(b"{}") + b"more", "gzip"),
    ],
    ids=["brotli", "zstd", "twice", "not gzip", "cut off", "more after its end"],
)
def test_unreadable_encoding_raises_unreachable(run: Send, content: bytes, encoding: str) -> None:
    stream = Parts(content, 1)
    with pytest.raises(errors.Unreachable, match="does not support the encoding of the response"):
        run(lambda: httpx.Response(200, stream=stream, headers={"Content-Encoding": encoding}), calls.me())


def test_status_without_body_is_read_despite_encoding() -> None:
    decoder = BodyDecoder("gzip", 10)
    assert list(decoder.feed(b"")) == []
    decoder.finish()


@given(st.integers(0, 300_000), st.integers(0, 2**32), st.integers(1, 5000))
def test_gzip_is_decoded_unchanged_for_any_chunking(size: int, seed: int, chunk: int) -> None:
    content = random.Random(seed).randbytes(size // 100) * 100
    packed = gzip.compress(content)
    decoder = BodyDecoder("gzip", None)
    decoded = b"".join(
        piece for start in range(0, len(packed), chunk) for piece in decoder.feed(packed[start : start + chunk])
    )
    decoder.finish()
    assert decoded == content


def test_deeply_nested_error_body_is_no_error_of_coder() -> None:
    with pytest.raises(errors.Unreachable):
        send(lambda: httpx.Response(400 + 4, content=b'{"message":' + b"[" * 100_000), calls.me())
