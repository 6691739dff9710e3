"""The cache in the memory of one process, with a bound in bytes."""

from collections import OrderedDict
from threading import Lock
from typing import Any, ClassVar

from django.core.cache.backends.locmem import LocMemCache

MAX_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 100_000  # bytes are the bound; Django wants a number of entries too
ENTRY_BYTES = 500  # what an entry takes beside its value and its key


class Weights(dict[str, int]):
    """What each entry of a cache takes, in bytes, and the sum."""

    total = 0

    def set(self, key: str, weight: int) -> None:
        """Count an entry."""
        self.drop(key)
        self[key] = weight
        self.total += weight

    def drop(self, key: str) -> None:
        """Count an entry no more."""
        self.total -= self.pop(key, 0)


class BoundedLocMemCache(LocMemCache):
    """Django's cache in memory, which drops the least recently used values when all together exceed MAX_BYTES.

    `OPTIONS["MAX_BYTES"]` sets another bound. A value over the bound is not stored. Django has an instance for each
    thread; all of one name share their values and so their weights.
    """

    _cache: OrderedDict[str, bytes]  # the most recently used first
    _expire_info: dict[str, float | None]
    _lock: Lock
    _weights_by_name: ClassVar[dict[str, Weights]] = {}

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        options = {"MAX_ENTRIES": MAX_ENTRIES, **params.get("OPTIONS", {})}
        self._max_bytes = int(options.pop("MAX_BYTES", MAX_BYTES))
        super().__init__(name, {**params, "OPTIONS": options})
        self._weights = self._weights_by_name.setdefault(name, Weights())

    @property
    def weight(self) -> int:
        """Return what all values take, in bytes."""
        return self._weights.total

    def _set(self, key: str, value: bytes, *timeout: Any) -> None:
        """Store a value, under the lock."""
        weight = len(key) + len(value) + ENTRY_BYTES
        self._delete(key)
        if weight > self._max_bytes:
            return
        super()._set(key, value, *timeout)  # type: ignore[misc]  # the stubs lack private methods
        self._weights.set(key, weight)
        while self.weight > self._max_bytes:
            self._delete(next(reversed(self._cache)))

    def _delete(self, key: str) -> bool:
        """Delete a value, under the lock, and return whether it existed."""
        self._weights.drop(key)
        return bool(super()._delete(key))  # type: ignore[misc]

    def _cull(self) -> None:
        """Drop a third of the values, under the lock: there are as many as MAX_ENTRIES."""
        for _ in range(max(1, len(self._cache) // 3)):
            self._delete(next(reversed(self._cache)))

    def clear(self) -> None:
        """Delete all values."""
        with self._lock:
            for key in tuple(self._cache):
                self._delete(key)
