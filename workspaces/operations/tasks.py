"""The tasks of the workers (manage.py db_worker): one is one step of one item, and never waits.

Each step holds a lease on its item and a ticket that no other step has. With its lease it puts the step into the
queue that goes on should this process die: that one comes when the lease has run out, and finds its ticket spent
where all went well. So nothing is lost, and since a step looks at Coder before it writes, nothing is done twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.tasks import task
from django.utils import timezone
from django.utils.translation import gettext as _

from workspaces.coder import calls
from workspaces.coder.client import Coder
from workspaces.coder.errors import (
    AnswerLost,
    CoderError,
    Conflict,
    RateLimited,
    ServerFault,
    SessionEnded,
    Unreachable,
)
from workspaces.coder.types import Workspace
from workspaces.gateway.error_messages import error_message_for
from workspaces.models import Item, Operation
from workspaces.operations import builds, credentials, state_machine
from workspaces.operations.state_machine import End, Facts, Wait, Write

LEASE = timedelta(seconds=60)  # longer than all calls of a step together may take (upstream.BUDGET)
SPARE = timedelta(seconds=20)  # that a lease must have left before a write
GIVE_UP = timedelta(minutes=30)  # after which an item ends that Coder has not answered, or that it always refuses
TOKEN_AGAIN = timedelta(minutes=1)  # after which an operation's token is ended at last
LOCK = 0x636F646572  # of PostgreSQL's advisory locks: claims are made one at a time
BUSY_S = 1.0
SENT_S = 1.0  # after a build was asked for


@task
def step(item_id: str, ticket: int) -> None:
    """One step of an item; nothing where another one has gone on with it."""
    run(UUID(item_id), ticket)


@task
def tidy(operation_id: str) -> None:
    """End the token of an operation that has ended."""
    operation = Operation.objects.get(pk=operation_id)
    try:
        credentials.disarm(operation)
    except CoderError:
        tidy.using(run_after=timezone.now() + TOKEN_AGAIN).enqueue(operation_id)


def run(item_id: UUID, ticket: int, seen: Workspace | None = None) -> None:
    """One step; `seen` is the workspace where it has just been read."""
    item = claim(item_id, ticket)
    if item is None:
        return
    if item.operation.canceled_at:
        end(item, Item.Outcome.CANCELED, left(item))
        return
    try:
        go_on(item, credentials.client(item.operation, item), seen)
    except credentials.Unarmed:
        end(item, Item.Outcome.FAILED, _("The portal was interrupted before it could begin. ") + left(item))
    except SessionEnded:
        end(item, Item.Outcome.FAILED, _("Coder no longer accepts the sign-in with which it was begun. ") + left(item))
    except RateLimited as error:
        put_back(item, error.retry_after or BUSY_S)
    except (Unreachable, ServerFault, Conflict) as error:
        try_again(item, error)
    except CoderError as error:
        end(item, Item.Outcome.FAILED, error_message_for(error, write=True).text)


@contextmanager
def serial() -> Iterator[None]:
    """A transaction beside which no other of these runs, in whatever process."""
    with transaction.atomic():  # SQLite's begin IMMEDIATE (settings.py)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


def claim(item_id: UUID, ticket: int) -> Item | None:
    """The item, leased under a new ticket, with the step in the queue that goes on if this one dies.

    None where this ticket is spent, its time has not come, or as many steps are under way as may be.
    """
    with serial():
        item = Item.objects.select_related("operation").filter(pk=item_id, ticket=ticket, ended_at=None).first()
        if item is None:
            return None
        now = timezone.now()
        if item.next_at > now:
            enqueue(item, (item.next_at - now).total_seconds())
            return None
        if Item.objects.filter(leased_until__gt=now).exclude(pk=item_id).count() >= settings.OPERATIONS_AT_ONCE:
            enqueue(item, BUSY_S)
            return None
        item.ticket += 1
        item.leased_until = now + LEASE
        item.save(update_fields=["ticket", "leased_until"])
        enqueue(item, LEASE.total_seconds())
        return item


def enqueue(item: Item, seconds: float) -> None:
    """Put the step into the queue that the item's present ticket allows."""
    step.using(run_after=timezone.now() + timedelta(seconds=seconds)).enqueue(str(item.pk), item.ticket)


