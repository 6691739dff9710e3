"""The tasks that workers (manage.py db_worker) run. A task is one step of one item and never waits.

A step claims its item for the time of a lease and under a new ticket, and queues the following step for the end of
the lease. If the process dies, that step continues; otherwise its ticket is outdated and it does nothing. So no step
is lost. A step reads the workspace before each write, so no write is repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
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
    PARAMETER_PREFIX,
    CoderError,
    Conflict,
    RateLimited,
    ResponseLost,
    ServerError,
    SessionEnded,
    Unreachable,
)
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.models import Item, Operation
from workspaces.operations import credentials, item_builds, item_checks, state_machine
from workspaces.operations.item_texts import canceled_message, error_text, redact_build_error, unfinished_message
from workspaces.operations.kinds import CHECKED_PHASES, KINDS, PHASE_AFTER_WRITE, NotPossible
from workspaces.operations.state_machine import End, ItemState, Wait, Write
from workspaces.operations.write_machine import READY, SENT

LEASE = timedelta(seconds=60)  # longer than all calls of a step (gateway.connection.PAGE_BUDGET_S)
MIN_LEASE_FOR_WRITE = timedelta(seconds=20)  # a write needs this much of the lease
RETRY_LIMIT = timedelta(minutes=30)  # an item fails after retries for this long
MAX_RETRY_S = 30.0
REVOKE_RETRY_INTERVAL = timedelta(minutes=1)
ADVISORY_LOCK = 0x636F646572  # PostgreSQL's advisory lock of exclusive_transaction
BUSY_RETRY_S = 1.0  # while OPERATIONS_AT_ONCE steps are running, or Coder limits the rate
FIRST_POLL_S = 1.0  # between the request for a build and the first read of the workspace
BULK_PRIORITY = -10  # of the steps of a bulk: those of a single workspace are taken first
UNDER_WAY_PER_SLOT = 5  # items of a bulk that have begun and not ended, for each of OPERATIONS_AT_ONCE


@task
def run_step(item_id: str, ticket: int) -> None:
    """Run the step of an item that this ticket allows; do nothing for an outdated ticket."""
    execute_step(UUID(item_id), ticket)


@task
def revoke_token(operation_id: str) -> None:
    """Revoke the token of an operation that has ended; on an error of Coder's, try again later."""
    try:
        credentials.revoke(UUID(operation_id))
    except CoderError:
        revoke_token.using(run_after=timezone.now() + REVOKE_RETRY_INTERVAL).enqueue(operation_id)


def execute_step(item_id: UUID, ticket: int, workspace: Workspace | None = None) -> None:
    """Execute the next step of an item and store the outcome of every error of Coder's.

    `workspace`: the workspace if it was just read; else the step reads it.
    """
    item = claim_item(item_id, ticket)
    if item is None:
        return
    if item.operation.canceled_at:
        end_item(item, Item.Outcome.CANCELED, canceled_message(item))
        return
    try:
        advance_item(item, credentials.operation_client(item.operation, item), workspace)
    except credentials.NoCredentials:
        message = _("The portal was interrupted before the first step. ") + unfinished_message(item)
        end_item(item, Item.Outcome.FAILED, message)
    except SessionEnded:
        if Operation.objects.filter(pk=item.operation_id, canceled_at__isnull=False).exists():
            end_item(item, Item.Outcome.CANCELED, unfinished_message(item))  # canceling has revoked the token
            return
        message = _("Coder no longer accepts the token of this operation. ") + unfinished_message(item)
        end_item(item, Item.Outcome.FAILED, message)
    except RateLimited as error:
        pause_operation(item, error.retry_after or BUSY_RETRY_S)
    except (Unreachable, ServerError, Conflict) as error:
        retry_later(item, error)
    except CoderError as error:
        end_item(item, Item.Outcome.FAILED, error_text(item, error))


def is_about_parameters(error: CoderError) -> bool:
    """Return whether Coder refuses the value of a parameter, which the person can correct in the form."""
    return any(name.startswith(PARAMETER_PREFIX) for name in error.fields)


@contextmanager
def exclusive_transaction() -> Iterator[None]:
    """Open a transaction that excludes every other one of this function, in all processes."""
    with transaction.atomic():  # SQLite: BEGIN IMMEDIATE (settings.py)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])
        yield


