"""What an item does next: each phase, each thing that may have become of its workspace meanwhile."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.unit import samples
from workspaces.operations.state_machine import End, Facts, Move, Phase, Wait, Write, move

ALICE = UUID(samples.running()["owner_id"])
BOB = uuid4()
HAD = UUID(samples.running()["latest_build"]["template_version_id"])
OTHER = uuid4()
BUILD = UUID(samples.running()["latest_build"]["id"])


def facts(phase: Phase, **more: Any) -> Facts:
    """An item of Alice's that has seen build 7 before its last write."""
    return Facts(**{"phase": phase, "person": ALICE, "version": HAD, "before": 7} | more)


def seen(status: str, *, number: int = 7, by: UUID = ALICE, version: UUID = HAD, **more: Any) -> Any:
    """The workspace as it is now, with its latest build by somebody."""
    name = "alice" if by == ALICE else "bob"
    return samples.workspace(
        status,
        build_build_number=number,
        build_initiator_id=str(by),
        build_initiator_name=name,
        build_template_version_id=str(version),
        **more,
    )


STOP, START = Write(phase="stop", before=7), Write(phase="start", before=7)


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
def test_with_nothing_of_its_own_under_way_it_stops_what_runs_and_starts_what_rests(
    phase: Phase, status: str, expected: Move
) -> None:
    assert move(facts(phase), seen(status)) == expected


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("stopping", "pending", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopping", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopped", Write(phase="start", before=8)),
        ("starting", "starting", Wait(phase="starting", build=BUILD)),
        ("starting", "running", End(done=True)),
        ("starting", "canceled", End(done=False, said="The build was canceled.")),
    ],
)
def test_its_own_build_is_waited_for_and_then_gone_on_from(phase: Phase, status: str, expected: Move) -> None:
    assert move(facts(phase, build=BUILD), seen(status, number=8)) == expected


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        ("stopping", "It could not be stopped: no lock"),
        ("starting", "It was stopped and could not be started: no lock"),
    ],
)
def test_a_build_of_its_own_that_fails_ends_it_in_coders_words(phase: Phase, said: str) -> None:
    workspace = seen("failed", number=8, job_error="no lock")
    assert move(facts(phase, build=BUILD), workspace) == End(done=False, said=said)


def test_what_it_keeps_of_an_error_has_no_token_and_nothing_for_a_terminal() -> None:
    error = f"\x1b[31mno lock\x1b[0m for abcDEF1234-{'x' * 22}"
    found = move(facts("stopping", build=BUILD), seen("failed", number=8, job_error=error))
    assert found == End(done=False, said="It could not be stopped: no lock for [token]")


@pytest.mark.parametrize(("phase", "status", "write"), [("stopping", "running", STOP), ("starting", "stopped", START)])
def test_a_call_that_never_arrived_is_made_again(phase: Phase, status: str, write: Write) -> None:
    assert move(facts(phase), seen(status, number=7)) == write


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("stopping", "stopping", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopped", Write(phase="start", before=8)),
        ("starting", "starting", Wait(phase="starting", build=BUILD)),
        ("starting", "running", End(done=True)),
        ("starting", "canceled", End(done=False, said="The build was canceled.")),
    ],
)
def test_a_call_whose_answer_was_lost_is_known_by_number_transition_and_initiator(
    phase: Phase, status: str, expected: Move
) -> None:
    assert move(facts(phase), seen(status, number=8)) == expected


def test_a_build_of_somebody_else_is_not_taken_for_its_own() -> None:
    assert move(facts("stopping"), seen("stopping", number=8, by=BOB)) == Wait(phase="stopping", build=None)
    assert move(facts("starting"), seen("running", number=8, by=BOB)) == End(
        done=True, said="bob started it meanwhile."
    )
    assert move(facts("starting"), seen("running", number=9)) == End(done=True)


@pytest.mark.parametrize(
    ("phase", "status", "expected"),
    [
        ("stopping", "starting", Wait(phase="stopping", build=BUILD)),
        ("stopping", "stopped", Write(phase="start", before=9)),
        ("stopping", "running", End(done=True, said="bob started it meanwhile.")),
        ("starting", "stopped", End(done=False, said="bob stopped it meanwhile.")),
        ("starting", "failed", End(done=False, said="A build that bob began meanwhile failed.")),
        ("starting", "canceled", End(done=False, said="A build that bob began meanwhile was canceled.")),
    ],
)
def test_what_somebody_else_does_meanwhile_is_heeded_and_told(phase: Phase, status: str, expected: Move) -> None:
    workspace = seen(status, number=9, by=BOB, build_id=str(uuid4()))
    assert move(facts(phase, build=BUILD), workspace) == expected


def test_an_update_is_not_done_when_somebody_starts_it_with_another_version() -> None:
    workspace = seen(
        "running", number=9, by=BOB, version=OTHER, build_template_version_name="v1", build_id=str(uuid4())
    )
    told = "bob started it meanwhile, with version v1."
    assert move(facts("stopping", build=BUILD), workspace) == End(done=False, said=told)


@pytest.mark.parametrize("phase", ["stop", "stopping", "start", "starting"])
@pytest.mark.parametrize("status", ["deleting", "deleted"])
def test_a_workspace_that_is_deleted_meanwhile_ends_it(phase: Phase, status: str) -> None:
    ended = End(done=False, said="The workspace was deleted meanwhile.")
    assert move(facts(phase, build=BUILD), seen(status, number=9)) == ended


def test_a_status_that_the_portal_does_not_know_ends_it() -> None:
    assert move(facts("stop"), seen("hibernating")) == End(done=False, said="Coder calls its status “hibernating”.")