def go_on(item: Item, coder: Coder, seen: Workspace | None) -> None:
    """Look at the workspace, and do what is next. Raises CoderError."""
    workspace = seen or coder.send(calls.workspace(item.workspace, include_deleted=True))
    match state_machine.move(facts(item), workspace):
        case End(done=done, said=said):
            end(item, Item.Outcome.DONE if done else Item.Outcome.FAILED, said)
        case Wait() as wait:
            put_back(item, wait.seconds, phase=wait.phase, build=wait.build, away_since=None, said="")
        case Write() as write:
            send(item, coder, write)


def facts(item: Item) -> Facts:
    """What the next move depends on."""
    return Facts(
        phase=item.phase,  # type: ignore[arg-type]  # one of moves.Phase, as it was kept
        person=item.operation.person,
        version=item.version,
        before=item.before,
        build=item.build,
    )


def send(item: Item, coder: Coder, write: Write) -> None:
    """Keep what is about to be asked for, ask for it, and keep the answer. Raises CoderError."""
    item.phase = state_machine.AFTER[write.phase]
    held = mine(item).filter(leased_until__gt=timezone.now() + SPARE)
    if not held.update(phase=item.phase, before=write.before, build=None):
        return  # this process was asleep for so long that another one may go on
    try:
        build = coder.send(builds.call(item, write.phase))
    except AnswerLost:
        put_back(item, state_machine.PATIENCE_S)  # the next look tells whether it arrived
    except (RateLimited, Conflict, Unreachable):
        mine(item).update(phase=write.phase)
        raise
    else:
        put_back(item, SENT_S, build=build.id, away_since=None, said="")


def mine(item: Item) -> "QuerySet[Item]":
    """The item's row, as long as this step is the one that may go on with it."""
    return Item.objects.filter(pk=item.pk, ticket=item.ticket, ended_at=None)


def put_back(item: Item, seconds: float, **changes: object) -> None:
    """Give the lease back; the next step comes in so many seconds."""
    with transaction.atomic():
        next_at = timezone.now() + timedelta(seconds=seconds)
        if mine(item).update(leased_until=None, next_at=next_at, **changes):
            enqueue(item, seconds)


def try_again(item: Item, error: CoderError) -> None:
    """Coder gave no answer, or cannot do it now: later again, and over after GIVE_UP."""
    now = timezone.now()
    since = item.away_since or now
    told = error_message_for(error, write=True).text
    if now - since > GIVE_UP:
        end(item, Item.Outcome.FAILED, told)
        return
    wait = min(max((now - since).total_seconds(), state_machine.PATIENCE_S), 30.0)
    put_back(item, error.retry_after or wait, away_since=since, said=told)


def end(item: Item, outcome: str, said: str) -> None:
    """The item is over, and its operation with the last of them."""
    with serial():
        now = timezone.now()
        over = {"outcome": outcome, "said": said.strip(), "ended_at": now, "leased_until": None, "values": ""}
        if not mine(item).update(**over):
            return
        if not Item.objects.filter(operation=item.operation_id, ended_at=None).exists():
            Operation.objects.filter(pk=item.operation_id, ended_at=None).update(ended_at=now)
            tidy.enqueue(str(item.operation_id))


def left(item: Item) -> str:
    """What an item that ends before its time leaves behind."""
    match item.phase:
        case "stop":
            return _("Nothing was changed.")
        case "stopping":
            return _("Its stop was asked for; it is not started again.")
        case "start":
            return _("It is not started.")
    return _("Its start was asked for and goes on.")
