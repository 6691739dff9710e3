"""Cleanup of operations: lost steps, leftover tokens, time limits and retention."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from tests.operations.conftest import OperationWorker
from tests.operations.test_running import BeginOperation
from tests.portal import SimulatedCoder
from workspaces.models import Item, Operation, PortalSession
from workspaces.operations import cleanup, tasks


def test_lost_steps_are_requeued_by_cleanup(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    DBTaskResult.objects.filter(task_path=tasks.run_step.module_path).delete()
    worker.advance(310)  # until the cleanup that was queued with the operation runs
    assert worker.run_until_ended(item).outcome == "done"


def test_cleanup_reschedules_itself_until_no_operation_is_running_and_nobody_is_signed_in(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    coder.server.add_fault("refuse", path="/api/v2/")
    worker.advance(310)
    waiting = DBTaskResult.objects.filter(task_path=cleanup.run_cleanup.module_path, status="READY")
    assert waiting.count() == 1
    coder.server.clear_faults()
    worker.run_until_ended(item)
    worker.advance(310)
    assert waiting.count() == 1
    alice.post("/logout/")
    PortalSession.objects.all().delete()  # the one that holds the message
    worker.advance(310)
    assert not waiting.exists()


def test_token_is_revoked_later_when_first_attempt_fails(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    coder.server.add_fault("bad_gateway", path="/users/me/keys/", method="DELETE")
    worker.run_until_ended(item)
    assert Operation.objects.get().token_id
    coder.server.clear_faults()
    worker.advance(61)
    assert Operation.objects.get().token_id == ""
    assert not [token for token in coder.server.world.tokens.values() if token.login_type == "token"]


def test_operation_fails_when_it_is_two_days_old(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    Operation.objects.update(created_at=timezone.now() - timedelta(days=2, minutes=1))
    cleanup.clean_up()
    item.refresh_from_db()
    assert (item.outcome, item.message) == (
        "failed",
        "The operation timed out. The stop was requested. The workspace is not started again.",
    )


def test_ended_operations_are_deleted_after_configured_days(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker, settings: Settings
) -> None:
    settings.OPERATIONS_DAYS = 3
    worker.run_until_ended(begin(coder.place("web")))
    worker.run_due_tasks()
    worker.ahead += timedelta(days=2, hours=23)
    cleanup.clean_up()
    assert Operation.objects.count() == 1
    worker.ahead += timedelta(hours=2)
    cleanup.clean_up()
    assert (Operation.objects.count(), Item.objects.count()) == (0, 0)


def test_task_results_are_deleted_after_one_day(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    worker.run_until_ended(begin(coder.place("web")))
    worker.ahead += timedelta(days=1, minutes=10)
    old = DBTaskResult.objects.filter(finished_at__lt=timezone.now() - timedelta(days=1))
    assert old.exists()
    cleanup.clean_up()
    assert not old.exists()
