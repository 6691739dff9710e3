"""Sessions for several processes: stored in the database, read from the shared cache.

A session stays in the cache for CACHE_TTL_S at most, so one that ended while Redis was unreachable ends by then. Its
key there is the same hash as in the database.
"""

from collections.abc import Collection
from typing import Any

from django.conf import settings

from workspaces.auth.session_store import SessionStore as DatabaseSessionStore
from workspaces.gateway.cached_values import CachedValue

CACHE_TTL_S = 60
# By the hash of the session's key.
COPIES = CachedValue("session", dict[str, Any], max_age_s=CACHE_TTL_S, alias=settings.SESSION_CACHE_ALIAS)


class SessionStore(DatabaseSessionStore):
    """A session whose cache entry is never older than its row, and is deleted with it."""

    def load(self) -> dict[str, Any]:
        """Return the session's data from the cache, else from the database."""
        key_hash = self.key_hash
        copy = COPIES.get(key_hash) if key_hash else None
        if copy is not None:
            return self.remember(copy)
        data = super().load()
        if self.key_hash:  # None where there is no such row
            COPIES.add(data, self.key_hash)  # keeps a newer one of another request
            self.discard_if_ended()
        return data

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's signature
        """Write the row and the cache entry. Raises UpdateError where the session was ended meanwhile."""
        super().save(must_create)
        if self.key_hash:
            COPIES.set(dict(self.items()), self.key_hash)
            self.discard_if_ended()

    def discard_if_ended(self) -> None:
        """Delete the cache entry again if the session's row was deleted while the entry was written."""
        if self.session_key and not self.exists(self.session_key):
            COPIES.delete(self.key_hash)

    @classmethod
    def delete_rows(cls, key_hashes: Collection[str]) -> None:
        """Delete sessions by the hashes of their keys: the rows first, so that no new cache entry comes from them.

        In a transaction, call it again afterwards: another process may have copied an uncommitted row to the cache.
        """
        super().delete_rows(key_hashes)
        COPIES.delete_many(key_hashes)
