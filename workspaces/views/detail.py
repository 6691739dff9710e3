"""One workspace."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import calls
from workspaces.present.workspace.header import make_header
from workspaces.views import lookup
from workspaces.views.responses import render_page


@require_safe
@signed_in
def detail(request: PortalRequest, owner: str, workspace: str) -> HttpResponse:
    """The page of a workspace; as a fragment, its head."""
    found = lookup.find_workspace(request, owner, workspace, include_deleted="include_deleted" in request.GET)
    if found.name.lower() != workspace.lower():
        return redirect("workspaces:detail", found.owner_name, found.name)
    return render_page(
        request, "workspaces/detail.html", "header", make_header(found, rights.viewer_for(request, [found]))
    )


@require_safe
@signed_in
def by_id(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """To the page of the workspace with this id, whatever it is called now."""
    found = request.coder.send(calls.workspace(workspace_id, include_deleted=True))
    address = reverse("workspaces:detail", args=[found.owner_name, found.name])
    return redirect(address + ("?include_deleted=1" if found.latest_build.status == "deleted" else ""))
