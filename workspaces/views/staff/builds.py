"""Failed and long builds of all workspaces, and the failing line of one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth import sessions
from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.coder import build_calls, calls, staff_calls
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError, Forbidden, NotFound
from workspaces.coder.staff_types import OrganizationJob
from workspaces.fleet import builds as fleet_builds
from workspaces.fleet import services
from workspaces.fleet.builds import Medians, StaffBuild
from workspaces.fleet.builds_page import make_builds_page, with_counts
from workspaces.fleet.filters import FilterContext
from workspaces.fleet.page import make_note, read_error_text
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.store import STORE
from workspaces.forms.staff_builds import StaffBuildsForm
from workspaces.gateway import connection
from workspaces.present.staff.builds import BuildExcerpt, make_build_excerpt
from workspaces.present.times import make_moment
from workspaces.views.responses import render_part

REFRESH_S = 2  # while workspaces are read
MAX_ORGANIZATIONS = 10  # whose jobs are read
MAX_JOBS = 100  # of each
# By what is shown: the statuses of its jobs, as Coder names them.
STATUSES = {"failed": "failed", "long": "succeeded,failed,canceled,running"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobList:
    """The jobs of the organizations that Coder shows."""

    jobs: tuple[OrganizationJob, ...]
    is_refused: bool  # by all organizations
    is_limited: bool


@require_safe
@staff_required("read_workspaces")
def builds(request: StaffRequest) -> HttpResponse:
    """Show the builds of the address. A value that is not valid shows none. Raises CoderError and SessionEnded."""
    form = StaffBuildsForm(request.GET)
    query = fleet_builds.read_query(form)
    is_valid = form.is_valid() and (query.source != "jobs" or request.staff.read_jobs)
    state = STORE.get(services.fleet_access(request), FleetQuery().coder_q)
    medians, median_note = load_medians(request)
    now, zone = services.coder_now(), sessions.time_zone_for(request)
    context = FilterContext(now=int(now.timestamp()))
    notes = [make_note(state), read_error_text(state), median_note if query.kind == "long" else ""]
    found: list[StaffBuild] = []
    is_refused = False
    if is_valid and query.source == "jobs":
        loaded = load_jobs(request, query.kind)
        found = fleet_builds.builds_of_jobs(loaded.jobs, state.rows, query, context.now, medians)
        notes += job_notes(loaded)
        is_refused = loaded.is_refused
    elif is_valid:
        found = fleet_builds.builds_of_rows(state.rows, query, context, medians)
    page = replace(
        make_builds_page(found, query, now, zone, has_sources=request.staff.read_jobs),
        is_valid=is_valid,
        is_refused=is_refused,
        notes=tuple(note for note in notes if note),
        read_at=make_moment(state.read_at, now, zone),
        refresh_s=REFRESH_S if state.is_reading else 0,
    )
    if query.source == "latest":
        page = with_counts(page, state.rows, context, medians)
    return render(request, "staff/builds.html", {"page": page})


def load_medians(request: StaffRequest) -> tuple[Medians, str]:
    """Return how long builds usually take; none, with the reason, where Coder does not tell. Raises SessionEnded."""
    try:
        templates = connection.get_templates(request.coder, request.person.fingerprint)
    except CoderError:
        return {}, _("The usual duration of builds could not be loaded: builds of more than 10 minutes are shown.")
    return fleet_builds.read_medians(templates), ""


def load_jobs(request: StaffRequest, kind: str) -> JobList:
    """Return the jobs of the first organizations, with a call for each. Raises CoderError and SessionEnded."""
    organizations = request.coder.send(calls.organizations()) or ()
    sends = [partial(load_organization_jobs, request, each.id, kind) for each in organizations[:MAX_ORGANIZATIONS]]
    loaded = gather(*sends) if sends else ()
    shown = [jobs for jobs in loaded if jobs is not None]
    return JobList(
        jobs=tuple({job.id: job for jobs in shown for job in jobs}.values()),
        is_refused=not shown,
        is_limited=len(organizations) > MAX_ORGANIZATIONS or any(len(jobs) >= MAX_JOBS for jobs in shown),
    )


def load_organization_jobs(request: StaffRequest, organization: UUID, kind: str) -> tuple[OrganizationJob, ...] | None:
    """Return the jobs of an organization; None where Coder refuses them."""
    try:
        return request.coder.send(staff_calls.provisioner_jobs(organization, STATUSES[kind], limit=MAX_JOBS)) or ()
    except (Forbidden, NotFound):
        return None


def job_notes(loaded: JobList) -> Iterator[str]:
    """Yield what a list of jobs leaves out."""
    if loaded.is_refused:
        yield _("You do not have permission to view provisioner jobs in Coder.")
    if loaded.is_limited:
        yield _("Only the latest %(jobs)d jobs of each of the first %(organizations)d organizations are included.") % {
            "jobs": MAX_JOBS,
            "organizations": MAX_ORGANIZATIONS,
        }
    if any(not job.metadata.template_name for job in loaded.jobs):
        yield _(
            "This version of Coder does not report the workspace of a job. The workspace is shown if the job is its "
            "latest build."
        )


@require_safe
@staff_required("read_workspaces")
def build(request: StaffRequest, build_id: UUID) -> HttpResponse:
    """Show the line of a build's log that names the error, with the lines around it. Two calls, side by side."""
    unavailable = _("The log could not be loaded.")
    load = partial(load_excerpt, request, build_id)
    return render_part(request, "staff/build.html", "excerpt", "", unavailable, load, element_id=f"log-{build_id}")


def load_excerpt(request: StaffRequest, build_id: UUID) -> BuildExcerpt:
    """Return the excerpt of a build. Raises CoderError and SessionEnded."""
    workspace_build, logs = gather(
        partial(request.coder.send, calls.build(build_id)),
        partial(request.coder.send, build_calls.build_logs(build_id)),
    )
    return make_build_excerpt(workspace_build, logs or ())
