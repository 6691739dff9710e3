"""Django's database sessions, stored under a hash of the cookie, with the person and the browser in columns.

The cookie holds the session key. The table holds its SHA-256 only: who reads the table, its log or a backup cannot use
the sessions in it. Everything outside of the request refers to a session by this hash.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any, override

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from workspaces.models import PortalSession


def hash_session_key(session_key: str) -> str:
    """Return the SHA-256 of a session key as 64 hexadecimal digits. Keys are random, so they need no salt."""
    return hashlib.sha256(session_key.encode(errors="surrogatepass")).hexdigest()


def request_key_hash(request: HttpRequest) -> str | None:
    """Return the hash under which the request's session is stored; None where it has no key."""
    key = request.session.session_key
    return hash_session_key(key) if key else None


def merge_changes(before: Mapping[str, Any], own: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return `stored` with the changes that lead from `before` to `own`, key by key, in dictionaries too."""
    merged = dict(stored)
    for key in before.keys() | own.keys():
        if key not in own:
            merged.pop(key, None)
        elif key not in before or own[key] != before[key]:
            parts = [each.get(key, {}) for each in (before, own, stored)]
            merged[key] = merge_changes(*parts) if all(isinstance(part, dict) for part in parts) else own[key]
    return merged


class SessionStore(DatabaseStore):
    """A session whose row names its person, so that all sessions of a person can be listed and ended.

    `session_key` is the cookie's value, as Django's middleware expects; only its hash is sent to the database. Saving
    keeps what other requests of the session have stored since this one loaded it.
    """

    _loaded: Mapping[str, Any] = {}  # a copy of the data when they were last read or written

    # Django's database store has queries of its own here. These call the methods below in a thread.
    aexists = SessionBase.aexists
    acreate = SessionBase.acreate
    asave = SessionBase.asave
    adelete = SessionBase.adelete
    aload = SessionBase.aload

    @classmethod
    def get_model_class(cls) -> type[PortalSession]:
        """Return the model of the sessions' table."""
        return PortalSession

    @property
    def key_hash(self) -> str | None:
        """The hash under which the session is stored; None where it has no key yet."""
        return hash_session_key(self.session_key) if self.session_key else None

    def load(self) -> dict[str, Any]:
        """Return the session's data. Without a row that is valid, forget the key and return no data."""
        row = PortalSession.objects.filter(session_key=self.key_hash, expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None  # otherwise who sends a cookie could choose the key of a new session
            return {}
        return self.remember(self.decode(row.session_data))

    def remember(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the data, which were just read or are about to be written, and keep a copy to tell what changes."""
        self._loaded = deepcopy(data)
        return data

    @override
    def save(self, must_create: bool = False) -> None:
        """Store the session. Raises CreateError where it must be new and is not, UpdateError where it has ended."""
        with transaction.atomic():
            if self.session_key and not must_create:
                self._add_stored_changes()
            super().save(must_create)

    def _add_stored_changes(self) -> None:
        """Add what other requests have changed in the row since it was loaded. Call it in a transaction."""
        own = self._get_session()  # type: ignore[attr-defined]  # missing in the stubs
        row = PortalSession.objects.select_for_update().filter(session_key=self.key_hash).first()
        if row and (stored := self.decode(row.session_data)) != self._loaded:
            self._session_cache = merge_changes(self._loaded, own, stored)

    def exists(self, session_key: str) -> bool:
        """Return whether there is a row for this key."""
        return super().exists(hash_session_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> PortalSession:
        """Return the row for this session's data."""
        row = PortalSession(
            session_key=hash_session_key(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # missing in the stubs
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )
        self.remember(data)
        row.person = data.get("person", {}).get("id")
        row.signed_in_at = dt.datetime.fromtimestamp(data["since"], dt.UTC) if "since" in data else None
        row.seen_at = dt.datetime.fromtimestamp(data["seen"], dt.UTC) if "seen" in data else None
        row.browser, row.address = data.get("browser", ""), data.get("address", "")
        row.frame_origins, row.approved_by = " ".join(data.get("frame_origins", ())), data.get("approved_by", "")
        row.draft_person = None if row.person else data.get("draft_person")
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Delete the row of this key, by default of the session's own."""
        if key := session_key or self.session_key:
            self.delete_rows([hash_session_key(key)])

    @classmethod
    def delete_rows(cls, key_hashes: Collection[str]) -> None:
        """Delete sessions by the hashes of their keys."""
        PortalSession.objects.filter(session_key__in=key_hashes).delete()
