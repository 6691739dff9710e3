"""Test that migrations can be reversed and form one linear sequence."""

import itertools
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def restore_tables() -> Iterator[None]:
    """Apply all migrations after the test."""
    yield
    call_command("migrate", verbosity=0)


def tables() -> set[str]:
    """Return the names of the portal's tables in the database."""
    return {name for name in connection.introspection.table_names() if name.startswith("workspaces_")}


def test_migrations_can_be_reversed_to_zero_and_applied_again(restore_tables: None) -> None:
    before = tables()
    call_command("migrate", "workspaces", "zero", verbosity=0)
    assert tables() == set()
    call_command("migrate", "workspaces", verbosity=0)
    assert tables() == before
    applied = {name for app, name in MigrationRecorder(connection).applied_migrations() if app == "workspaces"}
    assert applied == {name for app, name in MigrationLoader(None).disk_migrations if app == "workspaces"}


def test_each_migration_depends_on_the_one_before() -> None:
    graph = MigrationLoader(None).graph
    own = sorted(key for key in graph.nodes if key[0] == "workspaces")
    for before, migration in itertools.pairwise(own):
        assert before in {parent.key for parent in graph.node_map[migration].parents}
    assert graph.leaf_nodes("workspaces") == [own[-1]]
