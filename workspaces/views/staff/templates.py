"""The templates of the deployment: which versions their workspaces use, and how their builds go."""

from dataclasses import replace
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError
from workspaces.coder.template_types import Template
from workspaces.fleet import services
from workspaces.fleet.filters import FilterContext
from workspaces.fleet.page import make_note, read_error_text
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.store import STORE
from workspaces.fleet.templates import OUTDATED, Count, make_lines, make_page
from workspaces.forms.staff_templates import StaffTemplatesForm
from workspaces.gateway import connection

REFRESH_S = 2  # while workspaces are read


@require_safe
@staff_required("see_templates")
def templates(request: StaffRequest) -> HttpResponse:
    """Show the templates. Raises CoderError and SessionEnded."""
    form = StaffTemplatesForm(request.GET)
    form.is_valid()  # an invalid value is the default one
    loaded, note = load_templates(request)
    state = STORE.get(services.fleet_access(request), FleetQuery().coder_q) if request.staff.read_workspaces else None
    context = FilterContext(now=int(services.coder_now().timestamp()))
    lines = make_lines(loaded, state.rows if state else None, context)
    page = make_page(
        lines, form.cleaned_data.get("sort") or "", form.cleaned_data.get("page") or 1, has_figures=state is not None
    )
    notes = [note]
    if state:
        notes += [make_note(state), read_error_text(state)]
        page = replace(
            page,
            outdated=Count(number=sum(row.outdated for row in state.rows), query=OUTDATED.address()),
            refresh_s=REFRESH_S if state.is_reading else 0,
            can_update=request.staff.change_workspaces and state.is_complete,
        )
    page = replace(page, notes=tuple(each for each in notes if each))
    return render(request, "staff/templates.html", {"page": page})


def load_templates(request: StaffRequest) -> tuple[tuple[Template, ...], str]:
    """Return all templates, and what is missing among them. Two calls, side by side, or none from the cache.

    Raises CoderError and SessionEnded.
    """
    fingerprint = request.person.fingerprint
    usable, (deprecated, note) = gather(
        partial(connection.get_templates, request.coder, fingerprint), partial(load_deprecated, request)
    )
    return (*usable, *deprecated), note


def load_deprecated(request: StaffRequest) -> tuple[tuple[Template, ...], str]:
    """Return the deprecated templates; none, and a sentence, where Coder does not list them. Raises SessionEnded."""
    try:
        return connection.get_deprecated_templates(request.coder, request.person.fingerprint), ""
    except CoderError:
        return (), _("Deprecated templates could not be loaded: some may be missing.")
