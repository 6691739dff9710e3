"""How an operation begins, and how it ends before its time."""

from collections.abc import Mapping
from uuid import UUID

from django.utils import timezone

from workspaces import addresses, tasks
from workspaces.coder.errors import SessionEnded
from workspaces.coder.types import Workspace
from workspaces.models import Item, Operation
from workspaces.operations import acting, builds, sweeping
from workspaces.sessions import PortalRequest


class UnderWay(Exception):
    """The portal is at work on this workspace already, for whoever asks."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation


def begin(
    request: PortalRequest,
    kind: Operation.Kind,
    workspace: Workspace,
    *,
    version: UUID,
    values: Mapping[str, str] | None = None,
) -> Item:
    """Stop the workspace where it runs, and start it with this version of its template and these values.

    The first step is taken at once, so that what Coder refuses is known now; the item tells how that went.
    Raises UnderWay, and SessionEnded.
    """
    item = kept(request, kind, workspace, version)
    sweeping.begin()
    try:
        acting.arm(item.operation, request)
    except SessionEnded:
        item.operation.delete()
        raise
    if values:
        item.values = builds.seal(item, dict(values))
        item.save(update_fields=["values"])
    tasks.run(item.pk, item.ticket, workspace)
    item.refresh_from_db()
    return item


def kept(request: PortalRequest, kind: Operation.Kind, workspace: Workspace, version: UUID) -> Item:
    """The rows of a new operation, with the step in the queue that goes on should this process die. Raises UnderWay."""
    with tasks.serial():
        if operation := at_work(request.person.id, workspace.id):
            raise UnderWay(operation)
        now = timezone.now()
        operation = Operation.objects.create(
            kind=kind,
            person=request.person.id,
            username=request.person.username,
            address=addresses.client(request) or "",
            created_at=now,
        )
        item = Item.objects.create(
            operation=operation,
            workspace=workspace.id,
            owner=workspace.owner_name,
            name=workspace.name,
            phase="stop",
            version=version,
            next_at=now,
        )
        tasks.enqueue(item, tasks.LEASE.total_seconds())
        return item


def at_work(person: UUID, workspace: UUID) -> Operation | None:
    """What the portal is doing with this workspace for this person now."""
    return Operation.objects.filter(person=person, ended_at=None, items__workspace=workspace).first()


def cancel(operation: Operation) -> None:
    """Take no further step. What Coder was asked for goes on."""
    with tasks.serial():
        now = timezone.now()
        Operation.objects.filter(pk=operation.pk, ended_at=None, canceled_at=None).update(canceled_at=now)
        idle = list(operation.items.filter(ended_at=None).exclude(leased_until__gt=now))
    for item in idle:
        tasks.end(item, Item.Outcome.CANCELED, tasks.left(item))
