"""The searches that people save, by their user id at Coder."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction

from workspaces.auth.sessions import Person
from workspaces.list_search import SCOPES, ListSearch, NamedSearch, Scope, parse_search
from workspaces.models import SavedSearch

MAX_SAVED = 50  # of one person


class NameTaken(Exception):
    """Another search of the person has this name."""


class TooManySearches(Exception):
    """The person has MAX_SAVED searches."""


def load_searches(person: Person) -> tuple[NamedSearch, ...]:
    """Return the person's saved searches, sorted by name."""
    rows = SavedSearch.objects.filter(person=person.id)
    return tuple(sorted((named_search(row, person.username) for row in rows), key=lambda each: each.name.casefold()))


def named_search(row: SavedSearch, username: str) -> NamedSearch:
    """Return a row with its search as the list reads it."""
    scope: Scope = next((scope for scope in SCOPES if scope == row.scope), "mine")
    return NamedSearch(
        id=row.pk,
        name=row.name,
        search=parse_search(row.q, scope, username, sort=row.sort, attention=row.attention),
        pinned=row.pinned,
        is_default=row.is_default,
    )


def default_search(searches: Iterable[NamedSearch]) -> ListSearch | None:
    """Return the search that the list shows when it is opened without one; None for all of the remembered scope."""
    return next((each.search for each in searches if each.is_default), None)


def add_search(person: UUID, search: ListSearch, *, name: str, pinned: bool, is_default: bool) -> None:
    """Save a search. Raises NameTaken and TooManySearches."""
    if SavedSearch.objects.filter(person=person).count() >= MAX_SAVED:
        raise TooManySearches
    row = SavedSearch(person=person, scope=search.scope, q=search.q, sort=search.sort, attention=search.attention)
    change_search(row, name=name, pinned=pinned, is_default=is_default)


def change_search(row: SavedSearch, *, name: str, pinned: bool, is_default: bool) -> None:
    """Change everything but the search itself; a new default replaces the previous one. Raises NameTaken."""
    row.name, row.pinned, row.is_default = name, pinned, is_default
    try:
        with transaction.atomic():
            if is_default:
                SavedSearch.objects.filter(person=row.person).exclude(pk=row.pk).update(is_default=False)
            row.save()
    except IntegrityError:
        raise NameTaken from None
