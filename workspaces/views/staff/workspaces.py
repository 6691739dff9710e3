"""The staff table of all workspaces."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.coder.errors import InvalidRequest
from workspaces.coder.text import sanitize_text
from workspaces.fleet import preferences, searches, services
from workspaces.fleet.page import FleetPage, make_fleet_page
from workspaces.fleet.query import parse_query
from workspaces.fleet.store import FleetState
from workspaces.forms.fleet import ColumnsForm
from workspaces.views.responses import invalid_request, wants_partial

TEMPLATE = "staff/workspaces.html"
MIN_PAGE_SIZE = 50  # of a table for many workspaces


@require_safe
@staff_required("read_workspaces")
def workspaces(request: StaffRequest) -> HttpResponse:
    """Show the table; for htmx, what changes while the workspaces are read."""
    page = load_page(request)
    if not wants_partial(request):
        return render(request, TEMPLATE, {"page": page})
    response = render(request, f"{TEMPLATE}#results", {"page": page})
    response["HX-Push-Url"] = request.path + page.query.address().removesuffix("?")
    return response


def load_page(request: StaffRequest) -> FleetPage:
    """Return the page of the address. Raises CoderError and SessionEnded."""
    query, errors = parse_query(request.GET)
    view = services.load_view(request, query, matches_nothing=bool(errors))
    return make_fleet_page(
        view.state,
        view.selection,
        query,
        errors=[*errors, *search_errors(view.state)],
        context=view.cell_context,
        columns=preferences.load_columns(request.person.id),
        page_size=max(request.person.page_size, MIN_PAGE_SIZE),
        rights=request.staff,
        known=view.known_filters,
        searches=searches.load_searches(request.person.id, query, may_publish=request.staff.update_configuration),
    )


def search_errors(state: FleetState) -> list[str]:
    """Return what Coder does not accept about the search."""
    if not isinstance(state.error, InvalidRequest):
        return []
    text = sanitize_text(" ".join(sum(state.error.fields.values(), ())) or state.error.message)
    return [_("Coder does not accept this search. Coder’s message: %(text)s") % {"text": text}]


@require_POST
@staff_required("read_workspaces")
def reload(request: StaffRequest) -> HttpResponse:
    """Read all workspaces again, and show the table."""
    services.read_again(request, parse_query(request.GET)[0])
    return back_to_table(request)


@require_POST
@staff_required("read_workspaces")
def columns(request: StaffRequest) -> HttpResponse:
    """Save which columns the person wants to see, in which order, and show the table."""
    form = ColumnsForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    preferences.save_columns(request.person.id, form.ordered_keys())
    messages.success(request, _("Columns saved."))
    return back_to_table(request)


def back_to_table(request: HttpRequest) -> HttpResponse:
    """Redirect to the table, with the parameters of this address."""
    query, _errors = parse_query(request.GET)
    return redirect(reverse("workspaces:staff_workspaces") + query.address().removesuffix("?"))
