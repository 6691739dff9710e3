"""Run scheduled callbacks by the clock of the simulated server."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from coder_simulator.state import Workspace
from coder_simulator.world import World

Callback = Callable[[], None]
LOG = logging.getLogger("uvicorn.error")


class Watcher:
    """Wait for events of one workspace: `changed` when it changed, `heartbeat` when a ping is due."""

    def __init__(self) -> None:
        self.changed = False
        self.heartbeat = False
        self._notified = asyncio.Event()

    def notify(self, *, changed: bool = False, heartbeat: bool = False) -> None:
        """Set the flags and wake the waiting coroutine."""
        self.changed |= changed
        self.heartbeat |= heartbeat
        self._notified.set()

    async def wait(self) -> tuple[bool, bool]:
        """Wait for a notification; return and reset the flags (changed, heartbeat)."""
        await self._notified.wait()
        self._notified.clear()
        flags, self.changed, self.heartbeat = (self.changed, self.heartbeat), False, False
        return flags


class Engine:
    """Queue callbacks and notify the watchers of workspaces.

    Jobs, logs and agents use `schedule_after`, whose delay is divided by `speed`. Deadlines and schedules use
    `schedule_at`, which follows the clock alone.
    """

    def __init__(self, world: World, *, speed: float = 1.0) -> None:
        self.world = world
        self.speed = speed
        self._queue: list[tuple[datetime, int, Callback]] = []
        self._sequence = count()
        self._watchers: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._queue_changed = asyncio.Event()
        self.closing = asyncio.Event()

    def schedule_after(self, seconds: float, callback: Callback) -> None:
        """Schedule a callback after a delay (s, at speed 1)."""
        self.schedule_at(self.world.now() + timedelta(seconds=seconds / self.speed), callback)

    def schedule_at(self, moment: datetime, callback: Callback) -> None:
        """Schedule a callback at a time of the server's clock."""
        heappush(self._queue, (moment, next(self._sequence), callback))
        self._queue_changed.set()

    def run_due(self) -> None:
        """Run all callbacks that are due."""
        while self._queue and self._queue[0][0] <= self.world.now():
            heappop(self._queue)[2]()

    def advance_to(self, moment: datetime) -> None:
        """Move the clock forward; run each callback on the way at its own time."""
        while self._queue and self._queue[0][0] <= moment:
            due, _, callback = heappop(self._queue)
            if due > self.world.now():
                self.world.clock.set(due)
            callback()
        self.world.clock.set(moment)
        self._queue_changed.set()

    def notify_watchers(self, workspace: Workspace) -> None:
        """Notify the watchers of a workspace that it changed."""
        for watcher in self._watchers.get(workspace.id, ()):
            watcher.notify(changed=True)

    @contextlib.contextmanager
    def watch(self, workspace: Workspace) -> Iterator[Watcher]:
        """Yield a watcher that is notified whenever the workspace changes."""
        watcher = Watcher()
        self._watchers[workspace.id].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[workspace.id].discard(watcher)

    def close(self) -> None:
        """End the event streams because the server is about to stop."""
        self.closing.set()
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.notify()

    async def run(self) -> None:
        """Run callbacks as they become due, until cancelled."""
        while True:
            try:
                self.run_due()
            except Exception:
                LOG.exception("A scheduled callback of the simulated Coder failed.")
            self._queue_changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue_changed.wait(), self._wait_s())

    def _wait_s(self) -> float | None:
        """Return the time until a callback is due (s); None if the clock does not get there by itself."""
        if not self._queue or self.world.clock.frozen:
            return None
        return max((self._queue[0][0] - self.world.now()).total_seconds(), 0.0005)
