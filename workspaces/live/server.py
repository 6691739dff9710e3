"""The event streams of one process: accept, count and end them."""

import asyncio
import logging
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from io import BytesIO
from types import FrameType
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseError
from django.urls import Resolver404, resolve
from starlette.types import Receive, Scope, Send

from workspaces.auth.sessions import SignInRequired
from workspaces.coder.hub import Hub, Limits
from workspaces.coder.sources import WorkspaceListPoll, WorkspaceWatch
from workspaces.gateway import connection
from workspaces.live.build_topic import BuildTopic
from workspaces.live.context import StreamContext
from workspaces.live.counts import StreamCounts, zero_refusals
from workspaces.live.database_poller import DatabasePoller
from workspaces.live.fleet_topic import FleetTopic
from workspaces.live.frame_topics import FrameListTopic, FrameWorkspaceTopic
from workspaces.live.list_topic import ListTopic
from workspaces.live.operation_topic import OperationTopic
from workspaces.live.streams import (
    BUSY,
    HEADERS,
    SESSION_EXPIRED,
    EventStream,
    Topic,
    current_ms,
    encode_event,
    encode_reconnect,
    encode_retry,
)
from workspaces.live.subscribers import Subscriber, ViewCache, identify_subscriber, run_in_thread
from workspaces.live.workspace_topic import WorkspaceTopic
from workspaces.signals import session_ended, workspace_changed

type TopicFactory = Callable[[StreamContext, Subscriber], Topic]

MAX_STREAM_S = 900.0  # the browser then reconnects, to whichever process serves it
SESSION_CHECK_S = 300.0  # between two checks that the session of a stream is still valid
RETRY_AFTER_ERROR_MS = 2000  # after a lost connection
RETRY_AT_ONCE_MS = 100
RETRY_AFTER_SHUTDOWN_MS = (500, 3000)  # a random delay, so that browsers do not reconnect at the same moment

# By the name of the URL pattern.
TOPICS: Mapping[str, Callable[..., Topic]] = {
    "live_list": ListTopic,
    "live_workspace": WorkspaceTopic,
    "live_build": BuildTopic,
    "live_operation": OperationTopic,
    "live_staff_workspaces": FleetTopic,
    "embed_live_list": FrameListTopic,
    "embed_live_workspace": FrameWorkspaceTopic,
}

logger = logging.getLogger("portal.live")


