"""Search templates by the query `q` and sort them as Coder does."""

from collections.abc import Callable
from typing import Any

from coder_simulator.query_terms import Parser, parse_boolean, parse_text, parse_uuids, read_query
from coder_simulator.state import Template
from coder_simulator.template_owners import count_owners
from coder_simulator.world import World

PARSERS: dict[str, Parser] = {
    "deleted": parse_boolean,
    "organization": parse_text,
    "exact_name": parse_text,
    "exact_display_name": parse_text,
    "name": parse_text,
    "display_name": parse_text,
    "ids": parse_uuids,
    "deprecated": parse_boolean,
    "author": parse_text,
}
KEYS_SINCE_2_36 = frozenset({"exact_display_name", "display_name", "author"})


def search_templates(world: World, text: str, templates: list[Template]) -> list[Template]:
    """Return those of `templates` that match the query `text`: the most owners first, then by name.

    Raises ApiError (400).
    """
    parsers = {key: parse for key, parse in PARSERS.items() if world.modern or key not in KEYS_SINCE_2_36}
    word_key = "display_name" if world.modern else "name"
    values = read_query(text, parsers, subject="template", word_key=word_key, modern=world.modern)
    matching = [t for t in templates if all(MATCHES[key](world, t, value) for key, value in values.items())]
    owners = count_owners(world)
    return sorted(matching, key=lambda t: (-owners.get(t.id, 0), t.name.lower()))


def _is_deprecated(world: World, template: Template) -> bool:
    return bool(world.licensed and template.deprecation_message)


def _matches_display_name(_world: World, template: Template, text: str) -> bool:
    return text in (template.display_name or template.name).lower()


MATCHES: dict[str, Callable[[World, Template, Any], bool]] = {
    "deleted": lambda _world, template, expected: template.deleted is expected,
    "organization": lambda _world, t, text: text in {t.organization.id, t.organization.name.lower()},
    "exact_name": lambda _world, template, text: template.name.lower() == text,
    "exact_display_name": lambda _world, template, text: template.display_name.lower() == text,
    "name": lambda _world, template, text: text in template.name.lower(),
    "display_name": _matches_display_name,
    "ids": lambda _world, template, ids: template.id in ids,
    "deprecated": lambda world, template, expected: _is_deprecated(world, template) is expected,
    "author": lambda _world, template, text: template.created_by.username.lower() == text,
}
