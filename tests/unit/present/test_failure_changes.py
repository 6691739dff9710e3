"""Test what is said to have changed between a failed build and the last success before it."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest

from tests.unit.samples import running, viewer
from workspaces.coder.template_types import ParameterValue
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.failure_changes import FailureChanges, find_last_success, make_failure_changes

OTHER_ID = "00000000-0000-0000-0000-000000000001"


def build(number: int, status: str = "succeeded", transition: str = "start", **changes: Any) -> WorkspaceBuild:
    """Return a build whose job has this status, with these changes to the JSON of a recorded one."""
    body = deepcopy(running()["latest_build"]) | {"build_number": number, "transition": transition} | changes
    body["job"]["status"] = status
    return msgspec.convert(body, WorkspaceBuild)


def changes_of(
    failed: WorkspaceBuild,
    *older: WorkspaceBuild,
    values: dict[str, str] | None = None,
    previous: dict[str, str] | None = None,
) -> FailureChanges:
    """Return the changes of a failed build with these builds before it and these parameters."""
    now, before = (
        [ParameterValue(name=name, value=value) for name, value in (each or {}).items()] for each in (values, previous)
    )
    return make_failure_changes(failed, (failed, *older), now, before, viewer())


def lines(changes: FailureChanges) -> list[tuple[str, str, str]]:
    """Return each change as label, value before and value now."""
    return [(each.label, each.before, each.after) for each in changes.changes]


def test_last_success_is_newest_build_that_did_the_same() -> None:
    failed, stop, canceled = build(6, "failed"), build(5, transition="stop"), build(4, "canceled")
    builds = (build(7), failed, stop, canceled, build(3), build(2))
    found = find_last_success(failed, builds)
    assert found
    assert found.build_number == 3


def test_version_parameters_and_initiator_are_compared() -> None:
    failed = build(3, "failed", template_version_name="v2", template_version_id=OTHER_ID, initiator_name="bob")
    success = build(1, template_version_name="v1", initiator_name="alice", initiator_id=OTHER_ID)
    changes = changes_of(
        failed,
        success,
        values={"cpu": "8", "region": "eu", "team": "web"},
        previous={"cpu": "4", "disk": "20", "region": "eu"},
    )
    assert changes.text == "Changed since build #1, which succeeded:"
    assert lines(changes) == [
        ("Template version", "v1", "v2"),
        ("cpu", "4", "8"),
        ("disk", "20", ""),
        ("team", "", "web"),
        ("Requested by", "alice", "bob"),
    ]


def test_same_build_is_said_to_have_changed_nothing() -> None:
    changes = changes_of(build(3, "failed"), build(1), values={"cpu": "4"}, previous={"cpu": "4"})
    assert changes.text == "Same version, parameters, and initiator as build #1, which succeeded."
    assert changes.changes == ()


@pytest.mark.parametrize(
    ("transition", "text"),
    [
        ("start", "No earlier start has succeeded."),
        ("stop", "No earlier stop has succeeded."),
        ("delete", "No earlier deletion has succeeded."),
        ("other", "The latest build of this kind did not succeed."),
    ],
)
def test_first_build_of_its_kind_has_no_success_to_compare(transition: str, text: str) -> None:
    changes = changes_of(build(1, "failed", transition))
    assert (changes.text, changes.number, changes.changes) == (text, None, ())


def test_success_before_builds_that_were_read_is_not_denied() -> None:
    failures = [build(number, "failed") for number in range(40, 15, -1)]
    changes = changes_of(*failures)
    assert changes.text == "None of the latest 25 builds of this kind succeeded."
