"""The sources of one process: data that Coder is asked for once and that many subscribers share.

The hub belongs to one event loop. A source is shared by the tabs of one session only: its key begins with the
fingerprint of the session's token. A source keeps its latest state and no queue: a slow subscriber skips states.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

import httpx
from cachetools import LRUCache

from workspaces.coder.client import AsyncCoder
from workspaces.coder.errors import (
    CallError,
    CoderError,
    Forbidden,
    Gone,
    InvalidRequest,
    NotFound,
    SessionEnded,
    Unreachable,
)

RENDER_CACHE_BYTES = 64 * 1024  # of what subscribers rendered from the state of one source
RENDERING_BYTES = 4096  # what a rendering takes beside its event


class StateBudgetExceeded(CoderError):
    """The states of all sources exceed `Limits.state_bytes`, and this source has the largest one."""


# A retry cannot help after these: the token, the workspace or the permission is gone, or the search is invalid.
FINAL_ERRORS = (SessionEnded, Forbidden, NotFound, Gone, InvalidRequest, StateBudgetExceeded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """How often sources ask Coder, and how long they wait, in seconds."""

    reconnect_min_s: float = 0.5  # wait after the first failure; it doubles with each further one
    reconnect_max_s: float = 30.0
    stable_after_s: float = 10.0  # a stream that lasts this long resets the reconnect wait
    silence_timeout_s: float = 45.0  # three of Coder's pings
    unsubscribed_grace_s: float = 3.0  # a source continues for this long after its last subscriber
    reread_s: float = 60.0  # between reads of data that Coder's streams do not report
    busy_poll_s: float = 5.0  # between polls of a list with a build in progress
    idle_poll_s: float = 30.0  # between polls of any other list
    debounce_s: float = 0.5  # between a refresh request and the poll, so that several requests share one poll
    log_poll_s: float = 1.0  # between polls of a growing log


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many of Coder's streams may be open at the same time, and how large the states of all sources may be.

    Workspaces beyond the limit of streams are polled.
    """

    streams: int = 500
    watches_per_token: int = 25
    spares_per_token: int = 5  # beside these, and only while the process has room
    state_bytes: int = 128 * 1024 * 1024  # of JSON, whose objects take 1.4 times as much; 40,000 workspaces of 3 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The credentials for requests to Coder. `repr` hides the token."""

    token: str = field(repr=False)
    fingerprint: str
    forwarded_for: str | None = None


logger = logging.getLogger("portal.live")

type SourceKey = tuple[Any, ...]
type Callback = Callable[["Source"], None]


class Rendering(Protocol):
    """What a subscriber rendered from a source."""

    @property
    def event(self) -> bytes:
        """The event for browsers."""


def rendering_weight(rendering: Rendering) -> int:
    """Return what a rendering takes, in bytes."""
    return len(rendering.event) + RENDERING_BYTES


