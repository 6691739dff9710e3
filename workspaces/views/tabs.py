"""The page of a workspace in tabs: how a tab is found, loaded and rendered."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest
from workspaces.coder import calls
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.coder.types import Workspace
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.workspace.header import make_header
from workspaces.present.workspace.tabs import LoadingTab, TabPage, UnavailableTab
from workspaces.views import lookup
from workspaces.views.responses import (
    messages_fragment,
    render_page,
    stream_page,
    target_id,
    wants_partial,
    with_read_time,
    workspace_fragment,
)

PANEL = "panel"  # the id of the element that holds the tab's content

type LoadTab = Callable[[], TabPage]


def find_workspace(request: PortalRequest, owner: str, name: str) -> Workspace:
    """Return the workspace of a tab's address; a deleted one if the query asks for it. Raises CoderError."""
    return lookup.find_workspace(request, owner, name, include_deleted="include_deleted" in request.GET)


def redirect_renamed(request: PortalRequest, workspace: Workspace, name: str, tab: str) -> HttpResponse | None:
    """Redirect to the tab's present address if the workspace was renamed; None if it was not."""
    if workspace.name.lower() == name.lower():
        return None
    return redirect(tab_url(request, workspace, tab))


def redirect_by_id(request: PortalRequest, workspace_id: UUID, tab: str) -> HttpResponse:
    """Redirect to the tab of the workspace with this id, and keep the query."""
    return redirect(tab_url(request, request.coder.send(calls.workspace(workspace_id, include_deleted=True)), tab))


def tab_url(request: PortalRequest, workspace: Workspace, tab: str) -> str:
    """Return the address of a workspace's tab, with the query of the request."""
    query = request.GET.copy()
    if workspace.latest_build.status == "deleted":
        query["include_deleted"] = "1"
    url = reverse(f"workspaces:{tab}", args=[workspace.owner_name, workspace.name])
    return f"{url}?{query.urlencode()}" if query else url


def render_tab(
    request: PortalRequest, workspace: Workspace, tab: str, template: str, load: LoadTab, unavailable: str
) -> HttpResponseBase:
    """Render a tab that takes calls of its own: as a streamed page, or for htmx the part that it requests.

    `template` has the partial `panel`. `load` is called only for a response with the panel. The panel shows an error of
    Coder's after the sentence `unavailable`.
    """
    read_time = timezone.now()
    if not wants_partial(request):
        header = make_header(workspace, rights.viewer_for(request, [workspace]))
        loading: TabPage = LoadingTab(header=header, tab=tab)
        load_remainder = partial(load_or_error, load, loading, unavailable, raises_session_ended=False)
        return stream_page(request, template, PANEL, loading, load_remainder, may_be_saved=may_be_saved)
    if target_id(request) != PANEL:
        return with_read_time(read_time, workspace_fragment(request, workspace, 200))
    header = make_header(workspace, rights.viewer_for(request, [workspace]))
    page = load_or_error(load, LoadingTab(header=header, tab=tab), unavailable, raises_session_ended=True)
    return with_read_time(read_time, panel_response(request, template, page))


def load_or_error(load: LoadTab, loading: TabPage, unavailable: str, *, raises_session_ended: bool) -> TabPage:
    """Return the loaded page, or the page with the error in the place of the tab."""
    try:
        return load()
    except SessionEnded as error:
        if raises_session_ended:
            raise
        message = error_message_for(error, write=False)
    except CoderError as error:
        message = error_message_for(error, write=False)
    return UnavailableTab(header=loading.header, tab=loading.tab, text=f"{unavailable} {message.text}")


def may_be_saved(page: TabPage) -> bool:
    """Return whether a page may be shown again while Coder is unreachable."""
    return page.may_be_saved


def render_loaded_tab(request: PortalRequest, template: str, page: TabPage) -> HttpResponse:
    """Render a tab without calls, or one that is loaded already; for htmx its panel."""
    if wants_partial(request):
        return panel_response(request, template, page)
    return render_page(request, template, PANEL, page)


def panel_response(request: PortalRequest, template: str, page: TabPage) -> HttpResponse:
    """Render the content of the panel, then the bar, the header and the title as they are with it, and messages."""
    html = render_to_string(f"{template}#{PANEL}", {"page": page}, request)
    html += render_to_string("workspaces/workspace_page.html#around_panel", {"page": page}, request)
    return HttpResponse(html + messages_fragment(request))
