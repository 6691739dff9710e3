"""The people of the deployment, and one person."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspaces.auth import sessions
from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.coder import calls
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError, InvalidRequest
from workspaces.coder.types import User, UserPage
from workspaces.fleet import services
from workspaces.fleet.page import make_fleet_status, make_note
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.selecting import sort_rows
from workspaces.fleet.store import STORE, FleetState
from workspaces.forms.people import PAGE_SIZE, PeopleForm
from workspaces.models import AuditEntry
from workspaces.present.audit_log import AuditLine
from workspaces.present.page_models import Status
from workspaces.present.staff.people import OwnerFigures, PersonLine, make_person_line, sum_figures
from workspaces.views.staff.audit import audit_lines
from workspaces.views.staff.quotas import load_quotas

MAX_WORKSPACES = 50  # on the page of one person; the table has all
REFRESH_S = 2  # while workspaces are read
MAX_ENTRIES = 10  # of their activity


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """A page of the people that match a search."""

    form: PeopleForm
    lines: tuple[PersonLine, ...]
    count: int
    note: str  # why the figures of workspaces are partial, or ""
    refresh_s: int  # 0: all workspaces are loaded
    has_figures: bool
    has_quotas: bool

    @property
    def filters(self) -> tuple[str, ...]:
        """Searches that Coder knows, as examples."""
        return ("status:active", "status:suspended", "status:dormant", "role:owner")

    @property
    def previous_query(self) -> str:
        """The query string of the previous page; "" on the first one."""
        return self.form.page_query(self.form.number - 1) if self.form.number > 1 else ""

    @property
    def next_query(self) -> str:
        """The query string of the next page; "" on the last one."""
        shown = self.form.offset + len(self.lines)
        return self.form.page_query(self.form.number + 1) if self.lines and shown < self.count else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceLine:
    """A workspace of the person."""

    row: FleetRow
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One person."""

    person: PersonLine
    workspaces: tuple[WorkspaceLine, ...]
    note: str
    refresh_s: int
    may_create: bool
    entries: tuple[AuditLine, ...]
    has_activity: bool  # whether the viewer may read it


@require_safe
@staff_required("read_users")
def people(request: StaffRequest) -> HttpResponse:
    """Show the people that Coder finds."""
    form = PeopleForm(request.GET)
    found = find_people(request, form)
    users = found.users or ()
    quotas = load_quotas(request, users)
    state = load_fleet(request)
    figures = figures_of(state)
    now, zone = services.coder_now(), sessions.time_zone_for(request)
    page = PeoplePage(
        form=form,
        lines=tuple(
            make_person_line(
                user,
                now,
                zone,
                figures=figures.get(user.id, OwnerFigures()) if state else None,
                quotas=quotas.get(user.id, ()),
            )
            for user in users
        ),
        count=found.count,
        note=make_note(state) if state else "",
        refresh_s=REFRESH_S if state and state.is_reading else 0,
        has_figures=state is not None,
        has_quotas=bool(quotas),
    )
    return render(request, "staff/people.html", {"page": page})


def find_people(request: StaffRequest, form: PeopleForm) -> UserPage:
    """Return a page of the people that Coder finds; none where the search is not valid. Raises CoderError."""
    nobody = UserPage(users=(), count=0)
    if not form.is_valid() and "q" in form.errors:
        return nobody
    try:
        return request.coder.send(calls.users(form.cleaned_data["q"], limit=PAGE_SIZE, offset=form.offset))
    except InvalidRequest as error:
        form.add_coder_error(error)
        return nobody


@require_safe
@staff_required("read_users")
def person(request: StaffRequest, name: str) -> HttpResponse:
    """Show one person. Raises NotFound for a user that Coder does not show."""
    user = request.coder.send(calls.user(name))
    quotas, may_create = gather(
        partial(load_quotas, request, [user], at_once=1), partial(may_create_for, request, user)
    )
    state = load_fleet(request)
    rows = [row for row in state.rows if row.owner_id == user.id] if state else []
    entries = AuditEntry.objects.filter(person=user.id).order_by("-pk")[:MAX_ENTRIES]
    page = PersonPage(
        person=make_person_line(
            user,
            services.coder_now(),
            sessions.time_zone_for(request),
            figures=figures_of(state).get(user.id, OwnerFigures()) if state else None,
            quotas=quotas.get(user.id, ()),
        ),
        workspaces=tuple(
            WorkspaceLine(row=row, status=make_fleet_status(row))
            for row in sort_rows(rows, ("status", "name"))[:MAX_WORKSPACES]
        ),
        note=make_note(state) if state else "",
        refresh_s=REFRESH_S if state and state.is_reading else 0,
        may_create=may_create,
        entries=audit_lines(request, list(entries)) if request.staff.read_audit else (),
        has_activity=request.staff.read_audit,
    )
    return render(request, "staff/person.html", {"page": page})


def load_fleet(request: StaffRequest) -> FleetState | None:
    """Return what is known of all workspaces; None for a person who may not read them. Raises CoderError."""
    if not request.staff.read_workspaces:
        return None
    return STORE.get(services.fleet_access(request), FleetQuery().coder_q)


def figures_of(state: FleetState | None) -> dict[UUID, OwnerFigures]:
    """Return the figures by the owner's id."""
    rows = state.rows if state else ()
    return sum_figures((row.owner_id, row.status, row.daily_cost) for row in rows)


def may_create_for(request: StaffRequest, user: User) -> bool:
    """Return whether Coder grants the viewer to create a workspace for this user; False where it does not say."""
    resource = {"resource_type": "workspace", "owner_id": str(user.id), "any_org": True}
    try:
        granted = request.coder.send(calls.authcheck({"create": {"object": resource, "action": "create"}}))
    except CoderError:
        return False
    return granted.get("create", False) and user.status != "suspended"
