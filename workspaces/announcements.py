"""Announcements: which ones a person sees, and how staff change them.

Every page shows them, so they are read from the cache. A change deletes what is cached; without Redis, other processes
show it after MAX_AGE_S.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspaces.auth import sessions
from workspaces.auth.sessions import Person, PortalRequest
from workspaces.gateway import audit
from workspaces.gateway.cached_values import CachedValue
from workspaces.models import Announcement, DismissedAnnouncement
from workspaces.present.markdown import render_markdown

MAX_AGE_S = 30
MAX_AUDITED_LENGTH = 300  # of a text, in characters
MAX_SHOWN = 5  # on a page, the latest first

logger = logging.getLogger("portal.announcements")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnnouncement:
    """An announcement as it is cached."""

    id: int
    text: str
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    organization: UUID | None

    @property
    def html(self) -> SafeString:
        """The text as HTML, without images."""
        return render_markdown(self.text)

    @property
    def is_warning(self) -> bool:
        """Whether it looks like a warning."""
        return self.kind == Announcement.Kind.WARNING

    def concerns(self, now: datetime, organizations: frozenset[str]) -> bool:
        """Return whether it is shown now to a member of these organizations (ids)."""
        is_current = self.starts_at <= now and (self.ends_at is None or now < self.ends_at)
        return is_current and (self.organization is None or str(self.organization) in organizations)


STORED = CachedValue("announcements", tuple[StoredAnnouncement, ...], max_age_s=MAX_AGE_S)
DISMISSED = CachedValue("dismissed", tuple[int, ...], max_age_s=MAX_AGE_S)  # by the person's id


def visible_announcements(request: HttpRequest) -> list[StoredAnnouncement]:
    """Return the announcements that the page shows: to somebody who is not signed in, only those for everybody.

    A database that fails must not break the page that says so: then there are none.
    """
    person: Person | None = getattr(request, "person", None)
    organizations = frozenset(request.session.get(sessions.ORGANIZATIONS, ())) if person else frozenset[str]()
    now = timezone.now()
    try:
        stored = STORED.get_or_fetch(in_transaction(load_stored))
        current = [each for each in stored if each.concerns(now, organizations)]
        if not current or person is None:
            return current[:MAX_SHOWN]
        dismissed = DISMISSED.get_or_fetch(in_transaction(partial(load_dismissed, person.id)), person.id)
    except DatabaseError:
        logger.exception("The announcements could not be read.")
        return []
    return [each for each in current if each.id not in dismissed][:MAX_SHOWN]


def in_transaction[T](load: Callable[[], T]) -> Callable[[], T]:
    """Return a function that loads in a transaction of its own: a failure must not end that of a page.

    Only what is not cached is loaded: a transaction of SQLite waits for all others.
    """

    def load_in_transaction() -> T:
        with transaction.atomic():
            return load()

    return load_in_transaction


def load_stored() -> tuple[StoredAnnouncement, ...]:
    """Return the announcements that have not ended, the latest first. One query."""
    rows = Announcement.objects.exclude(ends_at__lte=timezone.now())
    return tuple(
        StoredAnnouncement(
            id=row.pk,
            text=row.text,
            kind=row.kind,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            organization=row.organization,
        )
        for row in rows
    )


def load_dismissed(person: UUID) -> tuple[int, ...]:
    """Return the ids of the announcements that the person has dismissed. One query."""
    rows = DismissedAnnouncement.objects.filter(person=person)
    return tuple(rows.order_by("announcement").values_list("announcement", flat=True))


def dismiss(person: UUID, announcement_id: int) -> None:
    """Store that the person does not want to see an announcement any more; nothing for one that does not exist."""
    if Announcement.objects.filter(pk=announcement_id).exists():
        DismissedAnnouncement.objects.get_or_create(person=person, announcement_id=announcement_id)
    DISMISSED.delete(person)


def save(request: PortalRequest, announcement: Announcement) -> None:
    """Store an announcement that staff have written or changed. A changed text is shown again to all."""
    previous = Announcement.objects.filter(pk=announcement.pk).first() if announcement.pk else None
    announcement.username, announcement.saved_at = request.person.username, timezone.now()
    announcement.save()
    details = describe(announcement)
    if previous:
        details |= {audit.BEFORE: describe(previous)}
        if previous.text != announcement.text:
            show_again(announcement)
    STORED.delete()
    actor = sessions.audit_actor(request, request.person)
    audit.save_portal_change(actor, "change announcement" if previous else "create announcement", details)


def show_again(announcement: Announcement) -> None:
    """Forget who has dismissed the announcement."""
    dismissals = announcement.dismissals.all()
    people = list(dismissals.values_list("person", flat=True))
    dismissals.delete()
    DISMISSED.delete_many(people)


def delete(request: PortalRequest, announcement: Announcement) -> None:
    """Delete an announcement."""
    details = describe(announcement)
    announcement.delete()
    STORED.delete()
    audit.save_portal_change(sessions.audit_actor(request, request.person), "delete announcement", details)


def describe(announcement: Announcement) -> dict[str, object]:
    """Return what the audit log keeps of an announcement."""
    return {
        "text": announcement.text[:MAX_AUDITED_LENGTH],
        "kind": announcement.kind,
        "from": announcement.starts_at.isoformat(),
        "until": announcement.ends_at.isoformat() if announcement.ends_at else None,
        "audience": announcement.organization_name or _("Everyone"),
    }
