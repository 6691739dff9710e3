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
from tests.live.fake_clock import now
from workspaces.coder.client import open_async_client
from workspaces.coder.errors import CoderError
from workspaces.coder.hub import Access, Hub, Limits, Source
from workspaces.coder.sources import Watch

RUNNING = json.loads((RECORDED / "2.36" / "110-get-running.json").read_text())["response"]["body"]
ID = UUID(RUNNING["id"])
ALICE = Access(token="alices-token", fingerprint="alices")
PING = b"event: ping\n\n"
BOB = Access(token="bobs-token", fingerprint="bobs")

type Answering = Callable[[httpx.Request], httpx.Response]


class Tap(httpx.AsyncByteStream):
    """The body of a stream, which the test holds: what it says comes at once, and a sign of life each 15 s."""

    def __init__(self) -> None:
        self.parts: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.alive: float | None = 15.0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await self.part()) is not None:
            if isinstance(part, Exception):
                raise part
            yield part

    async def part(self) -> bytes | Exception | None:
        """What comes next."""
        try:
            async with asyncio.timeout(self.alive):
                return await self.parts.get()
        except TimeoutError:
            return PING

    async def aclose(self) -> None:
        """The client has left."""
        self.closed = True

    def write(self, raw: bytes) -> None:
        """Say just this."""
        self.parts.put_nowait(raw)

    def say(self, body: Any, name: str = "data") -> None:
        """Say an event."""
        self.write(f"event: {name}\ndata: {json.dumps(body)}\n\n".encode())

    def end(self) -> None:
        """End as an answer does."""
        self.parts.put_nowait(None)

    def break_off(self) -> None:
        """Break off in the middle."""
        self.parts.put_nowait(httpx.ReadError("cut"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when, as whom, and of what."""

    at: float
    token: str
    path: str
    query: str


@dataclass
class FakeCoder:
    """Answers with its workspace; what `next` holds comes before that, one answer for each request."""

    workspace: dict[str, Any] = field(default_factory=lambda: deepcopy(RUNNING))
    next: list[Answering] = field(default_factory=list)
    always: Answering | None = None  # as long as it is set, instead of all else
    logs: list[dict[str, Any]] = field(default_factory=list)
    slow: float = 0.0  # s that a read takes; its answer is that of the moment of the question
    asked: list[Asked] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v2")
        self.asked.append(Asked(now(), request.headers["Coder-Session-Token"], path, request.url.query.decode()))
        if self.always or self.next:
            return (self.always or self.next.pop(0))(request)
        if path.endswith("/watch"):
            return self.stream()
        if path.endswith("/logs"):
            after = int(request.url.params.get("after", 0))
            return httpx.Response(200, json=[line for line in self.logs if line["id"] > after])
        page = {"workspaces": [self.workspace], "count": 1}
        answer = httpx.Response(200, json=page if path == "/workspaces" else self.workspace)
        await asyncio.sleep(self.slow)
        return answer

    def stream(self) -> httpx.Response:
        """A watch, as Coder begins it."""
        tap = Tap()
        self.taps.append(tap)
        tap.write(PING)
        tap.say(self.workspace)
        return httpx.Response(200, stream=tap, headers={"X-Coder-Build-Version": "v2.36.0+x"})

    def becomes(self, status: str, **more: Any) -> None:
        """Let the workspace be another one, and tell it to nobody."""
        self.workspace = deepcopy(self.workspace) | more
        self.workspace["latest_build"]["status"] = status

    def tells(self, status: str, **more: Any) -> None:
        """Let it be another one, and tell all who watch."""
        self.becomes(status, **more)
        for tap in self.taps:
            tap.say(self.workspace)

    @property
    def moments(self) -> list[float]:
        """When it was asked."""
        return [each.at for each in self.asked]

    @property
    def pauses(self) -> list[float]:
        """How long it was left alone between two questions."""
        return [later - sooner for sooner, later in zip(self.moments, self.moments[1:], strict=False)]


class Eye:
    """Somebody who looks at a watch: the status, and what was wrong, each time that there was something to see."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.troubles: list[CoderError | None] = []

    def __call__(self, source: Source) -> None:
        state = source.state if isinstance(source, Watch) else None
        self.seen.append(state.latest_build.status if state else "")
        self.troubles.append(source.trouble)


def refuses(status: int, **headers: str) -> Answering:
    """Coder's own refusal."""
    return lambda request: httpx.Response(status, json={"message": "No."}, headers=headers)


def says(raw: str, status: int = 200) -> Answering:
    """What some program between us and Coder says."""
    return lambda request: httpx.Response(status, text=raw)


def is_away(request: httpx.Request) -> httpx.Response:
    """Nobody is there."""
    raise httpx.ConnectError("refused")


@asynccontextmanager
async def a_hub(coder: FakeCoder, limits: Limits | None = None) -> AsyncIterator[Hub]:
    """The hub before this Coder."""
    async with open_async_client("http://coder.test", transport=httpx.MockTransport(coder)) as http:
        hub = Hub(http, limits=limits)
        yield hub
        await hub.close()
