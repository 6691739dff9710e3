"""The figures of the overview: each is the number of rows of the table that its link leads to. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.fleet.filters import ATTRIBUTES, FilterContext
from workspaces.fleet.query import FleetQuery, parse_query
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.selecting import count_running, group_rows, make_tests, total_cost
from workspaces.present.page_models import Tone

MAX_BARS = 8  # of a breakdown; a link leads to all

# What an operator looks for: the query of the table, the label, and how urgent it is if it is not zero.
FIGURES: tuple[tuple[str, str, Tone], ...] = (
    ("status=running", gettext_noop("Running"), "ok"),
    ("status=starting&status=pending", gettext_noop("Starting or queued"), "busy"),
    ("failed=24", gettext_noop("Failed in the last 24 hours"), "bad"),
    ("unhealthy=1", gettext_noop("Unhealthy"), "warn"),
    ("unlimited=1", gettext_noop("Running without autostop"), "warn"),
    ("idle=7", gettext_noop("Idle for 7 days"), "off"),
    ("idle=30", gettext_noop("Idle for 30 days"), "off"),
    ("idle=90", gettext_noop("Idle for 90 days"), "off"),
    ("dormant=1", gettext_noop("Dormant"), "off"),
    ("deleting=7", gettext_noop("Will be deleted within 7 days"), "warn"),
    ("outdated=1", gettext_noop("Outdated"), "off"),
    ("unstarted=1", gettext_noop("Never started"), "off"),
)
# Title, the query of the table, the attribute of the bars, and whether they are of the daily cost.
BREAKDOWNS: tuple[tuple[str, str, str, bool], ...] = (
    (gettext_noop("Running by template"), "status=running", "template", False),
    (gettext_noop("Failed in the last 24 hours, by error"), "failed=24", "error", False),
    (gettext_noop("Failed in the last 24 hours, by template"), "failed=24", "template", False),
    (gettext_noop("Outdated by template"), "outdated=1", "template", False),
    (gettext_noop("Daily cost by template"), "", "template", True),
    (gettext_noop("Daily cost by owner"), "", "owner", True),
    (gettext_noop("Daily cost by organization"), "", "organization", True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with the link to the rows that it counts."""

    label: str
    query: str
    count: int
    daily_cost: int
    tone: Tone  # "off" where the number is zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a breakdown."""

    label: str
    query: str
    count: int
    daily_cost: int
    percent: float  # of the longest bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The rows of a query by an attribute, the largest first."""

    title: str
    query: str  # all groups
    is_cost: bool
    is_long: bool  # its labels are sentences
    bars: tuple[Bar, ...]
    hidden_groups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A status in the bar of all workspaces."""

    label: str
    query: str
    count: int
    x: float  # percent
    width: float
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The part of the overview that comes from the fleet."""

    figures: tuple[Figure, ...]
    segments: tuple[Segment, ...]
    breakdowns: tuple[Breakdown, ...]
    total: int
    running: int
    daily_cost: int


def make_overview(rows: Sequence[FleetRow], context: FilterContext) -> Overview:
    """Return the figures of all rows."""
    return Overview(
        figures=tuple(make_figures(rows, context)),
        segments=tuple(make_segments(rows)),
        breakdowns=tuple(make_breakdowns(rows, context)),
        total=len(rows),
        running=count_running(rows),
        daily_cost=total_cost(rows),
    )


def read_query(text: str) -> FleetQuery:
    """Return the query of a declaration in this module."""
    query, _errors = parse_query(QueryDict(text))
    return query


def matching_rows(rows: Sequence[FleetRow], query: FleetQuery, context: FilterContext) -> list[FleetRow]:
    """Return the rows that the table shows for a query."""
    tests = make_tests(query, context)
    return [row for row in rows if all(test.matches(row) for test in tests)]


def make_figures(rows: Sequence[FleetRow], context: FilterContext) -> Iterator[Figure]:
    """Yield the figures."""
    for text, label, tone in FIGURES:
        query = read_query(text)
        found = matching_rows(rows, query, context)
        yield Figure(
            label=_(label),
            query=query.address(),
            count=len(found),
            daily_cost=total_cost(found),
            tone=tone if found else "off",
        )


def make_segments(rows: Sequence[FleetRow]) -> Iterator[Segment]:
    """Yield the statuses of all rows, the most frequent first."""
    x = 0.0
    for group in group_rows(rows, "status"):
        width = 100 * len(group.rows) / len(rows)
        yield Segment(
            label=ATTRIBUTES["status"].text(group.value),
            query=FleetQuery().with_filter("status", [group.value]).address(),
            count=len(group.rows),
            x=round(x, 3),
            width=round(width, 3),
            key=group.value,
        )
        x += width


def make_breakdowns(rows: Sequence[FleetRow], context: FilterContext) -> Iterator[Breakdown]:
    """Yield the breakdowns that have anything to show."""
    for title, text, attribute, is_cost in BREAKDOWNS:
        query = read_query(text)
        groups = group_rows(matching_rows(rows, query, context), attribute, by_cost=is_cost)
        groups = [group for group in groups if group.daily_cost or not is_cost]
        if not groups or (attribute == "organization" and len(groups) == 1):
            continue
        longest = groups[0].daily_cost if is_cost else len(groups[0].rows)
        yield Breakdown(
            title=_(title),
            query=replace(query, group=attribute, sort=("-daily-cost",) if is_cost else ()).address(),
            is_cost=is_cost,
            is_long=attribute == "error",
            bars=tuple(
                Bar(
                    label=ATTRIBUTES[attribute].text(group.value),
                    query=query.with_filter(attribute, [group.value]).address(),
                    count=len(group.rows),
                    daily_cost=group.daily_cost,
                    percent=bar_percent(group.daily_cost if is_cost else len(group.rows), longest),
                )
                for group in groups[:MAX_BARS]
            ),
            hidden_groups=max(0, len(groups) - MAX_BARS),
        )


def bar_percent(value: int, longest: int) -> float:
    """Return the length of a bar, from 0 to 100: Coder's costs may be anything."""
    return round(min(100.0, max(0.0, 100 * value / longest)), 1) if longest > 0 else 0.0
