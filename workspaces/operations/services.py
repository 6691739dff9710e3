"""Starts operations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from workspaces.auth.sessions import PortalRequest
from workspaces.coder.errors import SessionEnded
from workspaces.coder.types import Workspace
from workspaces.gateway.client_address import client_address
from workspaces.models import Item, Operation
from workspaces.operations import cleanup, credentials, item_builds, tasks
from workspaces.operations.criteria import Criteria
from workspaces.operations.kinds import KINDS


class OperationInProgress(Exception):
    """One of the workspaces has an operation of this person that has not ended."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A workspace of an operation to start, as Coder has just returned it."""

    workspace: Workspace
    version: UUID  # template version to start with
    values: Mapping[str, str] = field(default_factory=dict)  # parameter values for the start


def start_operation(request: PortalRequest, kind: Operation.Kind, new_items: Sequence[NewItem]) -> Operation:
    """Start an operation that stops running workspaces and starts each with its version and values.

    With a single workspace, execute the first step at once: the item then holds Coder's error, if there is one. Raises
    OperationInProgress and SessionEnded.
    """
    operation = create_operation(request, kind, new_items)
    issue_token(request, operation)
    if len(new_items) == 1:
        item = operation.items.get()
        tasks.execute_step(item.pk, item.ticket, new_items[0].workspace)
    else:
        for item in operation.items.all():
            tasks.enqueue_step(item, 0)
    return operation


def start_bulk(
    request: PortalRequest,
    key: UUID,
    kind: Operation.Kind,
    names: Mapping[UUID, tuple[str, str]],
    *,
    fields: Mapping[str, Any],
    criteria: Criteria,
) -> Operation:
    """Start an operation on any number of workspaces, and return it; the one with this key if it was started before.

    `names` holds owner and name by the workspaces' ids. Workers check each workspace before they change it. Those on
    which another operation of the person is in progress are skipped. Raises SessionEnded.
    """
    with tasks.exclusive_transaction():
        if existing := Operation.objects.filter(pk=key, person=request.person.id).first():
            return existing
        if not request.session.exists(request.session.session_key or ""):
            raise SessionEnded
        operation = make_operation(request, kind, key)
        operation.is_bulk, operation.is_site_owner = True, request.person.site_owner
        operation.fields, operation.criteria = dict(fields), criteria.as_json()
        operation.save(force_insert=True)
        busy = busy_workspaces(request.person.id, names)
        items = [make_bulk_item(operation, workspace, name) for workspace, name in names.items()]
        for item in items:
            if item.workspace in busy:
                item.outcome, item.in_line = Item.Outcome.SKIPPED, False
                item.message, item.ended_at = _("Another operation on this workspace is in progress."), item.next_at
        Item.objects.bulk_create(items, batch_size=500)
        admitted = tasks.admit_items(operation)
        if len(busy) == len(names):
            operation.ended_at = operation.created_at
            operation.save(update_fields=["ended_at"])
            return operation
    issue_token(request, operation)
    for item in admitted:
        tasks.enqueue_step(item, 0)
    return operation


def make_bulk_item(operation: Operation, workspace: UUID, name: tuple[str, str]) -> Item:
    """Return the item of a workspace, which is not saved and waits for its turn."""
    return Item(
        operation=operation,
        workspace=workspace,
        owner=name[0],
        name=name[1],
        phase=KINDS[operation.kind].first_phase,
        in_line=True,
        version=UUID(int=0),
        next_at=operation.created_at,
    )


def issue_token(request: PortalRequest, operation: Operation) -> None:
    """Give a saved operation its token. Raises SessionEnded, and then the operation is deleted."""
    cleanup.schedule_cleanup()
    try:
        credentials.issue(operation, request)
    except SessionEnded:
        operation.delete()
        raise
    if Operation.objects.filter(pk=operation.pk, canceled_at__isnull=False).exists():  # before its token was stored
        tasks.revoke_token.enqueue(str(operation.pk))


def make_operation(request: PortalRequest, kind: Operation.Kind, key: UUID | None = None) -> Operation:
    """Return a new operation of the person, which is not saved."""
    return Operation(
        **({"id": key} if key else {}),
        kind=kind,
        person=request.person.id,
        username=request.person.username,
        address=client_address(request),
        created_at=timezone.now(),
    )


def create_operation(request: PortalRequest, kind: Operation.Kind, new_items: Sequence[NewItem]) -> Operation:
    """Save an operation with its items, and queue steps in case this process dies.

    Raises OperationInProgress, and SessionEnded where the session has ended since the request began.
    """
    with tasks.exclusive_transaction():
        if not request.session.exists(request.session.session_key or ""):
            raise SessionEnded
        if operation := operation_in_progress(request.person.id, [new.workspace.id for new in new_items]):
            raise OperationInProgress(operation)
        operation = make_operation(request, kind)
        operation.save(force_insert=True)
        for new in new_items:
            item = Item.objects.create(
                operation=operation,
                workspace=new.workspace.id,
                owner=new.workspace.owner_name,
                name=new.workspace.name,
                phase="stop",
                version=new.version,
                values=item_builds.encrypt_values(new.values, operation.person),
                next_at=operation.created_at,
            )
            tasks.enqueue_step(item, tasks.LEASE.total_seconds())
        return operation


def operation_in_progress(person: UUID, workspaces: Sequence[UUID]) -> Operation | None:
    """Return the person's operation that has not ended for one of these workspaces."""
    item = Item.objects.filter(operation__person=person, ended_at=None, workspace__in=workspaces).first()
    return item.operation if item else None


def busy_workspaces(person: UUID, workspaces: Collection[UUID]) -> set[UUID]:
    """Return those of the workspaces on which an operation of the person has not ended."""
    items = Item.objects.filter(operation__person=person, ended_at=None)
    return set(items.values_list("workspace", flat=True)) & set(workspaces)
