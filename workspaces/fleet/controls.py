"""What the staff table offers to change its view: headers, filters, groups, and what is filtered by now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _

from workspaces.fleet.columns import Column
from workspaces.fleet.filters import ATTRIBUTES, FILTERS
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.selecting import Option, filter_options
from workspaces.present.page_models import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetHeader:
    """The header of a column: a link that sorts by it, and by the previous columns after it."""

    column: Column
    query: str
    direction: str  # ascending, descending or ""
    position: int  # among several sort keys, from 1; 0 if it is the only one, or none


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterLink:
    """An option of a filter, with how many workspaces it would show."""

    label: str
    query: str
    count: int | None  # None: known only after the link is used
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChoice:
    """An attribute to group by; "" for none."""

    value: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField:
    """A field for a filter's number."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChoice:
    """A value to choose in a field."""

    value: str
    label: str  # with how many workspaces it would show
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField:
    """A field for the value of an attribute."""

    key: str
    label: str
    choices: tuple[FieldChoice, ...]


def make_headers(query: FleetQuery, columns: Sequence[Column]) -> Iterator[FleetHeader]:
    """Yield the headers. A click sorts by the column, a second one in reverse, a third one no longer."""
    keys = [word.removeprefix("-") for word in query.sort]
    for column in columns:
        first, second = (f"-{column.key}", column.key) if column.newest_first else (column.key, f"-{column.key}")
        current = next((word for word in query.sort if word.removeprefix("-") == column.key), "")
        is_leading = bool(current) and query.sort[0] == current
        others = tuple(word for word in query.sort if word != current)
        following = (
            {first: (second, *others), second: others}.get(current, (first, *others))
            if is_leading
            else (current or first, *others)
        )
        yield FleetHeader(
            column=column,
            query=replace(query, sort=following[:3], page=1).address(),
            direction=("descending" if current.startswith("-") else "ascending") if current else "",
            position=keys.index(column.key) + 1 if current and len(keys) > 1 else 0,
        )


def make_group_choices(query: FleetQuery) -> Iterator[GroupChoice]:
    """Yield what the table can be grouped by."""
    yield GroupChoice(value="", label=_("None"), current=not query.group)
    for key, attribute in ATTRIBUTES.items():
        if not attribute.is_offered and query.group != key:
            continue
        yield GroupChoice(value=key, label=_(attribute.label), current=query.group == key)


def make_filter_links(query: FleetQuery, counts: Mapping[Option, int], known: frozenset[str]) -> Iterator[FilterLink]:
    """Yield the options of the filters. The current one is removed by its link."""
    for key, number in filter_options(query):
        value = str(number)
        is_current = value in query.values(key)
        if FILTERS[key].unit == "number" and not is_current:
            continue
        yield FilterLink(
            label=FILTERS[key].text(number),
            query=query.with_filter(key, [] if is_current else [value]).address(),
            count=counts.get((key, number), 0) if key in known else None,
            current=is_current,
        )


def make_number_fields(query: FleetQuery) -> Iterator[NumberField]:
    """Yield a field for each filter that takes any number."""
    for key, each in FILTERS.items():
        if each.field_label:
            yield NumberField(key=key, label=_(each.field_label), value="".join(query.values(key)[-1:]))


def make_choice_fields(query: FleetQuery, counts: Mapping[str, Mapping[str, int]]) -> Iterator[ChoiceField]:
    """Yield a field for each attribute that has one, but not for one that has several values in the address."""
    for key, attribute in ATTRIBUTES.items():
        current = query.values(key)
        if not attribute.has_field or len(current) > 1:
            continue
        known = {**dict.fromkeys(current, 0), **counts.get(key, {})}
        labels = sorted((attribute.text(value), value) for value in known)
        choices = (
            FieldChoice(value=value, label=f"{label} ({intcomma(known[value])})", current=value in current)
            for label, value in labels
        )
        everything = FieldChoice(value="", label=_("All"), current=not current)
        yield ChoiceField(key=key, label=_(attribute.label), choices=(everything, *choices))


def make_chips(query: FleetQuery) -> Iterator[Link]:
    """Yield what the table is filtered by, each with the link that removes it."""
    if query.q:
        yield Link(label=query.q, query=replace(query, q="", page=1).address(), current=True)
    for key, values in query.filters:
        for value in values:
            if key in FILTERS:
                label = FILTERS[key].text(int(value))
            else:
                label = f"{_(ATTRIBUTES[key].label)}: {ATTRIBUTES[key].text(value)}"
            rest = [each for each in values if each != value]
            yield Link(label=label, query=query.with_filter(key, rest).address(), current=True)
