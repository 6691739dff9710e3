"""One reading for all processes of a portal: where Redis is, the process that reads publishes each page for the others.

Values are bound to the token's fingerprint and signed, as all that is in the cache. A follower takes over if it has
heard nothing from the reading process for SILENCE_S.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.conf import settings
from django.utils import timezone

from workspaces.actions.context import Rights
from workspaces.fleet.rows import FleetRow
from workspaces.gateway.cached_values import CachedValue

MAX_AGE_S = 900
LEAD_S = 5.0
SILENCE_S = 20.0  # longer than one call to Coder may take


class SharedState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a reading is. It is written after each page."""

    reading: UUID
    pages: int  # how many have been published, numbered from 0
    count: int | None
    coder_version: str
    started_at: datetime
    written_at: float  # s since 1970
    ended_at: datetime | None = None
    is_complete: bool = False
    removed: tuple[UUID, ...] = ()  # ids in the pages that do not exist any more
    rights: dict[UUID, Rights] = {}  # on the workspaces of others, by organization
    has_failed: bool = False

    @property
    def is_abandoned(self) -> bool:
        """Whether the process that reads seems to have died."""
        return self.ended_at is None and time.time() - self.written_at > SILENCE_S


# By fingerprint and search: which process begins to read. It holds until the first state is written.
LEAD = CachedValue("fleet_lead", bool, max_age_s=LEAD_S)
STATE = CachedValue("fleet_state", SharedState, max_age_s=MAX_AGE_S)  # by fingerprint and search
# By fingerprint, the reading's id and the number of the page.
PAGE = CachedValue("fleet_page", tuple[FleetRow, ...], max_age_s=MAX_AGE_S)


def is_shared() -> bool:
    """Return whether several processes have a cache in common. In a cache of its own, rows would only be twice."""
    return bool(settings.REDIS_URL)


class Publisher:
    """Publishes the pages of one reading. Its methods are not for two threads at once."""

    def __init__(self, fingerprint: str, q: str, started_at: datetime) -> None:
        self.key = (fingerprint, q)
        self.state = SharedState(
            reading=uuid4(), pages=0, count=None, coder_version="", started_at=started_at, written_at=time.time()
        )
        self.write()

    def add_page(self, rows: Sequence[FleetRow], **changes: Any) -> None:
        """Publish the rows of a page, with these changes of the state."""
        PAGE.set(tuple(rows), self.key[0], self.state.reading, self.state.pages)
        self.write(pages=self.state.pages + 1, **changes)

    def write(self, **changes: Any) -> None:
        """Publish these changes of the state."""
        self.state = msgspec.structs.replace(self.state, written_at=time.time(), **changes)
        STATE.set(self.state, *self.key)


def begin(fingerprint: str, q: str) -> bool:
    """Return whether this process is the one to read; False: another one has just begun."""
    return LEAD.add(True, fingerprint, q)


def current_state(fingerprint: str, q: str, max_age: timedelta) -> SharedState | None:
    """Return the reading of another process that is in progress, or that ended well within `max_age`; else None."""
    state = STATE.get(fingerprint, q)
    if state is None or state.is_abandoned or state.has_failed:
        return None
    is_old = state.ended_at is not None and timezone.now() - state.ended_at > max_age
    return None if is_old else state


def read_page(fingerprint: str, state: SharedState, number: int) -> tuple[FleetRow, ...] | None:
    """Return the rows of a published page; None if the cache has lost it."""
    return PAGE.get(fingerprint, state.reading, number)


def forget(fingerprint: str, q: str) -> None:
    """Delete what was published for a token whose session has ended."""
    state = STATE.get(fingerprint, q)
    STATE.delete(fingerprint, q)
    if state:
        for number in range(state.pages):
            PAGE.delete(fingerprint, state.reading, number)
