"""Builds: queue, cancellation, on_success, orphan deletion, logs, presets, prebuilds, sharing, agents."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from coder_simulator.seed import seed_workspace
from coder_simulator.version_plans import BuildPlan, ExternalAuthPlan, LogLine, Preset, RichParameter, VersionPlan
from coder_simulator.world import World
from tests.coder_simulator.conftest import ApiUser, CoderUnderTest
from tests.coder_simulator.worlds import AGENT, POD, SIZE, add_people, add_template

Serve = Callable[..., CoderUnderTest]
LARGE = Preset(id="5cfb2f35-a63c-498a-9b8c-1873aa5ab9bd", name="Large", parameters={"size": "large"})


def world_with(plan: VersionPlan | None = None, **settings: Any) -> Callable[[World], None]:
    """Build a world with one template and alice's workspace `box`; `status` is its status."""
    status = settings.pop("status", "stopped")

    def build(world: World) -> None:
        add_people(world)
        made = add_template(world, plan=plan, **settings)
        alice = world.find_user("alice")
        assert alice is not None
        seed_workspace(world, owner=alice, template=made, name="box", status=status)

    return build


def latest_build(person: ApiUser, workspace: Any) -> Any:
    return person.workspace(workspace)["latest_build"]


@pytest.mark.parametrize(("ends_as", "error"), [("canceled", None), ("failed", "canceled")])
def test_canceled_build_ends_with_status_chosen_by_provisioner(serve: Serve, ends_as: Any, error: str | None) -> None:
    slow = BuildPlan(hangs=True, canceled_job_status=ends_as)
    coder = serve(world=world_with(VersionPlan(start=slow)))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    build = alice.build(box, "start").json()
    coder.advance(seconds=1)
    assert latest_build(alice, box)["status"] == "starting"
    alice("PATCH", f"/workspacebuilds/{build['id']}/cancel").raise_for_status()
    assert latest_build(alice, box)["status"] == "canceling"
    coder.advance(seconds=1)
    assert (latest_build(alice, box)["status"], latest_build(alice, box)["job"].get("error")) == (ends_as, error)


def test_fourth_build_is_queued_when_three_provisioners_are_busy(serve: Serve) -> None:
    coder = serve(world=world_with(VersionPlan(start=BuildPlan(hangs=True))))
    alice, bob = coder.sign_in("alice"), coder.sign_in("bob")
    template_id = next(iter(coder.world.templates))
    bodies = [{"template_id": template_id, "name": f"w-{n}"} for n in range(5)]
    made = [bob("POST", "/users/me/workspaces", body).json() for body in bodies]
    coder.advance(seconds=1)
    queue = [bob.get(f"/workspaces/{w['id']}")["latest_build"]["job"] for w in made[3:]]
    assert [(j["status"], j["queue_position"], j["queue_size"]) for j in queue] == [
        ("pending", 1, 2),
        ("pending", 2, 2),
    ]
    bob("PATCH", f"/workspacebuilds/{made[0]['latest_build']['id']}/cancel").raise_for_status()
    coder.advance(seconds=2)
    assert bob.get(f"/workspaces/{made[3]['id']}")["latest_build"]["job"]["status"] == "running"
    assert alice.get("/workspaces")["count"] == 1


def test_job_stays_pending_and_reports_no_provisioner_when_none_matches(serve: Serve) -> None:
    coder = serve(world=world_with(VersionPlan(tags={"owner": "", "scope": "organization", "cluster": "gpu"})))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "start").raise_for_status()
    coder.advance(hours=1)
    seen = latest_build(alice, box)
    assert seen["status"] == "pending"
    assert seen["matched_provisioners"] == {"count": 0, "available": 0, "most_recently_seen": None}


def test_pending_build_can_be_canceled_despite_template_setting_on_2_36_only(serve: Serve) -> None:
    waiting = VersionPlan(tags={"cluster": "gpu"})
    for version, status in (("2.19", 403), ("2.36", 200)):
        coder = serve(version=version, world=world_with(waiting, allow_user_cancel_workspace_jobs=False))
        alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
        build = alice.build(box, "start").json()
        answer = alice("PATCH", f"/workspacebuilds/{build['id']}/cancel", expect_status="pending")
        assert answer.status_code == status


def test_on_success_starts_workspace_with_active_version_after_stop(serve: Serve) -> None:
    coder = serve(world=world_with(status="running"))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    newer = coder.world.add_version(box.template, "v2", box.template.active_version.plan)
    coder.sign_in("ada")("PATCH", f"/templates/{box.template.id}/versions", {"id": newer.id}).raise_for_status()
    alice.build(box, "stop", on_success={"transition": "start"}).raise_for_status()
    coder.advance(seconds=5)
    assert latest_build(alice, box)["status"] == "stopped"
    coder.advance(seconds=60)
    assert (latest_build(alice, box)["status"], latest_build(alice, box)["template_version_name"]) == ("running", "v2")


