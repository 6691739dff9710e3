"""What can be opened and done with a workspace: a page, and the menu of a row of the list."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.agent_types import DeploymentSSH
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError
from workspaces.gateway import connection
from workspaces.present.workspace_list.row_menu import RowMenu, make_row_menu
from workspaces.views.responses import render_part


@require_safe
@sign_in_required
def actions(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Show the apps, the SSH command and the actions of a workspace; for htmx, as the content of the menu."""
    unavailable = _("The actions could not be loaded.")
    load = partial(load_menu, request, workspace_id)
    return render_part(request, "workspaces/actions.html", "row_menu", _("Actions"), unavailable, load)


@require_safe
@sign_in_required
def open_menu(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Show the apps and the SSH command of a workspace; for htmx, as the content of the menu."""
    unavailable = _("The apps could not be loaded.")
    load = partial(load_menu, request, workspace_id)
    return render_part(request, "workspaces/actions.html", "open_menu", _("Apps"), unavailable, load)


def load_menu(request: PortalRequest, workspace_id: UUID) -> RowMenu:
    """Return the menu, loaded in parallel; what is cached is not loaded. Raises CoderError and SessionEnded."""
    workspace, ssh, _host = gather(
        partial(request.coder.send, calls.workspace(workspace_id)),
        partial(load_ssh_settings, request),
        partial(load_app_host, request),
    )
    return make_row_menu(workspace, rights.viewer_for(request, [workspace]), ssh)


def load_ssh_settings(request: PortalRequest) -> DeploymentSSH | None:
    """Return how host names are formed for SSH; None if Coder does not tell. Raises SessionEnded."""
    try:
        return connection.get_ssh_settings(request.coder, request.person.fingerprint)
    except CoderError:
        return None


def load_app_host(request: PortalRequest) -> str:
    """Return the host of apps with a subdomain, which `viewer_for` takes from the cache. Raises SessionEnded."""
    try:
        return connection.get_app_host(request.coder, request.person.fingerprint)
    except CoderError:
        return ""
