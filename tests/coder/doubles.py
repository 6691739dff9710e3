"""A client with a fake server in memory, whose handlers respond or fail."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from workspaces.coder import calls, errors
from workspaces.coder.client import Coder
from workspaces.coder.transport import open_client

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"
PASSWORD = "SomeSecurePassword!"
ID = UUID("ce902cbe-d6b9-4e20-9f95-048de1823ae2")
ME = {"id": str(ID), "username": "alice", "created_at": "2026-11-24T22:05:49.470224Z", "roles": None}
HTML = "<html><h1>502 Bad Gateway</h1></html>"

type Handler = Callable[[httpx.Request], httpx.Response]


class FakeServer:
    """Respond with these handlers, one for each request; the last one repeats. Records the requests."""

    def __init__(self, *handlers: Handler) -> None:
        self.handlers = list(handlers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return (self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0])(request)


def respond(status: int, body: Any = None, **headers: str) -> Handler:
    """Return a handler with this response."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(body, str):
            return httpx.Response(status, text=body, headers=headers)
        return httpx.Response(status, json=body, headers=headers) if body is not None else httpx.Response(status)

    return handle


def fail_with(kind: type[httpx.TransportError]) -> Handler:
    """Return a handler that raises this transport error."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise kind(f"could not reach {request.url} with {TOKEN}", request=request)

    return handle


def client_and_server(*handlers: Handler, token: str | None = TOKEN, **options: Any) -> tuple[Coder, FakeServer]:
    """Return a client and the fake server that it uses."""
    server = FakeServer(*handlers)
    return Coder(open_client("http://coder.test/", transport=httpx.MockTransport(server)), token, **options), server


def error_of(*handlers: Handler, call: calls.Call[Any] | None = None) -> Any:
    """Return the exception that a call raises. Its type is Any because each kind has its own fields."""
    with pytest.raises(errors.CallError) as caught:
        client_and_server(*handlers)[0].send(call or calls.me())
    return caught.value
