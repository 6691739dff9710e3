"""Tabs of a browser without the browser: each holds one stream of the portal's, on one socket, and nothing else."""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

FIRST, LONGEST = 1.0, 30.0  # s, as live.js waits where a portal is away
FAREWELL = re.compile(rb"event: farewell\ndata: (\d+)")
PATIENCE = 60.0  # s
AT_ONCE = 50  # that are being opened


class Tab(asyncio.Protocol):
    """One stream. `live` is when it was said to be live, `told` when the newest fragment was there, whole."""

    def __init__(self, portal: str, path: str, cookie: str, changed: Callable[[], None]) -> None:
        place = urlsplit(portal)
        self.host, self.port = str(place.hostname), int(place.port or 80)
        head = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\nAccept: text/event-stream"
        self.request = f"{head}\r\n\r\n".encode()
        self.changed = changed
        self.live = self.told = 0.0  # time.time()
        self.comes_back = False
        self.opened = 0  # times
        self.transport: asyncio.Transport | None = None
        self._wait, self._next = FIRST, 0.0
        self._later: asyncio.TimerHandle | None = None
        self._opening: asyncio.Task[None] | None = None
        self._inside = False  # a fragment

    async def open(self) -> None:
        """Connect and ask; where nobody is there, later again."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, self.host, self.port)
        except OSError:
            self._again()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is connected."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """A part of the stream: uvicorn sends what is written at once as one chunk, which ends in CR LF."""
        now = time.time()
        if b"event: live\n" in data:
            self.live, self._wait = now, FIRST
            self.opened += 1
            self.changed()
        if found := FAREWELL.search(data):
            self._next = int(found[1]) / 1000
        self._inside = self._inside or b"event: states\n" in data
        if self._inside and data.endswith(b"\n\n\r\n"):
            self._inside, self.told = False, now
            self.changed()

    def connection_lost(self, error: Exception | None) -> None:
        """The stream has ended."""
        self.transport = None
        self._again()

    def _again(self) -> None:
        if not self.comes_back:
            return
        wait = self._next or self._wait * random.uniform(1, 1.5)  # noqa: S311  # no secret
        if not self._next:
            self._wait = min(self._wait * 2, LONGEST)
        self._next = 0.0
        self._later = asyncio.get_running_loop().call_later(wait, self._reopen)

    def _reopen(self) -> None:
        self._opening = asyncio.ensure_future(self.open())

    def close(self) -> None:
        """Leave for good."""
        self.comes_back = False
        if self._later:
            self._later.cancel()
        if self.transport:
            self.transport.abort()


class Tabs:
    """Many of them."""

    def __init__(self, portal: str, cookie: str) -> None:
        self.portal, self.cookie = portal, cookie
        self.all: list[Tab] = []
        self._changed = asyncio.Event()

    async def open(self, paths: Sequence[str]) -> None:
        """Open one at each of these addresses, and wait until each is live."""
        new = [Tab(self.portal, path, self.cookie, self._changed.set) for path in paths]
        self.all += new
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            await asyncio.gather(*(tab.open() for tab in some))
            await self.until(lambda some=some: all(tab.live for tab in some))  # type: ignore[misc]

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until it is so. Raises SystemExit where that takes longer than PATIENCE."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise SystemExit(f"after {PATIENCE:.0f} s not all tabs were told") from None

    async def close(self) -> None:
        """Leave, all of them."""
        for tab in self.all:
            tab.close()
        self.all.clear()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.2)
