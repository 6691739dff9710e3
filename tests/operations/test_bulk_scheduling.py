"""How the steps of a bulk are scheduled beside other operations."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from tests.operations import bulk
from tests.operations.conftest import OperationWorker
from tests.operations.test_bulk import run_until_ended, writes
from tests.portal import SimulatedCoder
from workspaces.models import Item
from workspaces.operations import cleanup, tasks


def test_rate_limit_pauses_all_items(alice: Client, coder: SimulatedCoder, worker: OperationWorker) -> None:
    several = [coder.place(f"web-{number}") for number in range(6)]
    operation = bulk.start(alice, "favorite", several)
    coder.server.add_fault("rate_limited", path="/api/v2/workspaces/", seconds=40, count=1)
    worker.run_due_tasks()
    coder.clear_requests()
    worker.advance(30)
    assert coder.request_lines() == []
    worker.advance(11)
    assert set(run_until_ended(worker, operation).values()) == {"done"}


def test_bulk_queues_a_few_items_at_a_time(alice: Client, coder: SimulatedCoder, worker: OperationWorker) -> None:
    limit = tasks.UNDER_WAY_PER_SLOT * django_settings.OPERATIONS_AT_ONCE
    several = [coder.place(f"web-{number:02}") for number in range(limit + 5)]
    operation = bulk.start(alice, "stop", several)
    worker.run_due_tasks()
    assert sum(writes(coder, workspace) != [] for workspace in several) == limit
    assert operation.items.filter(in_line=True).count() == 5
    assert set(run_until_ended(worker, operation).values()) == {"done"}


def test_bulk_takes_half_the_slots_while_another_operation_waits(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, settings: Settings
) -> None:
    settings.OPERATIONS_AT_ONCE = 2
    operation = bulk.start(alice, "stop", [coder.place("first"), coder.place("second")])
    first, second = operation.items.all()
    assert tasks.claim_item(first.pk, first.ticket)
    other = bulk.start(alice, "stop", [coder.place("other")]).items.get()
    assert tasks.claim_item(second.pk, second.ticket) is None
    claimed = tasks.claim_item(other.pk, other.ticket)
    assert claimed
    tasks.end_item(claimed, Item.Outcome.DONE, "")
    assert tasks.claim_item(second.pk, second.ticket)


def test_steps_of_single_workspaces_run_before_those_of_a_bulk(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    several = [coder.place(f"web-{number}") for number in range(4)]
    bulk.start(alice, "favorite", several)
    alone = coder.place("alone")
    alice.post(f"/workspaces/{alone.id}/builds/", {"transition": "restart"})
    worker.ahead += timedelta(seconds=2)
    coder.server.advance(1000)
    coder.clear_requests()
    worker.run_due_tasks()
    assert coder.request_lines()[0] == f"GET /workspaces/{alone.id}"


def test_lost_step_of_a_bulk_is_queued_again(alice: Client, coder: SimulatedCoder, worker: OperationWorker) -> None:
    operation = bulk.start(alice, "favorite", [coder.place("web")])
    DBTaskResult.objects.all().delete()
    worker.ahead += cleanup.LOST_AFTER + timedelta(seconds=1)
    cleanup.clean_up()
    assert run_until_ended(worker, operation) == {"web": "done"}


def test_worker_that_dies_when_it_takes_a_step_loses_none(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OPERATIONS_AT_ONCE = 1
    several = [coder.place(f"web-{number}") for number in range(tasks.UNDER_WAY_PER_SLOT + 1)]
    operation = bulk.start(alice, "favorite", several)
    waiting = str(operation.items.get(in_line=True).pk)
    run_task = db_worker.Worker.run_task

    def die_at_waiting(self: db_worker.Worker, task: DBTaskResult[..., Any]) -> None:
        if task.task_result.args[0] == waiting:
            raise KeyboardInterrupt
        run_task(self, task)

    with monkeypatch.context() as patch:
        patch.setattr(db_worker.Worker, "run_task", die_at_waiting)
        with pytest.raises(KeyboardInterrupt):
            worker.run_due_tasks()
    worker.advance(tasks.LEASE.total_seconds() + 1)
    assert set(bulk.outcomes(operation).values()) == {"done"}
