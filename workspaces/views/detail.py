"""The page of one workspace: its overview."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.present.workspace.header import make_header
from workspaces.present.workspace.tabs import TabPage
from workspaces.views import tabs
from workspaces.views.responses import target_id, wants_partial, with_read_time, workspace_fragment


@require_safe
@sign_in_required
def detail(request: PortalRequest, owner: str, name: str) -> HttpResponse:
    """Show a workspace; for htmx, its overview or the header."""
    read_time = timezone.now()
    workspace = tabs.find_workspace(request, owner, name)
    if response := tabs.redirect_renamed(request, workspace, name, "detail"):
        return response
    if wants_partial(request) and target_id(request) != tabs.PANEL:
        return with_read_time(read_time, workspace_fragment(request, workspace, 200))
    header = make_header(workspace, rights.viewer_for(request, [workspace]))
    response = tabs.render_loaded_tab(request, "workspaces/overview.html", TabPage(header=header, tab="detail"))
    return with_read_time(read_time, response) if wants_partial(request) else response


@require_safe
@sign_in_required
def by_id(request: PortalRequest, workspace_id: UUID, tab: str) -> HttpResponse:
    """Redirect to a tab of the workspace with this id."""
    return tabs.redirect_by_id(request, workspace_id, tab)
