"""The tasks that workers (manage.py db_worker) run. A task is one step of one item and never waits.

A step claims its item for the time of a lease and under a new ticket, and queues the following step for the end of
the lease. If the process dies, that step continues; otherwise its ticket is outdated and it does nothing. So no step
is lost. A step reads the workspace before each write, so no write is repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
    PARAMETER_PREFIX,
    CoderError,
    Conflict,
    RateLimited,
    ResponseLost,
    ServerError,
    SessionEnded,
    Unreachable,
)
from workspaces.coder.text import redact_parameters
from workspaces.coder.types import Workspace
from workspaces.gateway.error_messages import error_message_for
from workspaces.models import Item, Operation
from workspaces.operations import credentials, item_builds, state_machine
from workspaces.operations.state_machine import End, ItemState, Wait, Write

LEASE = timedelta(seconds=60)  # longer than all calls of a step (gateway.connection.PAGE_BUDGET_S)
MIN_LEASE_FOR_WRITE = timedelta(seconds=20)  # a write needs this much of the lease
RETRY_LIMIT = timedelta(minutes=30)  # an item fails after retries for this long
MAX_RETRY_S = 30.0
REVOKE_RETRY_INTERVAL = timedelta(minutes=1)
ADVISORY_LOCK = 0x636F646572  # PostgreSQL's advisory lock of exclusive_transaction
BUSY_RETRY_S = 1.0  # while OPERATIONS_AT_ONCE steps are running, or Coder limits the rate
FIRST_POLL_S = 1.0  # between the request for a build and the first read of the workspace


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
        release_item(item, error.retry_after or BUSY_RETRY_S)
    except (Unreachable, ServerError, Conflict) as error:
        retry_later(item, error)
    except CoderError as error:
        values = item_builds.encrypt_refused_values(item) if is_about_parameters(error) else ""
        end_item(item, Item.Outcome.FAILED, error_text(item, error), values=values)


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

    Return None for an outdated ticket, before the step is due, and while OPERATIONS_AT_ONCE items are leased.
    """
    with exclusive_transaction():
        item = Item.objects.select_related("operation").filter(pk=item_id, ticket=ticket, ended_at=None).first()
        if item is None:
            return None
        now = timezone.now()
        if item.next_at > now:
            enqueue_step(item, (item.next_at - now).total_seconds())
            return None
        if Item.objects.filter(leased_until__gt=now).exclude(pk=item_id).count() >= settings.OPERATIONS_AT_ONCE:
            enqueue_step(item, BUSY_RETRY_S)
            return None
        item.ticket += 1
        item.leased_until = now + LEASE
        item.save(update_fields=["ticket", "leased_until"])
        enqueue_step(item, LEASE.total_seconds())
        return item


def enqueue_step(item: Item, seconds: float) -> None:
    """Queue the step that the item's current ticket allows, to run in `seconds`."""
    run_step.using(run_after=timezone.now() + timedelta(seconds=seconds)).enqueue(str(item.pk), item.ticket)


def advance_item(item: Item, coder: Coder, workspace: Workspace | None) -> None:
    """Read the workspace unless it is given, and take the next step. Raises CoderError and SessionEnded."""
    workspace = workspace or coder.send(calls.workspace(item.workspace, include_deleted=True))
    match state_machine.decide_next_step(item_state(item), redact_build_error(item, workspace)):
        case End(done=done, message=message):
            end_item(item, Item.Outcome.DONE if done else Item.Outcome.FAILED, message)
        case Wait() as wait:
            release_item(item, wait.seconds, phase=wait.phase, build=wait.build, unreachable_since=None, message="")
        case Write() as write:
            request_build(item, coder, write)


def item_state(item: Item) -> ItemState:
    """Return the part of the item that the next step depends on."""
    return ItemState(
        phase=item.phase,  # type: ignore[arg-type]  # a state_machine.Phase, as it was stored
        person=item.operation.person,
        version=item.version,
        build_number_before_write=item.build_number_before_write,
        build=item.build,
    )


def request_build(item: Item, coder: Coder, write: Write) -> None:
    """Store the phase, request the build, and store its id. Raises CoderError and SessionEnded.

    Does nothing where less than MIN_LEASE_FOR_WRITE of the lease is left: another process may continue the item.
    """
    item.phase = state_machine.PHASE_AFTER_WRITE[write.phase]
    leased = claimed_rows(item).filter(leased_until__gt=timezone.now() + MIN_LEASE_FOR_WRITE)
    if not leased.update(phase=item.phase, build_number_before_write=write.build_number_before_write, build=None):
        return
    try:
        build = coder.send(item_builds.build_call(item, write.phase))
    except ResponseLost:
        release_item(item, state_machine.POLL_INTERVAL_S)  # the next step finds out whether the build exists
    except (RateLimited, Conflict, Unreachable):
        claimed_rows(item).update(phase=write.phase)
        raise
    else:
        release_item(item, FIRST_POLL_S, build=build.id, unreachable_since=None, message="")


def claimed_rows(item: Item) -> "QuerySet[Item]":
    """Return a query set of the item's row that is empty when another step has claimed or ended the item."""
    return Item.objects.filter(pk=item.pk, ticket=item.ticket, ended_at=None)


def release_item(item: Item, seconds: float, **changes: object) -> None:
    """End the lease, store `changes` of fields, and queue the next step to run in `seconds`."""
    with transaction.atomic():
        next_at = timezone.now() + timedelta(seconds=seconds)
        if claimed_rows(item).update(leased_until=None, next_at=next_at, **changes):
            enqueue_step(item, seconds)


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
        if not Item.objects.filter(operation=item.operation_id, ended_at=None).exists():
            Operation.objects.filter(pk=item.operation_id, ended_at=None).update(ended_at=now)
            revoke_token.enqueue(str(item.operation_id))


def canceled_message(item: Item) -> str:
    """Return the user's message for a canceled item: why, if a person did not cancel its operation, and its state."""
    if item.operation.fingerprint and not item.operation.token:  # see cancellation.cancel_borrowing
        return _("The session that started this operation has ended. ") + unfinished_message(item)
    return unfinished_message(item)


def error_text(item: Item, error: CoderError) -> str:
    """Return the message about an error, as the item stores it: without parameter values in Coder's words."""
    message = error_message_for(error, write=True)
    return replace(message, detail=redact_parameters(message.detail, parameter_values(item))).text


def redact_build_error(item: Item, workspace: Workspace) -> Workspace:
    """Return the workspace with the error of its latest build as the item may store it: without parameter values."""
    build = workspace.latest_build
    if not build.job.error:
        return workspace
    error = redact_parameters(build.job.error, parameter_values(item))
    return replace(workspace, latest_build=replace(build, job=replace(build.job, error=error)))


def parameter_values(item: Item) -> list[str]:
    """Return the item's parameter values; none where their key was removed from the settings."""
    return [each["value"] for each in item_builds.decrypt_values_or_none(item)]


def unfinished_message(item: Item) -> str:
    """Return the state in which an item leaves its workspace when it ends early."""
    match item.phase:
        case "stop":
            return _("Nothing was changed.")
        case "stopping":
            return _("The stop was requested. The workspace is not started again.")
        case "start":
            return _("The workspace was stopped and is not started again.")
    return _("The start was already requested and continues.")
