"""The builds of a workspace: a new build, and its cancellation."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from workspaces import build_requests
from workspaces.actions.decisions import decide
from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.build_requests import BuildRequest
from workspaces.coder import calls
from workspaces.coder.types import Workspace
from workspaces.creation import pages, parameter_changes
from workspaces.creation.parameter_changes import StartValuesForm
from workspaces.forms.builds import BuildForm
from workspaces.models import Operation
from workspaces.views import parameters, tabs
from workspaces.views.delete import delete_workspace
from workspaces.views.operations import lacks_values, open_parameters, start_operation
from workspaces.views.responses import invalid_request, respond_after_write, write_and_respond


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def builds(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Create a build; a GET leads to the build history."""
    if request.method == "POST":
        return create_build(request, workspace_id)
    return tabs.redirect_by_id(request, workspace_id, "history")


def create_build(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Request a build from Coder. A request that depends on the workspace's state reads it first."""
    form = BuildForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    build_request = form.build_request
    if build_request.is_simple:
        call = build_requests.simple_build_call(workspace_id, build_request.action, log_level=build_request.log_level)
        return write_and_respond(request, workspace_id, call, build_message(build_request.action))
    workspace = request.coder.send(calls.workspace(workspace_id))
    return (
        delete_workspace(request, workspace)
        if build_request.action == "delete"
        else request_build(request, workspace, build_request)
    )


def request_build(request: PortalRequest, workspace: Workspace, build_request: BuildRequest) -> HttpResponse:
    """Request a build if the rule for it allows that, else respond with the reason."""
    viewer = rights.viewer_for(request, [workspace])
    rule = build_requests.rule_for(workspace, build_request)
    workspace_rights = viewer.rights[workspace.id]
    if rule == "change_version":
        may_update_template = rights.may_update_template(request, workspace, viewer)
        workspace_rights = replace(workspace_rights, update_template=may_update_template)
    decision = decide(workspace, workspace_rights, viewer.capabilities, [rule])[rule]
    if not decision.allowed:
        return respond_after_write(request, workspace.id, messages.ERROR, decision.reason, 409)
    if build_request.has_values:
        return request_build_with_values(request, workspace, build_request)
    if workspace.latest_build.status == "running" and build_request.action in Operation.Kind:
        return start_operation(
            request,
            workspace,
            Operation.Kind(build_request.action),
            build_message(build_request.action) % {"name": workspace.name},
            version=build_requests.requested_version(workspace, build_request),
        )
    if build_request.action == "update":
        version = build_requests.requested_version(workspace, build_request)
        if lacks_values(request, workspace, version):
            return open_parameters(request, workspace, version)
    return write_and_respond(
        request, workspace.id, build_requests.build_call(workspace, build_request), build_message(build_request.action)
    )


def request_build_with_values(
    request: PortalRequest, workspace: Workspace, build_request: BuildRequest
) -> HttpResponse:
    """Request a build with values of parameters. Errors are shown on the page of the parameters."""
    current = parameter_changes.load_parameters(
        request.coder,
        workspace,
        build_requests.requested_version(workspace, build_request),
        request.POST,
        is_submission=False,
    )
    return parameters.save_parameters(
        request, current, StartValuesForm.with_current_values(current, request.POST, pages.icon_locator())
    )


def build_message(action: str) -> str:
    """Return the message that the build was requested, with %(name)s for the workspace's name."""
    return {
        "start": _("Starting %(name)s…"),
        "stop": _("Stopping %(name)s…"),
        "restart": _("Restarting %(name)s…"),
        "update": _("Updating %(name)s to the active version…"),
        "retry": _("Retrying the latest build of %(name)s…"),
    }[action]


@require_POST
@sign_in_required
def cancel(request: PortalRequest, build_id: UUID) -> HttpResponse:
    """Cancel a build. A pending build is canceled only if it is still pending, as the person saw it."""
    build = request.coder.send(calls.build(build_id))
    expected = "pending" if build.job.status == "pending" else ""
    done = _("The build of %(name)s was canceled.") if expected else _("Canceling the build of %(name)s…")
    return write_and_respond(request, build.workspace_id, calls.cancel_build(build_id, expect_status=expected), done)
