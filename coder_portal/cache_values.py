"""What the caches hold: signed bytes.

A value is signed together with its key and the time at which it expires, with keys that are derived from
PORTAL_TOKEN_KEYS. Who can write to Redis can therefore neither create a value, nor change one, nor store one under
another key or for longer: the portal takes each of these for a miss. They can delete values, as Redis can itself.

There are no counters: Redis needs bare integers for them, which it would accept from anybody.
"""

import hmac
import logging
import math
import struct
import threading
import time
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PURPOSE = b"coder_portal.cache"  # keys that are derived for something else must differ
MAC_SIZE = 32  # bytes, of HMAC-SHA256
EXPIRY = struct.Struct(">d")  # s since 1970; infinite for a value that does not expire
KEY_SIZE = struct.Struct(">I")
HEADER_SIZE = MAC_SIZE + EXPIRY.size

logger = logging.getLogger("portal.cache")


class Rejections:
    """The number of values that were found in a cache and not accepted. The first one is logged."""

    def __init__(self) -> None:
        self.number = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count one value."""
        with self._lock:
            self.number += 1
            is_first = self.number == 1
        if is_first:
            logger.error(
                "A value in the cache was not written by this portal, or was changed, and is ignored. "
                "Processes with other PORTAL_TOKEN_KEYS use the same Redis, or somebody else writes to it. "
                "Further values are only counted: portal_cache_rejected_total."
            )


REJECTIONS = Rejections()


@lru_cache(maxsize=8)
def derive_keys(token_keys: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return the keys of the signatures: the first one signs, all of them verify."""
    return tuple(hmac.digest(key.encode(), PURPOSE, "sha256") for key in token_keys)


def signing_keys() -> tuple[bytes, ...]:
    """Return the keys of the settings. Raises ImproperlyConfigured where there is none."""
    if keys := derive_keys(tuple(settings.TOKEN_KEYS)):
        return keys
    raise ImproperlyConfigured("PORTAL_TOKEN_KEYS is missing: it signs what the cache holds.")


def signature(signing_key: bytes, key: str, content: bytes) -> bytes:
    """Return the signature of a value's content (expiry and bytes) under this key of the cache."""
    name = key.encode()
    return hmac.digest(signing_key, KEY_SIZE.pack(len(name)) + name + content, "sha256")


def pack(key: str, value: object, timeout: float | timedelta | None) -> bytes:
    """Return what to store for a value. Raises TypeError for a value that is not bytes.

    `timeout` is in s; None: the value does not expire.
    """
    if not isinstance(value, bytes):
        raise TypeError(f"The cache stores bytes, not {type(value).__name__}: use workspaces/gateway/cached_values.py.")
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    expires_at = math.inf if seconds is None else time.time() + seconds
    content = EXPIRY.pack(expires_at) + value
    return signature(signing_keys()[0], key, content) + content


def unpack(key: str, stored: bytes | None) -> bytes | None:
    """Return the value that `pack` was given; None where nothing is stored, it has expired, or is not accepted."""
    if stored is None:
        return None
    given, content = stored[:MAC_SIZE], stored[MAC_SIZE:]
    is_complete = len(stored) >= HEADER_SIZE
    if not is_complete or not any(hmac.compare_digest(given, signature(each, key, content)) for each in signing_keys()):
        REJECTIONS.add()
        return None
    (expires_at,) = EXPIRY.unpack_from(content)
    return content[EXPIRY.size :] if time.time() < expires_at else None
