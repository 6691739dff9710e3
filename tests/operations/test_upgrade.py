"""The upgrade from the previous release: its tables and its queued tasks are used by this one."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from workspaces.models import AuditEntry

OLD_STATE = [("workspaces", "0003_record")]


def migrate(targets: list[tuple[str, str]]) -> MigrationExecutor:
    """Migrate the test database to these migrations."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection)


@pytest.mark.django_db(transaction=True)
def test_audit_entries_are_kept_and_table_is_only_renamed() -> None:
    old = migrate(OLD_STATE).loader.project_state(OLD_STATE).apps.get_model("workspaces", "Change")
    values = {"person": uuid4(), "username": "alice", "action": "start", "name": "web", "outcome": "done"}
    row = old.objects.create(at=datetime(2026, 11, 1, tzinfo=UTC), details={"transition": "start"}, **values)
    with CaptureQueriesContext(connection) as queries:
        migrate([("workspaces", "0004_audit_entry")])
    entry = AuditEntry.objects.get(pk=row.pk)
    assert (entry.at, entry.details) == (row.at, {"transition": "start"})
    assert {name: getattr(entry, name) for name in values} == values
    changes = [query["sql"] for query in queries if "workspaces_" in query["sql"] and "SELECT" not in query["sql"]]
    assert changes == ['ALTER TABLE "workspaces_change" RENAME TO "workspaces_auditentry"']
