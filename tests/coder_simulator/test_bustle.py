"""Demo activity: a workspace is created, stopped and started through the API."""

from collections.abc import Iterator

import pytest

from coder_simulator import demo_activity
from coder_simulator.demo_activity import WORKSPACE_NAME, DemoActivity
from coder_simulator.state import Workspace
from coder_simulator.testing import RunningServer, run_server
from tests.external_services.servers import wait_for

ENOUGH = 120.0  # s, longer than any build takes


@pytest.fixture(params=["2.19", "2.36"])
def demo(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """The demo's Coder."""
    with run_server(version=request.param, world="demo", licensed=True) as server:
        yield server


@pytest.fixture
def terminal(demo: RunningServer) -> Iterator[DemoActivity]:
    """The terminal, which takes a step when it is told to."""
    made = DemoActivity(demo.url)
    with made.http:
        yield made


def found(demo: RunningServer) -> Workspace:
    """Its workspace."""
    (one,) = (
        each for each in demo.world.workspaces.list_with_deleted() if each.name == WORKSPACE_NAME and not each.deleted
    )
    return one


def steps(demo: RunningServer, terminal: DemoActivity, number: int) -> None:
    """So many steps, each after the build of the one before has ended."""
    for _ in range(number):
        terminal.change_workspace()
        demo.advance(ENOUGH)


def test_demo_activity_creates_workspace_then_alternates_stop_and_start(
    demo: RunningServer, terminal: DemoActivity
) -> None:
    steps(demo, terminal, 5)
    done = [(build.transition, build.job.status) for build in found(demo).builds]
    assert done == [(each, "succeeded") for each in ("start", "stop", "start", "stop", "start")]
    assert all(agent.lifecycle == "ready" for agent in found(demo).agents)


def test_demo_activity_waits_while_build_is_in_progress(demo: RunningServer, terminal: DemoActivity) -> None:
    terminal.change_workspace()
    terminal.change_workspace()
    assert len(found(demo).builds) == 1


def test_demo_activity_recreates_workspace_after_deletion(demo: RunningServer, terminal: DemoActivity) -> None:
    steps(demo, terminal, 1)
    before = found(demo)
    body = {"transition": "delete"}
    address = f"/api/v2/workspaces/{before.id}/builds"
    demo.http.post(address, json=body, headers=terminal.headers).raise_for_status()
    demo.advance(ENOUGH)
    steps(demo, terminal, 1)
    assert found(demo) is not before


def test_demo_activity_recovers_after_coder_was_unreachable(
    demo: RunningServer, terminal: DemoActivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_activity, "INTERVAL_SECONDS", 0.01)
    demo.add_fault("refuse")
    terminal.start()
    wait_for(lambda: asked(demo), AssertionError)
    demo.clear_faults()
    wait_for(lambda: found(demo), ValueError)
    terminal.stopped.set()
    terminal.join()


def asked(demo: RunningServer) -> None:
    """Raises AssertionError where nobody has asked for anything."""
    assert demo.requests()
