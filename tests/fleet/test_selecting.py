"""Test which rows a query shows, in which order and groups."""

from uuid import UUID

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.fleet.samples import DAY, NOW, make_row
from workspaces.fleet.columns import COLUMNS
from workspaces.fleet.filters import FILTERS, FilterContext
from workspaces.fleet.query import FleetQuery, parse_query
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.selecting import filter_options, group_rows, matches, select_rows, sort_rows

CONTEXT = FilterContext(now=NOW, suspended=frozenset({UUID(int=66)}), versions_behind={UUID(int=55): 3})


def query(text: str) -> FleetQuery:
    """Return the query of an address that has no errors."""
    parsed, errors = parse_query(QueryDict(text))
    assert errors == []
    return parsed


# Each filter with a row that it shows and one that it just does not.
CASES: list[tuple[str, FleetRow, FleetRow]] = [
    ("idle=30", make_row(last_used=NOW - 30 * DAY), make_row(last_used=NOW - 30 * DAY + 1)),
    ("idle=30", make_row(last_used=None, created=NOW - 31 * DAY), make_row(last_used=None, created=NOW - DAY)),
    ("unlimited=1", make_row(stops=None), make_row(status="stopped", stops=None)),
    ("running=7", make_row(running_since=NOW - 7 * DAY - 1), make_row(running_since=NOW - 7 * DAY)),
    ("failed=24", make_row(status="failed", build_at=NOW - DAY), make_row(status="failed", build_at=NOW - DAY - 1)),
    ("failed=24", make_row(status="failed", build_at=NOW), make_row(status="stopped", build_at=NOW)),
    ("unhealthy=1", make_row(health="Agent main is disconnected"), make_row()),
    ("outdated=1", make_row(outdated=True), make_row()),
    ("behind=3", make_row(version_id=UUID(int=55)), make_row()),
    ("dormant=1", make_row(dormant_since=NOW), make_row()),
    ("deleting=7", make_row(deletes=NOW + 7 * DAY), make_row(deletes=NOW + 7 * DAY + 1)),
    ("cost=5", make_row(daily_cost=5), make_row(daily_cost=4)),
    ("unstarted=1", make_row(build_number=1, status="failed"), make_row(build_number=1)),
    ("suspended=1", make_row(owner_id=UUID(int=66)), make_row()),
    ("owner=bob", make_row(owner="bob"), make_row()),
    ("template=Docker", make_row(), make_row(template="Docker 2")),
    ("version=Docker+v1", make_row(), make_row(version="v2")),
    ("organization=coder", make_row(), make_row(organization="other")),
    ("status=failed&status=stopped", make_row(status="stopped"), make_row()),
    ("error=", make_row(), make_row(status="failed", error_kind="exit status 1")),
    ("q=WEB+doc", make_row("web-1"), make_row("api")),
]


