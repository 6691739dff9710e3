"""The caches: what they hold is signed for its key, in memory as on Redis (external_services/test_redis.py)."""

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from django.core.cache.backends.base import BaseCache
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from coder_portal import cache_values
from coder_portal.cache import SharedCache
from coder_portal.cache_values import pack, unpack
from coder_portal.local_cache import LocalCache
from tests.portal import FakeClock
from tests.server import ROOT

KEY, VALUE = "portal.1:1:templates.abc", b"some bytes"


@pytest.fixture(autouse=True)
def rejections(monkeypatch: pytest.MonkeyPatch) -> cache_values.Rejections:
    """Return a new count of rejected values."""
    monkeypatch.setattr(cache_values, "REJECTIONS", cache_values.Rejections())
    return cache_values.REJECTIONS


@pytest.fixture
def cache() -> Iterator[LocalCache]:
    """Return an empty cache in memory."""
    backend = LocalCache("test", {})
    yield backend
    backend.clear()


def packed(key: str = KEY, value: bytes = VALUE, timeout: float | None = 60) -> bytes:
    """Return what a cache stores for a value."""
    stored = pack(key, value, timeout)
    assert isinstance(stored, bytes)
    return stored


@given(st.binary(), st.text(st.characters(codec="utf-8")))
def test_value_is_read_under_its_own_key(value: bytes, key: str) -> None:
    assert unpack(key, packed(key, value)) == value


@given(key=st.text(st.characters(codec="utf-8")).filter(lambda key: key != KEY))
def test_value_moved_to_another_key_is_a_miss(key: str) -> None:
    assert unpack(key, packed()) is None


def test_key_and_value_are_told_apart_in_the_signature() -> None:
    stored = packed("ab", b"c")
    assert unpack("a", stored) is None


@pytest.mark.parametrize("position", range(cache_values.HEADER_SIZE + len(VALUE)))
def test_value_with_one_changed_bit_is_a_miss(position: int) -> None:
    stored = bytearray(packed())
    stored[position] ^= 1
    assert unpack(KEY, bytes(stored)) is None


def test_truncated_value_is_a_miss() -> None:
    stored = packed()
    assert [unpack(KEY, stored[:length]) for length in range(len(stored))] == [None] * len(stored)


def test_unsigned_bytes_are_a_miss_and_pickles_are_not_loaded() -> None:
    pickled = b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins\x94\x8c\x04exit\x94\x93\x94)R\x94."
    assert [unpack(KEY, stored) for stored in (b"", b"5", VALUE, pickled, 2 * pickled)] == [None] * 5


def test_value_is_a_miss_after_its_time_even_where_somebody_stored_it_again(fake_clock: FakeClock) -> None:
    stored = packed(timeout=60)
    fake_clock.advance(59)
    assert unpack(KEY, stored) == VALUE
    fake_clock.advance(2)
    assert unpack(KEY, stored) is None


def test_value_signed_with_a_key_that_was_removed_is_a_miss(settings: Settings) -> None:
    stored = packed()
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    assert unpack(KEY, stored) is None


def test_value_signed_before_keys_were_rotated_is_read(settings: Settings) -> None:
    stored = packed()
    settings.TOKEN_KEYS = [Fernet.generate_key().decode(), *settings.TOKEN_KEYS]
    assert unpack(KEY, stored) == VALUE
    assert packed() != stored


def test_rejected_values_are_counted_and_logged_once(
    rejections: cache_values.Rejections, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "portal.cache")
    for _ in range(3):
        unpack(KEY, VALUE)
    assert rejections.number == 3
    assert len(caplog.records) == 1


@pytest.mark.parametrize("value", ["text", {"a": 1}, None, True, 1, [b""]])
def test_cache_refuses_what_is_not_bytes(cache: LocalCache, value: object) -> None:
    with pytest.raises(TypeError, match="stores bytes"):
        cache.set("a", value)


def test_local_cache_supports_django_cache_methods(cache: LocalCache) -> None:
    cache.set_many({"a": b"1", "b": b"2"}, 60)
    assert cache.get_many(["a", "b", "c"]) == {"a": b"1", "b": b"2"}
    assert not cache.add("a", b"5")
    assert cache.add("d", b"4", None)
    assert cache.has_key("b")
    assert cache.delete("d")
    assert not cache.delete("d")
    cache.delete_many(["a", "b"])
    assert cache.get("a", "nothing") == "nothing"
    assert cache.weight == 0


def test_local_cache_value_expires(cache: LocalCache, fake_clock: FakeClock) -> None:
    cache.set("a", b"1", 60)
    fake_clock.advance(61)
    assert cache.get("a") is None
    assert cache.weight == 0


def test_cache_has_no_counters(cache: LocalCache) -> None:
    shared = SharedCache(["redis://127.0.0.1:9"], {})  # out of reach, so it stores in the memory of the process
    for backend in (cache, shared):
        backend.set("a", b"1")
        with pytest.raises(TypeError):
            backend.incr("a", 1)
        backend.clear()


def test_shared_cache_reads_and_writes_only_by_signed_get_and_set() -> None:
    by_base = ("get_many", "set_many", "has_key", "touch", "incr")
    assert all(getattr(SharedCache, name) is getattr(BaseCache, name) for name in by_base)


def test_no_cache_and_no_session_uses_pickle() -> None:
    code = """
import os, sys
import django
from django.conf import settings
django.setup()
assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
import pickle
def fail(*args, **kwargs):
    raise AssertionError("pickle")
pickle.loads = pickle.load = pickle.dumps = pickle.dump = fail
from django.core.cache import caches
from coder_portal.cache import FallbackRedisClient
from workspaces.auth.session_store import SessionStore
cache = caches["default"]
cache.set("a", b"1")
assert cache.get("a") == b"1"
client = FallbackRedisClient(["redis://127.0.0.1:9"])
client.set("a", b"1", 60)
assert client.get("a", None) == b"1"
assert type(client._serializer).__module__ == "coder_portal.cache"
assert SessionStore().decode(SessionStore().encode({"a": 1})) == {"a": 1}
"""
    env = {"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=ROOT)
