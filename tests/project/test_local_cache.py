"""Test the cache in the memory of a process: its bound in bytes, and that all threads share its weight."""

import random
import tracemalloc
from collections.abc import Iterator
from threading import Thread

import pytest

from coder_portal.local_cache import ENTRY_BYTES, LocalCache

ENTRY = 10_000 + ENTRY_BYTES + 50  # bytes of a value of 10 KB


def open_cache(max_bytes: int = 5 * ENTRY) -> LocalCache:
    """Return an instance of the cache with this bound, as each thread has one."""
    return LocalCache(f"test of {max_bytes} bytes", {"OPTIONS": {"MAX_BYTES": max_bytes}})


@pytest.fixture
def cache() -> Iterator[LocalCache]:
    """Return an empty cache that holds five values of 10 KB."""
    cache = open_cache()
    cache.clear()
    yield cache
    cache.clear()


def held(cache: LocalCache) -> list[int]:
    """Return the numbers of the keys that the cache holds."""
    return [number for number in range(20) if cache.has_key(str(number))]


def test_least_recently_used_values_are_dropped_over_bound(cache: LocalCache) -> None:
    for number in range(5):
        cache.set(str(number), b"x" * 10_000)
    cache.get("0")
    for number in (5, 6):
        cache.set(str(number), b"x" * 10_000)
    assert held(cache) == [0, 3, 4, 5, 6]


def test_value_over_bound_is_not_stored_and_replaces_earlier_one(cache: LocalCache) -> None:
    cache.set("0", b"x")
    cache.set("0", b"x" * 6 * 10_000)
    assert (held(cache), cache.weight) == ([], 0)


def test_weight_is_that_of_remaining_values(cache: LocalCache) -> None:
    assert cache.add("0", b"x" * 10_000)
    assert not cache.add("0", b"y")
    cache.set("1", b"1")
    one = cache.weight
    cache.set("0", b"short")
    assert cache.weight < one - 9_000
    cache.set("2", b"x", timeout=0)  # has expired; the next reader deletes it
    assert cache.get("2") is None
    cache.delete("0")
    cache.delete_many(["1", "3"])
    assert cache.weight == 0


def test_threads_share_one_weight(cache: LocalCache) -> None:
    def fill() -> None:
        other = open_cache()
        for number in range(200):
            other.set(str(number % 9), b"x" * (number * 50))
            other.delete(str((number + 3) % 9))

    threads = [Thread(target=fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(9):
        cache.delete(str(number))
    assert cache.weight == 0


@pytest.mark.parametrize("size", [10, 1_000, 100_000])
def test_memory_stays_within_bound(size: int) -> None:
    bound = 3_000_000
    cache = open_cache(bound)
    cache.clear()
    value = random.Random(0).randbytes(size)
    tracemalloc.start()
    try:
        for number in range(min(20_000, 2 * bound // size)):
            cache.set(f"names.{number}", value + str(number).encode())
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        cache.clear()
    assert bound / 3 < taken <= bound
