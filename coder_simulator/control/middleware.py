"""Log each request to /api/v2, apply faults, delay and rate limit, and add Coder's response headers."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coder_simulator.clock import format_rfc3339
from coder_simulator.control.faults import JSON, Fault, FaultList
from coder_simulator.control.rate_limits import RateLimiter
from coder_simulator.control.request_log import RequestLog, describe_request
from coder_simulator.server import Server

STREAM_KINDS = frozenset({"stream_end", "stream_stall", "stream_cut"})
ALTERING_KINDS = frozenset({"malformed", "unknown_fields", "unknown_statuses"})


class ControlMiddleware:
    """ASGI middleware around the simulated API.

    Requests with one of `retired_tokens` (short hashes) neither are logged nor get a fault: they belong to a test that
    has ended.
    """

    def __init__(
        self, app: ASGIApp, server: Server, request_log: RequestLog, faults: FaultList, retired_tokens: set[str]
    ) -> None:
        self.app = app
        self.server = server
        self.request_log = request_log
        self.faults = faults
        self.retired_tokens = retired_tokens
        self.limits = RateLimiter(server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/v2"):
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        request = describe_request(scope, body, format_rfc3339(self.server.world.now()) or "")
        fault = None
        if request.token not in self.retired_tokens:
            self.request_log.add(request)
            fault = self.faults.take(request)
        headers, over_limit = self.limits.count(request, scope, _token_of(scope))
        headers["x-coder-build-version"] = self.server.build_version
        sender = ResponseSender(send, headers, fault, getattr(getattr(receive, "__self__", None), "transport", None))
        await asyncio.sleep(self.server.latency_ms / 1000 + (fault.seconds if fault and fault.kind == "delay" else 0))
        if over_limit:
            limit = headers["x-ratelimit-limit"]
            message = f"You've been rate limited for sending more than {limit} requests in 1m0s."
            await sender.send_response(429, json.dumps({"message": message}).encode(), {})
        elif fault and fault.kind == "refuse":
            sender.abort()
        elif fault and (response := fault.response()):
            await sender.send_response(*response)
        else:
            await self.app(scope, _replay_body(body, receive), sender.send)
        if sender.finished:
            await _wait_for_disconnect(receive)


class ResponseSender:
    """Send a response with Coder's headers, changed by a fault."""

    def __init__(self, send: Send, headers: dict[str, str], fault: Fault | None, transport: Any) -> None:
        self._send = send
        self._headers = headers
        self._fault = fault
        self._transport = transport
        self._start: MutableMapping[str, Any] = {}
        self._body = b""
        self._events = 0
        self.finished = False

    def abort(self) -> None:
        """Close the connection at once; drop what the app sends afterwards."""
        self.finished = True
        if self._transport is None:  # the app runs without a network
            raise ConnectionError("The connection was closed, as a fault wants it.")
        self._transport.abort()

    async def send_response(self, status: int, body: bytes, extra_headers: dict[str, str]) -> None:
        """Send a complete response."""
        response_headers = {"content-type": JSON, **extra_headers, "content-length": str(len(body))}
        raw = [(k.encode(), v.encode()) for k, v in {**self._headers, **response_headers}.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        """Send a message of the app's response."""
        if self.finished:
            return
        kind = self._fault.kind if self._fault else ""
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in self._headers.items())]
        if kind in STREAM_KINDS:
            await self._send_stream(message, kind)
        elif kind == "reset":
            await self._send_half_and_abort(message)
        elif kind in ALTERING_KINDS:
            await self._send_altered(message)
        else:
            await self._send(message)

    async def _send_stream(self, message: Message, kind: str) -> None:
        if message["type"] == "http.response.start" or not message.get("body"):
            await self._send(message)
            return
        self._events += 1
        if self._events <= (self._fault.after if self._fault else 0):
            await self._send(message)
        elif kind == "stream_end":
            self.finished = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif kind == "stream_cut":
            half = {"type": "http.response.body", "body": message["body"][: len(message["body"]) // 2]}
            await self._send({**half, "more_body": True})
            self.abort()
        # stream_stall: send nothing more and leave the stream open

    async def _send_half_and_abort(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            half = {"type": "http.response.body", "body": message["body"][: len(message["body"]) // 2]}
            await self._send({**half, "more_body": True})
            self.abort()
        else:
            await self._send(message)

    async def _send_altered(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if not message.get("more_body") and self._fault:
            body = self._fault.alter_body(self._body) if self._body else self._body
            length = (b"content-length", str(len(body)).encode())
            other_headers = [h for h in self._start["headers"] if h[0] != b"content-length"]
            await self._send({**self._start, "headers": [*other_headers, length]})
            await self._send({"type": "http.response.body", "body": body})


async def _read_body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields the body that was read, then later messages."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return parts.pop() if parts else await receive()

    return receive_again


def _token_of(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    bearer = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
    return headers.get(b"coder-session-token", b"").decode("latin-1") or bearer
