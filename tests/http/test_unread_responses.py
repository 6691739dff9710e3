"""What clients leave unread has a bound in bytes for the whole process; the largest connections are closed."""

import asyncio
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import Message

from coder_portal import http_protocol, page_server, unread_responses
from coder_portal.http_protocol import LimitedProtocol
from coder_portal.page_server import PageServer
from coder_portal.unread_responses import UnreadResponses
from tests.http.raw_client import RawConnection
from tests.http.test_page_server import SCOPE, receive

LIMIT = 1000  # bytes
PART = b"x" * 100


@pytest.fixture(autouse=True)
def responses(monkeypatch: pytest.MonkeyPatch) -> UnreadResponses:
    """Return the unread responses of a process with a small limit."""
    responses = UnreadResponses()
    monkeypatch.setattr(unread_responses, "MAX_UNREAD_BYTES", LIMIT)
    monkeypatch.setattr(page_server, "UNREAD", responses)
    return responses


class FakeTransport(asyncio.Transport):
    """A transport that holds this many bytes."""

    def __init__(self, held: int = 0) -> None:
        super().__init__()
        self.held = held
        self.is_aborted = False
        self.measured = asyncio.Event()

    def get_write_buffer_size(self) -> int:
        """Return the bytes that it holds."""
        self.measured.set()
        return self.held

    async def next_measurement(self) -> None:
        """Wait until the bytes that it holds are asked for."""
        await self.measured.wait()
        self.measured.clear()

    def abort(self) -> None:
        """Record that it was closed."""
        self.is_aborted = True


class SlowClient:
    """A client that reads nothing before `read` is set."""

    def __init__(self) -> None:
        self.transport = FakeTransport()
        self.read = asyncio.Event()

    async def send(self, message: Message) -> None:
        """Wait until the client reads."""
        await self.read.wait()


def page_of(parts: int) -> Any:
    """Return a WSGI application whose page has this many parts."""

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [PART] * parts

    return application


def test_largest_connection_is_closed_when_all_hold_too_much(responses: UnreadResponses) -> None:
    small, large = FakeTransport(400), FakeTransport(500)
    responses.update(small)
    responses.update(large)
    other = FakeTransport(300)
    responses.update(other)
    assert [each.is_aborted for each in (small, large, other)] == [False, True, False]
    assert responses.total == 700


def test_connection_that_was_read_meanwhile_is_not_closed(responses: UnreadResponses) -> None:
    first, second = FakeTransport(900), FakeTransport(900)
    responses.update(first)
    first.held = 0
    responses.update(second)
    assert not first.is_aborted
    assert not second.is_aborted
    assert responses.total == 900


def test_connection_that_has_ended_counts_nothing(responses: UnreadResponses) -> None:
    transport = FakeTransport(300)
    responses.queue(transport, 400)
    assert responses.total == 700
    responses.forget(transport)
    assert responses.total == 0


def test_page_counts_until_its_client_has_read_it(responses: UnreadResponses) -> None:
    async def serve() -> list[int]:
        client, server = SlowClient(), PageServer(page_of(5), threads=1)
        task = asyncio.create_task(server(dict(SCOPE), receive, client.send))
        async with asyncio.timeout(10):
            while responses.total < 5 * len(PART):
                await client.transport.next_measurement()
        totals = [responses.total]
        client.read.set()
        await task
        return [*totals, responses.total]

    assert asyncio.run(serve()) == [500, 0]


def test_connection_is_closed_when_its_page_exceeds_the_bound(responses: UnreadResponses) -> None:
    async def serve() -> bool:
        client, server = SlowClient(), PageServer(page_of(20), threads=1)
        task = asyncio.create_task(server(dict(SCOPE), receive, client.send))
        async with asyncio.timeout(10):
            while not client.transport.is_aborted:
                await client.transport.next_measurement()
        client.read.set()
        await task
        return responses.total == 0

    assert asyncio.run(serve())


SIZE = 8_000_000  # bytes of a response: more than a kernel takes of a connection


@contextmanager
def open_unread_response() -> Iterator[tuple[RawConnection, uvicorn.Server, threading.Thread]]:
    """Run a server in a thread and send it a request whose response nobody has read."""
    config = uvicorn.Config(Response(b"x" * SIZE), http=LimitedProtocol, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        connection = RawConnection("127.0.0.1", listener.getsockname()[1], receive_buffer=2048)
        connection.send_head("GET /")
        yield connection, server, thread
        connection.socket.close()
        server.should_exit = True
        thread.join(10)


def test_connection_is_closed_when_it_holds_more_than_the_bound() -> None:
    with open_unread_response() as (connection, _server, _thread):
        assert len(connection.wait_until_closed()) < SIZE


def test_server_ends_although_a_client_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread_responses, "MAX_UNREAD_BYTES", 2 * SIZE)
    monkeypatch.setattr(http_protocol, "UNREAD_TIMEOUT_S", 3600.0)
    monkeypatch.setattr(http_protocol, "LINGER_S", 0.1)
    with open_unread_response() as (connection, server, thread):
        assert connection.socket.recv(9) == b"HTTP/1.1 "
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
