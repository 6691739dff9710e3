"""The parameters of a workspace, which a new build changes."""

from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workspaces.auth import drafts, rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
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
from workspaces.creation.parameters import Parameter
from workspaces.gateway.error_messages import error_message_for
from workspaces.models import Item, Operation
from workspaces.operations import item_builds, services
from workspaces.present.page_models import Viewer
from workspaces.present.workspace.header import make_header
from workspaces.present.workspace.tabs import TabPage
from workspaces.views import lookup, tabs
from workspaces.views.operations import with_progress_link
from workspaces.views.responses import progress_tag, redirect_page, render_form, target_id, wants_partial

TEMPLATE = "workspaces/parameters.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametersPage(TabPage):
    """The tab of the parameters. Values that were typed are not saved."""

    may_be_saved: ClassVar[bool] = False
    parameters: WorkspaceParameters
    form: ChangeParametersForm
    reason: str  # why no parameter can be changed; "" if it is possible
    consequence: str
    fixed: tuple[tuple[Parameter, str], ...]  # with their values
    current: tuple[tuple[Parameter, str], ...]


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def parameters(request: PortalRequest, owner: str, name: str) -> HttpResponseBase:
    """Show the parameters for the version of the latest build or another one, and change them by a new build."""
    request.changes_nothing = "again" in request.POST
    workspace = lookup.find_workspace(request, owner, name)
    if request.method == "POST":
        return change_parameters(request, workspace)
    if response := tabs.redirect_renamed(request, workspace, name, "parameters"):
        return response
    draft = drafts.find_fields(request, request.person.id, request.path)
    data = draft or with_refused_values(request, workspace)
    version = requested_version(data)
    if draft is not None:
        current, form = load_form(request, workspace, version, data, is_submission=True)
        drafts.finish_restore(request)
        return render_parameters(request, make_page(request, current, form))

    def load() -> ParametersPage:
        return make_page(request, *load_form(request, workspace, version, data, is_submission=False))

    unavailable = _("The parameters could not be loaded.")
    return tabs.render_tab(request, workspace, "parameters", TEMPLATE, load, unavailable)


def change_parameters(request: PortalRequest, workspace: Workspace) -> HttpResponse:
    """Request the build with the values of the form, or evaluate the form again."""
    data = request.POST
    current, form = load_form(request, workspace, requested_version(data), data, is_submission=True)
    return (
        save_parameters(request, current, form)
        if form.is_bound
        else render_parameters(request, make_page(request, current, form))
    )


def requested_version(data: QueryDict) -> UUID | None:
    """Return the version of a form or a query; None if it names none. Raises NotFound."""
    text = data.get("template_version_id") or data.get("version") or ""
    version = pages.parse_uuid(text)
    if text and version is None:
        raise NotFound("This template has no such version.", status=404)
    return version


def load_form(
    request: PortalRequest, workspace: Workspace, version: UUID | None, data: QueryDict, *, is_submission: bool
) -> tuple[WorkspaceParameters, ChangeParametersForm]:
    """Return the parameters and their form: bound if it was submitted to be saved. Raises CoderError."""
    current = parameter_changes.load_parameters(request.coder, workspace, version, data, is_submission=is_submission)
    is_bound = request.method == "POST" and "again" not in data
    form = ChangeParametersForm(data if is_bound else None, current=current, locate_icon=pages.icon_locator())
    if is_submission and not is_bound:
        form.restore(data)
    return current, form


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
        return render_parameters(request, make_page(request, current, form), 422)
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
        return render_parameters(request, make_page(request, current, form), message.status)
    except CoderError as error:
        form.add_coder_errors(error)
        return render_parameters(request, make_page(request, current, form), 422)
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
        return render_parameters(request, make_page(request, current, form), 409)
    item = operation.items.get()
    if item.outcome == Item.Outcome.FAILED:
        form.add_error(None, item.message)
        return render_parameters(request, make_page(request, current, form), 409)
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


def make_page(request: PortalRequest, current: WorkspaceParameters, form: ChangeParametersForm) -> ParametersPage:
    """Return the page of the parameters with a form."""
    viewer = rights.viewer_for(request, [current.workspace])
    option_names = {
        (parameter.name, option.value): option.name
        for parameter in current.fixed_parameters
        for option in parameter.options
    }
    return ParametersPage(
        header=make_header(current.workspace, viewer),
        tab="parameters",
        parameters=current,
        form=form,
        reason=reason_against_change(request, current, viewer),
        consequence=parameter_changes.consequence_text(current, viewer.capabilities),
        fixed=tuple(
            (parameter, sanitize_text(option_names.get((parameter.name, value), value)))
            for parameter in current.fixed_parameters
            for value in [current.previous[parameter.name]]
        ),
        current=tuple(
            (parameter, sanitize_text(current.previous.get(parameter.name, "")))
            for parameter in current.editable_parameters
            if not parameter.ephemeral
        ),
    )


def render_parameters(request: PortalRequest, page: ParametersPage, status: int = 200) -> HttpResponse:
    """Render the page of the parameters, or for htmx the form or the panel."""
    if wants_partial(request) and target_id(request) == tabs.PANEL:
        return tabs.panel_response(request, TEMPLATE, page)
    return render_form(request, TEMPLATE, {"page": page, "form": page.form, "set": page.parameters}, status)
