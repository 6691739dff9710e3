"""What unanswered requests hold has a bound in bytes for the whole process; the largest connections are closed."""

import asyncio
import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from coder_portal import http_protocol, unanswered_requests
from coder_portal.http_protocol import LimitedProtocol
from coder_portal.unanswered_requests import HEADER_BYTES, UnansweredRequests, head_size
from tests.http.raw_client import RawClient

LIMIT = 8_000  # bytes
FLOOD = b"GET /next HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (each, b"x" * 100) for each in range(10)) + b"\r\n"


@pytest.fixture(autouse=True)
def requests(monkeypatch: pytest.MonkeyPatch) -> UnansweredRequests:
    """Return the unanswered requests of a process with a small limit."""
    requests = UnansweredRequests()
    monkeypatch.setattr(unanswered_requests, "MAX_UNANSWERED_BYTES", LIMIT)
    monkeypatch.setattr(http_protocol, "UNANSWERED", requests)
    return requests


class FakeConnection:
    """A connection that records that it was closed."""

    is_closed = False

    def disconnect(self) -> None:
        """Close the connection."""
        self.is_closed = True


class WaitingServer:
    """A server in this process that answers no request to /wait before `release`."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.config = uvicorn.Config(
            self.application, interface="asgi3", http=LimitedProtocol, lifespan="off", log_level="error"
        )

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        self.loop = asyncio.get_running_loop()
        if scope["path"] == "/wait":
            await self.released.wait()
        await Response("answer")(scope, receive, send)

    def release(self) -> None:
        """Answer the requests to /wait."""
        if self.loop:
            self.loop.call_soon_threadsafe(self.released.set)

    @contextmanager
    def run(self) -> Iterator[RawClient]:
        """Run the server and yield a client."""
        server = uvicorn.Server(self.config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            try:
                with RawClient(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                    yield client
            finally:
                self.release()
                server.should_exit = True
                thread.join(10)


def test_largest_connection_is_closed_when_all_hold_too_much(requests: UnansweredRequests) -> None:
    small, large, other = FakeConnection(), FakeConnection(), FakeConnection()
    requests.update(small, LIMIT // 4)
    requests.update(large, LIMIT // 2)
    requests.update(other, LIMIT // 3)
    assert [each.is_closed for each in (small, large, other)] == [False, True, False]
    assert requests.total == LIMIT // 4 + LIMIT // 3


def test_connection_counts_what_it_holds_now(requests: UnansweredRequests) -> None:
    connection = FakeConnection()
    for size in (LIMIT, LIMIT // 2, LIMIT // 4):
        requests.update(connection, size)
    assert requests.total == LIMIT // 4
    requests.update(connection, 0)
    assert requests.total == 0


def test_short_headers_count_the_memory_of_their_objects() -> None:
    assert head_size(b"/path", [(b"a", b""), (b"b", b"")]) == 5 + 2 * (HEADER_BYTES + 1)


@pytest.mark.parametrize(
    "flood",
    [
        b"POST /next HTTP/1.1\r\nContent-Length: 40000\r\n\r\n" + b"x" * 10_000,
        FLOOD * 5,
        FLOOD * 4 + b"GET /next HTTP/1.1\r\n\r\n",
    ],
    ids=["body", "headers", "headers before a small request"],
)
def test_connection_whose_waiting_requests_hold_too_much_is_closed_and_others_are_answered(
    requests: UnansweredRequests, flood: bytes
) -> None:
    server = WaitingServer()
    with server.run() as client:
        small, large = client.connect(), client.connect()
        small.send_head("GET /wait")
        large.send_head("GET /wait")
        large.send(flood)  # at once: the server reads no more behind a request that waits
        assert large.wait_until_closed() == b""
        cycles = [each for each in gc.get_objects() if type(each) is RequestResponseCycle]
        held = [cycle for cycle in cycles if cycle.scope["server"] == (client.host, client.port)]
        assert len(held) == 2  # those that wait behind the first one are gone
        assert 0 < requests.total < LIMIT // 4
        server.release()
        assert small.read_response().body == b"answer"
        assert requests.total == 0


def test_answered_requests_count_nothing_on_a_connection_that_stays_open(requests: UnansweredRequests) -> None:
    with WaitingServer().run() as client:
        connection = client.connect()
        for _ in range(20):  # together more than the limit
            connection.send(FLOOD)
            assert connection.read_response().status == 200
        assert requests.total == 0
