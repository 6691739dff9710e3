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
from workspaces.coder.sources import WorkspaceListPoll, WorkspaceWatch
from workspaces.gateway import connection
from workspaces.live.build_topic import OfBuild
from workspaces.live.counts import StreamCounts, zero_refusals
from workspaces.live.database_poller import DatabasePoller
from workspaces.live.list_topic import OfList
from workspaces.live.streams import (
    HEADERS,
    SESSION_EXPIRED,
    EventStream,
    Topic,
    encode_event,
    encode_farewell,
    encode_retry,
)
from workspaces.live.subscribers import Subscriber, ViewCache, identify_subscriber, run_in_thread
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


class EventBroadcaster:
    """The streams of this process and what they look at. It lives on one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        limits = Limits(streams=settings.LIVE_MAX_WATCHES)
        self.http = connection.open_streaming_client()
        self.hub = Hub(self.http, limits=limits)
        self.views = ViewCache()
        self.streams: set[EventStream] = set()
        self.streams_by_person: Counter[UUID] = Counter()
        self.refusals = Counter(zero_refusals())  # by why
        self.closing = False
        self.database_poller = DatabasePoller(self)

    # ---- a stream

    async def serve(
        self, topic_of: Callable[["EventBroadcaster", Subscriber], Topic], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """One stream, until its end or until the browser leaves."""
        await receive()  # the request; what comes after it is the disconnect
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        begun = time.monotonic()
        try:
            visitor = await run_in_thread(identify_subscriber, scope)
        except SignInRequired:
            self.refusals["session-expired"] += 1
            await send_final(send, SESSION_EXPIRED)
            return
        if full := self.refusal_reason(visitor):
            self.refusals[full] += 1
            await send_final(send, encode_retry(BUSY) + encode_event("busy"))
            return
        stream = EventStream(send, visitor, topic_of(self, visitor))
        self.register(stream)
        leaving: asyncio.Future[Any] = asyncio.ensure_future(receive())
        timers = [
            self.loop.call_later(LONGEST * random.uniform(0.9, 1.0), stream.finish, encode_farewell(AT_ONCE)),  # noqa: S311  # no secret
            self.loop.call_later(CHECK, self.check_session, stream, scope),
        ]
        try:
            await send(
                {"type": "http.response.body", "body": encode_retry(2000) + encode_event("live"), "more_body": True}
            )
            stream.start()
            await asyncio.wait([leaving, stream.finished], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for timer in timers:
                timer.cancel()
            leaving.cancel()
            self.unregister(stream)
            await stream.close()
            told = {
                "path": scope["path"],
                "person": visitor.person.username,
                "ms": round((time.monotonic() - begun) * 1000),
            }
            logger.info("stream", extra=told)

    def refusal_reason(self, visitor: Subscriber) -> str:
        """Why there is no place for one more (see counts.REFUSAL_REASONS); "" where there is."""
        if self.closing:
            return "closing"
        if len(self.streams) >= settings.LIVE_MAX_STREAMS:
            return "process"
        return "person" if self.streams_by_person[visitor.person.id] >= settings.LIVE_MAX_STREAMS_PERSON else ""

    def counts(self) -> StreamCounts:
        """How many there are; from any thread."""
        return StreamCounts(
            streams=len(self.streams),
            refused=dict(self.refusals),
            watches=self.hub.open_streams.copy().total(),
            sources=Counter(source.metric_label for source in tuple(self.hub.sources.values())),
        )

    def register(self, stream: EventStream) -> None:
        """It is open."""
        self.streams.add(stream)
        self.streams_by_person[stream.subscriber.person.id] += 1
        self.database_poller.start()

    def unregister(self, stream: EventStream) -> None:
        """It is open no longer."""
        self.streams.discard(stream)
        self.streams_by_person[stream.subscriber.person.id] -= 1
        self.streams_by_person += Counter()

    def check_session(self, stream: EventStream, scope: Scope) -> None:
        """See whether the session of a stream is as good as it was."""

        async def look() -> None:
            try:
                await run_in_thread(identify_subscriber, scope)
            except SignInRequired:
                stream.finish(SESSION_EXPIRED)
            except DatabaseFault as error:  # the next look will tell
                logger.warning("The database does not answer the streams (%s).", type(error).__name__)

        if stream in self.streams:
            task = self.loop.create_task(look())
            task.add_done_callback(lambda _: self.loop.call_later(CHECK, self.check_session, stream, scope))

    # ---- what happens meanwhile

    def refresh_sources(self, fingerprint: str, workspace_id: UUID | None) -> None:
        """Something was written with this token: look again at the workspace, and at all lists."""
        for source in self.hub.sources_of_token(fingerprint):
            if isinstance(source, WorkspaceListPoll):
                source.refresh()
            elif isinstance(source, WorkspaceWatch) and source.workspace_id == workspace_id:
                source.refresh_after_write()
        self.database_poller.poll_now()

    def end_sessions(self, *keys: str) -> None:
        """These sessions have ended: so do their streams."""
        ended = [stream for stream in self.streams if stream.subscriber.session_key in keys]
        for stream in ended:
            stream.finish(SESSION_EXPIRED)
            self.views.remove_token(stream.subscriber.access.fingerprint)

    def on_workspace_changed(self, *, fingerprint: str, workspace_id: UUID | None, **_: object) -> None:
        """Receive the signal `workspace_changed`, from any thread."""
        call_on_loop(self.loop, self.refresh_sources, fingerprint, workspace_id)

    def on_session_ended(self, *, session_key: str | None, **_: object) -> None:
        """Receive the signal `session_ended`, from any thread."""
        if session_key:
            call_on_loop(self.loop, self.end_sessions, session_key)

    def finish_all(self) -> None:
        """The process ends: every browser is told when to come back, not all at the same moment."""
        self.closing = True
        for stream in tuple(self.streams):
            stream.finish(encode_farewell(random.randrange(500, SPREAD)))  # noqa: S311  # no secret

    async def close(self) -> None:
        """End everything."""
        self.finish_all()
        self.database_poller.close()
        await self.hub.close()
        await self.http.aclose()


async def send_final(send: Send, told: bytes) -> None:
    """All that a stream says."""
    await send({"type": "http.response.body", "body": told, "more_body": False})


class StreamApplication:
    """The streams' place in the ASGI application: made when the loop runs, gone with it."""

    def __init__(self) -> None:
        self.server: EventBroadcaster | None = None

    def match(self, scope: Mapping[str, Any]) -> Callable[[EventBroadcaster, Subscriber], Topic] | None:
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
        self, topic: Callable[[EventBroadcaster, Subscriber], Topic], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """One stream."""
        await self.broadcaster().serve(topic, scope, receive, send)

    def broadcaster(self) -> EventBroadcaster:
        """The server; the first stream makes it."""
        if self.server is None:
            server = self.server = EventBroadcaster()
            workspace_changed.connect(server.on_workspace_changed)
            session_ended.connect(server.on_session_ended)
        return self.server

    def counts(self) -> StreamCounts:
        """Return the figures of the process, zeros before its first stream. Safe to call from any thread."""
        return self.server.counts() if self.server else StreamCounts()

    def handle_sigterm(self) -> None:
        """End the streams when the process is told to end: the server waits for them before it says so itself."""
        loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

        def bye(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.finish_all)
            if callable(before):
                before(number, frame)

        try:
            signal.signal(signal.SIGTERM, bye)
        except ValueError:
            return  # not in the main thread, where nobody is sent signals

    def finish_all(self) -> None:
        """The process ends."""
        if self.server:
            self.server.finish_all()

    async def close(self) -> None:
        """End what is open."""
        if self.server:
            workspace_changed.disconnect(self.server.on_workspace_changed)
            session_ended.disconnect(self.server.on_session_ended)
            await self.server.close()
            self.server = None


def call_on_loop(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: Any) -> None:
    """Call it on the loop, from any thread; nothing where the loop has ended."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        return
