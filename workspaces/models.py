"""What is the portal's own: who is signed in, how they like their pages, what it does for them; no copy of Coder's."""

from typing import Any
from uuid import uuid4

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
        from workspaces.auth.session_store import SessionStore  # it imports this module

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


class Operation(models.Model):
    """What one person asked for that takes more than one call. It ends when all of its items have."""

    class Kind(models.TextChoices):
        """What is done with each workspace."""

        RESTART = "restart"
        UPDATE = "update"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    person = models.UUIDField()
    username = models.CharField(max_length=64)
    address = models.CharField(max_length=64, blank=True)  # from where it was asked for; Coder is told with each call
    token = models.TextField(blank=True)  # with which it acts, sealed; "" once it has ended
    token_id = models.CharField(max_length=32, blank=True)  # its name at Coder, where it was made for this operation
    fingerprint = models.CharField(max_length=64, blank=True)  # of the session's token, where it acts with that one
    created_at = models.DateTimeField()
    canceled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-created_at"]),
            models.Index(fields=["ended_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.username}'s"


class Item(models.Model):
    """One workspace of an operation. `ticket` names the step that may go on; whoever holds an older one stops."""

    class Outcome(models.TextChoices):
        """How it ended."""

        DONE = "done"
        FAILED = "failed"
        CANCELED = "canceled"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="items")
    workspace = models.UUIDField(db_index=True)
    owner = models.CharField(max_length=64)  # names as they were: an operation is told of when the workspace is gone
    name = models.CharField(max_length=64)
    phase = models.CharField(max_length=16)  # see operations/moves.py
    version = models.UUIDField()  # of the template, with which it shall start
    values = models.TextField(blank=True)  # of parameters for the start, sealed
    before = models.PositiveIntegerField(default=0)
    build = models.UUIDField(null=True)
    ticket = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    away_since = models.DateTimeField(null=True)  # Coder has not answered since
    said = models.TextField(blank=True)  # what Coder last answered, or how it came about
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["owner", "name"]
        indexes = [models.Index(fields=["leased_until"])]

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}: {self.outcome or self.phase}"


class Change(models.Model):
    """One change that somebody made through the portal, or tried to: a row of the record."""

    class Outcome(models.TextChoices):
        """What became of it."""

        DONE = "done"
        REFUSED = "refused"
        LOST = "lost"  # Coder was asked, and its answer did not arrive
        AWAY = "away"  # Coder was not reached

    at = models.DateTimeField(db_index=True)
    person = models.UUIDField()
    username = models.CharField(max_length=64)
    address = models.CharField(max_length=64, blank=True)  # from where
    action = models.CharField(max_length=64)  # as Coder calls it
    workspace = models.UUIDField(null=True)
    owner = models.CharField(max_length=64, blank=True)  # names as they were
    name = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)  # what was asked for, without what may be secret
    outcome = models.CharField(max_length=16, choices=Outcome)
    status = models.PositiveSmallIntegerField(null=True)  # of Coder's answer
    message = models.TextField(blank=True)  # of Coder's refusal
    operation = models.UUIDField(null=True)  # which may be forgotten sooner

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"]),
            models.Index(fields=["person", "workspace", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.action} {self.owner}/{self.name}"

    def line(self) -> dict[str, object]:
        """It, as the log tells it: what is empty is left out."""
        told = {field.name: getattr(self, field.name) for field in self._meta.fields if field.name not in {"id", "at"}}
        return {name: value for name, value in told.items() if value not in (None, "", {})}
