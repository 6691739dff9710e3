"""The last version of each page that each token was shown, in this process's memory, for when Coder is unreachable.

A snapshot is shown to the same token only, for MAX_AGE_S at most.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

MAX_AGE_S = 900
MAX_SNAPSHOTS = 500  # a list of 25 workspaces is about 20 KB


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page: its template and its page object."""

    template: str
    page: object
    taken_at: float  # s, of time.monotonic()


_snapshots: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()  # by fingerprint and path, the oldest first
_lock = Lock()


def save(fingerprint: str, path: str, template: str, page: object) -> None:
    """Store the page that was shown to the token with this fingerprint at this path."""
    with _lock:
        _snapshots[fingerprint, path] = Snapshot(template, page, time.monotonic())
        _snapshots.move_to_end((fingerprint, path))
        while len(_snapshots) > MAX_SNAPSHOTS:
            _snapshots.popitem(last=False)


def get_recent(fingerprint: str, path: str) -> Snapshot | None:
    """Return the page that the token was last shown at this path; None where there is none or it is too old."""
    with _lock:
        snapshot = _snapshots.get((fingerprint, path))
    return snapshot if snapshot and time.monotonic() - snapshot.taken_at < MAX_AGE_S else None


def delete_for_token(fingerprint: str) -> None:
    """Delete all pages of a token whose session has ended."""
    with _lock:
        for key in [key for key in _snapshots if key[0] == fingerprint]:
            del _snapshots[key]
