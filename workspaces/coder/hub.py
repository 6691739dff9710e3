"""What many look at and Coder is asked for once: sources, kept by token, for as long as somebody looks.

The hub lives on one event loop. A source is shared by all tabs of one session and by nobody else: its key begins with
the token's fingerprint. Latest state wins: whoever is slow skips states, and none are queued.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from workspaces.coder.client import AsyncCoder
from workspaces.coder.errors import CallError, CoderError, Forbidden, Gone, Invalid, NotFound, SessionEnded, Unreachable

# After these it is of no use to ask again: the token, the workspace or the right to see it is gone, or q is wrong.
FINAL = (SessionEnded, Forbidden, NotFound, Gone, Invalid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often Coder is asked, and for how long one waits. All in s."""

    first: float = 0.5  # after a stream was lost
    longest: float = 30.0
    sound: float = 10.0  # a stream that has lasted so long was a good one: the next waits are short again
    stall: float = 45.0  # of silence, in which three signs of life were due
    grace: float = 3.0  # a source goes on after the last one who looked
    again: float = 60.0  # for what no stream tells
    busy: float = 5.0  # between two looks at a list in which something changes
    idle: float = 30.0
    soon: float = 0.5  # after something happened that changes a list
    log: float = 1.0  # between two looks at a log that grows


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many streams of Coder's are open at the same time; what is beyond, is polled."""

    watches: int = 500
    watches_of_token: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """As whom Coder is asked. Its repr hides the token."""

    token: str = field(repr=False)
    fingerprint: str
    forwarded_for: str | None = None


logger = logging.getLogger("portal.live")

type Key = tuple[Any, ...]
type Reader = Callable[["Source"], None]


class Source:
    """One thing that is asked of Coder again and again. Whoever looks is called after each change.

    `version` grows with each change. `trouble` is why nothing is known now, since `since`; `over` is why it never will
    be again, and `complete` that there will be nothing more.
    """

    streams = False  # it holds a stream of Coder's open

    def __init__(self, hub: "Hub", access: Access, key: Key) -> None:
        self.hub = hub
        self.access = access
        self.key = key
        self.pace = hub.pace
        self.readers: set[Reader] = set()
        self.version = 0
        self.trouble: CoderError | None = None
        self.since: datetime | None = None
        self.over: CallError | None = None
        self.complete = False
        self.coder_version = ""
        self.kept: dict[Any, Any] = {}  # what readers made of this version, for each other
        self._lost_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._leaving: asyncio.TimerHandle | None = None

    async def look(self) -> None:
        """Ask until a stream ends, or there is nothing more to come. Raises CoderError."""
        raise NotImplementedError

    @property
    def known(self) -> bool:
        """Whether there is something to show."""
        return self.version > 0

    def coder(self) -> AsyncCoder:
        """Coder, for one call or one stream."""
        return AsyncCoder(self.hub.http, self.access.token, forwarded_for=self.access.forwarded_for)

    def changed(self) -> None:
        """There is a new state: tell all who look."""
        self.version += 1
        self.kept.clear()
        self.well()
        self.tell()

    def well(self) -> None:
        """Coder answers."""
        self.trouble = self.since = self._lost_at = None

    def tell(self) -> None:
        """Call all who look."""
        for reader in tuple(self.readers):
            reader(self)

    # ---- its life

    def join(self, reader: Reader) -> None:
        """Somebody looks."""
        self.readers.add(reader)
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def leave(self, reader: Reader) -> None:
        """Somebody looks no longer; the last one leaves it going for a while."""
        self.readers.discard(reader)
        if not self.readers and self._leaving is None:
            self._leaving = asyncio.get_running_loop().call_later(self.pace.grace, self.stop)

    def stop(self) -> None:
        """Ask no more."""
        self.hub.forget(self)
        if self._leaving:
            self._leaving.cancel()
        if self._task:
            self._task.cancel()

    async def _run(self) -> None:
        """Look, and look again after whatever went wrong, later each time."""
        fails = 0
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            error: CoderError | None = None
            try:
                await self.look()
            except FINAL as final:
                self.end(final)
                return
            except CoderError as passing:
                error = passing
            except Exception:  # a fault of ours: a page that calls itself live must not be left with what was
                logger.exception("A source broke.")
                error = Unreachable("The portal could not read its answer.")
            if self.complete:
                return
            fails = 1 if loop.time() - begun >= self.pace.sound else fails + 1
            self._lose(error or Unreachable("The connection broke off."), told=error is not None or fails > 1)
            await asyncio.sleep(max(self._pause(fails), error.retry_after or 0 if error else 0))

    def _pause(self, fails: int) -> float:
        """How long to wait after so many failures in a row: no two sources come back at the same moment."""
        return float(min(self.pace.first * 2 ** min(fails - 1, 16), self.pace.longest) * random.uniform(0.5, 1.0))  # noqa: S311  # no secret

    def _lose(self, error: CoderError, *, told: bool) -> None:
        """Nothing is known now. A stream that merely ended is worth no word before it cannot be had again."""
        self._lost_at = self._lost_at or datetime.now(UTC)
        if told and self.trouble is None:
            self.trouble, self.since = error, self._lost_at
            self.tell()

    def end(self, error: CallError) -> None:
        """It is over for good."""
        self.over = error
        self.hub.forget(self)
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()
        self.tell()


class Hub:
    """The sources of one process, on one event loop."""

    def __init__(self, http: httpx.AsyncClient, *, pace: Pace | None = None, limits: Limits | None = None) -> None:
        self.http = http
        self.pace = pace or Pace()
        self.limits = limits or Limits()
        self.sources: dict[Key, Source] = {}
        self.streams: Counter[str] = Counter()  # that are open at Coder, by fingerprint

    def source[S: Source](self, kind: Callable[["Hub", Access, Key], S], access: Access, *what: Any) -> S:
        """The source of this kind for this token; a new one where there is none. `what` says of what."""
        key = (access.fingerprint, kind, *what)
        found = self.sources.get(key)
        if found is None:
            found = self.sources[key] = kind(self, access, key)
            self.streams[access.fingerprint] += found.streams
        return found  # type: ignore[return-value]  # the kind is in the key

    def forget(self, source: Source) -> None:
        """Whoever looks next begins anew."""
        if self.sources.get(source.key) is source:
            del self.sources[source.key]
            self.streams[source.access.fingerprint] -= source.streams
            self.streams += Counter()  # those that have none are dropped

    def of_token(self, fingerprint: str) -> Iterator[Source]:
        """All sources of this token."""
        return (source for source in tuple(self.sources.values()) if source.key[0] == fingerprint)

    def has_room(self) -> bool:
        """Whether this process may open one more stream at Coder."""
        return self.streams.total() < self.limits.watches

    def may_watch(self, fingerprint: str) -> bool:
        """Whether one more may be opened for a list of this token's."""
        return self.has_room() and self.streams[fingerprint] < self.limits.watches_of_token

    # ---- its end

    async def close(self) -> None:
        """End all sources."""
        tasks = [source._task for source in self.sources.values() if source._task]
        for source in tuple(self.sources.values()):
            source.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
