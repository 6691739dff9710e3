"""A fake Coder in memory, and subscribers of the hub that record what they receive."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests.coder.conftest import RECORDED
from tests.live.fake_clock import loop_time
from workspaces.coder.errors import CoderError
from workspaces.coder.hub import Access, Hub, Limits, Source
from workspaces.coder.sources import WorkspaceWatch
from workspaces.coder.transport import open_async_client

RUNNING = json.loads((RECORDED / "2.36" / "110-get-running.json").read_text())["response"]["body"]
ID = UUID(RUNNING["id"])
ALICE = Access(token="alices-token", fingerprint="alices")
PING = b"event: ping\n\n"
BOB = Access(token="bobs-token", fingerprint="bobs")

type ResponseFactory = Callable[[httpx.Request], httpx.Response]


class FakeStreamBody(httpx.AsyncByteStream):
    """The body of an upstream stream: the test writes to it, and it sends a ping after 15 s without a write."""

    def __init__(self) -> None:
        self.chunks: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.ping_interval_s: float | None = 15.0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self.next_chunk()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def next_chunk(self) -> bytes | Exception | None:
        """Return the next chunk or ping, an exception to raise, or None at the end."""
        try:
            async with asyncio.timeout(self.ping_interval_s):
                return await self.chunks.get()
        except TimeoutError:
            return PING

    async def aclose(self) -> None:
        """Record that the client has closed the stream."""
        self.closed = True

    def write(self, raw: bytes) -> None:
        """Send these bytes."""
        self.chunks.put_nowait(raw)

    def send_event(self, body: Any, name: str = "data") -> None:
        """Send an event with this JSON."""
        self.write(f"event: {name}\ndata: {json.dumps(body)}\n\n".encode())

    def end(self) -> None:
        """End the body regularly."""
        self.chunks.put_nowait(None)

    def fail(self) -> None:
        """End the body with a connection error."""
        self.chunks.put_nowait(httpx.ReadError("cut"))


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request: its loop time (s), token, path and query."""

    at: float
    token: str
    path: str
    query: str


@dataclass
class FakeCoder:
    """Respond with one workspace; each response in `next_responses` is used for one request before that."""

    workspace: dict[str, Any] = field(default_factory=lambda: deepcopy(RUNNING))
    next_responses: list[ResponseFactory] = field(default_factory=list)
    fixed_response: ResponseFactory | None = None  # replaces all other responses while it is set
    logs: list[dict[str, Any]] = field(default_factory=list)
    response_delay_s: float = 0.0  # duration of a read; its response has the state at the time of the request
    requests: list[RecordedRequest] = field(default_factory=list)
    stream_bodies: list[FakeStreamBody] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v2")
        self.requests.append(
            RecordedRequest(loop_time(), request.headers["Coder-Session-Token"], path, request.url.query.decode())
        )
        if self.fixed_response or self.next_responses:
            return (self.fixed_response or self.next_responses.pop(0))(request)
        if path.endswith("/watch"):
            return self.stream()
        if path.endswith("/logs"):
            after = int(request.url.params.get("after", 0))
            return httpx.Response(200, json=[line for line in self.logs if line["id"] > after])
        page = {"workspaces": [self.workspace], "count": 1}
        answer = httpx.Response(200, json=page if path == "/workspaces" else self.workspace)
        await asyncio.sleep(self.response_delay_s)
        return answer

    def stream(self) -> httpx.Response:
        """Return a watch, which begins with a ping and the workspace."""
        body = FakeStreamBody()
        self.stream_bodies.append(body)
        body.write(PING)
        body.send_event(self.workspace)
        return httpx.Response(200, stream=body, headers={"X-Coder-Build-Version": "v2.36.0+x"})

    def set_status(self, status: str, **more: Any) -> None:
        """Change the workspace without an event."""
        self.workspace = deepcopy(self.workspace) | more
        self.workspace["latest_build"]["status"] = status

    def send_status(self, status: str, **more: Any) -> None:
        """Change the workspace and send it to all watches."""
        self.set_status(status, **more)
        for body in self.stream_bodies:
            body.send_event(self.workspace)

    @property
    def request_times(self) -> list[float]:
        """The loop times (s) of the requests."""
        return [each.at for each in self.requests]

    @property
    def request_intervals(self) -> list[float]:
        """The times (s) between two requests."""
        return [later - earlier for earlier, later in zip(self.request_times, self.request_times[1:], strict=False)]


class RecordingCallback:
    """A subscriber that records the status and the error at each notification."""

    def __init__(self) -> None:
        self.statuses: list[str] = []
        self.errors: list[CoderError | None] = []

    def __call__(self, source: Source) -> None:
        state = source.state if isinstance(source, WorkspaceWatch) else None
        self.statuses.append(state.latest_build.status if state else "")
        self.errors.append(source.error)


def error_response(status: int, **headers: str) -> ResponseFactory:
    """Return an error response of Coder."""
    return lambda request: httpx.Response(status, json={"message": "No."}, headers=headers)


def raw_response(raw: str, status: int = 200) -> ResponseFactory:
    """Return a response that a proxy might send."""
    return lambda request: httpx.Response(status, text=raw)


def connection_refused(request: httpx.Request) -> httpx.Response:
    """Raise the error of a refused connection."""
    raise httpx.ConnectError("refused")


@asynccontextmanager
async def open_hub(coder: FakeCoder, limits: Limits | None = None) -> AsyncIterator[Hub]:
    """Open a hub that uses this Coder."""
    async with open_async_client("http://coder.test", transport=httpx.MockTransport(coder)) as http:
        hub = Hub(http, limits=limits)
        yield hub
        await hub.close()
