"""Templates as staff see them: the workspaces on each version, failures, build times, and active users. Pure.

Each number of workspaces is the number of rows of the table that its link leads to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.template_types import Quantiles, Template
from workspaces.coder.text import sanitize_text
from workspaces.datetimes import make_span
from workspaces.fleet.filters import FilterContext, make_test
from workspaces.fleet.overview import bar_percent
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.selecting import group_rows
from workspaces.present.builds.descriptions import duration_text
from workspaces.present.markdown import render_markdown

MAX_VERSIONS = 4  # of a template on the page; a link leads to all
PAGE_SIZE = 50
DEFAULT_SORT = "workspaces"
OUTDATED = FleetQuery().with_filter("outdated", ["1"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number of workspaces with the query of the table that shows them."""

    number: int
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionCount:
    """The workspaces of a template on one version."""

    name: str
    count: Count
    is_active: bool
    percent: float  # of the template's workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFigures:
    """What the fleet tells about a template."""

    all: Count
    running: Count
    outdated: Count
    outdated_parameters: tuple[tuple[str, str], ...]  # of a bulk action on the outdated ones
    failed_day: Count
    failed_week: Count
    versions: tuple[VersionCount, ...]
    hidden_versions: int
    versions_query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLine:
    """One template."""

    id: UUID
    name: str
    organization: str
    is_deprecated: bool
    deprecation: SafeString  # Coder's message as HTML
    active_users: int | None  # None where Coder does not tell
    start_ms: int | None  # the median
    slow_start_ms: int | None  # the 95th percentile
    figures: TemplateFigures | None  # None where the viewer may not read workspaces

    @property
    def start(self) -> str:
        """How long a start takes, in words; "" without one."""
        return milliseconds_text(self.start_ms)

    @property
    def slow_start(self) -> str:
        """How long 95% of the starts take at most."""
        return milliseconds_text(self.slow_start_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    """The header of a column, which sorts by it."""

    label: str
    query: str
    is_current: bool
    is_number: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesPage:
    """A page of templates."""

    lines: tuple[TemplateLine, ...]
    headers: tuple[SortLink, ...]
    count: int
    outdated: Count | None  # workspaces of all templates; None where the viewer may not read workspaces
    previous_query: str
    next_query: str
    notes: tuple[str, ...] = ()  # what the figures leave out
    refresh_s: int = 0  # 0: all workspaces are loaded
    can_update: bool = False  # whether the viewer may change workspaces, and all are loaded

    @property
    def outdated_parameters(self) -> tuple[tuple[str, str], ...]:
        """The parameters of a bulk action on all outdated workspaces."""
        return tuple(OUTDATED.parameters())


def milliseconds_text(milliseconds: int | None) -> str:
    """Return a duration in words; "" for none."""
    return "" if milliseconds is None else duration_text(make_span(milliseconds=max(0, milliseconds)))


def make_lines(
    templates: Iterable[Template], rows: Sequence[FleetRow] | None, context: FilterContext
) -> list[TemplateLine]:
    """Return a line for each template. `rows`: of all workspaces; None for a viewer who may not read them."""
    by_id: dict[UUID, list[FleetRow]] = {}
    for row in rows or ():
        by_id.setdefault(row.template_id, []).append(row)
    ids_by_name: dict[str, set[UUID]] = {}
    for template_id, some in by_id.items():
        for name in {row.template for row in some}:
            ids_by_name.setdefault(name, set()).add(template_id)
    return [
        make_line(template, None if rows is None else by_id.get(template.id, []), ids_by_name, context)
        for template in {template.id: template for template in templates}.values()
    ]


def make_line(
    template: Template, rows: Sequence[FleetRow] | None, ids_by_name: Mapping[str, set[UUID]], context: FilterContext
) -> TemplateLine:
    """Return the line of a template with these workspaces."""
    name = sanitize_text(template.display_name) or template.name
    start = (template.build_time_stats or {}).get("start") or Quantiles()
    return TemplateLine(
        id=template.id,
        name=name,
        organization=sanitize_text(template.organization_display_name or template.organization_name),
        is_deprecated=template.deprecated,
        deprecation=render_markdown(template.deprecation_message),
        active_users=template.active_user_count if template.active_user_count >= 0 else None,
        start_ms=start.P50,
        slow_start_ms=start.P95,
        figures=None
        if rows is None
        else make_figures(
            rows, template_query(template.id, name, rows, ids_by_name), template.active_version_id, context
        ),
    )


def template_query(
    template_id: UUID, name: str, rows: Sequence[FleetRow], ids_by_name: Mapping[str, set[UUID]]
) -> FleetQuery:
    """Return the query of a template's workspaces: by its name, or by its id where other templates have this name."""
    names = {row.template for row in rows} or {name}
    if len(names) == 1 and ids_by_name.get(next(iter(names)), set()) <= {template_id}:
        return FleetQuery().with_filter("template", names)
    return FleetQuery().with_filter("template-id", [str(template_id)])


def make_figures(
    rows: Sequence[FleetRow], query: FleetQuery, active_version: UUID, context: FilterContext
) -> TemplateFigures:
    """Return the figures of a template's workspaces, which `query` shows."""

    def count(key: str, value: str) -> Count:
        matches = make_test(key, [value], context).matches  # `query` itself matches all rows
        return Count(number=sum(map(matches, rows)), query=query.with_filter(key, [value]).address())

    versions = group_rows(rows, "version")
    return TemplateFigures(
        all=Count(number=len(rows), query=query.address()),
        running=count("status", "running"),
        outdated=count("outdated", "1"),
        outdated_parameters=tuple(query.with_filter("outdated", ["1"]).parameters()),
        failed_day=count("failed", "24"),
        failed_week=count("failed", "168"),
        versions=tuple(
            VersionCount(
                name=group.rows[0].version,
                count=Count(number=len(group.rows), query=query.with_filter("version", [group.value]).address()),
                is_active=group.rows[0].version_id == active_version,
                percent=bar_percent(len(group.rows), len(rows)),
            )
            for group in versions[:MAX_VERSIONS]
        ),
        hidden_versions=max(0, len(versions) - MAX_VERSIONS),
        versions_query=replace(query, group="version").address(),
    )


type SortKey = Callable[[TemplateLine], float]


def figure_key(number: Callable[[TemplateFigures], int]) -> SortKey:
    """Return the key that sorts by a number of workspaces, the highest first."""
    return lambda line: -number(line.figures) if line.figures else 0


# By the word in the address: the label of the column, the key to sort by (then by name), whether the fleet tells it.
COLUMNS: Mapping[str, tuple[str, SortKey, bool]] = {
    "name": (gettext_noop("Template"), lambda _line: 0, False),
    "workspaces": (gettext_noop("Workspaces"), figure_key(lambda figures: figures.all.number), True),
    "versions": (
        gettext_noop("Versions"),
        figure_key(lambda figures: len(figures.versions) + figures.hidden_versions),
        True,
    ),
    "outdated": (gettext_noop("Outdated"), figure_key(lambda figures: figures.outdated.number), True),
    "failed": (gettext_noop("Failed"), figure_key(lambda figures: figures.failed_week.number), True),
    "users": (gettext_noop("Active users"), lambda line: -(line.active_users or 0), False),
    "start": (gettext_noop("Start duration"), lambda line: -(line.start_ms or 0), False),
}


def make_page(lines: Sequence[TemplateLine], sort: str, page: int, *, has_figures: bool) -> TemplatesPage:
    """Return a page of the lines. An unknown word to sort by is the default one."""
    offered = {key: column for key, column in COLUMNS.items() if has_figures or not column[2]}
    default = DEFAULT_SORT if has_figures else "name"
    chosen = sort if sort in offered else default
    key = offered[chosen][1]
    ordered = sorted(lines, key=lambda line: (key(line), line.name.casefold(), line.id))
    num_pages = max(1, -(-len(ordered) // PAGE_SIZE))
    number = min(page, num_pages)

    def address(sort: str, page: int = 1) -> str:
        return "?" + urlencode(([("sort", sort)] if sort != default else []) + ([("page", page)] if page > 1 else []))

    return TemplatesPage(
        lines=tuple(ordered[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]),
        headers=tuple(
            SortLink(
                label=_(column[0]),
                query=address(word),
                is_current=word == chosen,
                is_number=word not in {"name", "versions"},
            )
            for word, column in offered.items()
        ),
        count=len(lines),
        outdated=None,
        previous_query=address(chosen, number - 1) if number > 1 else "",
        next_query=address(chosen, number + 1) if number < num_pages else "",
    )
