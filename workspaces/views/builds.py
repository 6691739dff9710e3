"""Builds: what makes a workspace start, stop and change."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from workspaces import actions, plans, viewers
from workspaces.coder import calls
from workspaces.forms import BuildForm
from workspaces.models import Operation
from workspaces.sessions import PortalRequest, signed_in
from workspaces.views.answers import after, change, misread
from workspaces.views.history import history
from workspaces.views.operations import operate


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def builds(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """The builds of a workspace; posted, one more."""
    return create(request, workspace_id) if request.method == "POST" else history(request, workspace_id)


def create(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Ask Coder for one build. What needs the present state is decided on it, and refused here with the reason."""
    form = BuildForm(request.POST)
    if not form.is_valid():
        return misread(request, form)
    asked = form.cleaned_data["transition"]
    if asked in plans.STRAIGHT:
        return change(request, workspace_id, plans.straight(workspace_id, asked), begun(asked))
    workspace = request.coder.send(calls.workspace(workspace_id))
    viewer = viewers.of(request, [workspace])
    decision = actions.decide(workspace, viewer.rights[workspace.id], viewer.dialect)[asked]
    if not decision.allowed:
        return after(request, workspace_id, messages.ERROR, decision.reason, 409)
    if workspace.latest_build.status == "running" and asked in Operation.Kind:
        return operate(request, workspace, Operation.Kind(asked), begun(asked))
    return change(request, workspace_id, plans.planned(workspace, asked), begun(asked))


def begun(asked: str) -> str:
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
    return change(request, build.workspace_id, calls.cancel_build(build_id, expect_status=expected), done)
