"""The last version of each page that each token was shown, in this process's memory, for when Coder is unreachable.

A snapshot is shown to the same token only, for MAX_AGE_S at most. Snapshots are kept packed, so that what they take is
known: each person has a budget of bytes, and so has the process.
"""

import pickle
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from cachetools import LRUCache

MAX_AGE_S = 900
PERSON_BYTES = 2 * 1024 * 1024  # 450 lists of 25 workspaces, which have 2.4 KB
TOTAL_BYTES = 64 * 1024 * 1024
ENTRY_BYTES = 2000  # what an entry takes beside its page and its key: objects, and its share of the dictionaries


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page: its template and its page object."""

    template: str
    page: object


@dataclass(frozen=True, slots=True)
class PackedSnapshot:
    """A snapshot as it is kept."""

    template: str
    page: bytes
    taken_at: float  # s, of time.monotonic()
    weight: int  # bytes of memory


type SnapshotKey = tuple[str, str]  # the token's fingerprint, and the page's key


class SnapshotStore:
    """Snapshots within two budgets of bytes.

    A person who exceeds theirs loses their own least recently used snapshots. If the process exceeds its budget, the
    people whose last snapshot is the oldest lose theirs first. A page that exceeds a person's budget is not kept.
    """

    def __init__(self, *, person_bytes: int = PERSON_BYTES, total_bytes: int = TOTAL_BYTES) -> None:
        self.person_bytes = person_bytes
        self.total_bytes = total_bytes
        self.weight = 0.0  # bytes; a float because LRUCache counts in floats
        self._people: OrderedDict[UUID, LRUCache[SnapshotKey, PackedSnapshot]] = OrderedDict()  # the oldest first
        self._lock = Lock()

    def save(self, person: UUID, key: SnapshotKey, template: str, page: object) -> None:
        """Store the page that was shown to this person."""
        packed = zlib.compress(pickle.dumps(page, pickle.HIGHEST_PROTOCOL), level=1)
        weight = len(packed) + sum(map(len, key)) + ENTRY_BYTES
        with self._lock:
            with self._pages(person) as pages:
                pages.pop(key, None)
                if weight <= self.person_bytes:
                    pages[key] = PackedSnapshot(template, packed, time.monotonic(), weight)
            if person in self._people:
                self._people.move_to_end(person)
            while self.weight > self.total_bytes:
                with self._pages(next(iter(self._people))) as pages:  # of the person who was inactive for longest
                    pages.popitem()

    @contextmanager
    def _pages(self, person: UUID) -> Iterator[LRUCache[SnapshotKey, PackedSnapshot]]:
        """Yield a person's snapshots to change them, and count the change. Call it with the lock."""
        pages = self._people.get(person) or LRUCache(self.person_bytes, getsizeof=lambda each: each.weight)
        before = pages.currsize
        yield pages
        self.weight += pages.currsize - before
        if pages:
            self._people[person] = pages
        else:
            self._people.pop(person, None)

    def get_recent(self, person: UUID, key: SnapshotKey) -> Snapshot | None:
        """Return the page that was last shown; None where there is none or it is older than MAX_AGE_S."""
        with self._lock:
            packed = self._people[person].get(key) if person in self._people else None
        if packed is None or time.monotonic() - packed.taken_at >= MAX_AGE_S:
            return None
        return Snapshot(packed.template, pickle.loads(zlib.decompress(packed.page)))  # noqa: S301  # packed above

    def delete_for_token(self, person: UUID, fingerprint: str) -> None:
        """Delete all pages of a token whose session has ended."""
        with self._lock, self._pages(person) as pages:
            for key in [key for key in pages if key[0] == fingerprint]:
                del pages[key]

    def clear(self) -> None:
        """Delete all snapshots."""
        with self._lock:
            self._people.clear()
            self.weight = 0.0

    def entries(self) -> list[tuple[UUID, SnapshotKey]]:
        """Return the person and the key of each snapshot."""
        with self._lock:
            return [(person, key) for person, pages in self._people.items() for key in pages]


STORE = SnapshotStore()
