"""Test that a workspace is judged before a write as the table judged it."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict

from tests.fleet.samples import NOW
from tests.unit.samples import workspace
from workspaces.fleet.filters import FilterContext
from workspaces.fleet.judging import judging_parameters, matches_query
from workspaces.fleet.query import parse_query
from workspaces.operations.criteria import FILTERS

MOMENT = datetime.fromtimestamp(NOW, UTC)


def matches_stored(text: str, **changes: Any) -> bool:
    """Return whether a workspace with these changes matches the stored form of an address."""
    query, errors = parse_query(QueryDict(text))
    assert errors == []
    subject = workspace(**changes)
    context = FilterContext(
        now=NOW, suspended=frozenset({subject.owner_id}), versions_behind={subject.latest_build.template_version_id: 2}
    )
    stored = json.loads(json.dumps(judging_parameters(query, context)))
    return matches_query(subject, stored, MOMENT)


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("idle=30", {"last_used_at": "2026-01-01T00:00:00Z"}, True),
        ("idle=30", {"last_used_at": "2027-01-15T00:00:00Z"}, False),
        ("status=running", {"status": "running"}, True),
        ("status=running", {"status": "stopped"}, False),
        ("suspended=1", {}, True),
        ("behind=2", {}, True),
        ("behind=3", {}, False),
        ("q=status:running+no-such-name", {}, False),
    ],
)
def test_workspace_is_judged_by_the_stored_filters(text: str, changes: dict[str, Any], *, expected: bool) -> None:
    assert matches_stored(text, **changes) is expected


def test_order_and_groups_are_not_stored() -> None:
    query, _errors = parse_query(QueryDict("idle=7&sort=-name&group=owner&open=x&page=3"))
    assert judging_parameters(query, FilterContext(now=NOW))["query"] == "?idle=7"


def test_address_of_another_release_matches_nothing() -> None:
    stored = {"query": "?gone=1", "suspended": [str(UUID(int=1))], "versions_behind": {}}
    assert not matches_query(workspace(), stored, MOMENT)


def test_operations_know_the_filter() -> None:
    assert FILTERS["fleet"] is matches_query
