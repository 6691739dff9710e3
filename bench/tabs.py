"""Clients that behave like a browser's tabs with an event stream: one socket each, and nothing else."""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

RECONNECT_MIN_S, RECONNECT_MAX_S = 1.0, 30.0  # as in live.js
RECONNECT_EVENT = re.compile(rb"event: reconnect\ndata: (\d+)")
TIMEOUT_S = 60.0
CONCURRENT_OPENS = 50


class Tab(asyncio.Protocol):
    """One stream. `live_at` is the time of its `live` event, `state_at` that of its newest complete state."""

    def __init__(self, portal_url: str, path: str, cookie: str, on_change: Callable[[], None]) -> None:
        url = urlsplit(portal_url)
        self.host, self.port = str(url.hostname), int(url.port or 80)
        head = f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\nCookie: {cookie}\r\nAccept: text/event-stream"
        self.request = f"{head}\r\n\r\n".encode()
        self.on_change = on_change
        self.live_at = self.state_at = 0.0  # time.time()
        self.reconnects = False
        self.open_count = 0
        self.transport: asyncio.Transport | None = None
        self._backoff_s, self._announced_delay_s = RECONNECT_MIN_S, 0.0
        self._reconnect_timer: asyncio.TimerHandle | None = None
        self._reconnect_task: asyncio.Task[None] | None = None
        self._inside_state = False  # a `states` event has begun and not ended

    async def open(self) -> None:
        """Connect and send the request. Schedule a reconnect if the connection fails."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, self.host, self.port)
        except OSError:
            self._schedule_reconnect()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Record the events. uvicorn sends each write as one chunk, which ends with CR LF."""
        now = time.time()
        if b"event: live\n" in data:
            self.live_at, self._backoff_s = now, RECONNECT_MIN_S
            self.open_count += 1
            self.on_change()
        if reconnect := RECONNECT_EVENT.search(data):
            self._announced_delay_s = int(reconnect[1]) / 1000
        self._inside_state = self._inside_state or b"event: states\n" in data
        if self._inside_state and data.endswith(b"\n\n\r\n"):
            self._inside_state, self.state_at = False, now
            self.on_change()

    def connection_lost(self, error: Exception | None) -> None:
        """Schedule a reconnect."""
        self.transport = None
        self._schedule_reconnect()

    def _schedule_reconnect(self) -> None:
        if not self.reconnects:
            return
        delay_s = self._announced_delay_s or self._backoff_s * random.uniform(1, 1.5)  # noqa: S311  # no secret
        if not self._announced_delay_s:
            self._backoff_s = min(self._backoff_s * 2, RECONNECT_MAX_S)
        self._announced_delay_s = 0.0
        self._reconnect_timer = asyncio.get_running_loop().call_later(delay_s, self._reconnect)

    def _reconnect(self) -> None:
        self._reconnect_task = asyncio.ensure_future(self.open())

    def close(self) -> None:
        """Close the connection for good."""
        self.reconnects = False
        if self._reconnect_timer:
            self._reconnect_timer.cancel()
        if self.transport:
            self.transport.abort()


class TabGroup:
    """The open tabs of one session."""

    def __init__(self, portal_url: str, cookie: str) -> None:
        self.portal_url, self.cookie = portal_url, cookie
        self.tabs: list[Tab] = []
        self._changed = asyncio.Event()

    async def open(self, paths: Sequence[str]) -> None:
        """Open a tab at each path and wait until all are live."""
        opened = [Tab(self.portal_url, path, self.cookie, self._changed.set) for path in paths]
        self.tabs += opened
        for start in range(0, len(opened), CONCURRENT_OPENS):
            batch = opened[start : start + CONCURRENT_OPENS]
            await asyncio.gather(*(tab.open() for tab in batch))
            await self.wait_until(lambda batch=batch: all(tab.live_at for tab in batch))  # type: ignore[misc]

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds. Raises SystemExit after TIMEOUT_S."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise SystemExit(f"not all tabs have received their events after {TIMEOUT_S:.0f} s") from None

    async def close(self) -> None:
        """Close all tabs."""
        for tab in self.tabs:
            tab.close()
        self.tabs.clear()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.2)
