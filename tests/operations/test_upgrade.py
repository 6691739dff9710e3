"""The upgrade from the previous release: this one keeps its rows and runs the tasks that it left in the queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.operations.conftest import OperationWorker
from tests.portal import SimulatedCoder, create_token
from workspaces.auth import tokens
from workspaces.models import AuditEntry, Item, Operation

pytestmark = pytest.mark.django_db(transaction=True)
OLD_STATE = [("workspaces", "0003_record")]
# Task paths and arguments as the previous release stored them.
STEP, TIDY, SWEEP = "workspaces.tasks.step", "workspaces.tasks.tidy", "workspaces.operations.sweeping.sweep"


@dataclass
class Upgrade:
    """A database with the tables of the previous release; `apps` holds the models of that release."""

    apps: Apps

    def model(self, name: str) -> Any:
        """Return the model of that release with this name."""
        return self.apps.get_model("workspaces", name)

    def run(self) -> None:
        """Migrate to this release."""
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture
def upgrade() -> Iterator[Upgrade]:
    """The tables of the previous release, until the test runs the upgrade."""
    executor = MigrationExecutor(connection)
    new_state = executor.loader.graph.leaf_nodes()
    executor.migrate(OLD_STATE)
    yield Upgrade(MigrationExecutor(connection).loader.project_state(OLD_STATE).apps)
    MigrationExecutor(connection).migrate(new_state)


def queue_task(path: str, *arguments: object) -> UUID:
    """Add a row to the queue as the previous release did. Return its id."""
    row = DBTaskResult.objects.create(
        task_path=path,
        args_kwargs={"args": list(arguments), "kwargs": {}},
        queue_name="default",
        backend_name="default",
        run_after=timezone.now(),
        exception_class_path="",
        traceback="",
    )
    return row.pk


def test_upgrade_changes_neither_audit_entries_nor_columns_of_their_table(upgrade: Upgrade) -> None:
    values = {"person": uuid4(), "username": "alice", "action": "start", "name": "web", "outcome": "done"}
    row = upgrade.model("Change").objects.create(
        at=datetime(2026, 11, 1, tzinfo=UTC), details={"transition": "start"}, **values
    )
    with CaptureQueriesContext(connection) as queries:
        upgrade.run()
    entry = AuditEntry.objects.get(pk=row.pk)
    assert (entry.at, entry.details) == (row.at, {"transition": "start"})
    assert {name: getattr(entry, name) for name in values} == values
    changes = [
        query["sql"] for query in queries if "workspaces_change" in query["sql"] and "SELECT" not in query["sql"]
    ]
    assert [change for change in changes if not change.startswith("CREATE INDEX")] == []


def test_operation_queued_by_previous_release_is_finished(
    upgrade: Upgrade, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web, person = coder.place("web"), UUID(coder.user("alice").id)
    token = create_token(coder)
    operation = upgrade.model("Operation").objects.create(
        kind="restart",
        person=person,
        username="alice",
        token=tokens.encrypt(token, person),
        fingerprint=tokens.fingerprint(token),
        created_at=timezone.now(),
    )
    old_item = upgrade.model("Item").objects.create(
        operation=operation,
        workspace=UUID(web.id),
        owner="alice",
        name="web",
        phase="stop",
        version=UUID(web.latest_build.version.id),
        next_at=timezone.now(),
    )
    tasks = [queue_task(STEP, str(old_item.pk), 0), queue_task(SWEEP)]
    upgrade.run()
    item = worker.run_until_ended(Item.objects.get(pk=old_item.pk))
    worker.run_due_tasks()
    assert (item.outcome, item.message) == ("done", "")
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]
    assert DBTaskResult.objects.filter(pk__in=tasks, status="SUCCESSFUL").count() == len(tasks)
    assert not DBTaskResult.objects.filter(status="FAILED").exists()
    ended = Operation.objects.get()
    assert ended.ended_at
    assert ended.token == ""


def test_token_of_operation_ended_by_previous_release_is_revoked(
    upgrade: Upgrade, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    person = UUID(coder.user("alice").id)
    token = create_token(coder)
    token_id = token.partition("-")[0]
    operation = upgrade.model("Operation").objects.create(
        kind="restart",
        person=person,
        username="alice",
        token=tokens.encrypt(token, person),
        token_id=token_id,
        created_at=timezone.now(),
        ended_at=timezone.now(),
    )
    task = queue_task(TIDY, str(operation.pk))
    upgrade.run()
    worker.run_due_tasks()
    assert DBTaskResult.objects.get(pk=task).status == "SUCCESSFUL"
    assert Operation.objects.get().token == ""
    assert token_id not in {each.id for each in coder.server.world.tokens.values()}
