"""The memory that all bodies share."""

import asyncio
import tracemalloc
from collections.abc import Mapping, MutableMapping
from typing import Any

import pytest

from coder_portal import asgi
from coder_portal.request_body import BODIES, UNKNOWN, BodyReader, BodyRefused, ClientDisconnected


class Sender:
    """A client that sends chunks when the test says so."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()

    def send(self, body: bytes, *, more_body: bool = True) -> None:
        """Send a chunk."""
        self.messages.put_nowait({"type": "http.request", "body": body, "more_body": more_body})

    def leave(self) -> None:
        """Disconnect."""
        self.messages.put_nowait({"type": "http.disconnect"})


async def read(reader: BodyReader, sender: Sender, length: int = UNKNOWN) -> bytes | int:
    """Return the body that a client sends, or the status with which it is refused."""
    try:
        async with reader.read(length, sender.messages.get) as body:
            return body
    except BodyRefused as refusal:
        return int(refusal.status)


def test_largest_incomplete_bodies_are_dropped_when_all_are_too_large_together() -> None:
    async def scenario() -> tuple[list[bytes | int], int]:
        reader = BodyReader(max_size=100)
        large, small = [Sender() for _ in range(BODIES)], Sender()
        tasks = [asyncio.create_task(read(reader, sender)) for sender in [*large, small]]
        small.send(b"small")
        for sender in large:
            sender.send(b"x" * 100)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        small.send(b" form", more_body=False)
        for sender in large:
            sender.send(b"", more_body=False)
        return await asyncio.gather(*tasks), reader.held

    results, held = asyncio.run(scenario())
    assert results[-1] == b"small form"
    assert {result for result in results[:-1] if isinstance(result, int)} == {503}
    assert {result for result in results[:-1] if isinstance(result, bytes)} == {b"x" * 100}
    assert held == 0


def test_dropped_body_is_refused_although_its_last_chunk_arrives_at_once() -> None:
    async def scenario() -> list[bytes | int]:
        reader = BodyReader(max_size=100)
        senders = [Sender() for _ in range(BODIES + 1)]
        tasks = [asyncio.create_task(read(reader, sender)) for sender in senders]
        for sender in senders:
            sender.send(b"x" * 99)
            sender.send(b"y", more_body=False)
        return await asyncio.gather(*tasks)

    assert set(asyncio.run(scenario())) <= {b"x" * 99 + b"y", 503}


def test_new_body_is_refused_while_complete_bodies_hold_the_memory() -> None:
    async def scenario() -> bytes | int:
        reader = BodyReader(max_size=100)
        reader.held = reader.max_total
        sender = Sender()
        sender.send(b"x", more_body=False)
        return await read(reader, sender)

    assert asyncio.run(scenario()) == 503


def test_body_counts_until_its_request_is_answered() -> None:
    async def scenario() -> list[int]:
        reader, sender = BodyReader(max_size=100), Sender()
        sender.send(b"x" * 7, more_body=False)
        async with reader.read(7, sender.messages.get):
            during = reader.held
        return [during, reader.held]

    assert asyncio.run(scenario()) == [7, 0]


def test_body_of_another_length_than_announced_is_refused() -> None:
    async def scenario() -> bytes | int:
        sender = Sender()
        sender.send(b"x" * 7, more_body=False)
        return await read(BodyReader(max_size=100), sender, length=8)

    assert asyncio.run(scenario()) == 400


def test_body_of_a_client_that_leaves_is_dropped() -> None:
    async def scenario() -> None:
        sender = Sender()
        sender.send(b"x")
        sender.leave()
        await read(BodyReader(max_size=100), sender)

    with pytest.raises(ClientDisconnected):
        asyncio.run(scenario())


def test_body_does_not_count_while_a_stream_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []

    class OpenStream:
        """A stream, which is open until `serve` returns."""

        def match(self, scope: Mapping[str, Any]) -> bool:
            return True

        async def serve(self, make_topic: object, scope: object, receive: object, send: object) -> None:
            held.append(asgi.bodies.held)

    async def scenario() -> None:
        sender = Sender()
        sender.send(b"x" * 7, more_body=False)
        await asgi.serve_with_body(7, {"headers": []}, sender.messages.get, sender.messages.put)

    monkeypatch.setattr(asgi, "streams", OpenStream())
    asyncio.run(scenario())
    assert held == [0]


def test_body_is_in_memory_once() -> None:
    async def scenario() -> int:
        reader, sender, size = BodyReader(max_size=1_000_000), Sender(), 100_000
        tracemalloc.start()
        try:
            for number in range(10):
                sender.send(bytes(size), more_body=number < 9)
            async with reader.read(UNKNOWN, sender.messages.get):
                return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    assert asyncio.run(scenario()) < 1_100_000
