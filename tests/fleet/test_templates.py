"""Test that each figure of the templates is the number of rows that its link shows, and how templates are ordered."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.fleet.samples import DAY, NOW, make_row
from tests.fleet.test_overview import CONTEXT, linked_rows
from workspaces.coder.template_types import Quantiles, Template
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.templates import MAX_VERSIONS, PAGE_SIZE, make_lines, make_page

NAMES = ["Docker", "Docker", "a & b"]  # of the templates with the ids 0, 1 and 2: two have one name
worlds = st.lists(
    st.builds(
        lambda number, **fields: make_row(template_id=UUID(int=number), **fields),
        st.integers(0, 2),
        template=st.sampled_from(["Docker", "a & b", "renamed"]),
        id=st.uuids(),
        version=st.sampled_from(["v1", "v2", ""]),
        status=st.sampled_from(["running", "failed", "stopped"]),
        outdated=st.booleans(),
        build_at=st.none() | st.integers(NOW - 10 * DAY, NOW),
    ),
    max_size=30,
)


def make_template(number: int, name: str = "", **fields: object) -> Template:
    """Return a template."""
    return Template(
        id=UUID(int=number),
        organization_id=UUID(int=7),
        name=name or NAMES[number],
        active_version_id=UUID(int=5),
        **fields,  # type: ignore[arg-type]
    )


@given(worlds)
def test_every_figure_is_the_number_of_rows_at_its_link(rows: list[FleetRow]) -> None:
    lines = make_lines([make_template(number) for number in range(3)], rows, CONTEXT)
    total = 0
    for line in lines:
        figures = line.figures
        assert figures
        total += figures.all.number
        counts = [figures.all, figures.running, figures.outdated, figures.failed_day, figures.failed_week]
        for count in (*counts, *(version.count for version in figures.versions)):
            shown = linked_rows(rows, count.query)
            assert (count.number, {row.template_id for row in shown} <= {line.id}) == (len(shown), True), count.query
        assert figures.hidden_versions or sum(each.count.number for each in figures.versions) == figures.all.number
    assert total == len(rows)


def test_versions_beyond_the_first_are_a_link() -> None:
    rows = [make_row(template_id=UUID(int=0), version=f"v{n}") for n in range(MAX_VERSIONS + 2)]
    (line,) = make_lines([make_template(0)], rows, CONTEXT)
    assert line.figures
    assert (len(line.figures.versions), line.figures.hidden_versions) == (MAX_VERSIONS, 2)
    assert line.figures.versions_query == "?template=Docker&group=version"


def test_templates_are_sorted_by_each_column_and_by_workspaces_without_one() -> None:
    rows = [make_row(template_id=UUID(int=1), template="b")]
    slow = {"start": Quantiles(P50=90_000, P95=120_000)}
    lines = make_lines(
        [make_template(0, "a", build_time_stats=slow), make_template(1, "b", active_user_count=3)], rows, CONTEXT
    )
    order = {
        sort: [line.name for line in make_page(lines, sort, 1, has_figures=True).lines]
        for sort in ("", "name", "start", "users", "nothing")
    }
    assert order == {
        "": ["b", "a"],
        "name": ["a", "b"],
        "start": ["a", "b"],
        "users": ["b", "a"],
        "nothing": ["b", "a"],
    }


def test_pages_have_all_templates_once() -> None:
    lines = make_lines([make_template(n, f"t{n}") for n in range(PAGE_SIZE + 1)], None, CONTEXT)
    first, second = (make_page(lines, "", page, has_figures=False) for page in (1, 2))
    assert len({line.id for line in (*first.lines, *second.lines)}) == PAGE_SIZE + 1
    assert (first.next_query, second.previous_query, second.next_query) == ("?page=2", "?", "")


def test_time_that_coder_does_not_tell_is_empty() -> None:
    (line,) = make_lines([make_template(0, build_time_stats={"start": Quantiles()}, active_user_count=-1)], [], CONTEXT)
    assert (line.start, line.slow_start, line.active_users) == ("", "", None)
