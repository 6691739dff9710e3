"""The page of one workspace."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.present.workspace.header import make_header
from workspaces.views import lookup
from workspaces.views.responses import render_page


@require_safe
@sign_in_required
def detail(request: PortalRequest, owner: str, name: str) -> HttpResponse:
    """Show a workspace; for htmx, the head of its page."""
    workspace = lookup.find_workspace(request, owner, name, include_deleted="include_deleted" in request.GET)
    if workspace.name.lower() != name.lower():
        return redirect("workspaces:detail", workspace.owner_name, workspace.name)
    return render_page(
        request, "workspaces/workspace.html", "header", make_header(workspace, rights.viewer_for(request, [workspace]))
    )


@require_safe
@sign_in_required
def by_id(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Redirect to the page of the workspace with this id."""
    workspace = request.coder.send(calls.workspace(workspace_id, include_deleted=True))
    url = reverse("workspaces:detail", args=[workspace.owner_name, workspace.name])
    return redirect(url + ("?include_deleted=1" if workspace.latest_build.status == "deleted" else ""))
