"""Actions on many workspaces: what was selected becomes a page to confirm, and what is confirmed an operation."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import batched
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workspaces import timezones
from workspaces.auth import rights, sessions
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.client import gather_some
from workspaces.coder.types import Workspace, WorkspacePage
from workspaces.coder.workspace_pages import MAX_PASSES, PAGE_ROWS, PAGES_AT_ONCE, read_all_pages
from workspaces.forms.bulk import (
    ACTION_FORMS,
    INITIAL,
    ConfirmationForm,
    SelectionForm,
    operation_fields,
    unknown_confirmation_fields,
)
from workspaces.forms.setting_form import SettingForm
from workspaces.gateway.error_messages import ErrorMessage
from workspaces.list_search import ListSearch
from workspaces.models import Operation, Selection
from workspaces.operations import selections, services
from workspaces.operations.criteria import Criteria
from workspaces.operations.kinds import KINDS
from workspaces.operations.selections import SelectedRow
from workspaces.present.bulk import BulkPage, make_bulk_page
from workspaces.present.workspace_list.attention import select_attention
from workspaces.views.errors import error_page
from workspaces.views.list import remembered_scope
from workspaces.views.navigation import next_url

IDS_IN_CALL = 50  # ids in one search, whose URL must not be too long for a proxy
MAX_MATCHING = 5000  # workspaces that the list's search may select; the fleet has no such limit
TEMPLATE = "workspaces/bulk.html"


class NotSelectable(Exception):
    """All that match cannot be selected; its text says why."""


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def bulk(request: PortalRequest) -> HttpResponse:
    """Show the confirmation of what was selected, or carry out what was confirmed."""
    if request.method != "POST":
        return redirect("workspaces:list")  # after a sign-in: a selection is never repeated
    return confirm(request) if "selection" in request.POST else select(request)


def select(request: PortalRequest) -> HttpResponse:
    """Freeze what was selected on the list, and show its confirmation. Raises CoderError and SessionEnded."""
    form = SelectionForm(request.POST, actions={kind: KINDS[kind].title for kind in KINDS})
    if not form.is_valid():
        return invalid_selection(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    action = form.cleaned_data["action"]
    request.changes_nothing = True
    try:
        rows, criteria = (
            rows_of_search(request, form, action)
            if form.cleaned_data["all"]
            else (rows_of_ids(request, form.ids, action), None)
        )
    except NotSelectable as error:
        messages.error(request, str(error))
        return redirect(next_url(request))
    if not rows:
        messages.error(request, _("No workspace is selected."))
        return redirect(next_url(request))
    selection = selections.create_selection(request.person.id, action, rows, criteria=criteria, fields=form.sent_fields)
    return confirmation_response(request, selection)


def invalid_selection(request: HttpRequest, text: str) -> HttpResponse:
    """Respond with 400 to a form that no page of the portal sends."""
    message = ErrorMessage(
        status=400,
        title=_("Invalid selection"),
        description=text,
        consequence=_("Nothing was changed."),
        next_step=_("Go back, reload the page, and try again."),
    )
    return error_page(request, message)


def rows_of_search(request: PortalRequest, form: SelectionForm, action: str) -> tuple[list[SelectedRow], Criteria]:
    """Return all workspaces that the address matches, and its search as criteria. Raises NotSelectable."""
    search = form.search_form.search(request.person.username, remembered_scope(request))
    workspaces = load_matching(request, search)
    viewer = rights.viewer_for(request, workspaces)
    selected = select_attention(workspaces, viewer, search.attention)
    filters = {"attention": search.attention} if search.attention else {}
    return selections.rows_of_workspaces(selected, viewer, action), Criteria(q=search.coder_q, filters=filters)


def load_matching(request: PortalRequest, search: ListSearch) -> list[Workspace]:
    """Return all workspaces that match, each once, although the pages may shift while they are read.

    Raises NotSelectable, CoderError and SessionEnded.
    """
    found: dict[UUID, Workspace] = {}

    def fetch(offset: int) -> WorkspacePage:
        page = request.coder.send(calls.workspaces(q=search.coder_q, limit=PAGE_ROWS, offset=offset))
        if page.count > MAX_MATCHING:
            raise NotSelectable(_("More than %(limit)d workspaces match. Narrow the search.") % {"limit": MAX_MATCHING})
        return page

    def take(page: WorkspacePage) -> None:
        found.update({workspace.id: workspace for workspace in page.workspaces or ()})

    with ThreadPoolExecutor(PAGES_AT_ONCE, thread_name_prefix="list-page") as executor:
        for _attempt in range(MAX_PASSES):
            done = read_all_pages(executor, fetch, take, max_rows=MAX_MATCHING)
            if done.is_complete(len(done.ids)):
                return [found[key] for key in done.ids]
            if not done.has_all_pages:
                break
    raise NotSelectable(_("The list changed while it was read. Select the workspaces again."))


def rows_of_ids(request: PortalRequest, ids: Sequence[UUID], action: str) -> list[SelectedRow]:
    """Return the workspaces with these ids. Those that Coder does not list are rows without a name."""
    searches = ["id:" + ",".join(map(str, some)) for some in batched(ids, IDS_IN_CALL)]
    sends = [partial(request.coder.send, calls.workspaces(q=search, limit=IDS_IN_CALL)) for search in searches]
    found = {
        workspace.id: workspace for page in gather_some(sends, PAGES_AT_ONCE) for workspace in page.workspaces or ()
    }
    viewer = rights.viewer_for(request, found.values())
    rows = selections.rows_of_workspaces([found[key] for key in ids if key in found], viewer, action)
    reason = _("The workspace does not exist, or you do not have access to it.")
    missing = [key for key in ids if key not in found]
    return rows + [
        SelectedRow(id=key, owner="", name="", daily_cost=0, favorite=False, reason=reason) for key in missing
    ]


def confirm(request: PortalRequest) -> HttpResponse:
    """Start the operation of a selection if its confirmation is valid. Raises SessionEnded."""
    key = to_uuid(request.POST["selection"])
    started = Operation.objects.filter(pk=key, person=request.person.id).first() if key else None
    if started:
        return redirect("workspaces:operation", started.pk)
    selection = selections.find_selection(request.person.id, key) if key else None
    if selection is None:
        messages.error(request, _("This selection has expired. Select the workspaces again. Nothing was changed."))
        return redirect(next_url(request))
    if unknown := unknown_confirmation_fields(request.POST, selection.action):
        return invalid_selection(request, _("Unknown parameter: %(name)s.") % {"name": unknown[0][:100]})
    page = load_page(selection)
    form, action_form = confirmation_form(page, request.POST), make_action_form(request, selection, request.POST)
    are_valid = [each.is_valid() for each in (form, action_form) if each]
    if not page.count or not all(are_valid):
        return render_confirmation(request, page, form, action_form, 422)
    rows = [row for row in selections.rows_of_selection(selection) if not row.reason]
    operation = services.start_bulk(
        request,
        selection.key,
        Operation.Kind(selection.action),
        {row.id: (row.owner, row.name) for row in rows},
        fields=operation_fields(action_form) if action_form else {},
        criteria=Criteria.from_json(selection.criteria),
    )
    selection.delete()
    return redirect("workspaces:operation", operation.pk)


def to_uuid(text: str) -> UUID | None:
    """Return a UUID; None for another text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def confirmation_response(request: PortalRequest, selection: Selection) -> HttpResponse:
    """Show the page that confirms a selection. A view that has created one returns this."""
    page = load_page(selection)
    sent = QueryDict(mutable=True)
    for name, values in selection.fields.items():
        sent.setlist(name, values)
    action_form = make_action_form(request, selection, sent if selection.fields else None)
    return render_confirmation(request, page, confirmation_form(page, None), action_form, 200)


