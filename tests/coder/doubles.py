"""A client before a server in memory: handlers that answer or fail, and what was asked of them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from workspaces.coder import calls, errors
from workspaces.coder.client import Coder, open_client

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"
PASSWORD = "SomeSecurePassword!"
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
    with pytest.raises(errors.CallError) as caught:
        coder(*handlers)[0].send(call or calls.me())
    return caught.value