def claim_item(item_id: UUID, ticket: int) -> Item | None:
    """Return the item, leased under a new ticket, and queue the step that continues if this process dies.

    Return None for an outdated ticket, before the step is due or the item's turn, and while there is no slot for it.
    """
    with exclusive_transaction():
        rows = Item.objects.select_related("operation").filter(ended_at=None, in_line=False)
        item = rows.filter(pk=item_id, ticket=ticket).first()
        if item is None:
            return None
        now = timezone.now()
        if item.operation.paused_until and item.next_at < item.operation.paused_until:
            item.next_at = item.operation.paused_until
            item.save(update_fields=["next_at"])
        if item.next_at > now:
            enqueue_step(item, (item.next_at - now).total_seconds())
            return None
        if not has_slot(item, now):
            enqueue_step(item, BUSY_RETRY_S)
            return None
        item.ticket += 1
        item.leased_until = now + LEASE
        item.save(update_fields=["ticket", "leased_until"])
        enqueue_step(item, LEASE.total_seconds())
        return item


def has_slot(item: Item, now: datetime) -> bool:
    """Return whether a step of the item may run now.

    OPERATIONS_AT_ONCE steps may run, and half of them may be of one bulk while another operation is due.
    """
    leased = Item.objects.filter(leased_until__gt=now).exclude(pk=item.pk)
    if leased.count() >= settings.OPERATIONS_AT_ONCE:
        return False
    if not item.operation.is_bulk:
        return True
    others = Item.objects.filter(ended_at=None, in_line=False, next_at__lte=now).exclude(operation=item.operation_id)
    is_within_half = leased.filter(operation=item.operation_id).count() < max(1, settings.OPERATIONS_AT_ONCE // 2)
    return is_within_half or not others.exclude(leased_until__gt=now).exists()


def enqueue_step(item: Item, seconds: float) -> None:
    """Queue the step that the item's current ticket allows, to run in `seconds`."""
    run_after = timezone.now() + timedelta(seconds=seconds)
    priority = BULK_PRIORITY if item.operation.is_bulk else 0
    run_step.using(run_after=run_after, priority=priority).enqueue(str(item.pk), item.ticket)


def admit_items(operation: Operation) -> list[Item]:
    """Take items out of the line, as far as that many may be under way, and return them. The caller queues their steps.

    Here they are queued for the end of a lease, in case the process dies that does it, or that takes them. Call it in
    an exclusive transaction. A bulk neither fills the queue nor Coder's provisioners: others use them, too.
    """
    items = Item.objects.filter(operation=operation.pk, ended_at=None)
    limit = UNDER_WAY_PER_SLOT * settings.OPERATIONS_AT_ONCE - items.filter(in_line=False).count()
    admitted = list(items.filter(in_line=True).select_related("operation")[: max(0, limit)])
    for item in admitted:
        item.in_line, item.next_at = False, timezone.now()
        item.save(update_fields=["in_line", "next_at"])
        enqueue_step(item, LEASE.total_seconds())
    return admitted


def advance_item(item: Item, coder: Coder, workspace: Workspace | None) -> None:
    """Read the workspace unless it is given, and take the next step. Raises CoderError and SessionEnded.

    An item of a bulk to which nothing was written yet is checked first.
    """
    kind = KINDS[item.operation.kind]
    if item.operation.is_bulk and item.phase in CHECKED_PHASES:
        check = item_checks.check_item(item, coder)
        workspace = check.workspace
        if workspace is None or check.reason:
            end_item(item, Item.Outcome.SKIPPED, check.reason)
            return
        if kind.version:
            item.version = kind.version(workspace)
    workspace = workspace or coder.send(calls.workspace(item.workspace, include_deleted=True))
    match kind.decide(item_state(item), redact_build_error(item, workspace), item.target):
        case End(done=done, message=message):
            end_item(item, Item.Outcome.DONE if done else Item.Outcome.FAILED, message)
        case Wait() as wait if wait.phase == READY:
            release_item(item, wait.seconds, phase=READY)
        case Wait() as wait:
            release_item(item, wait.seconds, phase=wait.phase, build=wait.build, unreachable_since=None, message="")
        case Write() as write:
            send_write(item, coder, write, workspace)


def item_state(item: Item) -> ItemState:
    """Return the part of the item that the next step depends on."""
    return ItemState(
        phase=item.phase,
        person=item.operation.person,
        version=item.version,
        build_number_before_write=item.build_number_before_write,
        build=item.build,
    )


def send_write(item: Item, coder: Coder, write: Write, workspace: Workspace) -> None:
    """Store the phase and what the write asks for, send it, and store the response. Raises CoderError and SessionEnded.

    Does nothing where less than MIN_LEASE_FOR_WRITE of the lease is left: another process may continue the item.
    """
    kind, phase_before = KINDS[item.operation.kind], item.phase
    try:
        item.target = item.target or kind.freeze(workspace, item.operation.fields)
    except NotPossible as error:
        end_item(item, Item.Outcome.SKIPPED, str(error))
        return
    item.phase = PHASE_AFTER_WRITE[write.phase]
    before = {"build_number_before_write": write.build_number_before_write, "build": None}
    leased = claimed_rows(item).filter(leased_until__gt=timezone.now() + MIN_LEASE_FOR_WRITE)
    if not leased.update(phase=item.phase, target=item.target, version=item.version, **before):
        return
    try:
        response = coder.send(kind.call(item, write.phase))
    except ResponseLost as error:
        keep_for_next_step(item, error)
    except (RateLimited, Conflict, Unreachable) as error:
        item.phase = phase_before if phase_before in CHECKED_PHASES else write.phase
        claimed_rows(item).update(phase=item.phase)
        if is_refusal(item, error):
            refuse_item(item, error)
            return
        raise
    except ServerError as error:
        if kind.accepted:
            raise
        end_item(item, Item.Outcome.FAILED, error_text(item, error))
    except CoderError as error:
        refuse_item(item, error)
    else:
        finish_write(item, write, response)


def finish_write(item: Item, write: Write, response: object) -> None:
    """Store that Coder accepted a write: the item waits for its build, or has ended."""
    phase = KINDS[item.operation.kind].accepted.get(write.phase)
    if phase is None:
        end_item(item, Item.Outcome.DONE, "")
        return
    # `write_machine` knows its build by its number.
    build = response.id if isinstance(response, WorkspaceBuild) and write.phase != READY else None
    release_item(item, FIRST_POLL_S, phase=phase, build=build, unreachable_since=None, message="")


def keep_for_next_step(item: Item, error: ResponseLost) -> None:
    """Release an item whose response was lost: the next step finds out what the write did."""
    if item.phase == SENT:
        retry_later(item, error)
    else:
        release_item(item, state_machine.POLL_INTERVAL_S)


def is_refusal(item: Item, error: CoderError) -> bool:
    """Return whether the write ends here: where somebody else acts on one of many workspaces, the person decides."""
    return item.operation.is_bulk and isinstance(error, Conflict)


def refuse_item(item: Item, error: CoderError) -> None:
    """End an item whose write Coder refused. What it refused of parameters can be corrected in their form."""
    values = item_builds.encrypt_refused_values(item) if is_about_parameters(error) else ""
    end_item(item, Item.Outcome.REFUSED, error_text(item, error), values=values)


def claimed_rows(item: Item) -> "QuerySet[Item]":
    """Return a query set of the item's row that is empty when another step has claimed or ended the item."""
    return Item.objects.filter(pk=item.pk, ticket=item.ticket, ended_at=None)


def release_item(item: Item, seconds: float, **changes: object) -> None:
    """End the lease, store `changes` of fields, and queue the next step to run in `seconds`."""
    with transaction.atomic():
        next_at = timezone.now() + timedelta(seconds=seconds)
        if claimed_rows(item).update(leased_until=None, next_at=next_at, **changes):
            enqueue_step(item, seconds)


def pause_operation(item: Item, seconds: float) -> None:
    """Release the item, and let no step of its operation run for `seconds`: Coder limits the rate."""
    Operation.objects.filter(pk=item.operation_id).update(paused_until=timezone.now() + timedelta(seconds=seconds))
    release_item(item, seconds)


def retry_later(item: Item, error: CoderError) -> None:
    """Release the item for a retry at growing intervals; fail it after RETRY_LIMIT."""
    now = timezone.now()
    since = item.unreachable_since or now
    message = error_text(item, error)
    if now - since > RETRY_LIMIT:
        end_item(item, Item.Outcome.FAILED, message)
        return
    seconds = min(max((now - since).total_seconds(), state_machine.POLL_INTERVAL_S), MAX_RETRY_S)
    release_item(item, error.retry_after or seconds, unreachable_since=since, message=message)


def end_item(item: Item, outcome: str, message: str, *, values: str = "") -> None:
    """End the item with a message for the user; with the last item, end the operation and queue revoking its token.

    `values`: the parameter values, encrypted, if the item keeps them for the form in which they are corrected.
    """
    with exclusive_transaction():
        now = timezone.now()
        ended = {"outcome": outcome, "message": message.strip(), "ended_at": now, "leased_until": None}
        if not claimed_rows(item).update(**ended, values=values):
            return
        for admitted in admit_items(item.operation):
            enqueue_step(admitted, 0)
        if not Item.objects.filter(operation=item.operation_id, ended_at=None).exists():
            Operation.objects.filter(pk=item.operation_id, ended_at=None).update(ended_at=now)
            revoke_token.enqueue(str(item.operation_id))