def load_page(selection: Selection) -> BulkPage:
    """Return the page of a selection."""
    rows = selections.rows_of_selection(selection)
    possible = [row for row in rows if not row.reason]
    count = len(possible) or len(rows)
    title = KINDS[selection.action].make_title(count, possible[0].name if len(possible) == 1 else "")
    return make_bulk_page(str(selection.key), selection.action, title, rows, has_criteria=bool(selection.criteria))


def confirmation_form(page: BulkPage, data: QueryDict | None) -> ConfirmationForm:
    """Return the form of the confirmation."""
    return ConfirmationForm(
        data,
        initial={"selection": page.key},
        count=page.count,
        favorites=page.favorites,
        confirms_number=KINDS[page.action].confirms_number,
    )


def make_action_form(request: PortalRequest, selection: Selection, data: QueryDict | None) -> SettingForm | None:
    """Return the form of the action's fields; None if it has none."""
    form_class = ACTION_FORMS.get(selection.action)
    if form_class is None:
        return None
    zone = sessions.time_zone_for(request)
    return form_class(data, zone=zone, initial={**INITIAL.get(selection.action, {}), "timezone": zone.key})


def render_confirmation(
    request: PortalRequest, page: BulkPage, form: ConfirmationForm, action_form: SettingForm | None, status: int
) -> HttpResponse:
    """Render the page that confirms a selection."""
    back = next_url(request)
    context = {
        "page": page,
        "form": form,
        "action_form": action_form,
        "zones": list(timezones.offered_zones()) if page.action == "autostart" else [],
        "next": back,
        "is_staff_page": back.startswith(reverse("workspaces:staff")),
    }
    return render(request, TEMPLATE, context, status=status)
