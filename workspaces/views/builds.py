"""Builds: what makes a workspace start, stop and change."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from workspaces import build_requests
from workspaces.actions.decisions import decide
from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.build_requests import BuildRequest
from workspaces.coder import calls
from workspaces.coder.types import Workspace
from workspaces.creation import pages, parameter_changes
from workspaces.creation.parameter_changes import StartValuesForm
from workspaces.forms.builds import BuildForm
from workspaces.models import Operation
from workspaces.views import parameters
from workspaces.views.delete import delete_workspace
from workspaces.views.history import history
from workspaces.views.operations import start_operation
from workspaces.views.responses import invalid_request, respond_after_write, write_and_respond


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def builds(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """The builds of a workspace; posted, one more."""
    return create_build(request, workspace_id) if request.method == "POST" else history(request, workspace_id)


def create_build(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Ask Coder for one build. What needs the present state is decided on it, and refused here with the reason."""
    form = BuildForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    wish = form.wish
    if wish.is_simple:
        call = build_requests.simple_build_call(workspace_id, wish.action, log_level=wish.log_level)
        return write_and_respond(request, workspace_id, call, build_message(wish.action))
    workspace = request.coder.send(calls.workspace(workspace_id))
    return delete_workspace(request, workspace) if wish.action == "delete" else request_build(request, workspace, wish)


def request_build(request: PortalRequest, workspace: Workspace, wish: BuildRequest) -> HttpResponse:
    """The build, if the state of the workspace lets it be asked for."""
    viewer = rights.viewer_for(request, [workspace])
    rule = build_requests.rule_for(workspace, wish)
    own = viewer.rights[workspace.id]
    if rule == "change_version":
        own = replace(own, update_template=rights.may_update_template(request, workspace, viewer))
    decision = decide(workspace, own, viewer.capabilities, [rule])[rule]
    if not decision.allowed:
        return respond_after_write(request, workspace.id, messages.ERROR, decision.reason, 409)
    if wish.has_values:
        return request_build_with_values(request, workspace, wish)
    if workspace.latest_build.status == "running" and wish.action in Operation.Kind:
        return start_operation(
            request,
            workspace,
            Operation.Kind(wish.action),
            build_message(wish.action),
            version=build_requests.requested_version(workspace, wish),
        )
    return write_and_respond(
        request, workspace.id, build_requests.build_call(workspace, wish), build_message(wish.action)
    )


def request_build_with_values(request: PortalRequest, workspace: Workspace, wish: BuildRequest) -> HttpResponse:
    """The build with values of parameters. What is refused of them stands at their fields, on the page of them all."""
    of = parameter_changes.load_parameters(
        request.coder, workspace, build_requests.requested_version(workspace, wish), request.POST, is_submission=False
    )
    return parameters.save_parameters(
        request, of, StartValuesForm.with_current_values(of, request.POST, pages.icon_locator())
    )


def build_message(asked: str) -> str:
    """What is said when Coder has taken the build."""
    return {
        "start": _("Starting."),
        "stop": _("Stopping."),
        "restart": _("Restarting: it is stopped first, then started again, also when you close this page."),
        "update": _("Updating to the newest version of its template."),
        "retry": _("Trying again."),
    }[asked]


@require_POST
@signed_in
def cancel(request: PortalRequest, build_id: UUID) -> HttpResponse:
    """End a build before it is done. One that waits is canceled only if it waits still: whoever asked saw no more."""
    build = request.coder.send(calls.build(build_id))
    expected = "pending" if build.job.status == "pending" else ""
    done = _("It is canceled.") if expected else _("Canceling.")
    return write_and_respond(request, build.workspace_id, calls.cancel_build(build_id, expect_status=expected), done)
