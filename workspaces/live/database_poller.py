"""Poll the portal's database for the streams: sessions that ended elsewhere, operations in progress.

Workers and other processes write to the database and cannot notify this process. One poll a second serves all streams
of the process; without streams there is no poll.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import batched
from uuid import UUID

from django.db import Error as DatabaseError

from workspaces.live.streams import EventStream
from workspaces.live.subscribers import run_in_thread
from workspaces.models import Item, Operation, PortalSession
from workspaces.present.page_models import OngoingOperation

POLL_INTERVAL_S = 1.0
QUERY_BATCH = 500  # parameters in one query

logger = logging.getLogger("portal.live")

type OngoingByWorkspace = Mapping[UUID, OngoingOperation]
type OperationWithItems = tuple[Operation, Sequence[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """The result of one poll."""

    ongoing_by_person: Mapping[UUID, OngoingByWorkspace] = field(default_factory=dict)
    operations: Mapping[UUID, OperationWithItems] = field(default_factory=dict)
    ended_sessions: Sequence[str] = ()  # hashes of session keys


class DatabasePoller:
    """Poll the database while there are streams, and wake the streams that a change concerns.

    `streams` is the live set of the process's open streams. `end_sessions` is called with the keys of ended sessions.
    """

    def __init__(self, streams: Set[EventStream], end_sessions: Callable[..., None]) -> None:
        self.streams = streams
        self.end_sessions = end_sessions
        self.result = PollResult()
        self._operation_callbacks: dict[UUID, set[Callable[[], None]]] = defaultdict(set)
        self._poll_requested = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Poll now, and every second while there are streams."""
        self._poll_requested.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def poll_now(self) -> None:
        """Poll without waiting for the interval to pass."""
        self._poll_requested.set()

    def close(self) -> None:
        """Stop polling."""
        if self._task:
            self._task.cancel()

    def operations_of_person(self, person_id: UUID) -> OngoingByWorkspace:
        """Return the operations in progress that this person started, by workspace."""
        return self.result.ongoing_by_person.get(person_id, {})

    def operation(self, operation_id: UUID) -> OperationWithItems | None:
        """Return an operation that has subscribers; None before its first poll or if it does not exist."""
        return self.result.operations.get(operation_id)

    def subscribe_operation(self, operation_id: UUID, callback: Callable[[], None]) -> None:
        """Include the operation in the polls and call `callback` after each of its changes."""
        self._operation_callbacks[operation_id].add(callback)
        self.poll_now()

    def unsubscribe_operation(self, operation_id: UUID, callback: Callable[[], None]) -> None:
        """Remove a callback of `subscribe_operation`."""
        self._operation_callbacks[operation_id].discard(callback)
        if not self._operation_callbacks[operation_id]:
            del self._operation_callbacks[operation_id]

    async def _run(self) -> None:
        while self.streams:
            self._poll_requested.clear()
            try:
                await self._poll()
            except DatabaseError as error:
                logger.warning("The database does not answer the streams (%s).", type(error).__name__)
            try:
                async with asyncio.timeout(POLL_INTERVAL_S):
                    await self._poll_requested.wait()
            except TimeoutError:
                continue
        self._task = None
        self.result = PollResult()

    async def _poll(self) -> None:
        key_hashes = {stream.subscriber.key_hash for stream in self.streams}
        person_ids = {stream.subscriber.person.id for stream in self.streams}
        before = self.result
        self.result = result = await run_in_thread(
            query_database, person_ids, key_hashes, tuple(self._operation_callbacks)
        )
        if result.ended_sessions:
            self.end_sessions(*result.ended_sessions)
        for stream in tuple(self.streams):
            person_id = stream.subscriber.person.id
            if before.ongoing_by_person.get(person_id) != result.ongoing_by_person.get(person_id):
                stream.wake()
        for operation_id, operation in result.operations.items():
            if operation_state(before.operations.get(operation_id)) != operation_state(operation):
                for callback in tuple(self._operation_callbacks.get(operation_id, ())):
                    callback()


def operation_state(operation_with_items: OperationWithItems | None) -> object:
    """Return a value that differs between two polls if the operation's page differs."""
    if operation_with_items is None:
        return None
    operation, items = operation_with_items
    item_states = [(item.pk, item.phase, item.outcome, item.message, item.next_at, item.leased_until) for item in items]
    return operation.canceled_at, operation.ended_at, operation.fingerprint, item_states


def query_database(
    person_ids: Collection[UUID], key_hashes: Collection[str], operation_ids: Collection[UUID]
) -> PollResult:
    """Return the result of one poll: three queries, and further ones only above QUERY_BATCH persons or sessions."""
    ongoing_by_person: dict[UUID, dict[UUID, OngoingOperation]] = defaultdict(dict)
    existing_hashes: set[str] = set()
    for ids in batched(person_ids, QUERY_BATCH):
        items = Item.objects.filter(ended_at=None, operation__person__in=ids)
        for person, workspace, operation, kind, phase in items.values_list(
            "operation__person", "workspace", "operation_id", "operation__kind", "phase"
        ):
            ongoing_by_person[person][workspace] = OngoingOperation(operation_id=operation, kind=kind, phase=phase)
    for hashes in batched(key_hashes, QUERY_BATCH):
        sessions = PortalSession.objects.filter(session_key__in=hashes)
        existing_hashes.update(sessions.values_list("session_key", flat=True))
    operations = Operation.objects.filter(pk__in=operation_ids).prefetch_related("items") if operation_ids else ()
    return PollResult(
        ongoing_by_person=dict(ongoing_by_person),
        operations={operation.pk: (operation, tuple(operation.items.all())) for operation in operations},
        ended_sessions=[key_hash for key_hash in key_hashes if key_hash not in existing_hashes],
    )
