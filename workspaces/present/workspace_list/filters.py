"""The filters of the list: scopes, presets, selects and chips. Each edits one part of a search and keeps the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text
from workspaces.list_search import SCOPES, ListSearch, Scope, elements
from workspaces.present.page_models import Link, Viewer
from workspaces.present.statuses import STATUS_DISPLAY, status_label
from workspaces.present.workspace_list.models import Choice, Filters, Select

SCOPE_LABELS: dict[Scope, str] = {
    "mine": gettext_noop("Mine"),
    "all": gettext_noop("All"),
    "shared": gettext_noop("Shared with me"),
}
PRESETS: tuple[tuple[str, dict[str, str]], ...] = (
    (gettext_noop("Any status"), {}),
    (gettext_noop("Running"), {"status": "running"}),
    (gettext_noop("Failed"), {"status": "failed"}),
    (gettext_noop("Outdated"), {"outdated": "true"}),
    (gettext_noop("Dormant"), {"dormant": "true"}),
)
PRESET_KEYS = ("status", "outdated", "dormant")
SUGGESTIONS = ("outdated:true", "dormant:true", "owner:", "name:")
SELECT_KEYS = ("status", "template", "organization")
# By key of a filter: its label. A key without one is shown as it is written.
FILTER_LABELS = {
    "owner": gettext_noop("Owner"),
    "name": gettext_noop("Name"),
    "status": gettext_noop("Status"),
    "template": gettext_noop("Template"),
    "organization": gettext_noop("Organization"),
    "outdated": gettext_noop("Outdated"),
    "dormant": gettext_noop("Dormant"),
    "shared": gettext_noop("Shared"),
}


def make_filters(search: ListSearch, viewer: Viewer, templates: Sequence[Template]) -> Filters:
    """Return all filters of a search."""
    return Filters(
        scopes=make_scopes(search, viewer),
        presets=make_presets(search),
        selects=make_selects(search, templates),
        suggestions=SUGGESTIONS,
        chips=make_chips(search, templates),
        hidden=make_hidden_fields(search),
        clear_query="" if search.is_plain else ListSearch(scope=search.scope).address(),
    )


def make_hidden_fields(search: ListSearch) -> tuple[tuple[str, str], ...]:
    """Return name and value of what the form sends beside its field and its selects."""
    others = search
    for key in SELECT_KEYS:
        others = others.with_filter(key, "")
    values = {
        "scope": search.scope,
        "filters": others.filters,
        "sort": search.sort,
        "attention": search.attention,
    }
    return tuple((name, value) for name, value in values.items() if value)


def make_scopes(search: ListSearch, viewer: Viewer) -> tuple[Link, ...]:
    """Return the links to one's own workspaces, to all, and where Coder can list them to those that others share.

    An owner among the filters would decide instead of the scope: a scope removes it.
    """
    scopes = [scope for scope in SCOPES if scope != "shared" or viewer.capabilities.supports_shared_search]
    owner = bool(search.filter_value("owner"))
    base = search.with_filter("owner", "")
    return tuple(
        Link(
            label=_(SCOPE_LABELS[scope]),
            query=replace(base, scope=scope).address(),
            current=scope == search.scope and not owner,
        )
        for scope in scopes
    )


def make_presets(search: ListSearch) -> tuple[Link, ...]:
    """Return the links to frequent filters: each sets its keys and removes those of the other presets."""
    links = []
    for label, values in PRESETS:
        changed = search
        for key in PRESET_KEYS:
            changed = changed.with_filter(key, values.get(key, ""))
        current = all(search.filter_value(key).lower() == values.get(key, "") for key in PRESET_KEYS)
        links.append(Link(label=_(label), query=changed.address(), current=current))
    return tuple(links)


def make_selects(search: ListSearch, templates: Sequence[Template]) -> tuple[Select, ...]:
    """Return the fields for status, template, and organization if there are several."""
    organizations = {each.organization_name for each in templates}
    statuses = [(status, status_label(status)) for status in STATUS_DISPLAY]
    names = sort_by_label((each.name, sanitize_text(each.display_name)) for each in templates)
    selects = [make_select(search, "status", statuses), make_select(search, "template", names)]
    if len(organizations) > 1:
        selects.append(make_select(search, "organization", sort_by_label((name, "") for name in organizations)))
    return tuple(selects)


def sort_by_label(named: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return distinct names with their labels, sorted by label."""
    labels = {name: label or name for name, label in named}
    return sorted(labels.items(), key=lambda item: item[1].casefold())


def make_select(search: ListSearch, key: str, values: Sequence[tuple[str, str]]) -> Select:
    """Return the field for one key. A value of the search that is not among `values` is added to them."""
    value = search.filter_value(key)
    choices = [
        Choice(value=name, label=label, current=bool(value) and name.lower() == value.lower()) for name, label in values
    ]
    if value and not any(choice.current for choice in choices):
        choices.append(Choice(value=value, label=value, current=True))
    return Select(key=key, label=_(FILTER_LABELS[key]), choices=tuple(choices), is_active=bool(value))


def make_chips(search: ListSearch, templates: Sequence[Template]) -> tuple[Link, ...]:
    """Return the filters as links that remove them."""
    return tuple(
        Link(label=chip_label(key, value, templates), query=search.without_element(n).address(), current=True)
        for n, (key, value) in enumerate(elements(search.filters))
    )


def chip_label(key: str, value: str, templates: Sequence[Template]) -> str:
    """Return the label of a filter: "Status: Running"."""
    name = _(FILTER_LABELS[key]) if key in FILTER_LABELS else key
    if key == "status" and value in STATUS_DISPLAY:
        value = status_label(value)
    if key == "template":
        value = next((sanitize_text(each.display_name) or value for each in templates if each.name == value), value)
    if value.lower() == "true":
        return name
    return _("%(name)s: %(value)s") % {"name": name, "value": value}
