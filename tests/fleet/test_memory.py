"""Test that a row of the staff table takes at most 2 KiB: the limit of rows in a process assumes that."""

import tracemalloc
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tests.fleet.samples import workspace_json
from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.coder.types import Workspace
from workspaces.fleet.rows import MAX_ERROR_LENGTH, SharedValues, make_fleet_row

ROWS = 200
MAX_ROW_BYTES = 2048
CAPABILITIES = CoderCapabilities.for_version("v2.36.0")


def failed_workspace(number: int) -> Workspace:
    """Return a workspace with a name, an owner and an error of its own, each as long as a row stores it."""
    name, owner = f"{number:032}", f"owner-{number:026}"
    workspace = workspace_json(number, name=name, owner_name=owner, owner_id=str(UUID(int=number + 9000)))
    workspace["latest_build"] |= {"status": "failed", "id": str(UUID(int=number + 90_000))}
    error = f"The workspace of {owner}: {number} " + "x" * MAX_ERROR_LENGTH  # without the owner, another text
    workspace["latest_build"]["job"] |= {"status": "failed", "error": error}
    return msgspec.convert(workspace, Workspace)


def test_row_of_values_that_no_other_row_has_takes_at_most_2_kib() -> None:
    shared, rights, now = SharedValues(), Rights(is_owner=False, update=True), datetime(2026, 11, 29, tzinfo=UTC)
    workspaces = [failed_workspace(number) for number in range(ROWS)]
    make_fleet_row(failed_workspace(ROWS), rights, CAPABILITIES, now, shared)  # what all rows share
    tracemalloc.start()
    try:
        rows = [make_fleet_row(each, rights, CAPABILITIES, now, shared) for each in workspaces]
        size = tracemalloc.get_traced_memory()[0] + sum(
            row.id.__sizeof__() + row.name.__sizeof__() for row in rows
        )  # of the workspace, which is kept
    finally:
        tracemalloc.stop()
    assert len({row.error for row in rows} | {row.error_kind for row in rows}) == 2 * ROWS
    assert size / ROWS <= MAX_ROW_BYTES
