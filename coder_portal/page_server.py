"""Serve pages: Django in a pool of threads, which no client can occupy by sending or reading slowly."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from a2wsgi import WSGIMiddleware
from starlette.types import Message, Receive, Scope, Send

from coder_portal.refusals import send_refusal
from coder_portal.unread_responses import UNREAD

type Wsgi = Callable[[Any, Any], Iterable[bytes]]

UNREAD_PAGE = "coder_portal.unread_page"  # in the ASGI scope of a request
MAX_QUEUED = 1000  # requests that wait for a thread: about the pages of ten seconds


class UnreadPage:
    """The part of one page that its connection has not taken yet.

    ASGI does not name the connection; `send` of uvicorn is a method of the object that owns the transport.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._transport: asyncio.Transport | None = getattr(getattr(send, "__self__", None), "transport", None)
        self._loop = asyncio.get_running_loop()
        self._size = 0  # bytes
        self._has_ended = False

    def count(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the parts of the page in its thread, and count each."""
        try:
            for part in parts:
                self._loop.call_soon_threadsafe(self._add, len(part))
                yield part
        finally:
            getattr(parts, "close", lambda: None)()

    async def send(self, message: Message) -> None:
        """Send a message to the connection, which has taken it then."""
        await self._send(message)
        if body := message.get("body"):
            self._add(-len(body))

    def end(self) -> None:
        """Count nothing of this page any more."""
        self._add(-self._size)
        self._has_ended = True

    def _add(self, size: int) -> None:
        if size and self._transport and not self._has_ended:
            self._size += size
            UNREAD.queue(self._transport, size)


class PageServer:
    """The WSGI application `application` as an ASGI application, with this many threads."""

    def __init__(self, application: Wsgi, threads: int) -> None:
        self.application = application
        self.queued: deque[None] = deque()  # one element for each request that waits; safe between threads
        # A queue without a limit: a thread that waited for space in it would wait for a client that does not read.
        self.asgi = WSGIMiddleware(self.run, workers=threads, send_queue_size=0)

    def run(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request in one of the threads."""
        self.queued.pop()
        unread: UnreadPage = environ["asgi.scope"][UNREAD_PAGE]
        return unread.count(self.application(environ, start_response))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as soon as a thread is free; 503 if too many others wait for one."""
        if len(self.queued) >= MAX_QUEUED:
            await send_refusal(send, scope, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.queued.append(None)
        unread = UnreadPage(send)
        try:
            await self.asgi({**scope, UNREAD_PAGE: unread}, receive, unread.send)  # type: ignore[arg-type]  # a2wsgi has TypedDicts of its own
        finally:
            unread.end()
