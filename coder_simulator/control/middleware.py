"""What each request to /api/v2 passes first: log, faults, delay, rate limit, and the headers of each answer."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coder_simulator.clock import rfc3339
from coder_simulator.control.faults import JSON, Fault, Faults
from coder_simulator.control.rate_limits import RateLimits
from coder_simulator.control.request_log import Ledger, entry
from coder_simulator.server import Server

STREAMS = frozenset({"stream_end", "stream_stall", "stream_cut"})
SPOILS = frozenset({"malformed", "unknown_fields", "unknown_statuses"})


class Front:
    """ASGI middleware around the simulated API."""

    def __init__(self, app: ASGIApp, server: Server, ledger: Ledger, faults: Faults) -> None:
        self.app = app
        self.server = server
        self.ledger = ledger
        self.faults = faults
        self.limits = RateLimits(server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/v2"):
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        request = entry(scope, body, rfc3339(self.server.world.now()) or "")
        self.ledger.note(request)
        fault = self.faults.take(request)
        headers, refused = self.limits.count(request, scope, _token(scope))
        headers["x-coder-build-version"] = self.server.build_version
        answer = Answer(send, headers, fault, getattr(getattr(receive, "__self__", None), "transport", None))
        await asyncio.sleep(self.server.latency_ms / 1000 + (fault.seconds if fault and fault.kind == "delay" else 0))
        if refused:
            limit = headers["x-ratelimit-limit"]
            words = f"You've been rate limited for sending more than {limit} requests in 1m0s."
            await answer.whole(429, json.dumps({"message": words}).encode(), {})
        elif fault and fault.kind == "refuse":
            answer.abort()
        elif fault and (own := fault.answer()):
            await answer.whole(*own)
        else:
            await self.app(scope, _replayed(body, receive), answer.send)
        if answer.over:
            await _until_disconnected(receive)


class Answer:
    """An answer on its way: it gets Coder's headers, and what a fault does to it."""

    def __init__(self, send: Send, headers: dict[str, str], fault: Fault | None, transport: Any) -> None:
        self._send = send
        self._headers = headers
        self._fault = fault
        self._transport = transport
        self._start: MutableMapping[str, Any] = {}
        self._body = b""
        self._events = 0
        self.over = False

    def abort(self) -> None:
        """Close the connection at once; what the app sends afterwards is lost."""
        self.over = True
        if self._transport is None:  # the app is served without a network
            raise ConnectionError("The connection was closed, as a fault wants it.")
        self._transport.abort()

    async def whole(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Send a whole answer."""
        given = {"content-type": JSON, **headers, "content-length": str(len(body))}
        raw = [(k.encode(), v.encode()) for k, v in {**self._headers, **given}.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})
        await self._send({"type": "http.response.body", "body": body})

    async def send(self, message: Message) -> None:
        """Pass a part of the app's answer on."""
        if self.over:
            return
        kind = self._fault.kind if self._fault else ""
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in self._headers.items())]
        if kind in STREAMS:
            await self._send_stream(message, kind)
        elif kind == "reset":
            await self._send_half(message)
        elif kind in SPOILS:
            await self._send_spoilt(message)
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
            self.over = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        elif kind == "stream_cut":
            half = {"type": "http.response.body", "body": message["body"][: len(message["body"]) // 2]}
            await self._send({**half, "more_body": True})
            self.abort()
        # a stream that stalls says nothing more and stays open

    async def _send_half(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            half = {"type": "http.response.body", "body": message["body"][: len(message["body"]) // 2]}
            await self._send({**half, "more_body": True})
            self.abort()
        else:
            await self._send(message)

    async def _send_spoilt(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if not message.get("more_body") and self._fault:
            body = self._fault.alter(self._body) if self._body else self._body
            length = (b"content-length", str(len(body)).encode())
            kept = [h for h in self._start["headers"] if h[0] != b"content-length"]
            await self._send({**self._start, "headers": [*kept, length]})
            await self._send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read already, then what comes after it."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return parts.pop() if parts else await receive()

    return again


def _token(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    bearer = headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
    return headers.get(b"coder-session-token", b"").decode("latin-1") or bearer
