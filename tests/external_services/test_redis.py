"""The shared cache while Redis is available, unreachable and available again."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache, caches
from pytest_django.fixtures import Settings

from coder_portal.cache import RETRY_INTERVAL_S, FallbackRedisClient
from coder_simulator.world import PASSWORD
from tests.external_services.conftest import TemporaryRedis

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
    cache.set("a", {"b": 1}, 60)
    (key,) = clean_redis.list_keys()
    assert key.endswith(":a")
    assert 0 < clean_redis.client().ttl(key) <= 60
    assert cache.get("a") == {"b": 1}


def test_cache_supports_django_cache_methods() -> None:
    cache.set_many({"a": 1, "b": 2}, 60)
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert cache.incr("a") == 2
    assert not cache.add("a", 5)
    assert cache.has_key("b")
    assert cache.touch("b", None)
    cache.delete_many(["a", "b"])
    assert cache.get("a", "nothing") == "nothing"
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


@pytest.mark.parametrize("method", ["kill", "suspend"])
def test_cache_falls_back_to_process_memory_while_redis_is_unreachable(
    clean_redis: TemporaryRedis, method: str
) -> None:
    cache.set("a", 1, 60)
    getattr(clean_redis, method)()
    assert cache.get("a") is None
    cache.set("b", 2, 60)
    assert cache.get("b") == 2
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
    cache.set("a", 1, 60)
    clean_redis.restart()
    cache.set("b", 2, 60)
    assert clean_redis.list_keys() == []  # Redis is not asked again right after a failure
    advance_past_retry(monkeypatch)
    cache.set("c", 3, 60)
    assert len(clean_redis.list_keys()) == 1


def test_fallback_values_are_dropped_when_redis_is_available_again(
    clean_redis: TemporaryRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_redis.kill()
    cache.set("a", "of this process", 60)
    clean_redis.restart()
    advance_past_retry(monkeypatch)
    assert cache.get("a") is None
    clean_redis.kill()
    assert cache.get("a") is None


def test_delete_reaches_redis_even_shortly_after_failure(
    clean_redis: TemporaryRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.set_many({"a": 1, "b": 2, "c": 3}, 60)
    monkeypatch.setattr(FallbackRedisClient, "unavailable_until", time.monotonic() + 1000)
    cache.delete("a")
    cache.delete_many(["b"])
    assert [key.rpartition(":")[2] for key in clean_redis.list_keys()] == ["c"]


def test_sessions_cache_has_no_fallback_in_process_memory(clean_redis: TemporaryRedis) -> None:
    clean_redis.kill()
    caches["sessions"].set("a", {"token": "sealed"}, 60)
    assert caches["sessions"].get("a") is None


def test_sessions_cache_stores_plain_json(clean_redis: TemporaryRedis) -> None:
    caches["sessions"].set("a", {"since": 1}, 60)
    (key,) = clean_redis.list_keys()
    assert clean_redis.client().get(key) == '{"since":1}'
