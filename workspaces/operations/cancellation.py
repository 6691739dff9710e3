"""Cancels operations: on request, and with the session or with all sessions of their person."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from workspaces.models import Item, Operation
from workspaces.operations import item_texts, tasks


def cancel_operation(operation: Operation) -> None:
    """Cancel all further steps. A build that was requested continues, and so does a step that is running."""
    with tasks.exclusive_transaction():
        now = timezone.now()
        Operation.objects.filter(pk=operation.pk, ended_at=None, canceled_at=None).update(canceled_at=now)
        in_line = operation.items.filter(ended_at=None, in_line=True)
        unchanged = item_texts.canceled_message(Item(operation=Operation.objects.get(pk=operation.pk)))
        in_line.update(outcome=Item.Outcome.CANCELED, message=unchanged, ended_at=now, in_line=False)
        idle = list(operation.items.select_related("operation").filter(ended_at=None).exclude(leased_until__gt=now))
        for item in idle:
            tasks.end_item(item, Item.Outcome.CANCELED, item_texts.canceled_message(item))


def cancel_all(person: UUID) -> list[Operation]:
    """Cancel the person's operations, and return those that were in progress. Call it in an exclusive transaction."""
    operations = list(Operation.objects.filter(person=person, ended_at=None))
    for operation in operations:
        cancel_operation(operation)
    return operations


def cancel_borrowing(person: UUID, fingerprint: str) -> None:
    """Cancel the operations that use the session's token with this fingerprint, and delete their copies of it."""
    for operation in borrowing_operations(person, fingerprint):
        Operation.objects.filter(pk=operation.pk).update(token="")
        cancel_operation(operation)


def borrowing_operations(person: UUID, fingerprint: str) -> "QuerySet[Operation]":
    """Return the operations in progress that use the session's token with this fingerprint."""
    return Operation.objects.filter(person=person, fingerprint=fingerprint, ended_at=None)


def interrupted_workspaces(operations: "QuerySet[Operation]") -> list[str]:
    """Return names of the operations' workspaces that stay stopped if they are canceled now.

    These are between their stop and their start, or a step that is running may stop them.
    """
    between = Q(phase__in=["stopping", "start"]) | Q(phase="stop", leased_until__gt=timezone.now())
    items = Item.objects.filter(between, operation__in=operations, ended_at=None)
    return list(items.order_by("owner", "name").values_list("name", flat=True))
