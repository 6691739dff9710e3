"""What is the portal's own: who is signed in, and how they like their pages. Nothing of Coder's is copied."""

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class PortalSession(AbstractBaseSession):
    """A signed-in browser. The person is a column, so that somebody can see and end all of their sessions."""

    person = models.UUIDField(null=True, db_index=True)
    signed_in_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "expire_date"])]

    def __str__(self) -> str:
        return f"a session of {self.person or 'nobody'}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that writes these rows."""
        from workspaces.session_store import SessionStore  # it imports this module

        return SessionStore


class Preferences(models.Model):
    """How one person likes the portal, by their id at Coder. An empty value leaves it to the browser or system."""

    person = models.UUIDField(primary_key=True)
    zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=8, blank=True)
    page_size = models.PositiveSmallIntegerField(null=True)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.person}"
