"""What a page of an operation is made from: its items of one page, and how many there are in each state.

An operation may have thousands of items, of which a page shows fifty. Those that did not succeed come first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Count, Value, When

from workspaces.models import Item, Operation

PAGE_SIZE = 50
IN_LINE = "in line"  # the state of items that have not begun
UNSUCCESSFUL = (Item.Outcome.FAILED, Item.Outcome.REFUSED)
RETRYABLE = (*UNSUCCESSFUL, Item.Outcome.CANCELED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSlice:
    """An operation with its items of one page."""

    operation: Operation
    items: Sequence[Item]
    counts: Mapping[str, int]  # of all items, by outcome; "" for those that have begun, and IN_LINE
    page: int = 1  # from 1

    @property
    def total(self) -> int:
        """The number of items."""
        return sum(self.counts.values())

    @property
    def num_pages(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def state(self) -> object:
        """A value that differs between two slices if the page differs."""
        operation = self.operation
        items = [
            (item.pk, item.phase, item.outcome, item.message, item.next_at, item.leased_until, item.in_line)
            for item in self.items
        ]
        return operation.canceled_at, operation.ended_at, operation.fingerprint, dict(self.counts), items


def load_slice(operation: Operation, page: int = 1) -> OperationSlice:
    """Return a page of an operation, the last one if there are fewer pages. Two queries."""
    counts = count_items([operation.pk]).get(operation.pk, {})
    page = min(max(page, 1), max(1, -(-sum(counts.values()) // PAGE_SIZE)))
    rank = Case(When(outcome__in=UNSUCCESSFUL, then=Value(0)), default=Value(1))
    items = operation.items.order_by(rank, "owner", "name", "pk")[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return OperationSlice(operation=operation, items=list(items), counts=counts, page=page)


def load_summaries(operations: Sequence[Operation]) -> list[OperationSlice]:
    """Return operations for a list: with the item of those that have a single one, else without items. Two queries."""
    counts = count_items([operation.pk for operation in operations])
    single = [operation.pk for operation in operations if sum(counts.get(operation.pk, {}).values()) == 1]
    items = {item.operation_id: item for item in Item.objects.filter(operation__in=single)}
    return [
        OperationSlice(
            operation=operation,
            items=[items[operation.pk]] if operation.pk in items else [],
            counts=counts.get(operation.pk, {}),
        )
        for operation in operations
    ]


def count_items(operations: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """Return the number of items of each operation by outcome. One query."""
    counts: dict[UUID, dict[str, int]] = {}
    rows = Item.objects.filter(operation__in=operations).order_by().values("operation", "outcome", "in_line")
    for row in rows.annotate(number=Count("pk")):
        state = IN_LINE if row["in_line"] else row["outcome"]
        counts.setdefault(row["operation"], {})[state] = row["number"]
    return counts
