"""The readings of this process, by token and search, within a bound of memory.

What one token was told is never shown to another. A fleet is forgotten with the session, and after a quarter of an
hour without a reader.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.utils import timezone

from workspaces.coder.errors import CallError
from workspaces.coder.types import Workspace
from workspaces.fleet import sharing
from workspaces.fleet.loading import MAX_ROWS, FleetAccess, FleetReading
from workspaces.fleet.rows import FleetRow

READINGS_AT_ONCE = 2  # of the process; each has three calls to Coder in progress
RETRY_AFTER = timedelta(seconds=30)  # after a reading that failed
FORGET_AFTER = timedelta(minutes=15)  # without a reader
FIRST_ROWS_S = 1.2  # how long a page waits for the first rows

type FleetKey = tuple[str, str]  # the token's fingerprint, and Coder's search


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """What is known of a fleet now."""

    rows: Sequence[FleetRow]
    count: int | None  # as Coder counts; None before the first page
    is_complete: bool
    is_reading: bool
    is_limited: bool  # there are more than MAX_ROWS
    read_rows: int  # of the reading in progress
    read_at: datetime  # when the reading began that the rows are from, by the portal's clock
    error: CallError | None  # of the last reading


class Fleet:
    """The last reading that ended well, and the one in progress."""

    def __init__(self) -> None:
        self.current: FleetReading | None = None  # the rows that are shown
        self.next: FleetReading | None = None  # in progress, or failed
        self.used_at: datetime = timezone.now()

    def state(self) -> FleetState:
        """Return what is known now. A finished reading replaces the previous one."""
        reading = self.next
        if reading and reading.has_ended.is_set() and reading.error is None:
            self.current, self.next = reading, None
        shown = self.current or self.next
        assert shown is not None  # noqa: S101  # `FleetStore.get` has started one
        last = self.next or shown
        return FleetState(
            rows=list(shown.rows.values()),
            count=shown.count,
            is_complete=shown.is_complete,
            is_reading=not last.has_ended.is_set(),
            is_limited=shown.is_limited,
            read_rows=len(last.rows),
            read_at=shown.started_at,
            error=last.error,
        )

    @property
    def row_count(self) -> int:
        """How many rows it holds."""
        return sum(len(reading.rows) for reading in (self.current, self.next) if reading)

    def needs_reading(self, max_age: timedelta) -> bool:
        """Return whether a reader starts the next reading."""
        last = self.next or self.current
        if last is None:
            return True
        if last.ended_at is None:
            return False
        return timezone.now() - last.ended_at > (RETRY_AFTER if last.error else max_age)

    def stop(self) -> None:
        """End the reading in progress."""
        if self.next:
            self.next.stop()


class FleetStore:
    """The fleets of the process, the least recently used first."""

    def __init__(self, *, max_rows: int = MAX_ROWS) -> None:
        self.max_rows = max_rows
        self._fleets: OrderedDict[FleetKey, Fleet] = OrderedDict()
        self._lock = threading.Lock()
        self._threads = threading.Semaphore(READINGS_AT_ONCE)

    def get(self, access: FleetAccess, q: str, *, again: bool = False) -> FleetState:
        """Return what is known of a token's fleet; read it if it is unknown, too old, or if `again` is set.

        Without any rows, wait for the first ones, FIRST_ROWS_S at most.
        """
        key = (access.person.fingerprint, q)
        with self._lock:
            fleet = self._fleets.setdefault(key, Fleet())
            self._fleets.move_to_end(key)
            fleet.used_at = timezone.now()
            if fleet.next:
                fleet.state()  # a finished reading becomes the current one
            max_age = timedelta() if again else timedelta(seconds=settings.FLEET_MAX_AGE)
            if fleet.needs_reading(max_age):
                fleet.next = FleetReading(access, q, max_age, partial(self._evict, key))
                fleet.next.start(self._threads)
        if fleet.current is None and fleet.next:
            fleet.next.has_first_rows.wait(FIRST_ROWS_S)
        with self._lock:
            return fleet.state()

    def update(self, fingerprint: str, workspace: Workspace) -> FleetRow | None:
        """Store the newer state of a workspace, as a stream of this token has reported it, and return its row.

        None where no fleet of the token has it: another process may have read it.
        """
        with self._lock:
            fleets = [fleet for (owner, _q), fleet in self._fleets.items() if owner == fingerprint]
        readings = [reading for fleet in fleets for reading in (fleet.current, fleet.next) if reading]
        rows = [row for reading in readings if (row := reading.replace_row(workspace))]
        return rows[0] if rows else None

    def forget_token(self, fingerprint: str) -> None:
        """Forget the fleets of a token whose session has ended."""
        with self._lock:
            searches = [q for owner, q in self._fleets if owner == fingerprint]
            for q in searches:
                self._fleets.pop((fingerprint, q)).stop()
        if sharing.is_shared():
            for q in searches:
                sharing.forget(fingerprint, q)

    def clear(self) -> None:
        """Forget all fleets."""
        with self._lock:
            for fleet in self._fleets.values():
                fleet.stop()
            self._fleets.clear()

    def row_count(self) -> int:
        """Return how many rows the process holds."""
        with self._lock:
            return sum(fleet.row_count for fleet in self._fleets.values())

    def _evict(self, kept: FleetKey) -> None:
        """Forget what nobody has used for long, and the least recently used of too much."""
        now = timezone.now()
        with self._lock:
            total = sum(fleet.row_count for fleet in self._fleets.values())
            for key, fleet in list(self._fleets.items()):
                if key != kept and (total > self.max_rows or now - fleet.used_at > FORGET_AFTER):
                    total -= fleet.row_count
                    fleet.stop()
                    del self._fleets[key]


STORE = FleetStore()
