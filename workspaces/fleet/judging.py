"""Whether a workspace that was just read still matches the filters of a selection, before a bulk action changes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.coder.types import Workspace
from workspaces.fleet.filters import FilterContext
from workspaces.fleet.query import FleetQuery, parse_query
from workspaces.fleet.rows import NO_RIGHTS, SharedValues, make_fleet_row
from workspaces.fleet.selecting import matches

NAME = "fleet"  # of the filter in the criteria of an operation


def judging_parameters(query: FleetQuery, context: FilterContext) -> dict[str, Any]:
    """Return what an operation stores of a query: its filters, and what was looked up for them, as JSON."""
    return {
        "query": query.selection().address(),
        "suspended": sorted(str(each) for each in context.suspended),
        "versions_behind": {str(version): behind for version, behind in context.versions_behind.items()},
    }


def matches_query(workspace: Workspace, parameters: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a workspace matches what `judging_parameters` has stored. `now` is aware, by Coder's clock.

    An address that this release cannot read matches nothing.
    """
    query, errors = parse_query(QueryDict(str(parameters["query"]).removeprefix("?")))
    context = FilterContext(
        now=int(now.timestamp()),
        suspended=frozenset(map(UUID, parameters["suspended"])),
        versions_behind={UUID(version): behind for version, behind in parameters["versions_behind"].items()},
    )
    row = make_fleet_row(workspace, NO_RIGHTS, CoderCapabilities.for_version(""), now, SharedValues())
    return not errors and matches(row, query, context)
