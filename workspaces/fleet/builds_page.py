"""The page model of failed and long builds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from workspaces.coder.text import sanitize_text
from workspaces.datetimes import make_span
from workspaces.fleet.builds import BuildsQuery, Medians, StaffBuild, make_bars, narrow, row_matcher
from workspaces.fleet.columns import to_datetime
from workspaces.fleet.filters import FilterContext
from workspaces.fleet.overview import MAX_BARS, Bar
from workspaces.fleet.rows import FleetRow, error_cause
from workspaces.forms.staff_builds import HOURS_LABELS, KIND_LABELS, SOURCE_LABELS
from workspaces.present.builds.descriptions import JOB_STATUSES, duration_text
from workspaces.present.page_models import Link, Status
from workspaces.present.statuses import STATUS_DISPLAY, status_label
from workspaces.present.times import Moment, make_moment

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLine:
    """One build."""

    build_id: UUID | None
    workspace_id: UUID | None
    owner: str
    name: str
    template: str
    version: str
    title: str
    status: Status
    created: Moment | None
    duration: str
    median: str  # "" where it is not known
    error: str  # its cause
    full_error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildsPage:
    """A page of failed or long builds."""

    query: BuildsQuery
    kinds: tuple[Link, ...]
    spans: tuple[Link, ...]
    sources: tuple[Link, ...]  # none for who may not read jobs
    chips: tuple[Link, ...]
    by_error: tuple[Bar, ...]
    by_template: tuple[Bar, ...]
    hidden_errors: int
    hidden_templates: int
    lines: tuple[BuildLine, ...]
    count: int
    previous_query: str
    next_query: str
    is_valid: bool = True
    is_refused: bool = False  # Coder does not grant the viewer to read the jobs
    notes: tuple[str, ...] = ()  # what the figures leave out
    read_at: Moment | None = None
    refresh_s: int = 0  # 0: all workspaces are loaded

    @property
    def source_note(self) -> str:
        """Where the builds are from."""
        if self.query.source == "jobs":
            return _("Source: provisioner jobs, which include earlier builds.")
        return _("Source: the latest build of each workspace. Earlier builds are not included.")

    @property
    def table_query(self) -> str:
        """The query string of these workspaces in the table of all; "" where the table has no such filter."""
        if self.query.source != "latest" or self.query.kind != "failed":
            return ""
        values = (("error", self.query.error), ("template", self.query.template))
        narrowed = [(name, value) for name, value in values if value is not None]
        return "?" + urlencode([("failed", str(self.query.hours)), *narrowed])


def make_builds_page(
    found: Sequence[StaffBuild], query: BuildsQuery, now: datetime, zone: ZoneInfo, *, has_sources: bool
) -> BuildsPage:
    """Return the page of these builds. `now` is aware, by Coder's clock."""
    selected = narrow(found, query)
    num_pages = max(1, -(-len(selected) // PAGE_SIZE))
    number = min(query.page, num_pages)
    shown = selected[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return BuildsPage(
        query=query,
        kinds=tuple(option_links(query, "kind", KIND_LABELS)),
        spans=tuple(option_links(query, "hours", HOURS_LABELS)),
        sources=tuple(option_links(query, "source", SOURCE_LABELS)) if has_sources else (),
        chips=tuple(make_chips(query)),
        by_error=tuple(make_bars(selected, query, "error")) if query.kind == "failed" else (),
        by_template=tuple(make_bars(selected, query, "template")),
        hidden_errors=max(0, len({build.error_kind for build in selected}) - MAX_BARS),
        hidden_templates=max(0, len({build.template for build in selected}) - MAX_BARS),
        lines=tuple(make_line(build, now, zone) for build in shown),
        count=len(selected),
        previous_query=replace(query, page=number - 1).address() if number > 1 else "",
        next_query=replace(query, page=number + 1).address() if number < num_pages else "",
    )


def make_line(build: StaffBuild, now: datetime, zone: ZoneInfo) -> BuildLine:
    """Return a build as a line."""
    return BuildLine(
        build_id=build.build_id,
        workspace_id=build.workspace_id,
        owner=build.owner,
        name=build.name,
        template=build.template,
        version=build.version,
        title=build.title,
        status=make_status(build.status),
        created=None if build.created is None else make_moment(to_datetime(build.created), now, zone),
        duration=seconds_text(build.duration_s),
        median=seconds_text(build.median_s),
        error=error_cause(build.error),
        full_error=build.error,
    )


def make_status(word: str) -> Status:
    """Return a status of a workspace or of a job."""
    label, tone, icon = STATUS_DISPLAY.get(word) or JOB_STATUSES.get(word) or ("", "off", "circle-question-mark")
    return Status(
        key=word if label else "unknown",
        label=status_label(word) if word in STATUS_DISPLAY else _(label) if label else sanitize_text(word),
        tone=tone,
        icon=icon,
        tooltip="",
    )


def seconds_text(seconds: int | None) -> str:
    """Return a duration in words; "" for an unknown one."""
    return "" if seconds is None else duration_text(make_span(seconds=max(0, seconds)))


def option_links(query: BuildsQuery, name: str, options: Mapping[Any, Any]) -> Iterator[Link]:
    """Yield a link for each option of a parameter. What the builds were narrowed by is left out."""
    for value, label in options.items():
        address = replace(query, page=1, error=None, template=None, **{name: value}).address()
        yield Link(label=str(label), query=address, current=getattr(query, name) == value)


def make_chips(query: BuildsQuery) -> Iterator[Link]:
    """Yield what the builds are narrowed by, each with the link that removes it."""
    for name, label in (("error", _("Error")), ("template", _("Template"))):
        value: str | None = getattr(query, name)
        if value is not None:
            address = replace(query, page=1, **{name: None}).address()  # type: ignore[arg-type]  # one of the two
            yield Link(label=f"{label}: {sanitize_text(value) or _('None')}", query=address, current=True)


def with_counts(page: BuildsPage, rows: Sequence[FleetRow], context: FilterContext, medians: Medians) -> BuildsPage:
    """Return the page with the number of failed and of long builds of the rows."""
    links = []
    for kind, link in zip(KIND_LABELS, page.kinds, strict=True):
        count = sum(map(row_matcher(kind, page.query.hours, context, medians), rows))
        links.append(replace(link, label=_("%(label)s: %(count)d") % {"label": link.label, "count": count}))
    return replace(page, kinds=tuple(links))
