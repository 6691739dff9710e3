"""The parameters of a workspace: what they are, and changing them through a new start."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from workspaces.auth import drafts, rights
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import calls
from workspaces.coder.errors import AnswerLost, CoderError, RateLimited, Unreachable
from workspaces.creation import pages, parameter_changes
from workspaces.creation.parameter_changes import ChangeParametersForm, WorkspaceParameters
from workspaces.gateway.error_messages import error_message_for
from workspaces.models import Item, Operation
from workspaces.operations import services
from workspaces.present.page_models import Viewer
from workspaces.views import lookup
from workspaces.views.operations import with_progress_link
from workspaces.views.responses import messages_fragment, progress_tag, wants_partial


@require_safe
@signed_in
def by_id(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """To the parameters of the workspace with this id, with what the address says beside it."""
    found = request.coder.send(calls.workspace(workspace_id))
    address = reverse("workspaces:parameters", args=[found.owner_name, found.name])
    return redirect(f"{address}?{request.GET.urlencode()}")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def parameters(request: PortalRequest, owner: str, workspace: str) -> HttpResponse:
    """The parameters with the version of the latest build, or another; posted, the build that changes them."""
    posted = request.method == "POST"
    draft = drafts.find_fields(request, request.person.id, request.path) if not posted else None
    data = request.POST if posted else draft or request.GET
    found = lookup.find_workspace(request, owner, workspace)
    version = pages.parse_uuid(data.get("template_version_id") or data.get("version") or "")
    of = parameter_changes.load_parameters(
        request.coder, found, version, data, is_submission=posted or draft is not None
    )
    form = ChangeParametersForm(
        request.POST if posted and "again" not in data else None, current=of, locate_icon=pages.icon_locator()
    )
    if form.is_bound:
        return save_parameters(request, of, form)
    if posted or draft is not None:
        form.restore(data)
    if draft is not None:
        drafts.finish_restore(request)
    return render_form(request, of, form)


def save_parameters(request: PortalRequest, of: WorkspaceParameters, form: ChangeParametersForm) -> HttpResponse:
    """Ask Coder for the build. A refusal stands at its field, with everything as it was typed."""
    viewer = rights.viewer_for(request, [of.workspace])
    form.add_evaluation_errors(of.parameters)
    if reason := reason_against_change(request, of, viewer):
        form.add_error(None, reason)
    if not form.is_valid():
        return render_form(request, of, form, 422)
    if parameter_changes.needs_operation(of, viewer.capabilities):
        return start_update(request, of, form)
    try:
        request.coder.send(parameter_changes.build_call(of, form.changes, viewer.capabilities))
    except AnswerLost as error:
        messages.error(request, error_message_for(error, write=True).text)
        return redirect_to_workspace(request, of)
    except (Unreachable, RateLimited) as error:
        told = error_message_for(error, write=True)
        if wants_partial(request):
            raise
        form.add_error(None, told.text)
        return render_form(request, of, form, told.status)
    except CoderError as error:
        form.add_coder_errors(error)
        return render_form(request, of, form, 422)
    text = _("The new values are on their way: Coder builds the workspace with them.")
    if of.changes_version and not form.changes:
        text = _("The other version is on its way: Coder builds the workspace with it.")
    messages.success(request, text, progress_tag(of.workspace.id))
    return redirect_to_workspace(request, of)


def start_update(request: PortalRequest, of: WorkspaceParameters, form: ChangeParametersForm) -> HttpResponse:
    """Stop the workspace and start it with the other version and the values: the portal takes the steps."""
    values = {each.name: each.value for each in form.changes}
    wanted = services.NewItem(workspace=of.workspace, version=of.version_id, values=values)
    try:
        operation = services.start_operation(request, Operation.Kind.UPDATE, [wanted])
    except services.OperationInProgress:
        form.add_error(None, _("The portal is at work on it already. Nothing was changed."))
        return render_form(request, of, form, 409)
    item = operation.items.get()
    if item.outcome == Item.Outcome.FAILED:
        form.add_error(None, item.said)
        return render_form(request, of, form, 409)
    text = _("The other version is on its way: the portal stops the workspace and starts it again.")
    messages.success(request, with_progress_link(text, operation), progress_tag(of.workspace.id))
    return redirect_to_workspace(request, of)


def reason_against_change(request: PortalRequest, of: WorkspaceParameters, viewer: Viewer) -> str:
    """Why it cannot be done now; "" where it can. Who looks after the template is asked only where that matters."""
    own = viewer.rights_for(of.workspace)
    if of.changes_version and not of.is_active_version and of.workspace.template_require_active_version:
        own = replace(own, update_template=rights.may_update_template(request, of.workspace, viewer))
    return parameter_changes.reason_not_allowed(of, own, viewer.capabilities)


def redirect_to_workspace(request: PortalRequest, of: WorkspaceParameters) -> HttpResponse:
    """To the workspace, which shows what it does now."""
    address = reverse("workspaces:detail", args=[of.workspace.owner_name, of.workspace.name])
    return HttpResponse(status=204, headers={"HX-Redirect": address}) if wants_partial(request) else redirect(address)


def render_form(
    request: PortalRequest, of: WorkspaceParameters, form: ChangeParametersForm, status: int = 200
) -> HttpResponse:
    """The parameters as a page, or as the fragment that the form is."""
    viewer = rights.viewer_for(request, [of.workspace])
    labels = {(one.name, option.value): option.name for one in of.fixed_parameters for option in one.options}
    context = {
        "form": form,
        "page": of,
        "reason": reason_against_change(request, of, viewer),
        "consequence": parameter_changes.consequence_text(of, viewer.capabilities),
        "kept": [
            (one, labels.get((one.name, of.previous[one.name]), of.previous[one.name])) for one in of.fixed_parameters
        ],
        "current": [(one, of.previous.get(one.name, "")) for one in of.editable_parameters if not one.ephemeral],
    }
    if wants_partial(request):
        html = render(request, "workspaces/parameters.html#form", context, status=status)
        html.write(messages_fragment(request))
        return html
    return render(request, "workspaces/parameters.html", context, status=status)
