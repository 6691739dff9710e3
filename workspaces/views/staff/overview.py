"""The staff overview: figures of the fleet at once, and Coder's statistics as parts that are loaded after it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth import sessions
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.auth.staff import StaffRequest, StaffRight, load_staff_rights, staff_required
from workspaces.coder import calls, staff_calls
from workspaces.coder.client import gather
from workspaces.coder.errors import Forbidden, NotFound
from workspaces.coder.staff_types import OrganizationJob, ProvisionerDaemon
from workspaces.datetimes import to_zone
from workspaces.fleet import services
from workspaces.fleet.overview import make_overview
from workspaces.fleet.page import make_note, make_progress, read_error_text
from workspaces.fleet.query import FleetQuery
from workspaces.gateway import connection
from workspaces.present.staff import parts
from workspaces.present.staff.models import StaffPart
from workspaces.present.times import make_moment
from workspaces.views.responses import render_part, wants_partial

TEMPLATE = "staff/overview.html"
MAX_ORGANIZATIONS = 10  # whose provisioners are read
MAX_JOBS = 100
USAGE_DAYS = 7


@require_safe
@sign_in_required
def home(request: PortalRequest) -> HttpResponse:
    """Show the overview, or lead to the first staff page that is for this person; 404 if there is none."""
    rights = load_staff_rights(request)
    if not rights.pages:
        raise Http404
    url_name, _label = rights.pages[0]
    if url_name != "staff":
        return redirect(f"workspaces:{url_name}")
    request.staff = rights  # type: ignore[attr-defined]  # makes it a StaffRequest
    page = load_page(request)  # type: ignore[arg-type]
    return render(request, f"{TEMPLATE}#fleet" if wants_partial(request) else TEMPLATE, {"page": page})


def load_page(request: StaffRequest) -> dict[str, Any]:
    """Return the figures of the fleet, and which parts the person may see. Raises CoderError and SessionEnded."""
    page: dict[str, Any] = {
        "parts": [
            {"name": name, "title": _(parts.TITLES[name])}
            for name, (right, _load) in PARTS.items()
            if getattr(request.staff, right)
        ],
        "zone": sessions.time_zone_for(request).key,
    }
    if request.staff.read_workspaces:
        view = services.load_view(request, FleetQuery())
        now = services.coder_now()
        page |= {
            "overview": make_overview(view.state.rows, view.filter_context),
            "progress": make_progress(view.state) if view.state.is_reading else None,
            "note": make_note(view.state),
            "read_error": read_error_text(view.state),
            "read_at": make_moment(view.state.read_at, now, sessions.time_zone_for(request)),
        }
    return page


@require_safe
@staff_required("see_overview")
def part(request: StaffRequest, name: str) -> HttpResponse:
    """Show one part. A refusal of Coder's is a note: the rest of the overview stands."""
    if name not in PARTS or not getattr(request.staff, PARTS[name][0]):
        raise Http404
    unavailable = _("This part of the overview could not be loaded.")
    title, element_id = _(parts.TITLES[name]), f"part-{name}"
    load_part = partial(load, request, name)
    return render_part(request, "staff/part.html", "part", title, unavailable, load_part, element_id=element_id)


def load(request: StaffRequest, name: str) -> StaffPart:
    """Return a part. Raises CoderError, but not where Coder refuses it."""
    try:
        return PARTS[name][1](request)
    except (Forbidden, NotFound):
        return parts.make_part(name, _("You do not have permission to view this in Coder."))


def load_activity(request: StaffRequest) -> StaffPart:
    """Return the active users."""
    return parts.make_activity(request.coder.send(staff_calls.daily_active_users(offset_hours(local_now(request)))))


def load_usage(request: StaffRequest) -> StaffPart:
    """Return the use of apps in the last days, until the present hour."""
    end = local_now(request).replace(minute=0, second=0, microsecond=0)
    start = (end - timedelta(days=USAGE_DAYS)).replace(hour=0)
    return parts.make_usage(request.coder.send(staff_calls.template_insights(start, end)))


def load_build_times(request: StaffRequest) -> StaffPart:
    """Return how long starts take."""
    return parts.make_build_times(connection.get_templates(request.coder, request.person.fingerprint))


def load_users(request: StaffRequest) -> StaffPart:
    """Return the users by status."""
    return parts.make_users(request.coder.send(staff_calls.user_status_counts(offset_hours(local_now(request)))))


def load_health(request: StaffRequest) -> StaffPart:
    """Return what Coder says of itself."""
    report = request.coder.send(staff_calls.health())
    return parts.make_health(report, services.coder_now(), sessions.time_zone_for(request))


def load_provisioners(request: StaffRequest) -> StaffPart:
    """Return the provisioners and the queue of the first organizations."""
    organizations = (request.coder.send(calls.organizations()) or ())[:MAX_ORGANIZATIONS]
    if not organizations:
        return parts.make_part("provisioners", _("You do not have permission to view this in Coder."))
    loaded = gather(*(partial(load_organization, request, organization.id) for organization in organizations))
    # Organizations may share them.
    daemons = list({daemon.id: daemon for some, _jobs in loaded for daemon in some}.values())
    jobs = list({job.id: job for _daemons, some in loaded for job in some or ()}.values())
    has_jobs = any(some is not None for _daemons, some in loaded)
    zone = sessions.time_zone_for(request)
    return parts.make_provisioners(daemons, jobs if has_jobs else None, services.coder_now(), zone)


def load_organization(
    request: StaffRequest, organization: UUID
) -> tuple[tuple[ProvisionerDaemon, ...], tuple[OrganizationJob, ...] | None]:
    """Return the provisioners of an organization, and its jobs in progress; None where Coder refuses those."""
    daemons = request.coder.send(staff_calls.provisioner_daemons(organization)) or ()
    try:
        jobs = request.coder.send(staff_calls.provisioner_jobs(organization, "pending,running", limit=MAX_JOBS)) or ()
    except (Forbidden, NotFound):
        return daemons, None
    return daemons, jobs


def local_now(request: StaffRequest) -> datetime:
    """Return the time in the viewer's zone, by Coder's clock."""
    return to_zone(services.coder_now(), sessions.time_zone_for(request))


def offset_hours(local: datetime) -> int:
    """Return the offset of a local time from UTC in whole hours, as Coder wants it."""
    offset = local.utcoffset() or timedelta()
    return offset // timedelta(hours=1)


# By the name in the URL: the right that the part needs, and what loads it. The last ones take Coder seconds.
PARTS: Mapping[str, tuple[StaffRight, Callable[[StaffRequest], StaffPart]]] = {
    "provisioners": ("see_overview", load_provisioners),
    "activity": ("read_statistics", load_activity),
    "usage": ("view_insights", load_usage),
    "build-times": ("see_overview", load_build_times),
    "users": ("view_insights", load_users),
    "health": ("read_debug", load_health),
}
