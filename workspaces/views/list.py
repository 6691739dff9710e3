"""The list of workspaces."""

from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces import saved_searches
from workspaces.auth import prefetch, rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.client import gather
from workspaces.coder.errors import InvalidRequest
from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import WorkspacePage
from workspaces.forms.list import ListForm
from workspaces.gateway import connection
from workspaces.list_search import ListSearch, NamedSearch, Scope
from workspaces.present.workspace_list.models import ListPage
from workspaces.present.workspace_list.page import make_list_page
from workspaces.present.workspace_list.window import call_limits
from workspaces.views.responses import render_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the list."""
    return redirect("workspaces:list")


@require_safe
@sign_in_required
def workspaces(request: PortalRequest) -> HttpResponse:
    """Show a page of the list; for htmx, the table. An error about the search is shown at its field."""
    form = ListForm(request.GET)
    form.is_valid()
    saved = saved_searches.load_searches(request.person)
    default = None if request.GET else saved_searches.default_search(saved)
    search = default or form.search(request.person.username, remembered_scope(request))
    page = load_page(request, search, form.number, " ".join(form.search_errors), saved)
    response = render_page(request, "workspaces/list.html", "results", page)
    prefetch.add_rules(response)
    if request.GET:
        remember_scope(request, search)
        response["HX-Push-Url"] = request.path + search.address(page.page)
    return response


def remembered_scope(request: PortalRequest) -> Scope:
    """Return the scope that the person chose last in this session."""
    scope: Scope = request.session.get("scope", "mine")
    return scope


def remember_scope(request: PortalRequest, search: ListSearch) -> None:
    """Store the scope for addresses without one."""
    if search.scope != remembered_scope(request):
        request.session["scope"] = search.scope


def load_page(
    request: PortalRequest, search: ListSearch, number: int, q_error: str, saved: Sequence[NamedSearch]
) -> ListPage:
    """Return a page of the list with one call to Coder; without a call if the search cannot be used."""
    size = request.person.page_size
    limit, offset = call_limits(search, number, size)
    workspace_page = WorkspacePage(workspaces=(), count=0)
    templates: Sequence[Template] = ()
    if not q_error:
        try:
            workspace_page, templates = load_workspaces(
                request, calls.workspaces(q=search.coder_q, limit=limit, offset=offset)
            )
        except InvalidRequest as error:
            text = sanitize_text(" ".join(sum(error.fields.values(), ())) or error.message)
            q_error = _("Coder does not accept this search. Coder’s message: %(text)s") % {"text": text}
            search = search.as_words()  # what has to be corrected is in the field, under which the error stands
    if q_error:
        templates = connection.cached_templates(request.person.fingerprint) or ()
    viewer = rights.viewer_for(request, workspace_page.workspaces or ())
    return make_list_page(
        workspace_page,
        viewer,
        search=search,
        q_error=q_error,
        page=number,
        page_size=size,
        templates=templates,
        saved=saved,
    )


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
