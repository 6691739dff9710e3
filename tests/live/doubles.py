"""A Coder in memory, and those who look at what the hub asks of it."""

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
from workspaces.coder.client import open_async_client
from workspaces.coder.errors import CoderError
from workspaces.coder.hub import Access, Hub, Limits, Source
from workspaces.coder.sources import WorkspaceWatch

RUNNING = json.loads((RECORDED / "2.36" / "110-get-running.json").read_text())["response"]["body"]
ID = UUID(RUNNING["id"])
ALICE = Access(token="alices-token", fingerprint="alices")
PING = b"event: ping\n\n"
BOB = Access(token="bobs-token", fingerprint="bobs")

type ResponseFactory = Callable[[httpx.Request], httpx.Response]


class FakeStreamBody(httpx.AsyncByteStream):
    """The body of a stream, which the test holds: what it says comes at once, and a sign of life each 15 s."""

    def __init__(self) -> None:
        self.chunks: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.ping_interval_s: float | None = 15.0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await self.next_chunk()) is not None:
            if isinstance(part, Exception):
                raise part
            yield part

    async def next_chunk(self) -> bytes | Exception | None:
        """What comes next."""
        try:
            async with asyncio.timeout(self.ping_interval_s):
                return await self.chunks.get()
        except TimeoutError:
            return PING

    async def aclose(self) -> None:
        """The client has left."""
        self.closed = True

    def write(self, raw: bytes) -> None:
        """Say just this."""
        self.chunks.put_nowait(raw)

    def send_event(self, body: Any, name: str = "data") -> None:
        """Say an event."""
        self.write(f"event: {name}\ndata: {json.dumps(body)}\n\n".encode())

    def end(self) -> None:
        """End as an answer does."""
        self.chunks.put_nowait(None)

    def fail(self) -> None:
        """Break off in the middle."""
        self.chunks.put_nowait(httpx.ReadError("cut"))


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request: when, as whom, and of what."""

    at: float
    token: str
    path: str
    query: str


@dataclass
class FakeCoder:
    """Answers with its workspace; what `next` holds comes before that, one answer for each request."""

    workspace: dict[str, Any] = field(default_factory=lambda: deepcopy(RUNNING))
    next_responses: list[ResponseFactory] = field(default_factory=list)
    fixed_response: ResponseFactory | None = None  # as long as it is set, instead of all else
    logs: list[dict[str, Any]] = field(default_factory=list)
    response_delay_s: float = 0.0  # s that a read takes; its answer is that of the moment of the question
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
        """A watch, as Coder begins it."""
        tap = FakeStreamBody()
        self.stream_bodies.append(tap)
        tap.write(PING)
        tap.send_event(self.workspace)
        return httpx.Response(200, stream=tap, headers={"X-Coder-Build-Version": "v2.36.0+x"})

    def set_status(self, status: str, **more: Any) -> None:
        """Let the workspace be another one, and tell it to nobody."""
        self.workspace = deepcopy(self.workspace) | more
        self.workspace["latest_build"]["status"] = status

    def send_status(self, status: str, **more: Any) -> None:
        """Let it be another one, and tell all who watch."""
        self.set_status(status, **more)
        for tap in self.stream_bodies:
            tap.send_event(self.workspace)

    @property
    def request_times(self) -> list[float]:
        """When it was asked."""
        return [each.at for each in self.requests]

    @property
    def request_intervals(self) -> list[float]:
        """How long it was left alone between two questions."""
        return [later - sooner for sooner, later in zip(self.request_times, self.request_times[1:], strict=False)]


class RecordingCallback:
    """Somebody who looks at a watch: the status, and what was wrong, each time that there was something to see."""

    def __init__(self) -> None:
        self.statuses: list[str] = []
        self.errors: list[CoderError | None] = []

    def __call__(self, source: Source) -> None:
        state = source.state if isinstance(source, WorkspaceWatch) else None
        self.statuses.append(state.latest_build.status if state else "")
        self.errors.append(source.error)


def error_response(status: int, **headers: str) -> ResponseFactory:
    """Coder's own refusal."""
    return lambda request: httpx.Response(status, json={"message": "No."}, headers=headers)


def raw_response(raw: str, status: int = 200) -> ResponseFactory:
    """What some program between us and Coder says."""
    return lambda request: httpx.Response(status, text=raw)


def connection_refused(request: httpx.Request) -> httpx.Response:
    """Nobody is there."""
    raise httpx.ConnectError("refused")


@asynccontextmanager
async def open_hub(coder: FakeCoder, limits: Limits | None = None) -> AsyncIterator[Hub]:
    """The hub before this Coder."""
    async with open_async_client("http://coder.test", transport=httpx.MockTransport(coder)) as http:
        hub = Hub(http, limits=limits)
        yield hub
        await hub.close()
