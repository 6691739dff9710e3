"""Serve pages: Django in a pool of threads, which no client can occupy by sending or reading slowly."""

from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from a2wsgi import WSGIMiddleware
from starlette.types import Receive, Scope, Send

from coder_portal.refusals import send_refusal

type Wsgi = Callable[[Any, Any], Iterable[bytes]]

MAX_QUEUED = 1000  # requests that wait for a thread: about the pages of ten seconds


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
        return self.application(environ, start_response)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as soon as a thread is free; 503 if too many others wait for one."""
        if len(self.queued) >= MAX_QUEUED:
            await send_refusal(send, scope, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.queued.append(None)
        await self.asgi(scope, receive, send)  # type: ignore[arg-type]  # a2wsgi has TypedDicts of its own
