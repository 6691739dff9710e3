"""The operations of a person, which the portal carries out in several steps."""

from uuid import UUID, uuid5

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workspaces.actions.decisions import decide
from workspaces.auth import rights, sessions
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.coder.types import Workspace
from workspaces.forms.operations import OperationForm
from workspaces.gateway.error_messages import error_message_for
from workspaces.models import Item, Operation
from workspaces.operations import cancellation, parameter_checks, services
from workspaces.operations.criteria import Criteria
from workspaces.operations.kinds import KINDS
from workspaces.operations.pages import operation_page
from workspaces.operations.slices import RETRYABLE, UNSUCCESSFUL, load_slice, load_summaries
from workspaces.views.responses import (
    parameters_url,
    redirect_page,
    render_page,
    respond_after_write,
    with_parameters_link,
)

PAGE_SIZE = 25


def start_operation(
    request: PortalRequest, workspace: Workspace, kind: Operation.Kind, text: str, *, version: UUID
) -> HttpResponse:
    """Start the operation that stops the workspace and starts it with this version.

    `text` is the message. If parameters lack values for the version, their form is opened. Raises CoderError.
    """
    if lacks_values(request, workspace, version):
        return open_parameters(request, workspace, version)
    try:
        operation = services.start_operation(request, kind, [services.NewItem(workspace=workspace, version=version)])
    except services.OperationInProgress as error:
        message = with_progress_link(_("Another operation on this workspace is in progress."), error.operation)
        return respond_after_write(request, workspace.id, messages.INFO, message, 409)
    item = operation.items.get()
    if item.outcome in UNSUCCESSFUL:
        return respond_after_write(request, workspace.id, messages.ERROR, item.message, 409)
    return respond_after_write(
        request,
        workspace.id,
        messages.SUCCESS,
        with_progress_link(text, operation),
        200,
        in_progress=True,
        names_workspace=True,
    )


def open_parameters(request: PortalRequest, workspace: Workspace, version: UUID) -> HttpResponse:
    """Redirect to the form for the values that the workspace lacks for this version, with a message."""
    text = _("This version requires values that %(name)s does not have. Nothing was changed. Enter them below.")
    messages.warning(request, text % {"name": workspace.name})
    return redirect_page(request, parameters_url(workspace.id, version))


def lacks_values(request: PortalRequest, workspace: Workspace, version: UUID) -> bool:
    """Return whether parameters lack values for this version of the template. Raises CoderError."""
    is_other_version = version != workspace.latest_build.template_version_id
    return is_other_version and bool(parameter_checks.missing_parameters(request.coder, workspace, version))


def with_progress_link(text: str, operation: Operation) -> str:
    """Return the text with a link to the page of the operation."""
    url = reverse("workspaces:operation", args=[operation.pk])
    return format_html('{} <a href="{}">{}</a>', text, url, _("View progress"))


@require_safe
@sign_in_required
def operations(request: PortalRequest) -> HttpResponse:
    """List the person's operations, newest first."""
    operations = Operation.objects.filter(person=request.person.id).order_by("-created_at")
    page = Paginator(operations, PAGE_SIZE).get_page(request.GET.get("page"))
    now, zone = timezone.now(), sessions.time_zone_for(request)
    rows = [operation_page(summary, now, zone) for summary in load_summaries(list(page))]
    refresh_s = max((row.refresh_s for row in rows), default=0)
    return render_page(
        request, "workspaces/operations.html", "rows", {"rows": rows, "pages": page, "refresh_s": refresh_s}
    )


@require_safe
@sign_in_required
def operation(request: PortalRequest, operation_id: UUID) -> HttpResponse:
    """Show an operation with a page of its workspaces."""
    part = load_slice(find_operation(request, operation_id), OperationForm(request.GET).number)
    page = operation_page(part, timezone.now(), sessions.time_zone_for(request))
    return render_page(request, "workspaces/operation.html", "operation", page)


@require_POST
@sign_in_required
def cancel(request: PortalRequest, operation_id: UUID) -> HttpResponse:
    """Cancel the further steps of an operation."""
    operation = find_operation(request, operation_id)
    cancellation.cancel_operation(operation)
    messages.success(request, _("Operation canceled. A build that was already requested continues."))
    return redirect("workspaces:operation", operation.pk)


@require_POST
@sign_in_required
def retry(request: PortalRequest, operation_id: UUID) -> HttpResponse:
    """Start the operation again for the workspaces where it failed or was canceled. Messages explain the rest."""
    operation = find_operation(request, operation_id)
    unfinished = operation.items.filter(outcome__in=RETRYABLE)
    if operation.is_bulk:
        return start_follow_up(request, operation, operation.kind, unfinished)
    new_items = [each for item in unfinished if (each := make_retry_item(request, operation, item))]
    if not new_items:
        return redirect("workspaces:operation", operation.pk)
    try:
        new_operation = services.start_operation(request, Operation.Kind(operation.kind), new_items)
    except services.OperationInProgress as error:
        new_operation = error.operation
        messages.info(request, _("Another operation on this workspace is in progress."))
    return redirect("workspaces:operation", new_operation.pk)


@require_POST
@sign_in_required
def undo(request: PortalRequest, operation_id: UUID) -> HttpResponse:
    """Start the operation that reverts another one, for the workspaces where that is done."""
    operation = find_operation(request, operation_id)
    kind = KINDS[operation.kind]
    if not kind.undo or not operation.is_bulk:
        raise Http404
    return start_follow_up(request, operation, kind.undo, operation.items.filter(outcome=Item.Outcome.DONE))


def start_follow_up(request: PortalRequest, operation: Operation, kind: str, items: "QuerySet[Item]") -> HttpResponse:
    """Start a bulk for these items of another one, whose criteria hold for the same kind only, and show it.

    Its id follows from theirs: a second click finds the operation of the first.
    """
    names = {item.workspace: (item.owner, item.name) for item in items}
    if not names or operation.ended_at is None:
        return redirect("workspaces:operation", operation.pk)
    is_same = kind == operation.kind
    follow_up = services.start_bulk(
        request,
        uuid5(operation.pk, kind),
        Operation.Kind(kind),
        names,
        fields=operation.fields if is_same else {},
        criteria=Criteria.from_json(operation.criteria) if is_same else Criteria(),
    )
    return redirect("workspaces:operation", follow_up.pk)


def make_retry_item(request: PortalRequest, operation: Operation, item: Item) -> services.NewItem | None:
    """Return the new item for a workspace that allows it now; else add a message with the reason and return None."""
    try:
        workspace = request.coder.send(calls.workspace(item.workspace))
    except CoderError as error:
        messages.error(request, f"{item.name}: {error_message_for(error, write=False).text}")
        return None
    viewer = rights.viewer_for(request, [workspace])
    action = {"failed": "retry", "running": "restart"}.get(workspace.latest_build.status, "start")
    decisions = decide(workspace, viewer.rights[workspace.id], viewer.capabilities)
    decision = decisions["update" if operation.kind == "update" else action]
    if not decision.allowed:
        messages.error(request, f"{item.name}: {decision.reason}")
        return None
    version = workspace.template_active_version_id if operation.kind == "update" else item.version
    if lacks_values(request, workspace, version):
        text = _("%(name)s: that version requires parameter values that the workspace does not have.") % {
            "name": item.name
        }
        messages.warning(request, with_parameters_link(text, workspace.id, version))
        return None
    return services.NewItem(workspace=workspace, version=version)


def find_operation(request: PortalRequest, operation_id: UUID) -> Operation:
    """Return an operation of this person. Raises Http404."""
    return get_object_or_404(Operation, person=request.person.id, pk=operation_id)
