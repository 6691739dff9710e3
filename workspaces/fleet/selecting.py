"""Which rows a query shows, in which order, in which groups, and how many more each filter would show. Pure.

10,000 rows take some tens of milliseconds: see docs/adr/ for why no library for columns of data is used.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter

from workspaces.fleet.columns import COLUMNS
from workspaces.fleet.filters import ATTRIBUTES, FILTERS, FilterContext, Test, make_test, make_words_test
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.rows import FleetRow

OWNER_AND_NAME, VALUE = attrgetter("owner", "name"), itemgetter(0)

type Option = tuple[str, int]  # a filter and one of its numbers; 1 for one that is on or off


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows that match, and for each option of the filters how many would match with it."""

    rows: Sequence[FleetRow]
    counts: Mapping[Option, int]
    value_counts: Mapping[str, Mapping[str, int]]  # the same for each value of the attributes that have a field


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that have a value in common."""

    value: str
    rows: Sequence[FleetRow]
    daily_cost: int
    running: int


def make_tests(query: FleetQuery, context: FilterContext) -> list[Test]:
    """Return what a row must satisfy, besides Coder's part of the search."""
    tests = [make_test(key, values, context) for key, values in query.filters]
    return [*tests, make_words_test(query.words)] if query.words else tests


def matches(row: FleetRow, query: FleetQuery, context: FilterContext) -> bool:
    """Return whether a row matches, besides Coder's part of the search."""
    return all(test.matches(row) for test in make_tests(query, context))


def filter_options(query: FleetQuery) -> list[Option]:
    """Return the options that the page offers: the choices of each filter, and the numbers that are set."""
    options: list[Option] = []
    for key, each in FILTERS.items():
        numbers = set(each.choices) if each.unit else {1}
        numbers |= {int(value) for value in query.values(key)}
        options += [(key, number) for number in sorted(numbers)]
    return options


def select_rows(rows: Iterable[FleetRow], query: FleetQuery, context: FilterContext) -> Selection:
    """Return the rows that match. A row that only one filter excludes counts for the options of that filter."""
    tests = make_tests(query, context)
    fields = {key: each.value for key, each in ATTRIBUTES.items() if each.has_field}
    value_counts: dict[str, Counter[str]] = {key: Counter() for key in fields}
    selected: list[FleetRow] = []
    excluded: dict[str, list[FleetRow]] = {}  # by the only filter that excludes them
    for row in rows:
        failed = [test.key for test in tests if not test.matches(row)]
        if not failed:
            selected.append(row)
        elif len(failed) == 1:
            excluded.setdefault(failed[0], []).append(row)
    counts: dict[Option, int] = {}
    for option in filter_options(query):
        key, number = option
        condition, candidates = FILTERS[key].condition, [*selected, *excluded.get(key, ())]
        if matching := sum(1 for row in candidates if condition(row, number, context)):
            counts[option] = matching
    for key, value in fields.items():
        value_counts[key].update(map(value, [*selected, *excluded.get(key, ())]))
    return Selection(rows=selected, counts=counts, value_counts=value_counts)


def sort_rows(rows: Iterable[FleetRow], keys: Sequence[str]) -> list[FleetRow]:
    """Return the rows sorted by these columns, then by owner and name. Empty values are last in both directions."""
    result = sorted(rows, key=OWNER_AND_NAME)
    for word in reversed(keys):
        value = COLUMNS[word.removeprefix("-")].sort_key
        keyed = [(value(row), row) for row in result]
        present = [pair for pair in keyed if pair[0] is not None]
        present.sort(key=VALUE, reverse=word.startswith("-"))
        result = [row for _value, row in present] + [row for key, row in keyed if key is None]
    return result


def group_rows(rows: Iterable[FleetRow], key: str, *, by_cost: bool = False) -> list[Group]:
    """Return the rows by an attribute, the largest group first, or the one that costs most."""
    value = ATTRIBUTES[key].value
    by_value: dict[str, list[FleetRow]] = {}
    for row in rows:
        by_value.setdefault(value(row), []).append(row)
    groups = [
        Group(value=each, rows=members, daily_cost=total_cost(members), running=count_running(members))
        for each, members in by_value.items()
    ]
    return sorted(
        groups, key=lambda group: (-group.daily_cost if by_cost else 0, -len(group.rows), group.value.casefold())
    )


def total_cost(rows: Iterable[FleetRow]) -> int:
    """Return what the workspaces cost a day."""
    return sum(row.daily_cost for row in rows)


def count_running(rows: Iterable[FleetRow]) -> int:
    """Return how many workspaces run."""
    return sum(row.status == "running" for row in rows)
