"""The list of workspaces."""

from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.client import gather
from workspaces.coder.errors import InvalidRequest
from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text, strip_control_codes
from workspaces.coder.types import WorkspacePage
from workspaces.forms.list import MAX_Q_LENGTH, ListForm
from workspaces.gateway import connection
from workspaces.present.workspace_list.page import DEFAULT_Q, make_list_page
from workspaces.views.responses import render_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the list."""
    return redirect("workspaces:list")


@require_safe
@sign_in_required
def workspaces(request: PortalRequest) -> HttpResponse:
    """Show a page of the workspaces that match `q`; for htmx, the table. An error about `q` is shown at its field."""
    q, number, q_error = read_query(request)
    size = request.person.page_size
    workspace_page = WorkspacePage(workspaces=(), count=0)
    templates: Sequence[Template] = ()
    if not q_error:
        try:
            workspace_page, templates = load_workspaces(
                request, calls.workspaces(q=q, limit=size, offset=(number - 1) * size)
            )
        except InvalidRequest as error:
            text = sanitize_text(" ".join(sum(error.fields.values(), ())) or error.message)
            q_error = _("Coder does not accept this search. Coder’s message: %(text)s") % {"text": text}
    if q_error:
        templates = connection.cached_templates(request.person.fingerprint) or ()
    viewer = rights.viewer_for(request, workspace_page.workspaces or ())
    page = make_list_page(
        workspace_page, viewer, q=q, q_error=q_error, page=number, page_size=size, templates=templates
    )
    return render_page(request, "workspaces/list.html", "table", page)


def load_workspaces(
    request: PortalRequest, workspaces_call: Call[WorkspacePage]
) -> tuple[WorkspacePage, Sequence[Template]]:
    """Return the workspaces, and the templates for the filter menu, which are cached most of the time."""
    cached = connection.cached_templates(request.person.fingerprint)
    if cached is not None:
        return request.coder.send(workspaces_call), cached
    templates = partial(connection.get_templates, request.coder, request.person.fingerprint)
    page, fetched = gather(partial(request.coder.send, workspaces_call), templates)
    return page, fetched


def read_query(request: PortalRequest) -> tuple[str, int, str]:
    """Return the query and the page number of the URL, and why the query cannot be used ("" if it can).

    Without `q` the query is `owner:me`. One that cannot be used is returned as far as its field can hold it.
    """
    form = ListForm(request.GET)
    form.is_valid()
    number = form.cleaned_data.get("page") or 1
    if errors := form.errors.get("q"):
        return strip_control_codes(request.GET["q"])[:MAX_Q_LENGTH], number, " ".join(map(str, errors))
    return form.cleaned_data["q"] if "q" in request.GET else DEFAULT_Q, number, ""
