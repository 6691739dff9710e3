"""The portal's own data: sessions, preferences, operations and audit entries. Coder's data is not stored."""

from importlib import import_module
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower


class PortalSession(AbstractBaseSession):
    """A session of a browser; `person` is a column, so that users can list and end their sessions.

    `session_key` is the SHA-256 of the key that the browser's cookie holds, see auth/session_store.py.
    """

    # The column has a name of its own: releases that stored the key itself must fail instead of writing one.
    session_key = models.CharField(max_length=64, primary_key=True, db_column="key_sha256")
    person = models.UUIDField(null=True, db_index=True)
    signed_in_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # the last use, to within sessions.TOUCH_INTERVAL_S
    browser = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=64, blank=True, db_default="")  # from which it was last used
    draft_person = models.UUIDField(null=True, db_index=True)  # whose draft it holds, where nobody is signed in
    # Of a session of frames on pages of another site: the origins of these, and the session that has allowed them.
    frame_origins = models.TextField(blank=True, db_default="")  # separated by spaces
    approved_by = models.CharField(max_length=64, blank=True, db_default="")  # its `session_key`

    class Meta:
        indexes = [models.Index(fields=["person", "expire_date"])]

    def __str__(self) -> str:
        return f"session of {self.person or 'nobody'}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the session store of the settings, which uses this model."""
        return import_module(settings.SESSION_ENGINE).SessionStore


class FrameCode(models.Model):
    """A code with which a frame on a page of another site gets a session, until it is used. See auth/handoff.py."""

    code_sha256 = models.CharField(max_length=64, primary_key=True)
    frame_sha256 = models.CharField(max_length=64)  # of the key that the frame's cookie holds
    origin = models.TextField()  # of the page around the frame
    approved_by = models.CharField(max_length=64, db_index=True)  # `PortalSession.session_key`
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"code for a frame on {self.origin}"


class Preferences(models.Model):
    """Preferences of a person, by their user id at Coder. An empty value means the browser's or system's choice."""

    person = models.UUIDField(primary_key=True)
    zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=8, blank=True)
    page_size = models.PositiveSmallIntegerField(null=True)
    shortcuts = models.BooleanField(default=True, db_default=True)  # keyboard shortcuts
    fleet_columns = models.JSONField(
        default=list, db_default=[]
    )  # keys of the staff table's columns; [] for the default

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.person}"


class SavedSearch(models.Model):
    """A search of the list that a person named. Names differ in more than case."""

    person = models.UUIDField()
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=8)  # of list_search.SCOPES
    q = models.TextField(blank=True)
    sort = models.CharField(max_length=16, blank=True)
    attention = models.CharField(max_length=16, blank=True)
    pinned = models.BooleanField(default=True)  # shown on the list
    is_default = models.BooleanField(default=False)  # what the list shows when it is opened without a search

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint("person", Lower("name"), name="saved_search_name"),
        ]

    def __str__(self) -> str:
        return self.name


class FleetSearch(models.Model):
    """A search of the staff table that a person named, perhaps for all staff."""

    person = models.UUIDField(db_index=True)
    name = models.CharField(max_length=60)
    query = models.TextField()  # of the address, without "?"
    is_published = models.BooleanField(default=False, db_index=True)

    class Meta:
        verbose_name_plural = "fleet searches"

    def __str__(self) -> str:
        return self.name


class AttemptCounter(models.Model):
    """Failed sign-ins of an email, an address or both, or drafts that were stored, see auth/throttle.py."""

    key = models.CharField(max_length=64, primary_key=True)  # a keyed hash
    failures = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["failures", "expires_at"])]

    def __str__(self) -> str:
        return f"{self.failures} attempts"