class Source:
    """Data that is requested from Coder repeatedly. Each subscriber is called after a change.

    `revision` increases with each new state. `error` is the current failure, which began at `failing_since`;
    `final_error` is a failure that ended the source. `complete` means that no further state will follow.
    """

    holds_stream = False  # whether the source keeps one of Coder's streams open
    metric_label: ClassVar[str] = "Source"

    def __init__(self, hub: "Hub", access: Access, key: SourceKey) -> None:
        self.hub = hub
        self.access = access
        self.key = key
        self.intervals = hub.intervals
        self.callbacks: set[Callback] = set()
        self.spare_callbacks: set[Callback] = set()  # those that can do without it
        self.is_stopped = False
        self.revision = 0
        self.error: CoderError | None = None
        self.failing_since: datetime | None = None
        self.final_error: CallError | None = None
        self.complete = False
        self.coder_version = ""
        self.weight = 0  # bytes of JSON that the state was decoded from
        # What subscribers rendered from this revision, for reuse by others.
        self.render_cache: LRUCache[Any, Rendering] = LRUCache(RENDER_CACHE_BYTES, getsizeof=rendering_weight)
        self._lost_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop_timer: asyncio.TimerHandle | None = None

    async def poll_or_follow(self) -> None:
        """Read states until a stream ends or the source is complete. Raises CoderError."""
        raise NotImplementedError

    @property
    def has_state(self) -> bool:
        """Whether Coder has sent at least one state."""
        return self.revision > 0

    def client(self) -> AsyncCoder:
        """Return a client for one request or one stream."""
        return AsyncCoder(self.hub.http, self.access.token, forwarded_for=self.access.forwarded_for)

    def publish_state(self) -> None:
        """Count a new state, clear what depends on the old one and notify the subscribers."""
        self.revision += 1
        self.render_cache.clear()
        self.clear_error()
        self.notify()

    def clear_error(self) -> None:
        """Record that Coder responds."""
        self.error = self.failing_since = self._lost_at = None

    def notify(self) -> None:
        """Call every subscriber."""
        for callback in tuple(self.callbacks):
            callback(self)

    # ---- life cycle

    def subscribe(self, callback: Callback) -> None:
        """Add a subscriber. The first one starts the source."""
        self.callbacks.add(callback)
        self.hub.note_spare(self)
        if self._stop_timer:
            self._stop_timer.cancel()
            self._stop_timer = None
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def set_spare(self, callback: Callback, *, spare: bool) -> None:
        """Record whether a subscriber can do without the source: one that all can do without gives way to others."""
        (self.spare_callbacks.add if spare else self.spare_callbacks.discard)(callback)
        self.hub.note_spare(self)

    def unsubscribe(self, callback: Callback) -> None:
        """Remove a subscriber. The source stops a few seconds after the last one."""
        self.callbacks.discard(callback)
        self.spare_callbacks.discard(callback)
        self.hub.note_spare(self)
        if not self.callbacks and self._stop_timer is None:
            self._stop_timer = asyncio.get_running_loop().call_later(self.intervals.unsubscribed_grace_s, self.stop)

    def stop(self) -> None:
        """Stop all requests and leave the hub."""
        self.is_stopped = True
        self.hub.remove(self)
        if self._stop_timer:
            self._stop_timer.cancel()
        if self._task:
            self._task.cancel()

    async def _run(self) -> None:
        """Poll or follow, and start again after each failure with a growing delay."""
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            error: CoderError | None = None
            try:
                await self.poll_or_follow()
            except FINAL_ERRORS as final_error:
                self.fail(final_error)
                return
            except CoderError as temporary_error:
                error = temporary_error
            except Exception:  # a fault of the portal: a page that claims to be live must not keep an old state
                logger.exception("A source broke.")
                error = Unreachable("The portal could not read its answer.")
            if self.complete:
                return
            failures = 1 if loop.time() - started >= self.intervals.stable_after_s else failures + 1
            report = error is not None or failures > 1  # a stream that merely ended is reopened silently once
            self._connection_lost(error or Unreachable("The connection was interrupted."), report=report)
            await asyncio.sleep(max(self._backoff_s(failures), error.retry_after or 0 if error else 0))

    def _backoff_s(self, failures: int) -> float:
        """Return the wait after this many failures in a row, with jitter so that sources do not reconnect together."""
        longest = min(self.intervals.reconnect_min_s * 2 ** min(failures - 1, 16), self.intervals.reconnect_max_s)
        return float(longest * random.uniform(0.5, 1.0))  # noqa: S311  # no secret

    def _connection_lost(self, error: CoderError, *, report: bool) -> None:
        """Record when the connection was lost, and report the error to subscribers unless they know of one."""
        self._lost_at = self._lost_at or datetime.now(UTC)
        if report and self.error is None:
            self.error, self.failing_since = error, self._lost_at
            self.notify()

    def fail(self, error: CallError) -> None:
        """End the source for good with this error."""
        self.final_error = error
        self.hub.remove(self)
        if self._task and self._task is not asyncio.current_task():
            self._task.cancel()
        self.notify()


