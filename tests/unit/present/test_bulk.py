"""The page that confirms an action on many workspaces."""

from typing import Any
from uuid import uuid4

import pytest

from workspaces.operations.selections import SelectedRow
from workspaces.present.bulk import BulkPage, make_bulk_page


def row(name: str, **more: Any) -> SelectedRow:
    """Return a workspace of alice on which the action is possible."""
    fields = {"id": uuid4(), "owner": "alice", "name": name, "daily_cost": 5, "favorite": False, "reason": ""}
    return SelectedRow(**{**fields, **more})


def page(action: str, *rows: SelectedRow, has_criteria: bool = False) -> BulkPage:
    """Return the page of an action on these workspaces."""
    return make_bulk_page("key", action, "title", rows, has_criteria=has_criteria)


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("delete", "This saves 10 credits per day."),
        ("stop", "This saves up to 10 credits per day."),
        ("start", "Stopped, they cost 10 credits per day. They cost more while they run."),
        ("favorite", ""),
    ],
)
def test_cost_counts_possible_workspaces_only(action: str, text: str) -> None:
    assert page(action, row("a"), row("b"), row("c", reason="No.")).cost == text


def test_cost_is_left_out_where_builds_have_none() -> None:
    assert page("stop", row("a", daily_cost=0)).cost == ""


def test_reasons_are_grouped_with_the_most_frequent_first() -> None:
    rows = [row("a", reason="One."), *(row(f"b{number}", reason="Two.") for number in range(7))]
    groups = page("stop", *rows).groups
    assert [(group.reason, group.count) for group in groups] == [("Two.", 7), ("One.", 1)]
    assert groups[0].names == "alice/b0, alice/b1, alice/b2, alice/b3, alice/b4 and 2 more"


def test_favorites_are_counted_among_possible_workspaces() -> None:
    assert page("delete", row("a", favorite=True), row("b", favorite=True, reason="No.")).favorites == 1


def test_note_says_that_the_search_is_applied_again() -> None:
    assert page("stop", row("a")).note == ""
    assert "no longer match" in page("stop", row("a"), has_criteria=True).note
