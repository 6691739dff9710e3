"""Streams of one process: opened, counted, ended."""

import asyncio
import logging
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import FrameType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseFault
from django.urls import Resolver404, resolve

from workspaces.auth.sessions import SignInRequired
from workspaces.coder.hub import Hub, Limits
from workspaces.coder.sources import Poll, Watch
from workspaces.gateway import connection
from workspaces.live.build_topic import OfBuild
from workspaces.live.counts import StreamCounts, zero_refusals
from workspaces.live.database_poller import Bulletin
from workspaces.live.list_topic import OfList
from workspaces.live.streams import EXPIRED, HEADERS, Stream, Topic, event, farewell, retry
from workspaces.live.subscribers import Views, Visitor, identify, in_thread
from workspaces.live.topics import OfOperation, OfWorkspace
from workspaces.signals import session_ended, workspace_changed

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LONGEST = 900.0  # s that a stream lasts: the browser comes back, to whatever process serves it then
CHECK = 300.0  # s after which it is asked whether the session is as good as it was
AT_ONCE = 100  # ms
SPREAD = 3000  # ms over which browsers come back that were sent away at the same moment
BUSY = 60_000  # ms

# By the name of the address.
TOPICS: Mapping[str, Callable[..., Topic]] = {
    "live_list": OfList,
    "live_workspace": OfWorkspace,
    "live_build": OfBuild,
    "live_operation": OfOperation,
}

logger = logging.getLogger("portal.live")


