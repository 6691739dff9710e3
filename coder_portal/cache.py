"""The cache that all processes share, on Redis. While Redis is away each process goes on with a memory of its own."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.module_loading import import_string
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

CONNECT_TIMEOUT_S = 0.5  # s
READ_TIMEOUT_S = 1.0  # s
RETRY_INTERVAL_S = 5.0  # s after a failure in which Redis is not asked again, so that a page waits for it once at most
LOCAL_BACKEND = "django.core.cache.backends.locmem.LocMemCache"
MAX_LOCAL_ENTRIES = 10_000  # that a process keeps by itself

type Key = str | bytes | memoryview  # as Django's client has it; the portal's own are str
type Expiry = int | timedelta | None  # s; None: kept for ever

logger = logging.getLogger("portal.redis")


class FallbackRedisClient(RedisCacheClient):
    """Django's client, which asks `stand_in` where Redis gives no answer. Each thread has one.

    What is deleted is deleted in both, and Redis is asked for that even if it was away a moment ago: a session that
    ends must end everywhere.
    """

    unavailable_until: ClassVar[float] = 0.0  # of time.monotonic; what one thread has found out, the others need not

    def __init__(self, servers: list[str], *, fallback: str = LOCAL_BACKEND, **options: Any) -> None:
        once_more = Retry(NoBackoff(), 1)  # a connection that Redis has closed meanwhile is no failure
        patience: dict[str, Any] = {
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_timeout": READ_TIMEOUT_S,
            "retry": once_more,
        }
        super().__init__(servers, **patience, **options)
        how = {
            "OPTIONS": {"MAX_ENTRIES": MAX_LOCAL_ENTRIES},
            "KEY_FUNCTION": unchanged_key,
        }  # keys come as they are in Redis
        self.fallback: BaseCache = import_string(fallback)("stand-in", how)

    def add(self, key: Key, value: Any, timeout: Expiry) -> bool:
        """Keep it where nothing is kept under the key."""
        return bool(
            self.call_or_fall_back(lambda: RedisCacheClient.add(self, key, value, timeout), "add", key, value, timeout)
        )

    def get(self, key: Key, default: Any) -> Any:
        """What is kept."""
        return self.call_or_fall_back(lambda: RedisCacheClient.get(self, key, default), "get", key, default)

    def set(self, key: Key, value: Any, timeout: Expiry) -> None:
        """Keep it."""
        self.call_or_fall_back(lambda: RedisCacheClient.set(self, key, value, timeout), "set", key, value, timeout)

    def touch(self, key: Key, timeout: Expiry) -> bool:
        """Keep it for longer."""
        expiry: Any = timeout  # the stubs do not know that None keeps it for ever
        return bool(self.call_or_fall_back(lambda: RedisCacheClient.touch(self, key, expiry), "touch", key, timeout))

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Any]:
        """What is kept of these."""
        found: dict[Key, Any] = self.call_or_fall_back(
            lambda: RedisCacheClient.get_many(self, keys), "get_many", list(keys)
        )
        return found

    def has_key(self, key: Key) -> bool:
        """Whether something is kept."""
        return bool(self.call_or_fall_back(lambda: RedisCacheClient.has_key(self, key), "has_key", key))

    def incr(self, key: Key, delta: int) -> int:
        """One more. Raises ValueError where nothing is kept."""
        return int(self.call_or_fall_back(lambda: RedisCacheClient.incr(self, key, delta), "incr", key, delta))

    def set_many(self, data: Mapping[Key, Any], timeout: Expiry) -> None:
        """Keep all of them."""
        expiry: Any = timeout
        self.call_or_fall_back(lambda: RedisCacheClient.set_many(self, data, expiry), "set_many", data, timeout)

    def delete(self, key: Key) -> bool:
        """Keep it no longer."""
        here = self.fallback.delete(key)
        return (
            bool(self.call_or_fall_back(lambda: RedisCacheClient.delete(self, key), "has_key", key, always=True))
            or here
        )

    def delete_many(self, keys: Iterable[Key]) -> None:
        """Keep none of them any longer."""
        self.fallback.delete_many(keys)
        self.call_or_fall_back(lambda: RedisCacheClient.delete_many(self, keys), "get_many", list(keys), always=True)

    def clear(self) -> bool:
        """Keep nothing."""
        self.fallback.clear()
        return bool(self.call_or_fall_back(lambda: RedisCacheClient.clear(self), "has_key", "", always=True))

    def call_or_fall_back(self, redis: Callable[[], Any], name: str, *args: Any, always: bool = False) -> Any:
        """What Redis answers; where it is away, what the stand-in's method `name` answers to `args`."""
        if always or time.monotonic() >= self.unavailable_until:
            try:
                answer = redis()
            except RedisError as error:
                self.mark_unavailable(error)
            else:
                self.mark_available()
                return answer
        return getattr(self.fallback, name)(*args)

    def mark_unavailable(self, error: RedisError) -> None:
        """It gave no answer: not asked for a while, and said once. Its own words may hold its address."""
        if not self.unavailable_until:
            logger.error("Redis does not answer (%s): each process keeps its own.", type(error).__name__)
        FallbackRedisClient.unavailable_until = time.monotonic() + RETRY_INTERVAL_S

    def mark_available(self) -> None:
        """It answers. What was kept here meanwhile is forgotten, or it would be found at the next failure."""
        if self.unavailable_until:
            logger.warning("Redis answers again.")
            FallbackRedisClient.unavailable_until = 0.0
            self.fallback.clear()


class SharedCache(RedisCache):
    """Redis; while it is away, what `OPTIONS["stand_in"]` keeps, a cache by its dotted path."""

    def __init__(self, server: list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = FallbackRedisClient

    def status(self) -> str:
        """ "ok", or the kind of error: whether Redis is there now."""
        try:
            self._cache.get_client().ping()
        except RedisError as error:
            return type(error).__name__
        return "ok"


def unchanged_key(key: str, prefix: str, version: int) -> str:
    """The key that was made before."""
    return key
