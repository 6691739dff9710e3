"""Test that each figure of the overview is the number of rows that its link shows."""

from uuid import UUID

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.fleet.samples import DAY, NOW, make_row
from workspaces.fleet.filters import FilterContext
from workspaces.fleet.overview import MAX_BARS, make_overview
from workspaces.fleet.query import FleetQuery, parse_query
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.selecting import select_rows, total_cost

CONTEXT = FilterContext(now=NOW)
times = st.none() | st.integers(NOW - 400 * DAY, NOW + 30 * DAY)
worlds = st.lists(
    st.builds(
        make_row,
        st.sampled_from(["a", "b", "c"]),
        id=st.uuids(),
        owner=st.sampled_from(["alice", "bob", "ليلى", ""]),
        template=st.sampled_from(["Docker", "Kubernetes", "a & b"]),
        organization=st.sampled_from(["coder", "research"]),
        status=st.sampled_from(["running", "failed", "stopped", "starting", "pending", "hibernating"]),
        last_used=times,
        created=times,
        running_since=times,
        stops=times,
        deletes=times,
        dormant_since=times,
        build_at=times,
        outdated=st.booleans(),
        health=st.sampled_from(["", "Agent main is disconnected"]),
        daily_cost=st.integers(-5, 10**12),
        build_number=st.integers(1, 3),
        error_kind=st.sampled_from(["", "Insufficient quota", "x=1&y"]),
        version_id=st.just(UUID(int=5)),
    ),
    max_size=30,
)


def linked_rows(rows: list[FleetRow], query: str) -> list[FleetRow]:
    """Return the rows that the table shows at a link."""
    parsed, errors = parse_query(QueryDict(query.removeprefix("?")))
    assert errors == []
    assert parsed != FleetQuery() or query == "?"
    return list(select_rows(rows, parsed, CONTEXT).rows)


@given(worlds)
def test_every_figure_is_the_number_of_rows_at_its_link(rows: list[FleetRow]) -> None:
    overview = make_overview(rows, CONTEXT)
    for figure in overview.figures:
        shown = linked_rows(rows, figure.query)
        assert (figure.count, figure.daily_cost) == (len(shown), total_cost(shown)), figure.label
    for breakdown in overview.breakdowns:
        for bar in breakdown.bars:
            shown = linked_rows(rows, bar.query)
            assert (bar.count, bar.daily_cost) == (len(shown), total_cost(shown)), breakdown.title
            assert 0 <= bar.percent <= 100


@given(worlds)
def test_statuses_are_all_workspaces(rows: list[FleetRow]) -> None:
    overview = make_overview(rows, CONTEXT)
    assert sum(segment.count for segment in overview.segments) == len(rows) == overview.total
    for segment in overview.segments:
        assert len(linked_rows(rows, segment.query)) == segment.count
        assert 0 <= segment.x <= 100


def test_breakdown_of_many_groups_leads_to_the_others() -> None:
    rows = [make_row(owner=f"user-{n}", daily_cost=n + 1) for n in range(MAX_BARS + 3)]
    (by_owner,) = [each for each in make_overview(rows, CONTEXT).breakdowns if each.title == "Daily cost by owner"]
    assert (len(by_owner.bars), by_owner.hidden_groups, by_owner.query) == (
        MAX_BARS,
        3,
        "?sort=-daily-cost&group=owner",
    )
    assert by_owner.bars[0].label == f"user-{MAX_BARS + 2}"
