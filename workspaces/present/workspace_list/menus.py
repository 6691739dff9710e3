"""Links to other searches. Each edits its own keys and keeps the rest of `q` as it is written."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text
from workspaces.present.page_models import Link, Menu, Viewer
from workspaces.present.statuses import STATUS_DISPLAY, status_label
from workspaces.search import value_of, with_key, without_key

PRESET_KEYS = ("status", "outdated", "dormant", "shared")


def search_query(q: str, page: int = 1) -> str:
    """Return the query string of a search, beginning with "?"."""
    return "?" + urlencode({"q": q} | ({"page": page} if page > 1 else {}))


def make_scopes(q: str, viewer: Viewer) -> tuple[Link, ...]:
    """Return the links to one's own workspaces and to all."""
    owner = value_of(q, "owner").lower()
    mine = search_query(with_key(q, "owner", "me"))
    return (
        Link(label=_("Mine"), query=mine, current=owner in {"me", viewer.username.lower()}),
        Link(label=_("All"), query=search_query(without_key(q, "owner")), current=not owner),
    )


def make_presets(q: str, viewer: Viewer) -> tuple[Link, ...]:
    """Return the links to frequent searches. The one for shared workspaces removes the owner."""
    presets = [
        (_("Any status"), {}),
        (_("Running"), {"status": "running"}),
        (_("Failed"), {"status": "failed"}),
        (_("Outdated"), {"outdated": "true"}),
        (_("Dormant"), {"dormant": "true"}),
    ]
    links = [make_preset(q, label, keys) for label, keys in presets]
    if viewer.capabilities.supports_shared_search:
        shared = make_preset(without_key(q, "owner"), _("Shared"), {"shared": "true"})
        links.append(shared)
    return tuple(links)


def make_preset(q: str, label: str, keys: Mapping[str, str]) -> Link:
    """Return a preset: it sets these keys and removes those of the other presets."""
    current = all(value_of(q, key).lower() == keys.get(key, "") for key in PRESET_KEYS)
    for key in PRESET_KEYS:
        q = with_key(q, key, keys[key]) if key in keys else without_key(q, key)
    return Link(label=label, query=search_query(q), current=current)


def make_menus(q: str, templates: Sequence[Template]) -> tuple[Menu, ...]:
    """Return the menus: status, template, and organization if there are several."""
    organizations = {each.organization_name for each in templates}
    menus = [
        make_menu(q, "status", _("Status"), [(status, status_label(status)) for status in STATUS_DISPLAY]),
        make_menu(
            q,
            "template",
            _("Template"),
            sort_by_label((each.name, sanitize_text(each.display_name)) for each in templates),
        ),
    ]
    if len(organizations) > 1:
        menus.append(
            make_menu(q, "organization", _("Organization"), sort_by_label((name, "") for name in organizations))
        )
    return tuple(menus)


def sort_by_label(named: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return distinct names with their labels, sorted by label."""
    labels = {name: label or name for name, label in named}
    return sorted(labels.items(), key=lambda item: item[1].casefold())


def make_menu(q: str, key: str, label: str, values: Sequence[tuple[str, str]]) -> Menu:
    """Return a menu that edits one key. A value in `q` that the menu does not have is added to it."""
    value_in_q = value_of(q, key)
    any_value = Link(label=_("Any"), query=search_query(without_key(q, key)), current=not value_in_q)
    links = [
        Link(label=name, query=search_query(with_key(q, key, value)), current=value.lower() == value_in_q.lower())
        for value, name in values
    ]
    if value_in_q and not any(link.current for link in links):
        links.append(Link(label=value_in_q, query=search_query(q), current=True))
    current = next((link.label for link in links if link.current), "")
    return Menu(key=key, label=label, links=(any_value, *links), current=current)
