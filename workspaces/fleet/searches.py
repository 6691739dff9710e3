"""Saved searches of the staff table: a person's own, and those that were published for all staff."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict

from workspaces.fleet.query import FleetQuery, parse_query
from workspaces.models import FleetSearch

MAX_SAVED = 50  # of one person


class TooManySearches(Exception):
    """The person has MAX_SAVED searches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedQuery:
    """A search as the page shows it."""

    id: int
    name: str
    address: str  # query string, beginning with "?"
    is_published: bool
    can_delete: bool
    is_current: bool


def load_searches(person: UUID, current: FleetQuery, *, may_publish: bool) -> tuple[SavedQuery, ...]:
    """Return the person's searches and the published ones, by name. One that this release cannot read is left out."""
    found = []
    for row in FleetSearch.objects.filter(Q(person=person) | Q(is_published=True)):
        query, errors = parse_query(QueryDict(row.query))
        if not errors:
            found.append(
                SavedQuery(
                    id=row.pk,
                    name=row.name,
                    address=query.address(),
                    is_published=row.is_published,
                    can_delete=row.person == person or may_publish,
                    is_current=query == current,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.id)))


def save_search(person: UUID, name: str, query: FleetQuery, *, is_published: bool) -> None:
    """Save a search under a name; one of the person's that has the name is replaced. Raises TooManySearches."""
    own = FleetSearch.objects.filter(person=person)
    row = own.filter(name__iexact=name).first() or FleetSearch(person=person)
    if row.pk is None and own.count() >= MAX_SAVED:
        raise TooManySearches
    row.name, row.query, row.is_published = name, query.address().removeprefix("?"), is_published
    row.save()


def delete_search(person: UUID, search_id: int, *, may_publish: bool) -> str:
    """Delete a search of the person, or a published one by somebody who may publish. Return its name, or ""."""
    allowed = Q(person=person) | Q(is_published=True) if may_publish else Q(person=person)
    row = FleetSearch.objects.filter(allowed, pk=search_id).first()
    if row is None:
        return ""
    row.delete()
    return row.name
