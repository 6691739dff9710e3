"""Starts operations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from workspaces.auth.sessions import PortalRequest
from workspaces.coder.errors import SessionEnded
from workspaces.coder.types import Workspace
from workspaces.gateway.client_address import client_address
from workspaces.models import Item, Operation
from workspaces.operations import cleanup, credentials, item_builds, tasks


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
    cleanup.schedule_cleanup()
    try:
        credentials.issue(operation, request)
    except SessionEnded:
        operation.delete()
        raise
    if Operation.objects.filter(pk=operation.pk, canceled_at__isnull=False).exists():  # before its token was stored
        tasks.revoke_token.enqueue(str(operation.pk))
    if len(new_items) == 1:
        item = operation.items.get()
        tasks.execute_step(item.pk, item.ticket, new_items[0].workspace)
    else:
        for item in operation.items.all():
            tasks.enqueue_step(item, 0)
    return operation


def create_operation(request: PortalRequest, kind: Operation.Kind, new_items: Sequence[NewItem]) -> Operation:
    """Save an operation with its items, and queue steps in case this process dies.

    Raises OperationInProgress, and SessionEnded where the session has ended since the request began.
    """
    with tasks.exclusive_transaction():
        if not request.session.exists(request.session.session_key or ""):
            raise SessionEnded
        if operation := operation_in_progress(request.person.id, [new.workspace.id for new in new_items]):
            raise OperationInProgress(operation)
        now = timezone.now()
        operation = Operation.objects.create(
            kind=kind,
            person=request.person.id,
            username=request.person.username,
            address=client_address(request),
            created_at=now,
        )
        for new in new_items:
            item = Item.objects.create(
                operation=operation,
                workspace=new.workspace.id,
                owner=new.workspace.owner_name,
                name=new.workspace.name,
                phase="stop",
                version=new.version,
                values=item_builds.encrypt_values(new.values, operation.person),
                next_at=now,
            )
            tasks.enqueue_step(item, tasks.LEASE.total_seconds())
        return operation


def operation_in_progress(person: UUID, workspaces: Sequence[UUID]) -> Operation | None:
    """Return the person's operation that has not ended for one of these workspaces."""
    item = Item.objects.filter(operation__person=person, ended_at=None, workspace__in=workspaces).first()
    return item.operation if item else None
