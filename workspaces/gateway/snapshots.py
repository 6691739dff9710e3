"""What each person last saw of a page, in this process's memory, for the minutes in which Coder is away.

Nothing of it outlives the process or a quarter of an hour, and nobody sees what another token was shown.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

MAX_AGE_S = 900  # s
MAX_SNAPSHOTS = 500  # pages; a list of 25 is about 20 KB


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page as it was: its template and its page object."""

    template: str
    page: object
    taken: float  # of time.monotonic


_snapshots: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()
_lock = Lock()


def save(fingerprint: str, path: str, template: str, page: object) -> None:
    """Remember what the owner of this token was shown at this address."""
    with _lock:
        _snapshots[fingerprint, path] = Snapshot(template, page, time.monotonic())
        _snapshots.move_to_end((fingerprint, path))
        while len(_snapshots) > MAX_SNAPSHOTS:
            _snapshots.popitem(last=False)


def get_recent(fingerprint: str, path: str) -> Snapshot | None:
    """What they were shown there last, if it is not too long ago."""
    with _lock:
        found = _snapshots.get((fingerprint, path))
    return found if found and time.monotonic() - found.taken < MAX_AGE_S else None


def delete_for_token(fingerprint: str) -> None:
    """Drop everything that this token was shown: its session has ended."""
    with _lock:
        for key in [key for key in _snapshots if key[0] == fingerprint]:
            del _snapshots[key]