class Hub:
    """The sources of one process, on one event loop."""

    def __init__(
        self, http: httpx.AsyncClient, *, intervals: Intervals | None = None, limits: Limits | None = None
    ) -> None:
        self.http = http
        self.intervals = intervals or Intervals()
        self.limits = limits or Limits()
        self.sources: dict[SourceKey, Source] = {}
        self.open_streams: Counter[str] = Counter()  # Coder's streams, by fingerprint
        self.spares: dict[str, dict[Source, None]] = {}  # streams nobody needs, the oldest first, by fingerprint
        self.state_bytes = 0  # of all sources

    def source[S: Source](
        self, source_class: Callable[["Hub", Access, SourceKey], S], access: Access, *arguments: Any
    ) -> S:
        """Return the source of this class for this token and these arguments, and create it if there is none."""
        key = (access.fingerprint, source_class, *arguments)
        source = self.sources.get(key)
        if source is None:
            source = self.sources[key] = source_class(self, access, key)
            self.open_streams[access.fingerprint] += source.holds_stream
        return source  # type: ignore[return-value]  # the key contains the class

    def remove(self, source: Source) -> None:
        """Forget the source: the next subscriber gets a new one."""
        if self.sources.get(source.key) is source:
            del self.sources[source.key]
            self.state_bytes -= source.weight
            self.open_streams[source.access.fingerprint] -= source.holds_stream
            self.open_streams += Counter()  # drops counts of zero
            source.spare_callbacks.clear()
            self.note_spare(source)

    def weigh(self, source: Source, weight: int) -> None:
        """Count the state of a source (bytes of JSON), and end the largest sources if all exceed the limit.

        Raises StateBudgetExceeded if `source` is one of them.
        """
        if self.sources.get(source.key) is not source:
            return  # it has stopped
        self.state_bytes += weight - source.weight
        source.weight = weight
        while self.state_bytes > self.limits.state_bytes:
            largest = max(self.sources.values(), key=lambda each: each.weight)
            logger.warning("A source is ended: its state has %d bytes, and all have too many.", largest.weight)
            if largest is source:
                raise StateBudgetExceeded
            largest.fail(StateBudgetExceeded())

    def sources_of_token(self, fingerprint: str) -> Iterator[Source]:
        """Return the sources of this token."""
        return (source for source in tuple(self.sources.values()) if source.key[0] == fingerprint)

    def has_stream_capacity(self) -> bool:
        """Return whether the process may open one more of Coder's streams."""
        return self.open_streams.total() < self.limits.streams

    def has_watch_capacity(self, fingerprint: str) -> bool:
        """Return whether a list of this token may open one more of Coder's streams."""
        in_use = self.open_streams[fingerprint] - len(self.spares.get(fingerprint, ()))
        return self.has_stream_capacity() and in_use < self.limits.watches_per_token

    def note_spare(self, source: Source) -> None:
        """Count a stream as spare or not, after a change of its subscribers. Stop the oldest one beyond the limit."""
        fingerprint = source.access.fingerprint
        spares = self.spares.setdefault(fingerprint, {})
        if source.holds_stream and source.callbacks and source.callbacks <= source.spare_callbacks:
            spares[source] = None
        else:
            spares.pop(source, None)
        if len(spares) > self.limits.spares_per_token:
            next(iter(spares)).stop()
        if not spares:
            self.spares.pop(fingerprint, None)

    def make_stream_capacity(self) -> None:
        """Stop a spare stream if the process may not open a further one."""
        if not self.has_stream_capacity() and self.spares:
            next(iter(next(iter(self.spares.values())))).stop()

    async def close(self) -> None:
        """Stop all sources and wait for their tasks."""
        tasks = [source._task for source in self.sources.values() if source._task]
        for source in tuple(self.sources.values()):
            source.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
