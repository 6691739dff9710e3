"""Decisions of the operation state machine: each phase, and each change of the workspace meanwhile."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.unit import samples
from workspaces.operations.state_machine import Decision, End, ItemState, Phase, Wait, Write, decide_next_step

ALICE = UUID(samples.running()["owner_id"])
BOB = uuid4()
VERSION = UUID(samples.running()["latest_build"]["template_version_id"])
OTHER_VERSION = uuid4()
BUILD = UUID(samples.running()["latest_build"]["id"])


def item_in(phase: Phase, **more: Any) -> ItemState:
    """Return the state of an item of alice whose last write followed build 7."""
    return ItemState(**{"phase": phase, "person": ALICE, "version": VERSION, "build_number_before_write": 7} | more)


def workspace_with(status: str, *, number: int = 7, by: UUID = ALICE, version: UUID = VERSION, **more: Any) -> Any:
    """Return the workspace with this status and this latest build."""
    name = "alice" if by == ALICE else "bob"
    return samples.workspace(
        status,
        build_build_number=number,
        build_initiator_id=str(by),
        build_initiator_name=name,
        build_template_version_id=str(version),
        **more,
    )


STOP, START = Write(phase="stop", build_number_before_write=7), Write(phase="start", build_number_before_write=7)


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("stop", "running", STOP),
        ("stop", "stopped", START),
        ("stop", "failed", START),
        ("stop", "canceled", START),
        ("stop", "starting", Wait(phase="stop", build=None)),
        ("stop", "pending", Wait(phase="stop", build=None)),
        ("start", "stopped", START),
        ("start", "canceling", Wait(phase="start", build=None)),
        ("start", "running", End(done=True)),
    ],
)
def test_decision_follows_workspace_status_when_no_own_build_is_running(
    phase: Phase, status: str, expected: Decision
) -> None:
    assert decide_next_step(item_in(phase), workspace_with(status)) == expected


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("stopping", "pending", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopping", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopped", Write(phase="start", build_number_before_write=8)),
        ("starting", "starting", Wait(phase="starting", build=BUILD)),
        ("starting", "running", End(done=True)),
        ("starting", "canceled", End(done=False, message="The build was canceled.")),
    ],
)
def test_operation_waits_for_own_build_and_then_continues(phase: Phase, status: str, expected: Decision) -> None:
    assert decide_next_step(item_in(phase, build=BUILD), workspace_with(status, number=8)) == expected


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        ("stopping", "The stop failed: no lock"),
        ("starting", "The workspace stopped, but the start failed: no lock"),
    ],
)
def test_operation_fails_with_coder_error_when_own_build_fails(phase: Phase, said: str) -> None:
    workspace = workspace_with("failed", number=8, job_error="no lock")
    assert decide_next_step(item_in(phase, build=BUILD), workspace) == End(done=False, message=said)


def test_stored_error_contains_no_token_and_no_terminal_codes() -> None:
    error = f"\x1b[31mno lock\x1b[0m for abcDEF1234-{'x' * 22}"
    found = decide_next_step(item_in("stopping", build=BUILD), workspace_with("failed", number=8, job_error=error))
    assert found == End(done=False, message="The stop failed: no lock for [token]")


@pytest.mark.parametrize(("phase", "status", "write"), [("stopping", "running", STOP), ("starting", "stopped", START)])
def test_write_is_repeated_when_it_never_reached_coder(phase: Phase, status: str, write: Write) -> None:
    assert decide_next_step(item_in(phase), workspace_with(status, number=7)) == write


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("stopping", "stopping", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopped", Write(phase="start", build_number_before_write=8)),
        ("starting", "starting", Wait(phase="starting", build=BUILD)),
        ("starting", "running", End(done=True)),
        ("starting", "canceled", End(done=False, message="The build was canceled.")),
    ],
)
def test_own_build_is_recognized_when_response_to_write_was_lost(phase: Phase, status: str, expected: Decision) -> None:
    assert decide_next_step(item_in(phase), workspace_with(status, number=8)) == expected


def test_build_of_another_user_is_not_taken_as_own() -> None:
    assert decide_next_step(item_in("stopping"), workspace_with("stopping", number=8, by=BOB)) == Wait(
        phase="stopping", build=None
    )
    assert decide_next_step(item_in("starting"), workspace_with("running", number=8, by=BOB)) == End(
        done=True, message="bob started the workspace in the meantime."
    )
    assert decide_next_step(item_in("starting"), workspace_with("running", number=9)) == End(done=True)


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("stopping", "starting", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopped", Write(phase="start", build_number_before_write=9)),
        ("stopping", "running", End(done=True, message="bob started the workspace in the meantime.")),
        ("starting", "stopped", End(done=False, message="bob stopped the workspace in the meantime.")),
        ("starting", "failed", End(done=False, message="A build that bob started in the meantime failed.")),
        ("starting", "canceled", End(done=False, message="A build that bob started in the meantime was canceled.")),
    ],
)
def test_decision_adapts_to_and_reports_build_of_another_user(phase: Phase, status: str, expected: Decision) -> None:
    workspace = workspace_with(status, number=9, by=BOB, build_id=str(uuid4()))
    assert decide_next_step(item_in(phase, build=BUILD), workspace) == expected


def test_update_fails_when_another_user_starts_other_version() -> None:
    workspace = workspace_with(
        "running", number=9, by=BOB, version=OTHER_VERSION, build_template_version_name="v1", build_id=str(uuid4())
    )
    told = "bob started the workspace in the meantime, with version v1."
    assert decide_next_step(item_in("stopping", build=BUILD), workspace) == End(done=False, message=told)


@pytest.mark.parametrize("phase", ["stop", "stopping", "start", "starting"])
@pytest.mark.parametrize("status", ["deleting", "deleted"])
def test_operation_fails_when_workspace_is_deleted(phase: Phase, status: str) -> None:
    ended = End(done=False, message="The workspace was deleted in the meantime.")
    assert decide_next_step(item_in(phase, build=BUILD), workspace_with(status, number=9)) == ended


def test_operation_fails_when_status_is_unknown() -> None:
    assert decide_next_step(item_in("stop"), workspace_with("hibernating")) == End(
        done=False, message="Coder reports the status “hibernating”."
    )
