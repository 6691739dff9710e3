"""What the portal's own database has to say to the streams: sessions that ended elsewhere, operations under way.

Workers and other processes write there and can tell nobody else. One look a second answers for all streams of this
process; while there is none, nobody looks.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import Error as DatabaseFault

from workspaces.live.subscribers import run_in_thread
from workspaces.models import Item, Operation, PortalSession
from workspaces.present.page_models import OngoingOperation

if TYPE_CHECKING:
    from workspaces.live.server import EventBroadcaster

TICK = 1.0  # s
AT_ONCE = 500  # names in one question to the database

logger = logging.getLogger("portal.live")

type Work = Mapping[UUID, OngoingOperation]  # by workspace
type Told = tuple[Operation, Sequence[Item]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one look has found."""

    at_work: Mapping[UUID, Work] = field(default_factory=dict)  # by person
    operations: Mapping[UUID, Told] = field(default_factory=dict)
    ended: Sequence[str] = ()  # keys of sessions


class DatabasePoller:
    """Looks, and wakes the streams whose business has changed."""

    def __init__(self, server: "EventBroadcaster") -> None:
        self.server = server
        self.result = Found()
        self.operation_callbacks: dict[UUID, set[Callable[[], None]]] = defaultdict(set)  # who looks at which
        self._soon = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """There is a stream."""
        self._soon.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def poll_now(self) -> None:
        """Something was begun or canceled: look now."""
        self._soon.set()

    def close(self) -> None:
        """Look no more."""
        if self._task:
            self._task.cancel()

    def work_of_person(self, person: UUID) -> Work:
        """What the portal does for this person now."""
        return self.result.at_work.get(person, {})

    async def _run(self) -> None:
        while self.server.streams:
            self._soon.clear()
            try:
                await self._look()
            except DatabaseFault as error:
                logger.warning("The database does not answer the streams (%s).", type(error).__name__)
            try:
                async with asyncio.timeout(TICK):
                    await self._soon.wait()
            except TimeoutError:
                continue
        self._task = None
        self.result = Found()

    async def _look(self) -> None:
        keys = {stream.subscriber.session_key for stream in self.server.streams}
        before, persons = self.result, tuple(self.server.streams_by_person)
        self.result = found = await run_in_thread(look, persons, keys, tuple(self.operation_callbacks))
        if found.ended:
            self.server.end_sessions(*found.ended)
        for stream in tuple(self.server.streams):
            person = stream.subscriber.person.id
            if before.at_work.get(person) != found.at_work.get(person):
                stream.wake()
        for operation, told in found.operations.items():
            if signature(before.operations.get(operation)) != signature(told):
                for wake in tuple(self.operation_callbacks[operation]):
                    wake()


def signature(told: Told | None) -> object:
    """What an operation's page depends on."""
    if told is None:
        return None
    operation, items = told
    steps = [(item.pk, item.phase, item.outcome, item.said, item.next_at, item.leased_until) for item in items]
    return operation.canceled_at, operation.ended_at, operation.fingerprint, steps


def look(persons: Collection[UUID], keys: Collection[str], operations: Collection[UUID]) -> Found:
    """One look: three questions, whatever the number of streams, or few more."""
    at_work: dict[UUID, dict[UUID, OngoingOperation]] = defaultdict(dict)
    there: set[str] = set()
    for some in batched(persons, AT_ONCE):
        items = Item.objects.filter(ended_at=None, operation__person__in=some)
        for person, workspace, operation, kind, phase in items.values_list(
            "operation__person", "workspace", "operation_id", "operation__kind", "phase"
        ):
            at_work[person][workspace] = OngoingOperation(operation_id=operation, kind=kind, phase=phase)
    for group in batched(keys, AT_ONCE):
        there.update(PortalSession.objects.filter(session_key__in=group).values_list("session_key", flat=True))
    told = Operation.objects.filter(pk__in=operations).prefetch_related("items") if operations else ()
    return Found(
        at_work=dict(at_work),
        operations={each.pk: (each, tuple(each.items.all())) for each in told},
        ended=[key for key in keys if key not in there],
    )
