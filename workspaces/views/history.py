"""The build history of a workspace."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest
from workspaces.coder import build_calls, calls
from workspaces.coder.client import gather
from workspaces.forms.builds import HistoryForm
from workspaces.present.builds.history import PAGE_SIZE, History, make_history
from workspaces.views.responses import render_part


def history(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Show a page of builds; for htmx, all pages up to this one."""
    return render_part(
        request,
        "workspaces/history.html",
        "history",
        _("Build history"),
        _("The build history could not be loaded."),
        partial(load_history, request, workspace_id),
    )


def load_history(request: PortalRequest, workspace_id: UUID) -> History:
    """Return the requested pages. One more build than shown tells if there are older ones."""
    form = HistoryForm(request.GET)
    first, page = form.pages
    limit, offset = (page - first + 1) * PAGE_SIZE + 1, (first - 1) * PAGE_SIZE
    workspace, builds = gather(
        partial(request.coder.send, calls.workspace(workspace_id, include_deleted=True)),
        partial(request.coder.send, build_calls.builds(workspace_id, limit=limit, offset=offset)),
    )
    viewer = rights.viewer_for(request, [workspace])
    requires_active_version = workspace.template_require_active_version
    may_choose_version = requires_active_version and rights.may_update_template(request, workspace, viewer)
    return make_history(
        workspace, builds or (), viewer, may_choose_version=may_choose_version, first_page=first, page=page
    )
