"""Kinds of values in the cache. Each is declared once, with its type; msgspec writes it to bytes and checks it again.

The cache itself signs the bytes: see coder_portal/cache_values.py.
"""

import hashlib
import re
from collections.abc import Callable, Iterable

import msgspec
from django.core.cache import caches

from coder_portal.cache_values import REJECTIONS
from workspaces.coder.decoding import inspect_type

# Of other keys Django warns: with a line on stderr and an entry in memory for each, both with what a person typed. It
# allows 250 characters, of which its prefix takes some.
PLAIN_KEY = re.compile(r"[!-~]{1,200}")


class CachedValue[T]:
    """A kind of value: its name, its type, and for how long it is kept. None cannot be cached.

    Values of one kind are told apart by `parts`, which with the name make up the key. For a response to a token one of
    them is the token's fingerprint. `alias` is a cache of the settings.
    """

    def __init__(self, name: str, value_type: type[T], *, max_age_s: float | None, alias: str = "default") -> None:
        self.name = name
        self.max_age_s = max_age_s
        self.alias = alias
        inspect_type(value_type)
        self._decoder = msgspec.json.Decoder(value_type)

    def key(self, *parts: object) -> str:
        """Return the key of a value; its hash where it is long, or has spaces or other characters than ASCII's."""
        key = ".".join(map(str, (self.name, *parts)))
        if PLAIN_KEY.fullmatch(key):
            return key
        return f"{self.name}.{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()}"

    def get(self, *parts: object) -> T | None:
        """Return the value; None where there is none."""
        stored = caches[self.alias].get(self.key(*parts))
        if stored is None:
            return None
        try:
            return self._decoder.decode(stored)
        except msgspec.MsgspecError:  # the value of another type
            REJECTIONS.add()
            return None

    def set(self, value: T, *parts: object) -> None:
        """Store the value."""
        caches[self.alias].set(self.key(*parts), msgspec.json.encode(value), self.max_age_s)

    def add(self, value: T, *parts: object) -> bool:
        """Store the value unless there is one, and return whether it was stored."""
        return caches[self.alias].add(self.key(*parts), msgspec.json.encode(value), self.max_age_s)

    def delete(self, *parts: object) -> None:
        """Delete the value."""
        caches[self.alias].delete(self.key(*parts))

    def delete_many(self, parts: Iterable[object]) -> None:
        """Delete the values of keys with one part."""
        caches[self.alias].delete_many([self.key(part) for part in parts])

    def get_or_fetch(self, fetch: Callable[[], T], *parts: object) -> T:
        """Return the value, or call `fetch` and store its result. Raises what `fetch` raises."""
        value = self.get(*parts)
        if value is None:
            value = fetch()
            self.set(value, *parts)
        return value
