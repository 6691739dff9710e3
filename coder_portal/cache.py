"""The cache that all processes share, on Redis. While Redis is unreachable each process uses a cache of its own.

It holds signed bytes: see cache_values.py.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.module_loading import import_string
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from coder_portal.cache_values import REJECTIONS, pack, unpack

CONNECT_TIMEOUT_S = 0.5
READ_TIMEOUT_S = 1.0
RETRY_INTERVAL_S = 5.0  # no calls to Redis for so long after a failure, so that a page waits for it only once
LOCAL_BACKEND = "coder_portal.local_cache.LocalCache"
WRONG_TYPE = "WRONGTYPE"  # of Redis' error about a key that holds a list or the like, which the portal never stores

type Key = str | bytes | memoryview  # Django's types; the portal's keys are str
type Expiry = int | timedelta | None  # s; None: never expires

logger = logging.getLogger("portal.redis")


class PlainSerializer:
    """Django's serializer for values that are bytes already. Django's own would read anything else as a pickle."""

    def dumps(self, obj: Any) -> Any:
        """Return the value."""
        return obj

    def loads(self, data: Any) -> Any:
        """Return the value."""
        return data


class FallbackRedisClient(RedisCacheClient):
    """Django's client, which uses the cache `fallback` while Redis is unreachable. Each thread has its own client.

    Deletions apply to both caches, and are sent to Redis even within RETRY_INTERVAL_S after a failure: a session that
    ends must end in all processes.
    """

    unavailable_until: ClassVar[float] = 0.0  # s, of time.monotonic(); shared by all threads

    def __init__(self, servers: list[str], *, fallback: str = LOCAL_BACKEND, **options: Any) -> None:
        connection_options: dict[str, Any] = {
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_timeout": READ_TIMEOUT_S,
            "retry": Retry(NoBackoff(), 1),  # for a pooled connection that Redis has closed
        }
        super().__init__(servers, PlainSerializer, **connection_options, **options)
        params = {"KEY_FUNCTION": unchanged_key}  # the keys already have their prefix
        self.fallback: BaseCache = import_string(fallback)("stand-in", params)

    def add(self, key: Key, value: Any, timeout: Expiry) -> bool:
        """Store the value if the key is free, and return whether it was. One with a value of somebody else is free."""

        def store() -> bool:
            stored = pack(str(key), value, timeout)
            if RedisCacheClient.add(self, key, stored, timeout):
                return True
            if self.read(key) is not None:
                return False
            RedisCacheClient.delete(self, key)
            return bool(RedisCacheClient.add(self, key, stored, timeout))

        return bool(self.call_or_fall_back(store, "add", key, value, timeout))

    def get(self, key: Key, default: Any) -> Any:
        """Return the value, or `default`."""
        value = self.call_or_fall_back(lambda: self.read(key), "get", key)
        return default if value is None else value

    def set(self, key: Key, value: Any, timeout: Expiry) -> None:
        """Store the value."""

        def store() -> None:
            RedisCacheClient.set(self, key, pack(str(key), value, timeout), timeout)

        self.call_or_fall_back(store, "set", key, value, timeout)

    def delete(self, key: Key) -> bool:
        """Delete the key in both caches, and return whether it existed."""
        existed = self.fallback.delete(key)
        return (
            bool(self.call_or_fall_back(lambda: RedisCacheClient.delete(self, key), "has_key", key, always=True))
            or existed
        )

    def delete_many(self, keys: Iterable[Key]) -> None:
        """Delete the keys in both caches."""
        self.fallback.delete_many(keys)
        self.call_or_fall_back(lambda: RedisCacheClient.delete_many(self, keys), "get_many", list(keys), always=True)

    def clear(self) -> bool:
        """Delete all keys in both caches."""
        self.fallback.clear()
        return bool(self.call_or_fall_back(lambda: RedisCacheClient.clear(self), "has_key", "", always=True))

    def read(self, key: Key) -> bytes | None:
        """Return the value in Redis; None where there is none that the portal has stored."""
        try:
            stored = RedisCacheClient.get(self, key, None)
        except ResponseError as error:
            if WRONG_TYPE not in str(error):
                raise
            REJECTIONS.add()
            return None
        return unpack(str(key), stored)

    def call_or_fall_back(self, redis: Callable[[], Any], name: str, *args: Any, always: bool = False) -> Any:
        """Return what `redis` returns; while Redis is unreachable call the fallback's method `name` with `args`.

        `always`: call Redis even within RETRY_INTERVAL_S after a failure.
        """
        if always or time.monotonic() >= self.unavailable_until:
            try:
                value = redis()
            except RedisError as error:
                self.mark_unavailable(error)
            else:
                self.mark_available()
                return value
        return getattr(self.fallback, name)(*args)

    def mark_unavailable(self, error: RedisError) -> None:
        """Stop calls to Redis for RETRY_INTERVAL_S. Log the first failure, but not its text: it may hold the URL."""
        if not self.unavailable_until:
            logger.error("Redis does not answer (%s): each process keeps its own.", type(error).__name__)
        FallbackRedisClient.unavailable_until = time.monotonic() + RETRY_INTERVAL_S

    def mark_available(self) -> None:
        """Log that Redis responds again, and clear the fallback: at the next failure its values would be outdated."""
        if self.unavailable_until:
            logger.warning("Redis answers again.")
            FallbackRedisClient.unavailable_until = 0.0
            self.fallback.clear()


class SharedCache(RedisCache):
    """Redis, with the cache backend of `OPTIONS["fallback"]` (a dotted path) while Redis is unreachable."""

    # By `get` and `set`: those of Redis would store and return values without a signature.
    get_many, set_many, has_key = BaseCache.get_many, BaseCache.set_many, BaseCache.has_key
    touch, incr = BaseCache.touch, BaseCache.incr  # no touch, and bytes cannot be counted

    def __init__(self, server: list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = FallbackRedisClient

    def ping(self) -> None:
        """Ping Redis, and use or avoid it according to the result. Raises RedisError."""
        client: Any = self._cache  # a FallbackRedisClient; the stubs name its base
        try:
            client.get_client().ping()
        except RedisError as error:
            client.mark_unavailable(error)
            raise
        client.mark_available()


def unchanged_key(key: str, prefix: str, version: int) -> str:
    """Return the key as it is: Django's KEY_FUNCTION of a cache whose keys already have their prefix."""
    return key
