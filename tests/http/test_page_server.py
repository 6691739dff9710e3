"""Threads of the pages: no client holds one, and a queue that is too long is refused."""

import asyncio
import threading
from collections.abc import Iterable, MutableMapping
from typing import Any

import pytest

from coder_portal import page_server
from coder_portal.page_server import PageServer

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "root_path": "",
    "query_string": b"",
    "headers": [],
}


async def receive() -> MutableMapping[str, Any]:
    """Return the end of an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


def long_response(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Answer with many parts."""
    start_response("200 OK", [])
    return [b"part"] * 100


class Recorder:
    """The `send` of a client that reads."""

    def __init__(self) -> None:
        self.status = 0

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        self.status = message.get("status", self.status)


def test_client_that_does_not_read_holds_no_thread() -> None:
    async def serve_two() -> int:
        server, reader, is_sending = PageServer(long_response, threads=1), Recorder(), asyncio.Event()

        async def never_read(message: MutableMapping[str, Any]) -> None:
            is_sending.set()
            await asyncio.Event().wait()

        unread = asyncio.create_task(server(dict(SCOPE), receive, never_read))
        await is_sending.wait()
        await asyncio.wait_for(server(dict(SCOPE), receive, reader), timeout=10)
        unread.cancel()
        return reader.status

    assert asyncio.run(serve_two()) == 200


def test_request_is_answered_with_503_when_too_many_wait_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_server, "MAX_QUEUED", 2)
    occupied, free = threading.Event(), threading.Event()

    def wait(environ: Any, start_response: Any) -> Iterable[bytes]:
        occupied.set()
        free.wait(10)
        return long_response(environ, start_response)

    async def serve_four() -> list[int]:
        server, readers = PageServer(wait, threads=1), [Recorder() for _ in range(4)]
        tasks = [asyncio.create_task(server(dict(SCOPE), receive, readers[0]))]
        await asyncio.to_thread(occupied.wait, 10)
        tasks += [asyncio.create_task(server(dict(SCOPE), receive, reader)) for reader in readers[1:]]
        await tasks[3]
        free.set()
        await asyncio.gather(*tasks)
        return [reader.status for reader in readers]

    assert asyncio.run(serve_four()) == [200, 200, 200, 503]
