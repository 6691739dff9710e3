"""One event stream to a browser, encoded as Server-Sent Events. It has a task only while it writes."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from django.utils import timezone
from starlette.types import Send

from workspaces.live.subscribers import Subscriber
from workspaces.present.times import to_milliseconds

LINE_END = re.compile("\r\n|\n|\r")  # exactly what browsers treat as a line end in an event stream
FINAL_WRITE_TIMEOUT_S = 0.5  # how long the final event may wait for the browser to read
HEARTBEAT_S = 15.0  # between two events: proxies close silent connections, and the page's script takes them for lost
NEVER_RECONNECT_MS = 3_600_000  # the page's script closes a stream with such a retry time
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # otherwise nginx buffers events
    (b"x-content-type-options", b"nosniff"),
]


def encode_event(name: str, data: str = "") -> bytes:
    """Return an event in the format of Server-Sent Events."""
    lines = "".join(f"data: {line}\n" for line in LINE_END.split(data))
    return f"event: {name}\n{lines}\n".encode()


def encode_retry(ms: int) -> bytes:
    """Return the field that sets the reconnect delay of the browser, in ms."""
    return b"retry: %d\n\n" % ms


def encode_reconnect(ms: int) -> bytes:
    """Return the final event of a stream to which the browser reconnects after this delay, in ms."""
    return encode_retry(ms) + encode_event("reconnect", str(ms))


def encode_final_event(name: str, data: str = "") -> bytes:
    """Return the final event of a stream to which the browser does not reconnect."""
    return encode_retry(NEVER_RECONNECT_MS) + encode_event(name, data)


def current_ms() -> str:
    """Return the portal's time in ms since 1970: scripts count times from it, and not by the browser's clock."""
    return str(to_milliseconds(timezone.now()))


RETRY_WHEN_BUSY_MS = 60_000
BUSY = encode_retry(RETRY_WHEN_BUSY_MS) + encode_event("busy")
SESSION_EXPIRED = encode_final_event("session-expired")


def abort_connection(send: Send) -> None:
    """Close the connection with its unread data: otherwise a stopping server waits until the client has read it.

    ASGI has no message for this; `send` of uvicorn is a method of the object that owns the transport.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()


class Topic(Protocol):
    """The subject of a stream."""

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the sources of the topic. They call `wake` when there may be events."""

    def events(self) -> AsyncIterator[bytes]:
        """Yield the events for what the browser does not show yet. Raises StreamFinished after the last one."""

    def close(self) -> None:
        """Unsubscribe from all sources."""


class StreamFinished(Exception):
    """The topic has no further events. The stream ends with `final_event`."""

    def __init__(self, final_event: bytes) -> None:
        super().__init__()
        self.final_event = final_event


class EventStream:
    """An open stream of one tab. `finished` is resolved with the final event when the stream must end."""

    __slots__ = (  # a process holds thousands of streams
        "_has_changes",
        "_heartbeat_due",
        "_heartbeat_timer",
        "_send",
        "_task",
        "finished",
        "loop",
        "subscriber",
        "topic",
    )

    def __init__(self, send: Send, subscriber: Subscriber, topic: Topic) -> None:
        self.subscriber = subscriber
        self.topic = topic
        self.loop = asyncio.get_running_loop()
        self.finished: asyncio.Future[bytes] = self.loop.create_future()
        self._send = send
        self._has_changes = self._heartbeat_due = False
        self._task: asyncio.Task[None] | None = None
        self._heartbeat_timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Open the topic and start the heartbeat."""
        self.topic.open(self.wake)
        self._heartbeat_timer = self.loop.call_later(HEARTBEAT_S, self._on_heartbeat)

    def wake(self, _source: object = None) -> None:
        """Ask the topic for events, now or after the current write."""
        self._has_changes = True
        self._ensure_task()

    def finish(self, final_event: bytes = b"") -> None:
        """End the stream with this event."""
        if not self.finished.done():
            self.finished.set_result(final_event)

    async def close(self) -> None:
        """Close the topic and send the final event if the browser still reads."""
        if self._heartbeat_timer:
            self._heartbeat_timer.cancel()
        self.topic.close()
        if self._task:
            self._task.cancel()
        try:
            async with asyncio.timeout(FINAL_WRITE_TIMEOUT_S):
                await self._write(self.finished.result() if self.finished.done() else b"", more=False)
        except TimeoutError:
            abort_connection(self._send)
            await asyncio.sleep(0)  # let the server process the abort: it would log a missing end of the response
        except OSError:
            return  # the browser has disconnected

    def _ensure_task(self) -> None:
        if self._task is None and not self.finished.done():
            self._task = self.loop.create_task(self._write_pending())

    async def _write_pending(self) -> None:
        try:
            while self._has_changes or self._heartbeat_due:
                if self._has_changes:
                    self._has_changes = False
                    async for event in self.topic.events():
                        await self._write(event)
                        self._heartbeat_due = False
                if self._heartbeat_due:
                    self._heartbeat_due = False
                    await self._write(encode_event("beat", current_ms()))
        except StreamFinished as finished:
            self.finish(finished.final_event)
        except OSError:
            self.finish()  # the browser has disconnected
        except Exception as error:
            self.finish()
            self.loop.call_exception_handler({"message": "A stream broke.", "exception": error})
        finally:
            self._task = None

    async def _write(self, data: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    def _on_heartbeat(self) -> None:
        self._heartbeat_due = True
        self._heartbeat_timer = self.loop.call_later(HEARTBEAT_S, self._on_heartbeat)
        self._ensure_task()