class Server:
    """The streams of this process and what they look at. It lives on one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        limits = Limits(watches=settings.LIVE_MAX_WATCHES)
        self.http = connection.open_streaming_client()
        self.hub = Hub(self.http, limits=limits)
        self.views = Views()
        self.streams: set[Stream] = set()
        self.of_person: Counter[UUID] = Counter()
        self.refused = Counter(zero_refusals())  # by why
        self.closing = False
        self.bulletin = Bulletin(self)

    # ---- a stream

    async def serve(
        self, topic_of: Callable[["Server", Visitor], Topic], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """One stream, until its end or until the browser leaves."""
        await receive()  # the request; what comes after it is the disconnect
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        begun = time.monotonic()
        try:
            visitor = await in_thread(identify, scope)
        except SignInRequired:
            self.refused["session-expired"] += 1
            await last_words(send, EXPIRED)
            return
        if full := self.full(visitor):
            self.refused[full] += 1
            await last_words(send, retry(BUSY) + event("busy"))
            return
        stream = Stream(send, visitor, topic_of(self, visitor))
        self.add(stream)
        leaving: asyncio.Future[Any] = asyncio.ensure_future(receive())
        timers = [
            self.loop.call_later(LONGEST * random.uniform(0.9, 1.0), stream.end, farewell(AT_ONCE)),  # noqa: S311  # no secret
            self.loop.call_later(CHECK, self.check, stream, scope),
        ]
        try:
            await send({"type": "http.response.body", "body": retry(2000) + event("live"), "more_body": True})
            stream.begin()
            await asyncio.wait([leaving, stream.gone], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for timer in timers:
                timer.cancel()
            leaving.cancel()
            self.remove(stream)
            await stream.close()
            told = {
                "path": scope["path"],
                "person": visitor.person.username,
                "ms": round((time.monotonic() - begun) * 1000),
            }
            logger.info("stream", extra=told)

    def full(self, visitor: Visitor) -> str:
        """Why there is no place for one more (see counts.REFUSAL_REASONS); "" where there is."""
        if self.closing:
            return "closing"
        if len(self.streams) >= settings.LIVE_MAX_STREAMS:
            return "process"
        return "person" if self.of_person[visitor.person.id] >= settings.LIVE_MAX_STREAMS_PERSON else ""

    def counts(self) -> StreamCounts:
        """How many there are; from any thread."""
        return StreamCounts(
            streams=len(self.streams),
            refused=dict(self.refused),
            watches=self.hub.streams.copy().total(),
            sources=Counter(type(source).__name__ for source in tuple(self.hub.sources.values())),
        )

    def add(self, stream: Stream) -> None:
        """It is open."""
        self.streams.add(stream)
        self.of_person[stream.visitor.person.id] += 1
        self.bulletin.begin()

    def remove(self, stream: Stream) -> None:
        """It is open no longer."""
        self.streams.discard(stream)
        self.of_person[stream.visitor.person.id] -= 1
        self.of_person += Counter()

    def check(self, stream: Stream, scope: Scope) -> None:
        """See whether the session of a stream is as good as it was."""

        async def look() -> None:
            try:
                await in_thread(identify, scope)
            except SignInRequired:
                stream.end(EXPIRED)
            except DatabaseFault as error:  # the next look will tell
                logger.warning("The database does not answer the streams (%s).", type(error).__name__)

        if stream in self.streams:
            task = self.loop.create_task(look())
            task.add_done_callback(lambda _: self.loop.call_later(CHECK, self.check, stream, scope))

    # ---- what happens meanwhile

    def changed(self, fingerprint: str, workspace_id: UUID | None) -> None:
        """Something was written with this token: look again at the workspace, and at all lists."""
        for source in self.hub.of_token(fingerprint):
            if isinstance(source, Poll) or (isinstance(source, Watch) and source.id == workspace_id):
                source.poke()
        self.bulletin.soon()

    def session_ended(self, *keys: str) -> None:
        """These sessions have ended: so do their streams."""
        ended = [stream for stream in self.streams if stream.visitor.session_key in keys]
        for stream in ended:
            stream.end(EXPIRED)
            self.views.forget(stream.visitor.access.fingerprint)

    def on_workspace_changed(self, *, fingerprint: str, workspace_id: UUID | None, **_: object) -> None:
        """Receive the signal `workspace_changed`, from any thread."""
        call(self.loop, self.changed, fingerprint, workspace_id)

    def on_session_ended(self, *, session_key: str | None, **_: object) -> None:
        """Receive the signal `session_ended`, from any thread."""
        if session_key:
            call(self.loop, self.session_ended, session_key)

    def farewell(self) -> None:
        """The process ends: every browser is told when to come back, not all at the same moment."""
        self.closing = True
        for stream in tuple(self.streams):
            stream.end(farewell(random.randrange(500, SPREAD)))  # noqa: S311  # no secret

    async def close(self) -> None:
        """End everything."""
        self.farewell()
        self.bulletin.close()
        await self.hub.close()
        await self.http.aclose()


async def last_words(send: Send, told: bytes) -> None:
    """All that a stream says."""
    await send({"type": "http.response.body", "body": told, "more_body": False})


class Live:
    """The streams' place in the ASGI application: made when the loop runs, gone with it."""

    def __init__(self) -> None:
        self.server: Server | None = None

    def match(self, scope: Mapping[str, Any]) -> Callable[[Server, Visitor], Topic] | None:
        """What the stream at this address is about; None where no stream is."""
        if not scope["path"].startswith("/live/") or scope["method"] != "GET":
            return None
        try:
            found = resolve(scope["path"])
        except Resolver404:
            return None
        topic, query = TOPICS[str(found.url_name)], scope["query_string"].decode("ascii", "replace")
        return lambda server, visitor: topic(server, visitor, query, **found.kwargs)

    async def serve(
        self, topic: Callable[[Server, Visitor], Topic], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """One stream."""
        await self.running().serve(topic, scope, receive, send)

    def running(self) -> Server:
        """The server; the first stream makes it."""
        if self.server is None:
            server = self.server = Server()
            workspace_changed.connect(server.on_workspace_changed)
            session_ended.connect(server.on_session_ended)
        return self.server

    def counts(self) -> StreamCounts:
        """Return the figures of the process, zeros before its first stream. Safe to call from any thread."""
        return self.server.counts() if self.server else StreamCounts()

    def listen_for_the_end(self) -> None:
        """End the streams when the process is told to end: the server waits for them before it says so itself."""
        loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

        def bye(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.farewell)
            if callable(before):
                before(number, frame)

        try:
            signal.signal(signal.SIGTERM, bye)
        except ValueError:
            return  # not in the main thread, where nobody is sent signals

    def farewell(self) -> None:
        """The process ends."""
        if self.server:
            self.server.farewell()

    async def close(self) -> None:
        """End what is open."""
        if self.server:
            workspace_changed.disconnect(self.server.on_workspace_changed)
            session_ended.disconnect(self.server.on_session_ended)
            await self.server.close()
            self.server = None


def call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: Any) -> None:
    """Call it on the loop, from any thread; nothing where the loop has ended."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        return
