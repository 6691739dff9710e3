"""One open stream: what it has to tell, as Server-Sent Events. A task exists only while something is written."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from workspaces.live.subscribers import Visitor

type Message = MutableMapping[str, Any]
type Send = Callable[[Message], Awaitable[None]]

LINE_END = re.compile("\r\n|\n|\r")  # what a browser takes for the end of a line, and nothing else
FAREWELL = 0.5  # s that a browser may take to read the last words
BEAT = 15.0  # s between two signs of life
NEVER = 3_600_000  # ms: who is told to stay away closes the stream by itself
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep events until there are many
    (b"x-content-type-options", b"nosniff"),
]


def event(name: str, data: str = "") -> bytes:
    """An event as a browser reads it."""
    lines = "".join(f"data: {line}\n" for line in LINE_END.split(data))
    return f"event: {name}\n{lines}\n".encode()


def retry(ms: int) -> bytes:
    """After how long the browser shall come back once this stream has ended."""
    return b"retry: %d\n\n" % ms


def farewell(ms: int) -> bytes:
    """The last words of a stream to which the browser shall come back, after so long."""
    return retry(ms) + event("farewell", str(ms))


def last(name: str, data: str = "") -> bytes:
    """The last words of a stream to which the browser shall not come back by itself."""
    return retry(NEVER) + event(name, data)


EXPIRED = last("session-expired")


def abort(send: Send) -> None:
    """Close the connection with what is unread in it: a server that ends would wait until that has been read.

    ASGI has no word for it; uvicorn's `send` belongs to what holds the connection.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()


class Topic(Protocol):
    """What a stream is about."""

    def open(self, wake: Callable[..., None]) -> None:
        """Look at what there is; call `wake` whenever there may be news."""

    def news(self) -> AsyncIterator[bytes]:
        """The events that tell what the browser does not show yet. Raises Over after the last one."""

    def close(self) -> None:
        """Look no longer."""


class Over(Exception):
    """There is nothing more to tell: the stream ends with `last`, and the browser is not to come back by itself."""

    def __init__(self, last: bytes) -> None:
        super().__init__()
        self.last = last


class Stream:
    """A browser that listens. `gone` is done when it shall end, with its last words."""

    __slots__ = ("_beat_later", "_beating", "_dirty", "_send", "_task", "gone", "loop", "topic", "visitor")  # thousands

    def __init__(self, send: Send, visitor: Visitor, topic: Topic) -> None:
        self.visitor = visitor
        self.topic = topic
        self.loop = asyncio.get_running_loop()
        self.gone: asyncio.Future[bytes] = self.loop.create_future()
        self._send = send
        self._dirty = self._beating = False
        self._task: asyncio.Task[None] | None = None
        self._beat_later: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look, and tell."""
        self.topic.open(self.wake)
        self._beat_later = self.loop.call_later(BEAT, self._beat)

    def wake(self, _source: object = None) -> None:
        """There may be news."""
        self._dirty = True
        if self._task is None and not self.gone.done():
            self._task = self.loop.create_task(self._flush())

    def end(self, last: bytes = b"") -> None:
        """It is over, after these words."""
        if not self.gone.done():
            self.gone.set_result(last)

    async def close(self) -> None:
        """Look no longer, say the last words to whoever listens still, and end."""
        if self._beat_later:
            self._beat_later.cancel()
        self.topic.close()
        if self._task:
            self._task.cancel()
        try:
            async with asyncio.timeout(FAREWELL):
                await self._write(self.gone.result() if self.gone.done() else b"", more=False)
        except TimeoutError:
            abort(self._send)  # who does not read, is not waited for
            await asyncio.sleep(0)  # the server learns of it, and does not complain that there were no last words
        except OSError:
            return  # it has left

    async def _flush(self) -> None:
        try:
            while self._dirty or self._beating:
                if self._dirty:
                    self._dirty = False
                    async for told in self.topic.news():
                        await self._write(told)
                        self._beating = False
                if self._beating:
                    self._beating = False
                    await self._write(b":\n\n")
        except Over as over:
            self.end(over.last)
        except OSError:
            self.end()  # it has left
        except Exception as error:
            self.end()
            self.loop.call_exception_handler({"message": "A stream broke.", "exception": error})
        finally:
            self._task = None

    async def _write(self, told: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": told, "more_body": more})

    def _beat(self) -> None:
        """Say that it lives: proxies end what is silent."""
        self._beating = True
        self._beat_later = self.loop.call_later(BEAT, self._beat)
        if self._task is None and not self.gone.done():
            self._task = self.loop.create_task(self._flush())
