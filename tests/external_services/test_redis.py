"""The shared cache while Redis is available, unreachable and available again."""

import logging
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import redis
from django.core.cache import cache, caches
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from coder_portal.cache import RETRY_INTERVAL_S, FallbackRedisClient
from coder_simulator.world import PASSWORD
from tests.external_services.conftest import TemporaryRedis
from tests.portal import FakeClock, SimulatedCoder, sign_in
from workspaces.auth.cached_session_store import CACHE_TTL_S, COPIES
from workspaces.auth.session_store import hash_session_key
from workspaces.models import PortalSession

ALICE = {"email": "alice@example.com", "password": PASSWORD}


@pytest.fixture(autouse=True)
def redis_caches(clean_redis: TemporaryRedis, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the portal's caches use a Redis of this test that has been reachable until now."""
    settings.CACHES = {name: {**options, "LOCATION": [clean_redis.url]} for name, options in settings.CACHES.items()}
    monkeypatch.setattr(FallbackRedisClient, "unavailable_until", 0.0)
    yield
    redis_client(cache).fallback.clear()


def redis_client(cache_backend: Any) -> FallbackRedisClient:
    """Return the Redis client of a cache."""
    client: FallbackRedisClient = cache_backend._cache
    return client


def advance_past_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advance the clock until the portal tries Redis again."""
    real_monotonic = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real_monotonic() + RETRY_INTERVAL_S + 1)


def test_cache_stores_value_in_redis_with_its_timeout(clean_redis: TemporaryRedis) -> None:
    cache.set("a", b"1", 60)
    (key,) = clean_redis.list_keys()
    assert key.endswith(":a")
    assert 0 < clean_redis.client().ttl(key) <= 60
    assert cache.get("a") == b"1"


def test_cache_supports_django_cache_methods() -> None:
    cache.set_many({"a": b"1", "b": b"2"}, 60)
    assert cache.get_many(["a", "b", "c"]) == {"a": b"1", "b": b"2"}
    assert not cache.add("a", b"5")
    assert cache.add("d", b"", 60)
    assert cache.get("d") == b""
    assert cache.has_key("b")
    assert cache.get("b") == b"2"
    cache.delete_many(["a", "b"])
    assert cache.get("a", "nothing") == "nothing"


@pytest.mark.parametrize("method", ["kill", "suspend"])
def test_cache_falls_back_to_process_memory_while_redis_is_unreachable(
    clean_redis: TemporaryRedis, method: str
) -> None:
    cache.set("a", b"1", 60)
    getattr(clean_redis, method)()
    assert cache.get("a") is None
    cache.set("b", b"2", 60)
    assert cache.get("b") == b"2"
    assert cache.delete("b")
    assert not cache.has_key("b")


def test_redis_outage_and_recovery_are_each_logged_once(
    clean_redis: TemporaryRedis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, "portal.redis")
    clean_redis.kill()
    for _ in range(3):
        cache.get("a")
    clean_redis.restart()
    advance_past_retry(monkeypatch)
    for _ in range(3):
        cache.get("a")
    assert [record.getMessage() for record in caplog.records] == [
        "Redis does not answer (ConnectionError): each process keeps its own.",
        "Redis answers again.",
    ]


def test_redis_is_not_asked_again_shortly_after_failure(
    clean_redis: TemporaryRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_redis.kill()
    cache.set("a", b"1", 60)
    clean_redis.restart()
    cache.set("b", b"2", 60)
    assert clean_redis.list_keys() == []  # Redis is not asked again right after a failure
    advance_past_retry(monkeypatch)
    cache.set("c", b"3", 60)
    assert len(clean_redis.list_keys()) == 1


def test_fallback_values_are_dropped_when_redis_is_available_again(
    clean_redis: TemporaryRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_redis.kill()
    cache.set("a", b"of this process", 60)
    clean_redis.restart()
    advance_past_retry(monkeypatch)
    assert cache.get("a") is None
    clean_redis.kill()
    assert cache.get("a") is None


def test_delete_reaches_redis_even_shortly_after_failure(
    clean_redis: TemporaryRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.set_many({"a": b"1", "b": b"2", "c": b"3"}, 60)
    monkeypatch.setattr(FallbackRedisClient, "unavailable_until", time.monotonic() + 1000)
    cache.delete("a")
    cache.delete_many(["b"])
    assert [key.rpartition(":")[2] for key in clean_redis.list_keys()] == ["c"]


def test_sessions_cache_has_no_fallback_in_process_memory(clean_redis: TemporaryRedis) -> None:
    clean_redis.kill()
    caches["sessions"].set("a", b"session", 60)
    assert caches["sessions"].get("a") is None


def test_value_that_somebody_else_stored_is_a_miss_and_no_outage(
    clean_redis: TemporaryRedis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "portal.redis")
    cache.set("a", b"1", 60)
    cache.set("b", b"2", 60)
    first, second = sorted(clean_redis.list_keys())
    raw: Any = redis.from_url(clean_redis.url)
    stored = raw.get(first)
    for other in (raw.get(second), stored[:-1], b"\x80\x04N.", b"5", stored + b"."):
        raw.set(first, other)
        assert cache.get("a") is None
        assert cache.get_many(["a", "b"]) == {"b": b"2"}
    raw.delete(first)
    raw.rpush(first, "a list")
    assert cache.get("a") is None
    assert cache.get_many(["a"]) == {}
    assert not cache.has_key("a")
    raw.set(first, stored)
    assert cache.get("a") == b"1"
    assert [record for record in caplog.records if record.name == "portal.redis"] == []  # no outage


def test_key_that_holds_what_somebody_else_stored_is_free(clean_redis: TemporaryRedis) -> None:
    cache.set("a", b"1", 60)
    (key,) = clean_redis.list_keys()
    raw: Any = redis.from_url(clean_redis.url)
    for number, store in enumerate([partial(raw.set, key, b"rubbish"), partial(raw.rpush, key, "a list")]):
        raw.delete(key)
        store()
        assert cache.add("a", str(number).encode(), 60)
        assert not cache.add("a", b"other", 60)
        assert cache.get("a") == str(number).encode()
        assert 0 < raw.ttl(key) <= 60


@pytest.mark.django_db
def test_session_copied_in_redis_to_another_key_is_not_read(coder: SimulatedCoder, clean_redis: TemporaryRedis) -> None:
    alice, bob = Browser(), Browser()
    sign_in(alice)
    sign_in(bob, "bob")
    copies = [COPIES.key(hash_session_key(browser.cookies["coder_portal_session"].value)) for browser in (alice, bob)]
    raw: Any = redis.from_url(clean_redis.url)
    names = {key.rpartition(":")[2]: key for key in clean_redis.list_keys()}
    raw.copy(*(names[copy] for copy in copies), replace=True)
    assert b"bob" in bob.get("/account/").content
    assert b"alice" not in bob.get("/account/").content


@pytest.mark.django_db
def test_session_that_was_put_back_into_redis_does_not_outlive_its_copy(
    coder: SimulatedCoder, clean_redis: TemporaryRedis, fake_clock: FakeClock
) -> None:
    alice = Browser()
    sign_in(alice)
    (key,) = [key for key in clean_redis.list_keys() if "session_hashes" in key]
    raw: Any = redis.from_url(clean_redis.url)
    stored = raw.get(key)
    PortalSession.objects.all().delete()
    raw.set(key, stored)
    fake_clock.advance(CACHE_TTL_S + 1)
    assert alice.get("/workspaces/").status_code == 302
