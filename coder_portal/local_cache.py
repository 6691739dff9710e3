"""The cache in the memory of one process, with a limit of bytes. It holds the same signed values as Redis.

Django's own cache in memory stores pickles, and limits the number of entries only.
"""

import math
import time
from collections import OrderedDict
from threading import Lock
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from coder_portal.cache_values import pack, unpack

MAX_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 100_000
ENTRY_BYTES = 500  # that an entry takes besides the characters of its key and the bytes of its value

type Timeout = Any  # s; None: does not expire; or the object DEFAULT_TIMEOUT


class Memory:
    """The entries of one cache, those that were not used for the longest first. Not locked by itself."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()  # stored value, expiry (s since 1970)
        self.size = 0  # bytes
        self.lock = Lock()

    def find(self, key: str) -> tuple[bytes, float] | None:
        """Return an entry that has not expired, and count this as its last use."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        if entry[1] <= time.time():
            self.remove(key)
            return None
        self.entries.move_to_end(key)
        return entry

    def insert(self, key: str, entry: tuple[bytes, float], *, max_entries: int, max_bytes: int) -> None:
        """Insert or replace an entry, and remove the first ones until both limits hold.

        An entry that exceeds the limit by itself is not inserted.
        """
        self.remove(key)
        size = entry_size(key, entry[0])
        if size > max_bytes:
            return
        self.entries[key] = entry
        self.size += size
        while len(self.entries) > max_entries or self.size > max_bytes:
            self.remove(next(iter(self.entries)))

    def remove(self, key: str) -> bool:
        """Remove an entry, and return whether there was one."""
        entry = self.entries.pop(key, None)
        if entry is None:
            return False
        self.size -= entry_size(key, entry[0])
        return True


_memories: dict[str, Memory] = {}  # by the cache's name: each thread has a backend object of its own


def entry_size(key: str, stored: bytes) -> int:
    """Return about how many bytes an entry takes."""
    return ENTRY_BYTES + len(key) + len(stored)


class LocalCache(BaseCache):
    """Bytes in memory. Options: MAX_ENTRIES and MAX_BYTES, of all threads together."""

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = params.get("OPTIONS", {})
        self.limits = {
            "max_entries": int(options.get("MAX_ENTRIES", MAX_ENTRIES)),
            "max_bytes": int(options.get("MAX_BYTES", MAX_BYTES)),
        }
        self.memory = _memories.setdefault(name, Memory())

    @property
    def weight(self) -> int:
        """What all entries take, in bytes."""
        return self.memory.size

    def add(self, key: str, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store the value if the key is free, and return whether it was."""
        key, entry = self.make_entry(key, value, timeout, version)
        with self.memory.lock:
            if self.memory.find(key):
                return False
            self.memory.insert(key, entry, **self.limits)
        return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value, or `default`."""
        key = self.make_and_validate_key(key, version=version)
        with self.memory.lock:
            entry = self.memory.find(key)
        value = unpack(key, entry[0]) if entry else None
        return default if value is None else value

    def set(self, key: str, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store the value."""
        key, entry = self.make_entry(key, value, timeout, version)
        with self.memory.lock:
            self.memory.insert(key, entry, **self.limits)

    def touch(self, key: str, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Set a new expiry, and return whether the key exists."""
        value = self.get(key, version=version)
        if value is None:
            return False
        self.set(key, value, timeout, version)
        return True

    def delete(self, key: str, version: int | None = None) -> bool:
        """Delete the key, and return whether it existed."""
        key = self.make_and_validate_key(key, version=version)
        with self.memory.lock:
            return self.memory.find(key) is not None and self.memory.remove(key)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raise NotImplementedError, as the shared cache does."""
        raise NotImplementedError("The cache has no counters.")

    def clear(self) -> None:
        """Delete all keys."""
        with self.memory.lock:
            self.memory.entries.clear()
            self.memory.size = 0

    def make_entry(
        self, key: str, value: Any, timeout: Timeout, version: int | None
    ) -> tuple[str, tuple[bytes, float]]:
        """Return the whole key, and the entry for a value."""
        key = self.make_and_validate_key(key, version=version)
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        expires_at = math.inf if seconds is None else time.time() + seconds
        return key, (pack(key, value, seconds), expires_at)
