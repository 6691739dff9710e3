"""Poll the portal's database for the streams: sessions that ended elsewhere, operations in progress.

Workers and other processes write to the database and cannot notify this process. One poll a second serves all streams
of the process; without streams there is no poll.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import batched
from uuid import UUID

from django.db import Error as DatabaseError

from workspaces.live.streams import EventStream
from workspaces.live.subscribers import run_in_thread
from workspaces.models import Item, Operation, PortalSession
from workspaces.operations.slices import OperationSlice, load_slice
from workspaces.present.page_models import OngoingOperation

POLL_INTERVAL_S = 1.0
QUERY_BATCH = 500  # parameters in one query

logger = logging.getLogger("portal.live")

type OngoingByWorkspace = Mapping[UUID, OngoingOperation]
type PageKey = tuple[UUID, int]  # an operation's id, and a page of its items from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """The result of one poll."""

    ongoing_by_person: Mapping[UUID, OngoingByWorkspace] = field(default_factory=dict)
    operations: Mapping[PageKey, OperationSlice] = field(default_factory=dict)
    ended_sessions: Sequence[str] = ()  # hashes of session keys


class DatabasePoller:
    """Poll the database while there are streams, and wake the streams that a change concerns.

    `streams` is the live set of the process's open streams. `end_sessions` is called with the keys of ended sessions.
    """

    def __init__(self, streams: Set[EventStream], end_sessions: Callable[..., None]) -> None:
        self.streams = streams
        self.end_sessions = end_sessions
        self.result = PollResult()
        self._operation_callbacks: dict[PageKey, set[Callable[[], None]]] = defaultdict(set)
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

    def operation(self, key: PageKey) -> OperationSlice | None:
        """Return a page of an operation that has subscribers; None before its first poll or if it does not exist."""
        return self.result.operations.get(key)

    def subscribe_operation(self, key: PageKey, callback: Callable[[], None]) -> None:
        """Include a page of an operation in the polls and call `callback` after each of its changes."""
        self._operation_callbacks[key].add(callback)
        self.poll_now()

    def unsubscribe_operation(self, key: PageKey, callback: Callable[[], None]) -> None:
        """Remove a callback of `subscribe_operation`."""
        self._operation_callbacks[key].discard(callback)
        if not self._operation_callbacks[key]:
            del self._operation_callbacks[key]

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
        for key, part in result.operations.items():
            last = before.operations.get(key)
            if last is None or last.state != part.state:
                for callback in tuple(self._operation_callbacks.get(key, ())):
                    callback()


def query_database(
    person_ids: Collection[UUID], key_hashes: Collection[str], page_keys: Iterable[PageKey]
) -> PollResult:
    """Return the result of one poll: two queries, three for each page of an operation, and more above QUERY_BATCH."""
    ongoing_by_person: dict[UUID, dict[UUID, OngoingOperation]] = defaultdict(dict)
    existing_hashes: set[str] = set()
    for ids in batched(person_ids, QUERY_BATCH):
        items = Item.objects.filter(ended_at=None, operation__person__in=ids)
        for person, workspace, operation_id, kind, phase in items.values_list(
            "operation__person", "workspace", "operation_id", "operation__kind", "phase"
        ):
            ongoing_by_person[person][workspace] = OngoingOperation(operation_id=operation_id, kind=kind, phase=phase)
    for hashes in batched(key_hashes, QUERY_BATCH):
        sessions = PortalSession.objects.filter(session_key__in=hashes)
        existing_hashes.update(sessions.values_list("session_key", flat=True))
    parts = {}
    for key in page_keys:
        if operation := Operation.objects.filter(pk=key[0]).first():
            parts[key] = load_slice(operation, key[1])
    return PollResult(
        ongoing_by_person=dict(ongoing_by_person),
        operations=parts,
        ended_sessions=[key_hash for key_hash in key_hashes if key_hash not in existing_hashes],
    )
