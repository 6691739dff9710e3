"""Failed and long builds: the latest one of each workspace, or the jobs that Coder lists. Pure.

Coder lists the builds of one workspace, never those of all. So the fleet's rows are one source, which knows no earlier
builds, and the jobs of provisioners are the other, which only some people may read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.staff_types import OrganizationJob
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text
from workspaces.fleet.filters import HOUR_S, FilterContext, failed_within
from workspaces.fleet.overview import MAX_BARS, Bar, bar_percent
from workspaces.fleet.rows import FleetRow, first_line, make_error_kind, shorten, to_seconds
from workspaces.forms.staff_builds import StaffBuildsForm
from workspaces.present.builds.descriptions import TRANSITION_LABELS

LONG_FACTOR = 2  # times the median of the template's builds with the same transition
MIN_LONG_S = 60  # a build of seconds is not long, however short the others are
LONG_WITHOUT_MEDIAN_S = 600

type Medians = Mapping[tuple[UUID, str], int]  # s, by a template's id and the transition
Kind = Literal["failed", "long"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildsQuery:
    """What the page shows."""

    kind: str = "failed"  # a Kind
    hours: int = 24
    source: str = "latest"  # or "jobs"
    error: str | None = None  # "": builds without an error
    template: str | None = None
    page: int = 1

    def address(self) -> str:
        """Return the query string, beginning with "?", without what is the default."""
        parameters: list[tuple[str, str]] = []
        if self.kind != "failed":
            parameters.append(("show", self.kind))
        if self.hours != 24:
            parameters.append(("hours", str(self.hours)))
        if self.source != "latest":
            parameters.append(("source", self.source))
        values = (("error", self.error), ("template", self.template))
        parameters += [(name, value) for name, value in values if value is not None]
        if self.page > 1:
            parameters.append(("page", str(self.page)))
        return "?" + urlencode(parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffBuild:
    """A failed or long build, or another job that failed or took long."""

    build_id: UUID | None  # None: not the build of a workspace
    workspace_id: UUID | None  # None where Coder does not name it
    owner: str  # "" where it is not known
    name: str  # "" where Coder does not name it
    template: str  # "" where Coder does not name it
    version: str
    title: str
    status: str  # of a workspace, or of a job
    created: int | None  # s since 1970
    duration_s: int | None
    median_s: int | None  # of the template's builds of this kind; None where it is not known
    error: str
    error_kind: str


def read_query(form: StaffBuildsForm) -> BuildsQuery:
    """Return the query of a form; the default one, narrowed to nothing, where it is not valid."""
    if not form.is_valid():
        return BuildsQuery()
    data = form.cleaned_data
    return BuildsQuery(
        kind=data["show"] or "failed",
        hours=int(data["hours"] or 24),
        source=data["source"] or "latest",
        error=form.value("error"),
        template=form.value("template"),
        page=data["page"] or 1,
    )


def read_medians(templates: Iterable[Template]) -> dict[tuple[UUID, str], int]:
    """Return how long the builds of each template usually take."""
    return {
        (template.id, transition): round(times.P50 / 1000)
        for template in templates
        for transition, times in (template.build_time_stats or {}).items()
        if times.P50 is not None and times.P50 >= 0
    }


def is_long(duration_s: int | None, median_s: int | None) -> bool:
    """Return whether a build takes long for its template."""
    limit_s = LONG_WITHOUT_MEDIAN_S if median_s is None else max(MIN_LONG_S, LONG_FACTOR * median_s)
    return duration_s is not None and duration_s > limit_s


def row_duration(row: FleetRow, now: int) -> int | None:
    """Return how long the latest build took, or how long it has been in progress (s)."""
    if row.build_s is None and row.status in IN_TRANSITION and row.build_at is not None:
        return max(0, now - row.build_at)
    return row.build_s


def row_matcher(kind: str, hours: int, context: FilterContext, medians: Medians) -> Callable[[FleetRow], bool]:
    """Return the condition for the row of a build of this kind that began within these hours."""

    def took_long(row: FleetRow) -> bool:
        if row.build_at is None or context.now - row.build_at > hours * HOUR_S:
            return False
        return is_long(row_duration(row, context.now), medians.get((row.template_id, row.transition)))

    return took_long if kind == "long" else lambda row: failed_within(row, hours, context)


def make_row_build(row: FleetRow, now: int, medians: Medians) -> StaffBuild:
    """Return the latest build of a workspace."""
    return StaffBuild(
        build_id=row.build_id,
        workspace_id=row.id,
        owner=row.owner,
        name=row.name,
        template=row.template,
        version=row.version,
        title=row.build_title,
        status=row.status,
        created=row.build_at,
        duration_s=row_duration(row, now),
        median_s=medians.get((row.template_id, row.transition)),
        error=row.error,
        error_kind=row.error_kind,
    )


def builds_of_rows(
    rows: Iterable[FleetRow], query: BuildsQuery, context: FilterContext, medians: Medians
) -> list[StaffBuild]:
    """Return the builds of a query from the latest build of each workspace."""
    matches = row_matcher(query.kind, query.hours, context, medians)
    return [make_row_build(row, context.now, medians) for row in rows if matches(row)]


def builds_of_jobs(
    jobs: Iterable[OrganizationJob], rows: Sequence[FleetRow], query: BuildsQuery, now: int, medians: Medians
) -> list[StaffBuild]:
    """Return the builds of a query from jobs. `rows` complete what Coder does not tell about a job."""
    by_build: dict[UUID | None, FleetRow] = {row.build_id: row for row in rows}
    by_workspace: dict[UUID | None, FleetRow] = {row.id: row for row in rows}
    found = []
    for job in jobs:
        row = by_build.get(job.input.workspace_build_id) or by_workspace.get(job.metadata.workspace_id)
        build = make_job_build(job, row, now, medians)
        is_recent = build.created is not None and now - build.created <= query.hours * HOUR_S
        if is_recent and (query.kind == "failed" or is_long(build.duration_s, build.median_s)):
            found.append(build)
    return found


def make_job_build(job: OrganizationJob, row: FleetRow | None, now: int, medians: Medians) -> StaffBuild:
    """Return a job as a build. `row`: of its workspace, if the fleet has it."""
    metadata = job.metadata
    is_latest = row is not None and row.build_id == job.input.workspace_build_id
    transition = metadata.workspace_build_transition or (row.transition if row and is_latest else "")
    template_id = metadata.template_id or (row.template_id if row else None)
    names = (row.owner, row.name) if row else (metadata.workspace_name,)
    error = first_line(job.error)
    started, completed = to_seconds(job.started_at), to_seconds(job.completed_at)
    return StaffBuild(
        build_id=job.input.workspace_build_id,
        workspace_id=row.id if row else metadata.workspace_id,
        owner=row.owner if row else "",
        name=row.name if row else sanitize_text(metadata.workspace_name),
        template=sanitize_text(metadata.template_display_name or metadata.template_name)
        or (row.template if row else ""),
        version=sanitize_text(metadata.template_version_name) or (row.version if row and is_latest else ""),
        title=job_title(job.type, transition),
        status=job.status,
        created=to_seconds(job.created_at),
        duration_s=None if started is None else max(0, (now if completed is None else completed) - started),
        median_s=medians.get((template_id, transition)) if template_id else None,
        error=shorten(error),
        error_kind=make_error_kind(error, names),
    )


def job_title(job_type: str, transition: str) -> str:
    """Return what a job does. Coder 2.19 does not tell the transition of a workspace's build."""
    titles = {
        "workspace_build": _("Build of a workspace"),
        "template_version_import": _("Import of a template version"),
        "template_version_dry_run": _("Dry run of a template version"),
    }
    if job_type == "workspace_build" and transition in TRANSITION_LABELS:
        return _(TRANSITION_LABELS[transition][0])
    return titles.get(job_type) or sanitize_text(job_type)


def narrow(builds: Iterable[StaffBuild], query: BuildsQuery) -> list[StaffBuild]:
    """Return the builds with the error and the template of the query, the newest or the longest first."""
    found = [
        build
        for build in builds
        if query.error in {None, build.error_kind} and query.template in {None, build.template}
    ]
    if query.kind == "long":
        return sorted(found, key=lambda build: -(build.duration_s or 0))
    return sorted(found, key=lambda build: -(build.created or 0))


def make_bars(
    builds: Sequence[StaffBuild], query: BuildsQuery, attribute: Literal["error", "template"]
) -> Iterator[Bar]:
    """Yield how many builds there are by error or by template, the most frequent first."""
    counts: dict[str, int] = {}
    for build in builds:
        value = build.error_kind if attribute == "error" else build.template
        counts[value] = counts.get(value, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold()))
    for value, count in ordered[:MAX_BARS]:
        narrowed = (
            replace(query, page=1, error=value) if attribute == "error" else replace(query, page=1, template=value)
        )
        yield Bar(
            label=value or _("None"),
            query=narrowed.address(),
            count=count,
            daily_cost=0,
            percent=bar_percent(count, ordered[0][1]),
        )
