"""Actions on workspaces of the staff table: what was selected is frozen, and confirmed as for the list."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.fleet import judging, services
from workspaces.fleet.query import FleetQuery, parse_query
from workspaces.fleet.services import FleetView
from workspaces.forms.bulk import OWN_FIELDS, StaffSelectionForm
from workspaces.models import Item
from workspaces.operations import selections
from workspaces.operations.criteria import Criteria
from workspaces.operations.kinds import KINDS
from workspaces.operations.selections import SelectedRow
from workspaces.views.bulk import confirmation_response, invalid_selection
from workspaces.views.navigation import next_url

FORM_FIELDS = OWN_FIELDS | StaffSelectionForm.base_fields.keys() | {"workspace"}


@require_POST
@staff_required("change_workspaces")
def bulk(request: StaffRequest) -> HttpResponse:
    """Freeze the ticked workspaces, or all that match the address, and show the confirmation.

    Raises CoderError and SessionEnded.
    """
    form = StaffSelectionForm(request.POST, actions={kind: KINDS[kind].title for kind in KINDS})
    query, errors = parse_query(table_parameters(request.POST))
    if not form.is_valid() or errors:
        texts = [*errors, *(str(error) for some in form.errors.values() for error in some)]
        return invalid_selection(request, " ".join(texts))
    view = services.load_view(request, query)
    action, is_all = form.cleaned_data["action"], form.cleaned_data["all"]
    if is_all and not view.state.is_complete:
        messages.error(request, _("Not all workspaces are loaded yet. Select them again when they are."))
        return redirect(next_url(request))
    rows = rows_of_search(view, action) if is_all else rows_of_ids(view, form.ids, action)
    if not rows:
        messages.error(request, _("No workspace is selected."))
        return redirect(next_url(request))
    criteria = make_criteria(view, query) if is_all else None
    selection = selections.create_selection(
        request.person.id, action, without_busy(request.person.id, rows), criteria=criteria
    )
    return confirmation_response(request, selection)


def table_parameters(data: QueryDict) -> QueryDict:
    """Return the parameters of the table's address among the fields of the form."""
    parameters = data.copy()
    for name in FORM_FIELDS & parameters.keys():
        del parameters[name]
    return parameters


def rows_of_search(view: FleetView, action: str) -> list[SelectedRow]:
    """Return all workspaces that match."""
    return [SelectedRow.from_compact(row, action) for row in view.selection.rows]


def rows_of_ids(view: FleetView, ids: tuple[UUID, ...], action: str) -> list[SelectedRow]:
    """Return the workspaces with these ids; those that the fleet does not have are rows without a name."""
    known = {row.id: row for row in view.state.rows}
    reason = _("The workspace does not exist, or you do not have access to it.")
    return [
        SelectedRow.from_compact(known[key], action)
        if key in known
        else SelectedRow(id=key, owner="", name="", daily_cost=0, favorite=False, reason=reason)
        for key in ids
    ]


def without_busy(person: UUID, rows: list[SelectedRow]) -> list[SelectedRow]:
    """Return the rows, with a reason against those on which an operation of the person is in progress."""
    busy = set(Item.objects.filter(operation__person=person, ended_at=None).values_list("workspace", flat=True))
    reason = _("Another operation on this workspace is in progress.")
    return [row.with_reason(reason) if row.id in busy and not row.reason else row for row in rows]


def make_criteria(view: FleetView, query: FleetQuery) -> Criteria:
    """Return the search of a selection, which is judged again before each write."""
    parameters = judging.judging_parameters(query, view.filter_context)
    return Criteria(q=query.coder_q, filters={judging.NAME: parameters})
