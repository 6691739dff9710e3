"""Error responses without a recording: the status and the reason of each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from coder_simulator.seed import seed_workspace
from coder_simulator.testing import run_server
from coder_simulator.version_plans import PortPlan, VersionPlan
from coder_simulator.world import World
from tests.coder_simulator.conftest import CoderUnderTest
from tests.coder_simulator.test_builds import world_with
from tests.coder_simulator.worlds import AGENT, POD, SIZE

Serve = Callable[..., CoderUnderTest]
UNKNOWN_ID = "11111111-1111-4111-8111-111111111111"
AGENT_WITH_PORT = replace(AGENT, ports=(PortPlan(port=8080, process_name="python"),))


def build_full_world(world: World) -> None:
    """Add Alice's running `box`, her deleted `gone`, an archived and a broken version, another template."""
    pod = replace(POD, agents=(AGENT_WITH_PORT,))
    world_with(VersionPlan(parameters=(SIZE,), resources=(pod,)), status="running")(world)
    alice, made = world.find_user("alice"), next(iter(world.templates.values()))
    assert alice is not None
    seed_workspace(world, owner=alice, template=made, name="gone", status="deleted")
    world.add_version(made, "archived", made.active_version.plan).archived = True
    world.add_version(made, "broken", made.active_version.plan).job.error = "terraform init failed"
    world.add_version(made, "importing", made.active_version.plan).job.completed_at = None
    silent = replace(POD, agents=(replace(AGENT, outcome="never"),))
    other = world.add_template("other", created_by=made.created_by, plan=VersionPlan(resources=(silent,)))
    seed_workspace(world, owner=alice, template=other, name="asleep", agent_state="timeout")


@pytest.fixture(scope="module")
def coder() -> Iterator[CoderUnderTest]:
    """Return one server for all errors: none of the requests changes anything."""
    with ExitStack() as stack:
        yield CoderUnderTest(stack.enter_context(run_server(world=build_full_world)), stack)


def fill_path(coder: CoderUnderTest, path: str) -> str:
    """Fill a path or a value: {box}, {gone}, {asleep}, {build}, {agent}, {template}, {archived}, {broken}..."""
    world, box = coder.world, coder.find_workspace("alice", "box")
    alice = world.find_user("alice")
    assert alice is not None
    gone = world.workspaces.find_by_name(alice, "gone", deleted=True)
    assert gone is not None
    versions = {v.name: v.id for v in box.template.versions}
    other = next(t for t in world.templates.values() if t.name == "other")
    return path.format(
        box=box.id,
        gone=gone.id,
        asleep=coder.find_workspace("alice", "asleep").agents[0].id,
        build=box.latest_build.id,
        agent=box.agents[0].id,
        template=box.template.id,
        other=other.active_version.id,
        **versions,
    )


