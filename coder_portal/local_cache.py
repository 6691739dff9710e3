"""The cache in the memory of one process, with a limit of bytes. It holds the same signed values as Redis.

Django's own cache in memory stores pickles, and limits the number of entries only.
"""

from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from coder_portal.cache_values import pack, unpack

MAX_BYTES = 64 * 1024 * 1024
ENTRY_BYTES = 750  # that an entry takes besides the bytes of its value, with a key of the maximum length

type Timeout = Any  # s; None: does not expire; or the object DEFAULT_TIMEOUT


def entry_size(stored: bytes) -> int:
    """Return about how many bytes an entry takes."""
    return ENTRY_BYTES + len(stored)


class Memory:
    """The entries of one cache, which all threads share, and the lock for them."""

    def __init__(self, max_bytes: int) -> None:
        self.entries: LRUCache[str, bytes] = LRUCache(max_bytes, getsizeof=entry_size)
        self.lock = Lock()


_memories: dict[str, Memory] = {}  # by the cache's name: each thread has a backend object of its own


class LocalCache(BaseCache):
    """Bytes in memory. Option: MAX_BYTES, of all threads together."""

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        max_bytes = int(params.get("OPTIONS", {}).get("MAX_BYTES", MAX_BYTES))
        memory = _memories.setdefault(name, Memory(max_bytes))
        self.entries, self.lock = memory.entries, memory.lock

    @property
    def weight(self) -> int:
        """What all entries take, in bytes."""
        return int(self.entries.currsize)

    def add(self, key: str, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Store the value if the key is free, and return whether it was."""
        key = self.make_and_validate_key(key, version=version)
        stored = self.packed(key, value, timeout)
        with self.lock:
            if unpack(key, self.entries.get(key)) is not None:
                return False
            self.insert(key, stored)
        return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value, or `default`."""
        key = self.make_and_validate_key(key, version=version)
        with self.lock:
            stored = self.entries.get(key)
        value = unpack(key, stored)
        if value is None and stored is not None:  # it has expired
            with self.lock:
                if self.entries.get(key) is stored:
                    del self.entries[key]
        return default if value is None else value

    def set(self, key: str, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Store the value."""
        key = self.make_and_validate_key(key, version=version)
        stored = self.packed(key, value, timeout)
        with self.lock:
            self.insert(key, stored)

    def delete(self, key: str, version: int | None = None) -> bool:
        """Delete the key, and return whether it existed."""
        key = self.make_and_validate_key(key, version=version)
        with self.lock:
            return unpack(key, self.entries.pop(key, None)) is not None

    def clear(self) -> None:
        """Delete all keys."""
        with self.lock:
            self.entries.clear()

    def packed(self, key: str, value: Any, timeout: Timeout) -> bytes:
        """Return what to store for a value; it contains its expiry."""
        return pack(key, value, self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout)

    def insert(self, key: str, stored: bytes) -> None:
        """Insert or replace an entry. One that exceeds the limit by itself only removes the earlier one."""
        self.entries.pop(key, None)
        if entry_size(stored) <= self.entries.maxsize:
            self.entries[key] = stored
