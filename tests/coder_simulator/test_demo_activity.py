"""Demo activity: a workspace is created, stopped and started through the API."""

from collections.abc import Iterator

import pytest

from coder_simulator import demo_activity
from coder_simulator.demo_activity import WORKSPACE_NAME, DemoActivity
from coder_simulator.state import Workspace
from coder_simulator.testing import RunningServer, run_server
from tests.external_services.servers import wait_for

BUILD_SECONDS = 120.0  # s, longer than any build takes


@pytest.fixture(params=["2.19", "2.36"])
def demo(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """Return a server with the demo world."""
    with run_server(version=request.param, world="demo", licensed=True) as server:
        yield server


@pytest.fixture
def activity(demo: RunningServer) -> Iterator[DemoActivity]:
    """The activity, which takes a step when it is told to."""
    made = DemoActivity(demo.url)
    with made.http:
        yield made


def demo_workspace(demo: RunningServer) -> Workspace:
    """Return the workspace of the demo activity."""
    (one,) = (
        each for each in demo.world.workspaces.list_with_deleted() if each.name == WORKSPACE_NAME and not each.deleted
    )
    return one


def run_steps(demo: RunningServer, activity: DemoActivity, number: int) -> None:
    """Change the workspace a number of times; each build ends before the next."""
    for _ in range(number):
        activity.change_workspace()
        demo.advance(BUILD_SECONDS)


def test_demo_activity_creates_workspace_then_alternates_stop_and_start(
    demo: RunningServer, activity: DemoActivity
) -> None:
    run_steps(demo, activity, 5)
    done = [(build.transition, build.job.status) for build in demo_workspace(demo).builds]
    assert done == [(each, "succeeded") for each in ("start", "stop", "start", "stop", "start")]
    assert all(agent.lifecycle == "ready" for agent in demo_workspace(demo).agents)


def test_demo_activity_waits_while_build_is_in_progress(demo: RunningServer, activity: DemoActivity) -> None:
    activity.change_workspace()
    activity.change_workspace()
    assert len(demo_workspace(demo).builds) == 1


def test_demo_activity_recreates_workspace_after_deletion(demo: RunningServer, activity: DemoActivity) -> None:
    run_steps(demo, activity, 1)
    before = demo_workspace(demo)
    body = {"transition": "delete"}
    address = f"/api/v2/workspaces/{before.id}/builds"
    demo.http.post(address, json=body, headers=activity.headers).raise_for_status()
    demo.advance(BUILD_SECONDS)
    run_steps(demo, activity, 1)
    assert demo_workspace(demo) is not before


def test_demo_activity_recovers_after_coder_was_unreachable(
    demo: RunningServer, activity: DemoActivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_activity, "INTERVAL_SECONDS", 0.01)
    demo.add_fault("refuse")
    activity.start()
    wait_for(lambda: expect_request(demo), AssertionError)
    demo.clear_faults()
    wait_for(lambda: demo_workspace(demo), ValueError)
    activity.stopped.set()
    activity.join()


def expect_request(demo: RunningServer) -> None:
    """Raise AssertionError if the server has received no request."""
    assert demo.requests()
