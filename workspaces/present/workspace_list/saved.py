"""Saved searches: as links of the list, and each described for the page that edits them."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.text import sanitize_text
from workspaces.list_search import ListSearch, NamedSearch
from workspaces.present.page_models import Link
from workspaces.present.workspace_list.filters import SCOPE_LABELS, make_chips
from workspaces.present.workspace_list.models import SavedSearches

# By their keys in the address.
ATTENTION_LABELS = {
    "failed": gettext_noop("failed"),
    "unhealthy": gettext_noop("unhealthy"),
    "stopping": gettext_noop("stopping within 30 minutes"),
    "deleting": gettext_noop("deleted soon"),
    "update": gettext_noop("update required"),
}
SORT_LABELS = {
    "name": gettext_noop("sorted by name"),
    "-name": gettext_noop("sorted by name, Z to A"),
    "status": gettext_noop("sorted by status"),
    "-status": gettext_noop("sorted by status, reversed"),
    "used": gettext_noop("most recently used first"),
    "-used": gettext_noop("least recently used first"),
    "stops": gettext_noop("stopping soonest first"),
    "-stops": gettext_noop("stopping latest first"),
    "template": gettext_noop("sorted by template"),
    "-template": gettext_noop("sorted by template, Z to A"),
}


def make_saved_searches(saved: Sequence[NamedSearch], search: ListSearch) -> SavedSearches:
    """Return the links to the pinned searches, and the address of the present one if it can be saved."""
    address = search.address()
    is_saved = any(each.search.address() == address for each in saved)
    return SavedSearches(
        links=tuple(
            Link(label=each.name, query=each.search.address(), current=each.search.address() == address)
            for each in saved
            if each.pinned
        ),
        query="" if search.is_plain or is_saved else address,
        has_any=bool(saved),
    )


def describe_search(search: ListSearch) -> str:
    """Return what a search shows: "All · Status: Running · web · sorted by name"."""
    labels = [SCOPE_LABELS[search.scope], ATTENTION_LABELS.get(search.attention), SORT_LABELS.get(search.sort)]
    scope, attention, order = (_(label) if label else "" for label in labels)
    filters = (chip.label for chip in make_chips(search, ()))
    return sanitize_text(" · ".join(filter(None, (scope, *filters, search.words, attention, order))))
