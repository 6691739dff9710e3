"""The fleet of the demo world: its size, its states, and the two stops that Coder refuses."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from coder_simulator.__main__ import main
from coder_simulator.clock import ZERO_TIME
from coder_simulator.render.workspaces import failing_agents
from coder_simulator.state import Workspace
from coder_simulator.testing import run_server
from coder_simulator.world import World
from coder_simulator.worlds import demo
from coder_simulator.worlds.demo_fleet import add_fleet
from tests.coder_simulator.conftest import CoderUnderTest

SIZE = 2_000
STATES: dict[str, tuple[float, float, Callable[[World, Workspace], bool]]] = {
    # name: (least share, greatest share, condition)
    "running": (0.30, 0.40, lambda _, w: w.running),
    "stopped": (0.50, 0.65, lambda _, w: w.latest_build.status == "stopped"),
    "failed": (0.03, 0.07, lambda _, w: w.latest_build.status == "failed"),
    "unhealthy": (0.01, 0.05, lambda world, w: bool(failing_agents(world, w))),
    "dormant": (0.03, 0.08, lambda _, w: w.dormant_at is not None),
    "deleted soon": (0.01, 0.04, lambda _, w: w.deleting_at is not None),
    "never used": (0.02, 0.05, lambda _, w: w.last_used_at == ZERO_TIME),
    "without autostop": (0.07, 0.15, lambda _, w: w.running and w.latest_build.deadline is None),
    "running for weeks": (0.02, 0.07, lambda world, w: w.running and age(world, w) > timedelta(days=14)),
    "idle for 7 days": (0.35, 0.55, lambda world, w: idle(world, w) > timedelta(days=7)),
    "idle for 30 days": (0.15, 0.30, lambda world, w: idle(world, w) > timedelta(days=30)),
    "idle for 90 days": (0.08, 0.16, lambda world, w: idle(world, w) > timedelta(days=90)),
    "outdated": (0.25, 0.50, lambda _, w: versions_behind(w) > 0),
    "outdated by several versions": (0.05, 0.20, lambda _, w: versions_behind(w) > 1),
    "of a suspended owner": (0.005, 0.1, lambda _, w: w.owner.status == "suspended"),
    "with a daily cost": (0.60, 1.0, lambda _, w: w.latest_build.daily_cost > 0),
}


def age(world: World, workspace: Workspace) -> timedelta:
    """Return the time since the newest build."""
    return world.now() - workspace.latest_build.created_at


def idle(world: World, workspace: Workspace) -> timedelta:
    """Return the time since the last use; zero if there was none."""
    return timedelta() if workspace.last_used_at == ZERO_TIME else world.now() - workspace.last_used_at


def versions_behind(workspace: Workspace) -> int:
    """Return how many versions of its template are newer than the workspace's, up to the active one."""
    versions = workspace.template.versions
    return versions.index(workspace.template.active_version) - versions.index(workspace.latest_build.version)


def fleet_of(number: int) -> tuple[World, list[Workspace]]:
    """Return a demo world with a fleet, and the workspaces of the fleet."""
    world = World(licensed=True)
    demo.build(world)
    before = set(world.workspaces.list_all())
    add_fleet(world, number)
    return world, [w for w in world.workspaces.list_all() if w not in before]


@pytest.fixture(scope="module")
def fleet() -> tuple[World, list[Workspace]]:
    """Return the fleet that `make demo FLEET=2000` adds."""
    return fleet_of(SIZE)


@pytest.fixture(scope="module")
def coder() -> Iterator[CoderUnderTest]:
    """Run a server with the fleet."""
    with ExitStack() as stack:
        yield CoderUnderTest(stack.enter_context(run_server(licensed=True, fleet=SIZE, speed=50)), stack)


def test_fleet_has_requested_number_of_workspaces_and_120_owners(fleet: tuple[World, list[Workspace]]) -> None:
    _, workspaces = fleet
    assert len(workspaces) == SIZE
    assert 110 <= len({w.owner.id for w in workspaces}) <= 120


@pytest.mark.parametrize("state", STATES)
def test_share_of_each_state_is_believable(fleet: tuple[World, list[Workspace]], state: str) -> None:
    world, workspaces = fleet
    least, greatest, holds = STATES[state]
    assert least <= sum(holds(world, w) for w in workspaces) / SIZE <= greatest


def test_failed_builds_have_several_kinds_of_error(fleet: tuple[World, list[Workspace]]) -> None:
    _, workspaces = fleet
    errors = Counter(w.latest_build.job.error.replace(w.name, "").replace(w.owner.username, "") for w in workspaces)
    assert len(errors) > 6


def test_no_workspace_of_suspended_owner_runs(fleet: tuple[World, list[Workspace]]) -> None:
    _, workspaces = fleet
    assert [w.name for w in workspaces if w.running and w.owner.status != "active"] == []


def test_each_owner_is_member_of_organization_of_template(fleet: tuple[World, list[Workspace]]) -> None:
    _, workspaces = fleet
    assert [w.name for w in workspaces if w.template.organization not in w.owner.organizations] == []


def test_fleet_of_same_number_is_the_same() -> None:
    def facts(workspaces: list[Workspace]) -> list[Any]:
        return [(w.owner.username, w.name, w.template.name, w.latest_build.status) for w in workspaces]

    assert facts(fleet_of(300)[1]) == facts(fleet_of(300)[1])


def test_fleet_of_one_workspace_has_it() -> None:
    assert len(fleet_of(1)[1]) == 1


def test_two_of_forty_stops_are_refused_and_a_retry_succeeds(coder: CoderUnderTest) -> None:
    admin = coder.sign_in("admin")
    listed = admin.get("/workspaces", q="template:node-service status:running")["workspaces"]
    assert len(listed) == 40
    answers = {row["id"]: admin("POST", f"/workspaces/{row['id']}/builds", {"transition": "stop"}) for row in listed}
    refused = {row_id: answer for row_id, answer in answers.items() if answer.status_code != 201}
    assert [(a.status_code, a.json()["message"]) for a in refused.values()] == [
        (409, "A workspace build is already active.")
    ] * 2
    for row_id in refused:
        build = admin.get(f"/workspaces/{row_id}")["latest_build"]
        assert (build["transition"], build["initiator_name"]) == ("start", build["workspace_owner_name"])
    coder.advance(minutes=10)
    for row_id in refused:
        assert admin("POST", f"/workspaces/{row_id}/builds", {"transition": "stop"}).status_code == 201


def test_owner_of_contended_workspace_can_stop_it(coder: CoderUnderTest) -> None:
    running = (w for w in coder.world.workspaces.list_all() if w.running and w.owner.status == "active")
    workspace = next(w for w in running if w.template.name == "monorepo")
    coder.world.concurrent_starts.add(workspace.id)
    owner = coder.sign_in(workspace.owner.username)
    assert owner("POST", f"/workspaces/{workspace.id}/builds", {"transition": "stop"}).status_code == 201


def test_page_of_fleet_has_its_limit_of_rows_and_the_count_of_all(coder: CoderUnderTest) -> None:
    page = coder.sign_in("admin").get("/workspaces", limit=100, offset=1_500)
    assert len(page["workspaces"]) == 100
    assert page["count"] == len(coder.world.workspaces.list_all())


def test_fleet_is_refused_for_another_world(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--world", "contract", "--fleet", "10"])
    assert "--fleet needs the demo world" in capsys.readouterr().err