@pytest.mark.parametrize(("text", "shown", "hidden"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_filter_shows_only_matching_rows(text: str, shown: FleetRow, hidden: FleetRow) -> None:
    assert list(select_rows([shown, hidden], query(text), CONTEXT).rows) == [shown]


def test_every_filter_has_a_case() -> None:
    assert {text.partition("=")[0] for text, _shown, _hidden in CASES} >= FILTERS.keys()


def test_filters_combine() -> None:
    both = make_row(daily_cost=9, outdated=True)
    rows = [both, make_row(daily_cost=9), make_row(outdated=True)]
    assert list(select_rows(rows, query("cost=5&outdated=1"), CONTEXT).rows) == [both]


numbers = st.integers(0, 400)
rows = st.lists(
    st.builds(
        lambda used, cost, status, outdated, stops: make_row(
            last_used=NOW - used * DAY,
            daily_cost=cost,
            status=status,
            outdated=outdated,
            stops=NOW if stops else None,
            build_at=NOW - used * 3600,
        ),
        numbers,
        numbers,
        st.sampled_from(["running", "failed", "stopped", "hibernating"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
)
queries = st.lists(
    st.sampled_from(["idle=30", "outdated=1", "cost=100", "status=running", "failed=168", "unlimited=1"]),
    unique_by=lambda text: text.partition("=")[0],
    max_size=4,
).map("&".join)


@given(rows, queries)
def test_count_of_an_option_equals_rows_of_its_link(rows: list[FleetRow], text: str) -> None:
    current = query(text)
    counts = select_rows(rows, current, CONTEXT).counts
    for key, number in filter_options(current):
        linked = current.with_filter(key, [str(number)])
        assert counts.get((key, number), 0) == len(select_rows(rows, linked, CONTEXT).rows)


@given(rows, queries)
def test_count_of_a_value_equals_rows_of_its_choice(rows: list[FleetRow], text: str) -> None:
    current = query(text)
    for key, counts in select_rows(rows, current, CONTEXT).value_counts.items():
        for value, count in counts.items():
            assert count == len(select_rows(rows, current.with_filter(key, [value]), CONTEXT).rows)


@given(rows, queries)
def test_matches_agrees_with_selected_rows(rows: list[FleetRow], text: str) -> None:
    selected = select_rows(rows, query(text), CONTEXT).rows
    assert [row for row in rows if matches(row, query(text), CONTEXT)] == list(selected)


EMPTY = make_row(
    "b",
    last_used=None,
    stops=None,
    running_since=None,
    ttl_ms=None,
    build_at=None,
    build_s=None,
    created=None,
    agents=0,
    build_title="",
)
FULL = make_row("a", next_start=NOW, dormant_since=NOW, deletes=NOW, health="x", error="y")


@pytest.mark.parametrize("key", [key for key, column in COLUMNS.items() if column.sort_key(EMPTY) is None])
def test_sort_has_empty_values_last_in_both_directions(key: str) -> None:
    assert [row.name for row in sort_rows([EMPTY, FULL], [key])] == ["a", "b"]
    assert [row.name for row in sort_rows([EMPTY, FULL], [f"-{key}"])] == ["a", "b"]


def test_sort_by_several_columns_is_stable() -> None:
    rows = [make_row("c", daily_cost=1), make_row("a", daily_cost=2), make_row("b", daily_cost=2)]
    assert [row.name for row in sort_rows(rows, ["-daily-cost", "-name"])] == ["b", "a", "c"]


def test_groups_have_counts_and_sums_and_the_largest_is_first() -> None:
    rows = [make_row(owner="bob", daily_cost=1), make_row(daily_cost=2), make_row(daily_cost=3, status="stopped")]
    groups = group_rows(rows, "owner")
    assert [(group.value, len(group.rows), group.daily_cost, group.running) for group in groups] == [
        ("alice", 2, 5, 1),
        ("bob", 1, 1, 1),
    ]
    assert sum(group.daily_cost for group in groups) == 6


@pytest.mark.parametrize(
    "text",
    ["idle=0", "idle=x", "idle=-1", "idle=1e3", "idle=1000000", "outdated=2", "sort=nothing", "group=nothing",
     "q=%22web", "q=a%00b", "status=" + "x" * 400, "all=1", "attention=failed", "scope=mine", "idle=٣"],
)  # fmt: skip
def test_query_refuses_what_it_cannot_use(text: str) -> None:
    _query, errors = parse_query(QueryDict(text))
    assert len(errors) == 1


@given(queries, st.sampled_from(["", "name", "-daily-cost,name"]), st.sampled_from(["", "owner"]), st.integers(1, 9))
def test_address_reads_back_as_the_same_query(text: str, sort: str, group: str, page: int) -> None:
    address = f"{text}&sort={sort}&group={group}&page={page}&q=status:running+web"
    parsed = query(address)
    assert query(parsed.address().removeprefix("?")) == parsed
    assert (parsed.coder_q, parsed.words) == ("status:running", ("web",))