def test_on_success_is_dropped_when_another_build_is_created_meanwhile(serve: Serve) -> None:
    coder = serve(world=world_with(status="running"))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "stop", on_success={"transition": "start"}).raise_for_status()
    coder.advance(seconds=5)
    alice.build(box, "stop").raise_for_status()
    coder.advance(minutes=5)
    assert (latest_build(alice, box)["status"], latest_build(alice, box)["build_number"]) == ("stopped", 4)


def test_on_success_is_ignored_on_2_19(serve: Serve) -> None:
    coder = serve(version="2.19", world=world_with(status="running"))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "stop", on_success={"transition": "start"}).raise_for_status()
    coder.advance(minutes=5)
    assert latest_build(alice, box)["status"] == "stopped"


def test_orphan_delete_succeeds_after_failed_delete_build(serve: Serve) -> None:
    broken = VersionPlan(delete=BuildPlan(error="cannot reach the cluster"))
    coder = serve(world=world_with(broken))
    ada, box = coder.sign_in("ada"), coder.find_workspace("alice", "box")
    ada.build(box, "delete").raise_for_status()
    coder.advance(seconds=2)
    assert latest_build(ada, box)["status"] == "failed"
    ada.build(box, "delete", orphan=True).raise_for_status()
    coder.advance(seconds=2)
    assert ada("GET", f"/workspaces/{box.id}").status_code == 410


def test_debug_log_level_requires_administrator_in_debug_mode(serve: Serve) -> None:
    coder = serve(world=world_with())
    coder.world.debug_mode = True
    box = coder.find_workspace("alice", "box")
    assert coder.sign_in("alice").build(box, "start", log_level="debug").status_code == 400
    assert coder.sign_in("ada").build(box, "start", log_level="debug").status_code == 201


def test_build_log_grows_during_build_and_supports_after(serve: Serve) -> None:
    course = BuildPlan(duration_seconds=10, log=tuple(LogLine(output=f"line {n}") for n in range(5)))
    coder = serve(world=world_with(VersionPlan(start=course)))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    build = alice.build(box, "start").json()
    counts = []
    for _ in range(3):
        coder.advance(seconds=4)
        counts.append(len(alice.get(f"/workspacebuilds/{build['id']}/logs")))
    assert counts == sorted(set(counts))
    log = alice.get(f"/workspacebuilds/{build['id']}/logs")
    assert [line["output"] for line in log if line["log_source"] == "provisioner"] == [f"line {n}" for n in range(5)]
    assert alice.get(f"/workspacebuilds/{build['id']}/logs", after=log[-2]["id"]) == log[-1:]


def test_provisioner_timings_span_whole_build_job(serve: Serve) -> None:
    from coder_simulator.worlds.contract import _timings

    coder = serve(world=world_with(VersionPlan(start=BuildPlan(duration_seconds=16), timings=_timings())))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=20)
    spans = alice.get(f"/workspaces/{box.id}/timings")["provisioner_timings"]
    job = latest_build(alice, box)["job"]
    assert min(s["started_at"] for s in spans) == job["started_at"]
    assert max(s["ended_at"] for s in spans) == job["completed_at"]


def test_preset_supplies_its_values_and_is_detected_from_equal_values(serve: Serve) -> None:
    coder = serve(world=world_with(VersionPlan(parameters=(SIZE,), presets=(LARGE,))))
    alice, template_id = coder.sign_in("alice"), next(iter(coder.world.templates))
    body = {"template_id": template_id, "template_version_preset_id": LARGE.id, "name": "big"}
    build = alice("POST", "/users/me/workspaces", body).json()["latest_build"]
    assert alice.get(f"/workspacebuilds/{build['id']}/parameters") == [{"name": "size", "value": "large"}]
    values = [{"name": "size", "value": "large"}]
    again = alice(
        "POST", "/users/me/workspaces", {"template_id": template_id, "rich_parameter_values": values, "name": "same"}
    )
    assert again.json()["latest_build"]["template_version_preset_id"] == LARGE.id


def test_prebuilt_workspace_is_claimed_when_created_with_its_preset(serve: Serve) -> None:
    base = world_with(VersionPlan(parameters=(SIZE,), presets=(LARGE,), resources=(POD,)))

    def build(world: World) -> None:
        base(world)
        owner = world.add_user("prebuilds")
        made = next(iter(world.templates.values()))
        waiting = seed_workspace(
            world, owner=owner, template=made, name="prebuild-1", is_prebuild=True, previous_transitions=()
        )
        waiting.latest_build.preset_id = LARGE.id

    coder = serve(world=build)
    waiting = coder.find_workspace("prebuilds", "prebuild-1")
    ada = coder.sign_in("ada")
    assert ada("PUT", f"/workspaces/{waiting.id}/ttl", {"ttl_ms": 3_600_000}).status_code == 409
    alice, template_id = coder.sign_in("alice"), next(iter(coder.world.templates))
    body = {"template_id": template_id, "template_version_preset_id": LARGE.id, "name": "mine"}
    made = alice("POST", "/users/me/workspaces", body).json()
    assert (made["id"], made["name"], made["owner_name"]) == (waiting.id, "mine", "alice")
    assert alice.get("/users/me/workspace/mine")["is_prebuild"] is False


