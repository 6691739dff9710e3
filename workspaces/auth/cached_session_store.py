"""Sessions of several processes: read from the cache that they share, kept in the database.

A copy lies in the cache for a minute at most. So a session that ended while Redis could not be told, ends then.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import caches

from workspaces.auth.session_store import SessionStore as KeptSession
from workspaces.models import PortalSession

CACHE_TTL_S = 60  # s


class SessionStore(KeptSession):
    """A session whose copy in the cache is never older than its row, and goes with it."""

    def __init__(self, session_key: str | None = None) -> None:
        self.shared_cache = caches[settings.SESSION_CACHE_ALIAS]
        super().__init__(session_key)

    def load(self) -> dict[str, Any]:
        """Its data: the copy's, else the row's."""
        key = self.session_key
        found: dict[str, Any] | None = self.shared_cache.get(key) if key else None
        if found is None:
            found = super().load()
            if self.session_key:  # else there is no such row
                self.shared_cache.add(self.session_key, found, CACHE_TTL_S)  # a newer one, of a page beside this, stays
                self.discard_if_ended(self.session_key)
        return found

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's own
        """Write row and copy. Raises UpdateError where the session was ended meanwhile."""
        super().save(must_create)
        if self.session_key:
            self.shared_cache.set(self.session_key, dict(self.items()), CACHE_TTL_S)
            self.discard_if_ended(self.session_key)

    def discard_if_ended(self, key: str) -> None:
        """Take the copy away again if the session was ended while it was made."""
        if not self.exists(key):
            self.shared_cache.delete(key)

    def delete(self, session_key: str | None = None) -> None:
        """End it: the row first, so that no new copy is made of it."""
        key = session_key or self.session_key
        super().delete(session_key)
        if key:
            self.shared_cache.delete(key)

    @classmethod
    def end_all(cls, person: UUID) -> int:
        """End every session of this person. Returns how many there were."""
        keys = list(PortalSession.objects.filter(person=person).values_list("session_key", flat=True))
        ended = super().end_all(person)
        caches[settings.SESSION_CACHE_ALIAS].delete_many(keys)
        return ended