BUILDS = "/workspaces/{box}/builds"
START: dict[str, Any] = {"transition": "start"}
CASES: list[tuple[str, str, str, Any, int, str]] = [
    # username, method, path, body, status, text expected in the response
    ("alice", "POST", "/workspaces/{gone}/builds", {"transition": "start"}, 409, "deleted"),
    ("alice", "POST", BUILDS, START | {"log_level": "trace"}, 400, "log_level"),
    ("alice", "POST", BUILDS, START | {"reason": "boredom"}, 400, "reason"),
    (
        "alice",
        "POST",
        "/workspaces/{box}/builds",
        {"transition": "stop", "on_success": {"transition": "stop"}},
        400,
        "tag",
    ),
    ("ada", "POST", BUILDS, START | {"orphan": True}, 400, "Orphan"),
    (
        "alice",
        "POST",
        "/workspaces/{box}/builds",
        {"transition": "start", "template_version_id": UNKNOWN_ID},
        400,
        "not exist",
    ),
    (
        "alice",
        "POST",
        "/workspaces/{box}/builds",
        {"transition": "start", "template_version_id": "{other}"},
        400,
        "match",
    ),
    (
        "alice",
        "POST",
        "/workspaces/{box}/builds",
        {"transition": "start", "template_version_id": "{broken}"},
        400,
        "init",
    ),
    (
        "alice",
        "POST",
        "/workspaces/{box}/builds",
        {"transition": "start", "template_version_id": "{importing}"},
        406,
        "Wait",
    ),
    ("alice", "POST", "/users/me/workspaces", {"name": "a", "template_version_id": "{archived}"}, 500, "rchived"),
    ("alice", "POST", "/users/me/workspaces", {"name": "a", "template_version_id": UNKNOWN_ID}, 400, "doesn't exist"),
    ("alice", "GET", "/workspaces/{box}/builds?since=yesterday", None, 400, "since"),
    ("alice", "GET", "/users/me/workspace/box/builds/first", None, 400, "build number"),
    ("alice", "GET", f"/workspacebuilds/{UNKNOWN_ID}", None, 404, "not found"),
    ("alice", "GET", "/workspacebuilds/{build}/logs?after=all", None, 400, "after"),
    ("alice", "PATCH", "/workspacebuilds/{build}/cancel?expect_status=done", None, 400, "expect_status"),
    ("alice", "PATCH", "/workspacebuilds/{build}/cancel", None, 400, "already completed"),
    ("alice", "GET", f"/workspaceagents/{UNKNOWN_ID}", None, 404, "not found"),
    ("alice", "GET", "/workspaceagents/{agent}/logs?after=-1", None, 400, "after"),
    ("alice", "GET", "/workspaceagents/{asleep}/listening-ports", None, 400, '"timeout"'),
    ("bob", "GET", "/workspaceagents/{agent}/listening-ports", None, 404, "not found"),
    ("alice", "GET", "/organizations/nowhere", None, 404, "not found"),
    ("alice", "GET", "/organizations/coder/templates/nothing", None, 404, "not found"),
    ("alice", "GET", "/templates/{template}/versions?limit=-1", None, 400, "limit"),
    ("alice", "PATCH", "/templates/{template}/versions", {"id": "{archived}"}, 404, "not found"),
    ("ada", "PATCH", "/templates/{template}/versions", {"id": UNKNOWN_ID}, 404, "version not found"),
    ("ada", "PATCH", "/templates/{template}/versions", {"id": "{other}"}, 400, "belong"),
    ("alice", "GET", f"/templateversions/{UNKNOWN_ID}", None, 404, "not found"),
    ("alice", "PATCH", "/workspaces/{box}/acl", {"user_roles": {UNKNOWN_ID: "use"}}, 400, "does not exist"),
    (
        "alice",
        "PATCH",
        "/workspaces/{box}/acl",
        {"user_roles": {UNKNOWN_ID: "king"}},
        400,
        "not a valid workspace role",
    ),
    ("alice", "DELETE", "/workspaces/{box}/port-share", {"agent_name": "main", "port": 1}, 404, "not found"),
    ("alice", "GET", "/deployment/config", None, 403, "Forbidden"),
    ("alice", "GET", "/insights/templates?start_time=2026-01-01T00:00:00Z", None, 404, "not found"),
    ("ada", "GET", "/insights/templates?start_time=2026-01-01T00:00:00Z", None, 400, "end_time"),
    ("alice", "POST", "/users/me/keys/tokens", {"lifetime": -1}, 400, "positive"),
    ("alice", "POST", "/users/me/keys/tokens", {"scope": "everything"}, 400, "scope"),
    ("alice", "POST", "/users/me/keys/tokens", {"token_name": "two words"}, 400, "name"),
    ("alice", "GET", "/users/me/keys/none", None, 404, "not found"),
    ("alice", "GET", "/users/ada", None, 404, "not found"),
    ("alice", "PUT", "/users/alice/status/suspend", None, 404, "not found"),
    ("alice", "GET", "/users?q=colour:red", None, 400, "colour"),
    ("alice", "GET", "/workspaces?limit=9999999999", None, 400, "out of range"),
    ("alice", "GET", "/workspaces?q=organization:nowhere", None, 400, "nowhere"),
    ("alice", "GET", "/workspaces?q=id:x", None, 400, "invalid UUID"),
    ("alice", "GET", "/workspaces?q=outdated:perhaps", None, 400, "boolean"),
    ("alice", "GET", "/workspaces?q=shared_with_user:nobody", None, 400, "nobody"),
    ("alice", "GET", "/workspaces?q=a/b/c", None, 400, "can only contain 1"),
]


@pytest.mark.parametrize(("who", "method", "path", "body", "status", "says"), CASES)
def test_invalid_request_returns_expected_status_and_reason(
    coder: CoderUnderTest, who: str, method: str, path: str, body: Any, status: int, says: str
) -> None:
    filled = {key: fill_path(coder, v) if isinstance(v, str) else v for key, v in body.items()} if body else body
    answer = coder.sign_in(who)(method, fill_path(coder, path), filled)
    assert (answer.status_code, says in answer.text.replace('\\"', '"')) == (status, True), answer.text


def test_listening_ports_are_listed_while_agent_is_connected(coder: CoderUnderTest) -> None:
    box = coder.find_workspace("alice", "box")
    listed = coder.sign_in("alice").get(f"/workspaceagents/{box.agents[0].id}/listening-ports")
    assert listed == {"ports": [{"process_name": "python", "network": "tcp", "port": 8080}]}


def test_deleted_workspace_can_be_built_on_2_19(serve: Serve) -> None:
    coder = serve(version="2.19", world=build_full_world)
    assert (
        coder.sign_in("alice")(
            "POST", fill_path(coder, "/workspaces/{gone}/builds"), {"transition": "start"}
        ).status_code
        == 201
    )


def test_acl_lists_users_with_roles_and_is_missing_on_2_19(serve: Serve) -> None:
    coder = serve(world=build_full_world)
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    bob = coder.world.find_user("bob")
    assert bob is not None
    alice("PATCH", f"/workspaces/{box.id}/acl", {"user_roles": {bob.id: "admin"}}).raise_for_status()
    listed = alice.get(f"/workspaces/{box.id}/acl")
    assert [(one["username"], one["role"]) for one in listed["users"]] == [("bob", "admin")]
    old = serve(version="2.19", world=build_full_world)
    assert old.sign_in("alice")("GET", f"/workspaces/{old.find_workspace('alice', 'box').id}/acl").status_code == 404


def test_administrator_can_read_deployment_stats_and_config(serve: Serve) -> None:
    coder = serve(world=build_full_world)
    ada = coder.sign_in("ada")
    counts = ada.get("/deployment/stats")["workspaces"]
    assert {kind: counts[kind] for kind in ("running", "stopped", "failed")} == {
        "running": 2,
        "stopped": 0,
        "failed": 0,
    }
    config = ada.get("/deployment/config")["config"]
    assert config["allow_workspace_renames"] is True
