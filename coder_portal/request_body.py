"""Read the bodies of requests on the event loop, with limits, before a request takes a thread.

A body that never comes, comes slowly or is cut off costs no thread and is never carried out.
"""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.types import Receive

type Headers = list[tuple[bytes, bytes]]

BODY_TIMEOUT_S = 10.0  # for a whole body
LINGER_S = 2.0  # how long the rest of a refused body is read
BODIES = 64  # of the largest size: what all requests of the process together may hold
KEPT_SHARE = 7 / 8  # of that memory after too much was held: freeing some at once keeps the next bodies cheap
UNKNOWN = -1  # the length of a chunked body


class BodyRefused(Exception):
    """The body exceeds a limit or is incomplete."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class ClientDisconnected(Exception):
    """The client has left before the body was complete."""


@dataclass(eq=False, slots=True)
class Body:
    """What has arrived of one body."""

    deadline: asyncio.Timeout
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    is_dropped: bool = False

    def drop(self) -> None:
        """Free its memory, and end the wait for the rest of it."""
        self.chunks.clear()
        self.size, self.is_dropped = 0, True
        self.deadline.reschedule(asyncio.get_running_loop().time())


class BodyReader:
    """The bodies of all requests in progress. `max_size`: bytes of one body. It belongs to one event loop.

    If they exceed `max_total` bytes together, the largest incomplete ones are dropped: many small forms pass while
    somebody sends large bodies slowly.
    """

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self.max_total = BODIES * max_size
        self.held = 0  # bytes of all bodies
        self.incomplete: set[Body] = set()

    @asynccontextmanager
    async def read(self, length: int, receive: Receive) -> AsyncIterator[bytes]:
        """Yield the body, whose memory counts until the context ends.

        `length` is that of the header, UNKNOWN for a chunked body. Raises BodyRefused: 413 for a body that is too
        large, 408 for one that is too slow, 400 for another length than announced, 503 if the memory for bodies is
        used up. Raises ClientDisconnected.
        """
        if length > self.max_size:
            raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = Body(asyncio.timeout(BODY_TIMEOUT_S))
        try:
            content = await self.read_to_end(body, receive)
            if length not in {UNKNOWN, len(content)}:
                raise BodyRefused(HTTPStatus.BAD_REQUEST)
            yield content
        finally:
            self.held -= body.size

    async def read_to_end(self, body: Body, receive: Receive) -> bytes:
        """Return the whole body."""
        self.incomplete.add(body)
        try:
            async with body.deadline:
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnected
                    self.add(body, message.get("body", b""))
                    if not message.get("more_body", False):
                        content = b"".join(body.chunks)
                        body.chunks.clear()  # otherwise the body would be in memory twice
                        return content
        except TimeoutError:
            status = HTTPStatus.SERVICE_UNAVAILABLE if body.is_dropped else HTTPStatus.REQUEST_TIMEOUT
            raise BodyRefused(status) from None
        finally:
            self.incomplete.discard(body)

    def add(self, body: Body, chunk: bytes) -> None:
        """Add what has arrived of a body."""
        if body.is_dropped:  # its wait ends too late: without this check its last chunk alone would be the body
            raise BodyRefused(HTTPStatus.SERVICE_UNAVAILABLE)
        if body.size + len(chunk) > self.max_size:
            raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body.chunks.append(chunk)
        body.size += len(chunk)
        self.held += len(chunk)
        if self.held > self.max_total:
            self.free_memory()
            if body.is_dropped:
                raise BodyRefused(HTTPStatus.SERVICE_UNAVAILABLE)

    def free_memory(self) -> None:
        """Drop incomplete bodies, the largest first."""
        for body in sorted(self.incomplete, key=lambda body: body.size, reverse=True):
            if self.held <= KEPT_SHARE * self.max_total:
                return
            self.held -= body.size
            body.drop()
            self.incomplete.discard(body)


def announced_length(headers: Headers) -> int:
    """Return the length of the body in bytes: UNKNOWN if it is chunked, 0 without a body.

    The server has rejected lengths that are no number, and requests with two of these headers.
    """
    for name, value in headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return UNKNOWN
    return 0


def replace_length(headers: Headers, length: int) -> Headers:
    """Return the headers with the length of a body that has been read: WSGI reads no body without a length."""
    kept = [(name, value) for name, value in headers if name not in {b"content-length", b"transfer-encoding"}]
    return [*kept, (b"content-length", b"%d" % length)]


def replay(body: bytes, receive: Receive) -> Receive:
    """Return the `receive` of a request whose body has been read: it returns the body, then what follows."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> MutableMapping[str, Any]:
        return messages.pop() if messages else await receive()

    return receive_again


async def discard(receive: Receive) -> None:
    """Read and drop what a refused client still sends, for a short time: it may read its response only after that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body", False):
                pass
