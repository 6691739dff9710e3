"""The parameters of a workspace, which a new build changes."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from workspaces.auth import drafts, rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.errors import (
    PARAMETER_PREFIX,
    CoderError,
    NotFound,
    RateLimited,
    ResponseLost,
    Unreachable,
)
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.creation import pages, parameter_changes
from workspaces.creation.parameter_changes import ChangeParametersForm, WorkspaceParameters
from workspaces.gateway.error_messages import error_message_for
from workspaces.models import Item, Operation
from workspaces.operations import item_builds, services
from workspaces.present.page_models import Viewer
from workspaces.views import lookup
from workspaces.views.operations import with_progress_link
from workspaces.views.responses import progress_tag, redirect_page, render_form, wants_partial


@require_safe
@sign_in_required
def by_id(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Redirect to the parameters of the workspace with this id, and keep the query."""
    workspace = request.coder.send(calls.workspace(workspace_id))
    url = reverse("workspaces:parameters", args=[workspace.owner_name, workspace.name])
    return redirect(f"{url}?{request.GET.urlencode()}")


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def parameters(request: PortalRequest, owner: str, name: str) -> HttpResponse:
    """Show the parameters for the version of the latest build or another one, and change them by a new build."""
    is_post = request.method == "POST"
    request.changes_nothing = "again" in request.POST
    draft = drafts.find_fields(request, request.person.id, request.path) if not is_post else None
    workspace = lookup.find_workspace(request, owner, name)
    data = request.POST if is_post else draft or with_refused_values(request, workspace)
    version_text = data.get("template_version_id") or data.get("version") or ""
    version = pages.parse_uuid(version_text)
    if version_text and version is None:
        raise NotFound("This template has no such version.", status=404)
    current = parameter_changes.load_parameters(
        request.coder, workspace, version, data, is_submission=is_post or draft is not None
    )
    form = ChangeParametersForm(
        request.POST if is_post and "again" not in data else None, current=current, locate_icon=pages.icon_locator()
    )
    if form.is_bound:
        return save_parameters(request, current, form)
    if is_post or draft is not None:
        form.restore(data)
    if draft is not None:
        drafts.finish_restore(request)
    return render_parameters(request, current, form)


def with_refused_values(request: PortalRequest, workspace: Workspace) -> QueryDict:
    """Return the URL's query; with `item`, an item of an operation of this person, also the values that it kept."""
    item_id = pages.parse_uuid(request.GET.get("item", ""))
    own_items = Item.objects.select_related("operation").filter(operation__person=request.person.id)
    item = own_items.filter(pk=item_id, workspace=workspace.id, ended_at__isnull=False).first() if item_id else None
    if item is None:
        return request.GET
    data = request.GET.copy()
    for each in item_builds.decrypt_values_or_none(item):
        data[f"{PARAMETER_PREFIX}{each['name']}"] = each["value"]
    return data


def save_parameters(request: PortalRequest, current: WorkspaceParameters, form: ChangeParametersForm) -> HttpResponse:
    """Request the build from Coder. Errors are shown at the fields of the form."""
    viewer = rights.viewer_for(request, [current.workspace])
    form.add_evaluation_errors(current.parameters)
    if reason := reason_against_change(request, current, viewer):
        form.add_error(None, reason)
    if not form.is_valid():
        return render_parameters(request, current, form, 422)
    if parameter_changes.needs_operation(current, viewer.capabilities):
        return start_update(request, current, form)
    try:
        request.coder.send(parameter_changes.build_call(current, form.changes, viewer.capabilities))
    except ResponseLost as error:
        messages.error(request, error_message_for(error, write=True).text)
        return redirect_to_workspace(request, current)
    except (Unreachable, RateLimited) as error:
        if wants_partial(request):
            raise
        message = error_message_for(error, write=True)
        form.add_error(None, message.text)
        return render_parameters(request, current, form, message.status)
    except CoderError as error:
        form.add_coder_errors(error)
        return render_parameters(request, current, form, 422)
    text = _("Starting %(name)s with the new values…")
    if current.changes_version and not form.changes:
        text = _("Starting %(name)s with the selected version…")
    messages.success(request, text % {"name": current.workspace.name}, progress_tag(current.workspace.id))
    return redirect_to_workspace(request, current)


def start_update(request: PortalRequest, current: WorkspaceParameters, form: ChangeParametersForm) -> HttpResponse:
    """Start the operation that stops the workspace and starts it with the other version and the values."""
    values = {each.name: each.value for each in form.changes}
    new_item = services.NewItem(workspace=current.workspace, version=current.version_id, values=values)
    try:
        operation = services.start_operation(request, Operation.Kind.UPDATE, [new_item])
    except services.OperationInProgress:
        form.add_error(None, _("Another operation on this workspace is in progress. Nothing was changed."))
        return render_parameters(request, current, form, 409)
    item = operation.items.get()
    if item.outcome == Item.Outcome.FAILED:
        form.add_error(None, item.message)
        return render_parameters(request, current, form, 409)
    text = _("Restarting %(name)s with the selected version… You can close this page.") % {
        "name": current.workspace.name
    }
    messages.success(request, with_progress_link(text, operation), progress_tag(current.workspace.id))
    return redirect_to_workspace(request, current)


def reason_against_change(request: PortalRequest, current: WorkspaceParameters, viewer: Viewer) -> str:
    """Return why the change is not possible now; "" if it is.

    The right to update the template is requested only if it matters.
    """
    workspace_rights = viewer.rights_for(current.workspace)
    if current.changes_version and not current.is_active_version and current.workspace.template_require_active_version:
        may_update_template = rights.may_update_template(request, current.workspace, viewer)
        workspace_rights = replace(workspace_rights, update_template=may_update_template)
    return parameter_changes.reason_not_allowed(current, workspace_rights, viewer.capabilities)


def redirect_to_workspace(request: PortalRequest, current: WorkspaceParameters) -> HttpResponse:
    """Redirect to the workspace's page."""
    return redirect_page(
        request, reverse("workspaces:detail", args=[current.workspace.owner_name, current.workspace.name])
    )


def render_parameters(
    request: PortalRequest, current: WorkspaceParameters, form: ChangeParametersForm, status: int = 200
) -> HttpResponse:
    """Render the page of the parameters."""
    viewer = rights.viewer_for(request, [current.workspace])
    option_names = {
        (parameter.name, option.value): option.name
        for parameter in current.fixed_parameters
        for option in parameter.options
    }
    context = {
        "form": form,
        "page": current,
        "reason": reason_against_change(request, current, viewer),
        "consequence": parameter_changes.consequence_text(current, viewer.capabilities),
        "fixed": [
            (parameter, sanitize_text(option_names.get((parameter.name, value), value)))
            for parameter in current.fixed_parameters
            for value in [current.previous[parameter.name]]
        ],
        "current": [
            (parameter, sanitize_text(current.previous.get(parameter.name, "")))
            for parameter in current.editable_parameters
            if not parameter.ephemeral
        ],
    }
    return render_form(request, "workspaces/parameters.html", context, status)