def test_missing_external_auth_is_rejected_on_2_36_only(serve: Serve) -> None:
    plan = VersionPlan(external_auth=(ExternalAuthPlan(id="github"),))
    for version, status in (("2.19", 201), ("2.36", 403)):
        coder = serve(version=version, world=world_with(plan))
        alice, made = coder.sign_in("alice"), next(iter(coder.world.templates.values()))
        body = {"template_id": made.id, "name": "mine"}
        assert alice("POST", "/users/me/workspaces", body).status_code == status
        path = f"/templateversions/{made.active_version.id}/external-auth"
        assert [one["authenticated"] for one in alice.get(path)] == [False]
        coder.find_workspace("alice", "box").owner.external_auth.add("github")
        assert alice("POST", "/users/me/workspaces", {**body, "name": "later"}).status_code == 201


def test_dynamic_parameters_evaluation_reports_diagnostics(serve: Serve) -> None:
    number = RichParameter(name="cpu", type="number", default_value="2", validation_min=1, validation_max=8)
    coder = serve(world=world_with(VersionPlan(parameters=(number, RichParameter(name="team", required=True)))))
    alice, version = coder.sign_in("alice"), next(iter(coder.world.versions))
    path = f"/templateversions/{version}/dynamic-parameters/evaluate"
    me = alice.get("/users/me")["id"]
    shown = alice("POST", path, {"id": 1, "owner_id": me, "inputs": {"cpu": "99"}}).json()["parameters"]
    assert [(p["name"], p["form_type"], len(p["diagnostics"])) for p in shown] == [
        ("cpu", "input", 1),
        ("team", "input", 1),
    ]
    good = alice("POST", path, {"id": 2, "owner_id": me, "inputs": {"cpu": "4", "team": "blue"}}).json()["parameters"]
    assert [p["diagnostics"] for p in good] == [[], []]


def test_shared_workspace_can_be_built_by_user_until_share_is_removed(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, bob, box = coder.sign_in("alice"), coder.sign_in("bob"), coder.find_workspace("alice", "box")
    bobs_id = bob.get("/users/me")["id"]
    assert bob("GET", f"/workspaces/{box.id}").status_code == 404
    alice("PATCH", f"/workspaces/{box.id}/acl", {"user_roles": {bobs_id: "use"}}).raise_for_status()
    assert [w["name"] for w in bob.get("/workspaces", q="shared:true")["workspaces"]] == ["box"]
    assert bob.build(box, "start").status_code == 201
    assert bob("PUT", f"/workspaces/{box.id}/ttl", {"ttl_ms": 3_600_000}).status_code == 500
    alice("PATCH", f"/workspaces/{box.id}/acl", {"user_roles": {bobs_id: ""}}).raise_for_status()
    assert bob("GET", f"/workspaces/{box.id}").status_code == 404


def test_agent_connects_runs_startup_script_and_becomes_ready(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "start").raise_for_status()
    seen = []
    for _ in range(20):
        coder.advance(seconds=0.6)
        agents = (
            latest_build(alice, box)["resources"][0].get("agents") if latest_build(alice, box)["resources"] else None
        )
        state = (agents[0]["status"], agents[0]["lifecycle_state"]) if agents else None
        if state and state not in seen:
            seen.append(state)
    assert [state for state in seen if state != ("connected", "created")] == [
        ("connecting", "created"),
        ("connected", "starting"),
        ("connected", "ready"),
    ]
    agent = latest_build(alice, box)["resources"][0]["agents"][0]
    assert [log["output"] for log in alice.get(f"/workspaceagents/{agent['id']}/logs")] == ["hello", "done"]
    assert [app["health"] for app in agent["apps"]] == ["healthy"]
    assert [(s["status"], s["exit_code"]) for s in agent["scripts"]] == [("ok", 0)]
    assert alice.workspace(box)["health"] == {"healthy": True, "failing_agents": []}


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("never", "agent is taking too long to connect"),
        ("start_error", "agent startup script exited with an error"),
        ("disconnects", "agent has lost connection"),
    ],
)
def test_failing_agent_makes_workspace_unhealthy(serve: Serve, outcome: Any, reason: str) -> None:
    pod = replace(POD, agents=(replace(AGENT, outcome=outcome),))
    coder = serve(version="2.19", world=world_with(VersionPlan(resources=(pod,))))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "start").raise_for_status()
    coder.advance(minutes=5)
    health = [agent["health"] for agent in latest_build(alice, box)["resources"][0]["agents"]]
    assert health == [{"healthy": False, "reason": reason}]
    assert alice.workspace(box)["health"]["healthy"] is False
