"""How an operation begins, and how it ends before its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from workspaces.auth.sessions import PortalRequest
from workspaces.coder.errors import SessionEnded
from workspaces.coder.types import Workspace
from workspaces.gateway.client_address import client_address
from workspaces.models import Item, Operation
from workspaces.operations import builds, cleanup, credentials, tasks


class UnderWay(Exception):
    """The portal is at work on one of these workspaces already, for whoever asks."""

    def __init__(self, operation: Operation) -> None:
        super().__init__()
        self.operation = operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One workspace of a new operation, as it has just been read."""

    workspace: Workspace
    version: UUID  # of its template, with which it shall start
    values: Mapping[str, str] = field(default_factory=dict)  # of parameters, for the start


def begin(request: PortalRequest, kind: Operation.Kind, wanted: Sequence[Wanted]) -> Operation:
    """Stop each workspace where it runs, and start it with its version and values.

    Of a single one the first step is taken at once, so that what Coder refuses is known now; its item tells how that
    went. Raises UnderWay, and SessionEnded.
    """
    operation = kept(request, kind, wanted)
    cleanup.begin()
    try:
        credentials.arm(operation, request)
    except SessionEnded:
        operation.delete()
        raise
    if len(wanted) == 1:
        item = operation.items.get()
        tasks.run(item.pk, item.ticket, wanted[0].workspace)
    else:
        for item in operation.items.all():
            tasks.enqueue(item, 0)
    return operation


def kept(request: PortalRequest, kind: Operation.Kind, wanted: Sequence[Wanted]) -> Operation:
    """The rows of a new operation, with the steps in the queue that go on should this process die. Raises UnderWay."""
    with tasks.serial():
        if operation := at_work(request.person.id, [each.workspace.id for each in wanted]):
            raise UnderWay(operation)
        now = timezone.now()
        operation = Operation.objects.create(
            kind=kind,
            person=request.person.id,
            username=request.person.username,
            address=client_address(request),
            created_at=now,
        )
        for each in wanted:
            item = Item.objects.create(
                operation=operation,
                workspace=each.workspace.id,
                owner=each.workspace.owner_name,
                name=each.workspace.name,
                phase="stop",
                version=each.version,
                values=builds.seal(each.values, operation.person),
                next_at=now,
            )
            tasks.enqueue(item, tasks.LEASE.total_seconds())
        return operation


def at_work(person: UUID, workspaces: Sequence[UUID]) -> Operation | None:
    """What the portal is doing for this person with one of these workspaces now."""
    item = Item.objects.filter(operation__person=person, ended_at=None, workspace__in=workspaces).first()
    return item.operation if item else None


def cancel(operation: Operation) -> None:
    """Take no further step. What Coder was asked for goes on."""
    with tasks.serial():
        now = timezone.now()
        Operation.objects.filter(pk=operation.pk, ended_at=None, canceled_at=None).update(canceled_at=now)
        idle = list(operation.items.filter(ended_at=None).exclude(leased_until__gt=now))
    for item in idle:
        tasks.end(item, Item.Outcome.CANCELED, tasks.left(item))
