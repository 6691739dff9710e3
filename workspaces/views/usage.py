"""The use of a workspace: its report to Coder, and the link to an app."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.addresses import url_scheme
from workspaces.coder.errors import CoderError, NotFound
from workspaces.coder.types import Agent
from workspaces.forms.settings import UsageForm
from workspaces.gateway import connection
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.agents.apps import find_agent, find_app_address, needs_app_host
from workspaces.setting_declarations import SETTINGS
from workspaces.views.responses import invalid_request, messages_fragment, respond_after_write, wants_partial
from workspaces.views.settings_page import save


@require_POST
@sign_in_required
def usage(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Report that the workspace is in use. With an agent and an app, link to that app."""
    form = UsageForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    if not form.cleaned_data["app"]:
        return save(request, workspace_id, SETTINGS["usage"], calls.report_usage(workspace_id))
    return open_app(request, workspace_id, form.cleaned_data["agent_id"], form.cleaned_data["app"])


def open_app(request: PortalRequest, workspace_id: UUID, agent_id: UUID, app: str) -> HttpResponse:
    """Find the app, report its use to Coder, and link to it, also if the report failed."""
    workspace = request.coder.send(calls.workspace(workspace_id))
    viewer = rights.viewer_for(request, [workspace])
    agent = find_agent(workspace, agent_id)
    link = agent and find_app_address(workspace, viewer, agent, app, load_app_host(request, agent, app))
    if not agent or not link:
        text = _("This app is not available now. Apps are available only while the workspace is running.")
        return respond_after_write(request, workspace_id, messages.ERROR, text, 404)
    report_usage(request, calls.report_usage(workspace_id, agent_id, link.usage_name))
    context = {"link": link, "workspace": workspace}
    if wants_partial(request):
        response = render(request, "workspaces/open_app.html#opening", context)
        response.write(messages_fragment(request))
        return response
    return render(request, "workspaces/open_app.html", context)


@require_safe
@sign_in_required
def app_redirect(request: PortalRequest, workspace_id: UUID, agent_id: UUID, app: str) -> HttpResponse:
    """Redirect to an app whose URL is known only after a call to Coder; a page says so if it leads elsewhere."""
    workspace = request.coder.send(calls.workspace(workspace_id))
    viewer = rights.viewer_for(request, [workspace])
    agent = find_agent(workspace, agent_id)
    link = agent and find_app_address(workspace, viewer, agent, app, load_app_host(request, agent, app))
    if not link:
        raise NotFound("This workspace has no such app.", status=404)
    if link.note or url_scheme(link.href) not in {"http", "https"}:
        return render(request, "workspaces/open_app.html", {"link": link, "workspace": workspace})
    return redirect(link.href)


def report_usage(request: PortalRequest, call: calls.Call[None]) -> None:
    """Report the use to Coder; an error becomes a message."""
    try:
        request.coder.send(call)
    except CoderError as error:
        text = _("Coder did not record this activity: %(why)s")
        messages.warning(request, text % {"why": error_message_for(error, write=True).text})


def load_app_host(request: PortalRequest, agent: Agent, app: str) -> str:
    """Return the host of apps with a subdomain if this app needs it; "" if not, or if it cannot be read."""
    if not needs_app_host(agent, app):
        return ""
    try:
        return connection.get_app_host(request.coder, request.person.fingerprint)
    except CoderError:
        return ""
