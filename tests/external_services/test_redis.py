"""The shared cache, on a Redis that goes away and comes back."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from coder_portal.cache import AWAY, Client
from coder_simulator.world import PASSWORD
from tests.external_services.conftest import OwnRedis
from tests.portal import SimulatedCoder
from workspaces.auth import throttle

ALICE = {"email": "alice@example.com", "password": PASSWORD}


@pytest.fixture(autouse=True)
def shared(own_redis: OwnRedis, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The portal's caches on a Redis of the test's own, which has answered until now."""
    settings.CACHES = {name: {**how, "LOCATION": [own_redis.url]} for name, how in settings.CACHES.items()}
    monkeypatch.setattr(Client, "away_until", 0.0)
    yield
    client(cache).stand_in.clear()


def client(of: Any) -> Client:
    """The client of a cache."""
    found: Client = of._cache
    return found


def long_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """So much time passes that Redis is asked again."""
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + AWAY + 1)


def test_what_is_kept_lies_in_redis_for_as_long_as_it_shall(own_redis: OwnRedis) -> None:
    cache.set("a", {"b": 1}, 60)
    (key,) = own_redis.holds()
    assert key.endswith(":a")
    assert 0 < own_redis.ask().ttl(key) <= 60
    assert cache.get("a") == {"b": 1}


def test_all_that_django_asks_of_a_cache_is_answered_by_it() -> None:
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


@pytest.mark.django_db
def test_five_minutes_after_the_first_try_somebody_may_try_again(
    coder: SimulatedCoder, own_redis: OwnRedis, settings: Settings
) -> None:
    settings.LOGIN_TRIES = 1
    browser = Browser()
    browser.post("/login/", ALICE | {"password": "not this one"})
    assert browser.post("/login/", ALICE).status_code == 422
    counts = own_redis.ask().keys("*throttle*")
    assert len(counts) == 2  # of the address, of the e-mail
    for count in counts:
        assert 0 < own_redis.ask().ttl(count) <= throttle.WINDOW
        own_redis.ask().expire(count, 0)
    assert browser.post("/login/", ALICE).status_code == 302


@pytest.mark.parametrize("how", ["die", "hang"])
def test_while_redis_is_away_the_process_goes_on_by_itself(own_redis: OwnRedis, how: str) -> None:
    cache.set("a", 1, 60)
    getattr(own_redis, how)()
    assert cache.get("a") is None
    cache.set("b", 2, 60)
    assert cache.get("b") == 2
    assert [throttle.count("me") for _ in range(3)] == [1, 2, 3]
    assert cache.delete("b")
    assert not cache.has_key("b")


def test_it_is_said_once_that_it_is_away_and_once_that_it_is_back(
    own_redis: OwnRedis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, "portal.redis")
    own_redis.die()
    for _ in range(3):
        cache.get("a")
    own_redis.come_back()
    long_after(monkeypatch)
    for _ in range(3):
        cache.get("a")
    assert [record.getMessage() for record in caplog.records] == [
        "Redis does not answer (ConnectionError): each process keeps its own.",
        "Redis answers again.",
    ]


def test_one_that_went_away_is_not_waited_for_by_each_page(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_redis.die()
    cache.set("a", 1, 60)
    own_redis.come_back()
    cache.set("b", 2, 60)
    assert own_redis.holds() == []  # it was not asked: it went away a moment ago
    long_after(monkeypatch)
    cache.set("c", 3, 60)
    assert len(own_redis.holds()) == 1


def test_what_was_kept_meanwhile_is_forgotten_when_it_is_back(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_redis.die()
    cache.set("a", "of this process", 60)
    own_redis.come_back()
    long_after(monkeypatch)
    assert cache.get("a") is None
    own_redis.die()
    assert cache.get("a") is None


def test_what_is_deleted_is_deleted_in_a_redis_that_was_away_a_moment_ago(
    own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.set_many({"a": 1, "b": 2, "c": 3}, 60)
    monkeypatch.setattr(Client, "away_until", time.monotonic() + 1000)
    cache.delete("a")
    cache.delete_many(["b"])
    assert [key.rpartition(":")[2] for key in own_redis.holds()] == ["c"]


def test_sessions_are_kept_by_no_process_for_itself(own_redis: OwnRedis) -> None:
    own_redis.die()
    caches["sessions"].set("a", {"token": "sealed"}, 60)
    assert caches["sessions"].get("a") is None


def test_sessions_lie_there_as_plain_json_which_runs_no_code(own_redis: OwnRedis) -> None:
    caches["sessions"].set("a", {"since": 1}, 60)
    (key,) = own_redis.holds()
    assert own_redis.ask().get(key) == '{"since":1}'