class Operation(models.Model):
    """A request of a person that takes more than one call to Coder. It ends when all of its items have ended."""

    class Kind(models.TextChoices):
        """The action for each workspace; operations.kinds declares each."""

        RESTART = "restart"
        UPDATE = "update"
        START = "start"
        STOP = "stop"
        EXTEND = "extend"
        AUTOSTART = "autostart"
        TTL = "ttl"
        AUTOUPDATES = "autoupdates"
        FAVORITE = "favorite"
        UNFAVORITE = "unfavorite"
        DORMANT = "dormant"
        ACTIVATE = "activate"
        CANCEL = "cancel"
        DELETE = "delete"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    person = models.UUIDField()
    username = models.CharField(max_length=64)
    address = models.CharField(max_length=64, blank=True)  # the person's IP address, sent to Coder with each call
    token = models.TextField(blank=True)  # encrypted; "" once the operation has ended
    token_id = models.CharField(max_length=32, blank=True)  # "" where the operation uses the session's token
    # Of a token that may exist at Coder although its id is unknown here: the response that had it was lost.
    token_name = models.CharField(max_length=32, blank=True, db_default="")
    fingerprint = models.CharField(max_length=64, blank=True)  # of the session's token, where the operation uses it
    is_bulk = models.BooleanField(default=False, db_default=False)  # each item is checked before its first write
    is_site_owner = models.BooleanField(default=False, db_default=False)  # whether the person has Coder's role "owner"
    fields = models.JSONField(default=dict, db_default={})  # of the action, by name: {"ttl_ms": 3600000}
    criteria = models.JSONField(default=dict, db_default={})  # operations.criteria.Criteria
    paused_until = models.DateTimeField(null=True)  # Coder limits the rate until then
    created_at = models.DateTimeField()
    canceled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-created_at"]),
            models.Index(fields=["ended_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.username}"


class TokenRevocation(models.Model):
    """A token of Coder whose last session has ended, until Coder has revoked it."""

    person = models.UUIDField()
    username = models.CharField(max_length=64)
    address = models.CharField(max_length=64, blank=True)  # the person's IP address, sent to Coder
    token = models.TextField()  # encrypted
    fingerprint = models.CharField(max_length=64, db_index=True)
    revokes_token = models.BooleanField(default=True)  # False: only the tokens of operations are deleted
    operation_tokens = models.JSONField(default=list)  # Operation.token_name of each token to delete with this one
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # of the next attempt; None while another session uses the token

    def __str__(self) -> str:
        return f"revocation of a token of {self.username}"


class Item(models.Model):
    """A workspace of an operation. A step runs only while the `ticket` that it was queued with is the current one."""

    class Outcome(models.TextChoices):
        """The result of an item that has ended."""

        DONE = "done"
        SKIPPED = "skipped"  # the action was not possible any more, or the workspace no longer matched the selection
        REFUSED = "refused"  # by Coder
        FAILED = "failed"
        CANCELED = "canceled"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="items")
    workspace = models.UUIDField(db_index=True)
    owner = models.CharField(max_length=64)  # owner and name when the operation began: a page needs them after a delete
    name = models.CharField(max_length=64)
    phase = models.CharField(max_length=16)  # operations.state_machine.Phase, operations.write_machine.Phase
    in_line = models.BooleanField(default=False, db_default=False)  # its first step is not queued yet
    version = models.UUIDField()  # template version to start with; zeros until a step of a bulk has read it
    target = models.JSONField(default=dict, db_default={})  # what the write asks for, as it was decided before it
    values = models.TextField(blank=True)  # parameter values for the start, encrypted
    build_number_before_write = models.PositiveIntegerField(default=0, db_column="before")  # of the latest build
    build = models.UUIDField(null=True)  # the build that the last write created; None while that is unknown
    ticket = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    unreachable_since = models.DateTimeField(null=True, db_column="away_since")  # first of consecutive failed calls
    message = models.TextField(blank=True, db_column="said")  # for the user: Coder's last error, or why it ended so
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["owner", "name"]
        indexes = [
            models.Index(fields=["leased_until"]),
            models.Index(fields=["ended_at", "next_at"], name="item_unfinished"),  # few of the rows of a month
        ]

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}: {self.outcome or self.phase}"


class Selection(models.Model):
    """Workspaces that a person selected for an action and has not confirmed yet. Its key is not guessable.

    The operation that it becomes has the key as its id, so that a selection is carried out once.
    """

    key = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.UUIDField(db_index=True)
    action = models.CharField(max_length=16, choices=Operation.Kind)
    fields = models.JSONField(default=dict)  # of the action's form, as they were sent
    rows = models.JSONField(default=list)  # operations.selections.SelectedRow
    criteria = models.JSONField(default=dict)  # operations.criteria.Criteria
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"selection of {self.person} for {self.action}"


class AuditEntry(models.Model):
    """A write that a person sent to Coder through the portal, with its outcome."""

    class Outcome(models.TextChoices):
        """The outcome of the write."""

        DONE = "done"
        REFUSED = "refused"
        LOST = "lost"  # the request was sent, but no response arrived
        UNREACHABLE = "away"

    at = models.DateTimeField(db_index=True)
    person = models.UUIDField()
    username = models.CharField(max_length=64)
    address = models.CharField(max_length=64, blank=True)  # IP address
    action = models.CharField(max_length=64)  # coder.calls.Call.action
    workspace = models.UUIDField(null=True)
    owner = models.CharField(max_length=64, blank=True)  # owner and name at the time of the write
    name = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)  # the request without secrets
    outcome = models.CharField(max_length=16, choices=Outcome)
    status = models.PositiveSmallIntegerField(null=True)  # HTTP status of Coder's response
    message = models.TextField(blank=True)  # of Coder's error
    operation = models.UUIDField(null=True)  # no foreign key: operations are deleted earlier

    class Meta:
        db_table = "workspaces_change"  # and the indexes: processes of two releases run side by side during an update
        indexes = [
            models.Index(fields=["person", "-id"], name="workspaces__person_062d4f_idx"),
            models.Index(fields=["person", "workspace", "-id"], name="workspaces__person_fbbb4d_idx"),
            # For the filters of staff; an entry has one value each, and the newest come first.
            models.Index(fields=["username", "-id"], name="audit_username"),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["workspace", "-id"], name="audit_workspace"),
            models.Index(fields=["name", "-id"], name="audit_name"),
            models.Index(fields=["operation"], name="audit_operation", condition=models.Q(operation__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.action} {self.owner}/{self.name}"

    def log_fields(self) -> dict[str, object]:
        """Return the non-empty fields for the log, without `id` and `at`."""
        fields = {
            field.name: getattr(self, field.name) for field in self._meta.fields if field.name not in {"id", "at"}
        }
        return {name: value for name, value in fields.items() if value not in (None, "", {})}


class Announcement(models.Model):
    """A text for people on every page, as staff have written it."""

    class Kind(models.TextChoices):
        """How it looks."""

        INFO = "info"
        WARNING = "warning"

    text = models.TextField()  # Markdown
    kind = models.CharField(max_length=16, choices=Kind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # None: until it is deleted
    organization = models.UUIDField(null=True)  # whose members it is for; None for everybody
    organization_name = models.CharField(max_length=64, blank=True)  # when it was saved
    username = models.CharField(max_length=64)  # who saved it last
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-starts_at", "-pk"]

    def __str__(self) -> str:
        return self.text[:60]


class DismissedAnnouncement(models.Model):
    """An announcement that a person does not want to see any more."""

    person = models.UUIDField()
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="dismissals")

    class Meta:
        constraints = [models.UniqueConstraint("person", "announcement", name="dismissed_once")]

    def __str__(self) -> str:
        return f"{self.announcement_id} dismissed by {self.person}"
