"""Django's database sessions, with the person and the browser in columns of their own."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from workspaces.models import PortalSession


class SessionStore(DatabaseStore):
    """A session whose row names its person, so that all sessions of a person can be listed and ended."""

    @classmethod
    def get_model_class(cls) -> type[PortalSession]:
        """Return the model of the sessions' table."""
        return PortalSession

    def create_model_instance(self, data: dict[str, Any]) -> PortalSession:
        """Return the row for this session's data."""
        row = PortalSession(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]  # missing in the stubs
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )
        row.person = data.get("person", {}).get("id")
        row.signed_in_at = dt.datetime.fromtimestamp(data["since"], dt.UTC) if "since" in data else None
        row.browser = data.get("browser", "")
        return row

    @classmethod
    def end_all(cls, person: UUID) -> int:
        """End every session of this person, and return their number."""
        number, _ = PortalSession.objects.filter(person=person).delete()
        return number