class EventBroadcaster:
    """The open streams of this process and the sources that they share. It belongs to one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.http = connection.open_streaming_client()
        self.streams: set[EventStream] = set()
        self.streams_by_person: Counter[UUID] = Counter()
        self.refusals = Counter(zero_refusals())
        self.opening = 0  # streams whose session is being read
        self.closing = False
        self.context = StreamContext(
            hub=Hub(self.http, limits=Limits(streams=settings.LIVE_MAX_WATCHES)),
            views=ViewCache(),
            database_poller=DatabasePoller(self.streams, self.end_sessions),
        )

    async def serve(self, make_topic: TopicFactory, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream until it ends or the browser disconnects."""
        await receive()  # the request; the next message is the disconnect
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        started = time.monotonic()
        if len(self.streams) + self.opening >= settings.LIVE_MAX_STREAMS:  # before a thread reads the session
            self.refusals["process"] += 1
            await send_final(send, BUSY)
            return
        self.opening += 1
        try:
            subscriber = await run_in_thread(identify_subscriber, scope)
        except SignInRequired:
            self.refusals["session-expired"] += 1
            await send_final(send, SESSION_EXPIRED)
            return
        finally:
            self.opening -= 1
        if reason := self.refusal_reason(subscriber):
            self.refusals[reason] += 1
            await send_final(send, BUSY)
            return
        stream = EventStream(send, subscriber, make_topic(self.context, subscriber))
        self.register(stream)
        disconnected: asyncio.Future[Any] = asyncio.ensure_future(receive())
        lifetime_s = MAX_STREAM_S * random.uniform(0.9, 1.0)  # noqa: S311  # no secret
        timers = [
            self.loop.call_later(lifetime_s, stream.finish, encode_reconnect(RETRY_AT_ONCE_MS)),
            self.loop.call_later(SESSION_CHECK_S, self.check_session, stream, scope),
        ]
        try:
            opening = encode_retry(RETRY_AFTER_ERROR_MS) + encode_event("live", current_ms())
            await send({"type": "http.response.body", "body": opening, "more_body": True})
            stream.start()
            await asyncio.wait([disconnected, stream.finished], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for timer in timers:
                timer.cancel()
            disconnected.cancel()
            self.unregister(stream)
            await stream.close()
            details = {
                "path": scope["path"],
                "person": subscriber.person.username,
                "ms": round((time.monotonic() - started) * 1000),
            }
            logger.info("stream", extra=details)

    def refusal_reason(self, subscriber: Subscriber) -> str:
        """Return why a further stream is refused (one of counts.REFUSAL_REASONS); "" if it is accepted."""
        if self.closing:
            return "closing"
        too_many = self.streams_by_person[subscriber.person.id] >= settings.LIVE_MAX_STREAMS_PERSON
        return "person" if too_many else ""

    def counts(self) -> StreamCounts:
        """Return the figures of the process. Safe to call from any thread."""
        hub = self.context.hub
        return StreamCounts(
            streams=len(self.streams),
            refused=dict(self.refusals),
            watches=hub.open_streams.copy().total(),
            sources=Counter(source.metric_label for source in tuple(hub.sources.values())),
        )

    def register(self, stream: EventStream) -> None:
        """Add an open stream."""
        self.streams.add(stream)
        self.streams_by_person[stream.subscriber.person.id] += 1
        self.context.database_poller.start()

    def unregister(self, stream: EventStream) -> None:
        """Remove a stream that ends."""
        self.streams.discard(stream)
        self.streams_by_person[stream.subscriber.person.id] -= 1
        self.streams_by_person += Counter()  # drops counts of zero

    def check_session(self, stream: EventStream, scope: Scope) -> None:
        """End the stream if its session is no longer valid; otherwise check again later."""

        async def check() -> None:
            try:
                await run_in_thread(identify_subscriber, scope)
            except SignInRequired:
                stream.finish(SESSION_EXPIRED)
            except DatabaseError as error:  # the next check decides
                logger.warning("The database does not answer the streams (%s).", type(error).__name__)

        if stream in self.streams:
            task = self.loop.create_task(check())
            task.add_done_callback(lambda _: self.loop.call_later(SESSION_CHECK_S, self.check_session, stream, scope))

    def refresh_sources(self, fingerprint: str, workspace_id: UUID | None) -> None:
        """Refresh the workspace and all lists of a token that was used to write to Coder."""
        for source in self.context.hub.sources_of_token(fingerprint):
            if isinstance(source, WorkspaceListPoll):
                source.refresh()
            elif isinstance(source, WorkspaceWatch) and source.workspace_id == workspace_id:
                source.refresh_after_write()
        self.context.database_poller.poll_now()

    def end_sessions(self, *key_hashes: str) -> None:
        """End the streams of sessions that have ended."""
        for stream in [stream for stream in self.streams if stream.subscriber.key_hash in key_hashes]:
            stream.finish(SESSION_EXPIRED)
            self.context.views.remove_token(stream.subscriber.access.fingerprint)

    def on_workspace_changed(self, *, fingerprint: str, workspace_id: UUID | None, **_: object) -> None:
        """Receive the signal `workspace_changed`, from any thread."""
        call_on_loop(self.loop, self.refresh_sources, fingerprint, workspace_id)

    def on_session_ended(self, *, key_hash: str, **_: object) -> None:
        """Receive the signal `session_ended`, from any thread."""
        call_on_loop(self.loop, self.end_sessions, key_hash)

    def finish_all(self) -> None:
        """End all streams because the process shuts down, and refuse further ones."""
        self.closing = True
        for stream in tuple(self.streams):
            stream.finish(encode_reconnect(random.randrange(*RETRY_AFTER_SHUTDOWN_MS)))  # noqa: S311  # no secret

    async def close(self) -> None:
        """End all streams and sources."""
        self.finish_all()
        self.context.database_poller.close()
        await self.context.hub.close()
        await self.http.aclose()


async def send_final(send: Send, body: bytes) -> None:
    """Send the body of a stream that is refused."""
    await send({"type": "http.response.body", "body": body, "more_body": False})


def is_host_allowed(scope: Mapping[str, Any]) -> bool:
    """Return whether the portal serves the host that a request names."""
    try:
        ASGIRequest(dict(scope), BytesIO()).get_host()
    except DisallowedHost:
        return False
    return True


class StreamApplication:
    """The ASGI application for streams. It creates the broadcaster with the first stream."""

    def __init__(self) -> None:
        self._broadcaster: EventBroadcaster | None = None

    def match(self, scope: Mapping[str, Any]) -> TopicFactory | None:
        """Return the topic of the stream at this URL; None if the URL is not that of a stream.

        Also None for a host that the portal does not serve: the pages refuse it.
        """
        prefixes = ("/live/", "/embed/live/") if settings.EMBED_ALLOWED_ORIGINS else ("/live/",)
        if not scope["path"].startswith(prefixes) or scope["method"] != "GET" or not is_host_allowed(scope):
            return None
        try:
            match = resolve(scope["path"])
        except Resolver404:
            return None
        topic_class, query_string = TOPICS[str(match.url_name)], scope["query_string"].decode("ascii", "replace")
        return lambda context, subscriber: topic_class(context, subscriber, query_string, **match.kwargs)

    async def serve(self, make_topic: TopicFactory, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream."""
        await self.broadcaster().serve(make_topic, scope, receive, send)

    def broadcaster(self) -> EventBroadcaster:
        """Return the broadcaster. The first call creates it and connects it to the signals."""
        if self._broadcaster is None:
            broadcaster = self._broadcaster = EventBroadcaster()
            workspace_changed.connect(broadcaster.on_workspace_changed)
            session_ended.connect(broadcaster.on_session_ended)
        return self._broadcaster

    def counts(self) -> StreamCounts:
        """Return the figures of the process, zeros before its first stream. Safe to call from any thread."""
        return self._broadcaster.counts() if self._broadcaster else StreamCounts()

    def handle_sigterm(self) -> None:
        """End the streams on SIGTERM: the server would wait for them before it ends the lifespan."""
        loop, previous = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

        def on_sigterm(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.finish_all)
            if callable(previous):
                previous(number, frame)

        try:
            signal.signal(signal.SIGTERM, on_sigterm)
        except ValueError:
            return  # only the main thread receives signals

    def finish_all(self) -> None:
        """End all streams because the process shuts down."""
        if self._broadcaster:
            self._broadcaster.finish_all()

    async def close(self) -> None:
        """Disconnect from the signals and end all streams."""
        if self._broadcaster:
            workspace_changed.disconnect(self._broadcaster.on_workspace_changed)
            session_ended.disconnect(self._broadcaster.on_session_ended)
            await self._broadcaster.close()
            self._broadcaster = None


def call_on_loop(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *args: Any) -> None:
    """Call a function on the loop, from any thread. Do nothing if the loop is closed."""
    try:
        loop.call_soon_threadsafe(function, *args)
    except RuntimeError:
        return
