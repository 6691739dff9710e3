"""Transitions that depend on time: autostop, autostart, usage, dormancy, deletion and failure TTL."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from coder_simulator.clock import format_rfc3339
from coder_simulator.seed import seed_workspace
from coder_simulator.version_plans import BuildPlan, RichParameter
from coder_simulator.world import World
from tests.coder_simulator.conftest import ApiUser, CoderUnderTest
from tests.coder_simulator.worlds import DAY_MS, HOUR_MS, SIZE, add_people, add_template

Serve = Callable[..., CoderUnderTest]
DAILY = "CRON_TZ=Europe/Dublin 30 9 * * *"


def world_with(**workspace: Any) -> Callable[[World], None]:
    """Build a world in which alice has one workspace, `box`; keys that begin with `t_` are the template's."""
    settings = {key[2:]: workspace.pop(key) for key in list(workspace) if key.startswith("t_")}

    def build(world: World) -> None:
        add_people(world)
        made = add_template(world, **{"default_ttl_ms": 8 * HOUR_MS, **settings})
        alice = world.find_user("alice")
        assert alice is not None
        seed_workspace(world, owner=alice, template=made, name="box", **workspace)

    return build


def alice_and_workspace(coder: CoderUnderTest) -> tuple[ApiUser, Any]:
    return coder.sign_in("alice"), coder.find_workspace("alice", "box")


def test_running_workspace_stops_at_deadline(serve: Serve) -> None:
    coder = serve(world=world_with(built_hours_ago=1))
    alice, box = alice_and_workspace(coder)
    coder.advance(hours=6, minutes=55)
    assert alice.workspace(box)["latest_build"]["status"] == "running"
    coder.advance(minutes=10)
    latest = alice.workspace(box)["latest_build"]
    assert (latest["status"], latest["reason"]) == ("stopped", "autostop")


def test_frozen_clock_moves_when_it_is_set(serve: Serve) -> None:
    coder = serve(world=world_with(built_hours_ago=1))
    alice, box = alice_and_workspace(coder)
    coder.world.clock.freeze()
    frozen_at = coder.world.now()
    assert alice.workspace(box)["latest_build"]["status"] == "running"
    assert coder.world.now() == frozen_at
    coder.advance(hours=7, minutes=5)
    assert coder.world.now() - frozen_at == timedelta(hours=7, minutes=5)
    assert alice.workspace(box)["latest_build"]["status"] != "running"
    assert coder.world.now() - frozen_at == timedelta(hours=7, minutes=5)


def test_extended_workspace_stops_at_new_deadline(serve: Serve) -> None:
    coder = serve(world=world_with(built_hours_ago=1))
    alice, box = alice_and_workspace(coder)
    later = format_rfc3339(coder.world.now() + timedelta(hours=20))
    alice("PUT", f"/workspaces/{box.id}/extend", {"deadline": later}).raise_for_status()
    coder.advance(hours=19)
    assert alice.workspace(box)["latest_build"]["status"] == "running"
    coder.advance(hours=2)
    assert alice.workspace(box)["latest_build"]["status"] == "stopped"


def test_workspace_without_ttl_keeps_running(serve: Serve) -> None:
    coder = serve(world=world_with(ttl_ms=None, t_default_ttl_ms=0))
    alice, box = alice_and_workspace(coder)
    coder.advance(days=20)
    latest = alice.workspace(box)["latest_build"]
    assert (latest["status"], latest["deadline"]) == ("running", None)


def test_autostart_starts_stopped_workspace_and_autostop_stops_it_again(serve: Serve) -> None:
    coder = serve(world=world_with(status="stopped", autostart_schedule=DAILY))
    alice, box = alice_and_workspace(coder)
    due = alice.workspace(box)["next_start_at"]
    coder.server.http.post("/_control/clock", json={"set": due})
    coder.advance(seconds=5)
    latest = alice.workspace(box)["latest_build"]
    assert (latest["status"], latest["reason"], latest["created_at"][:19]) == ("running", "autostart", due[:19])
    coder.advance(hours=9)
    assert alice.workspace(box)["latest_build"]["reason"] == "autostop"
    assert alice.workspace(box)["next_start_at"] > due


@pytest.mark.parametrize(
    "how",
    [
        {"status": "failed", "transition": "stop"},
        {"status": "canceled", "transition": "stop"},
        {"status": "stopped", "dormant": True},
        {"status": "failed"},
    ],
)
def test_autostart_skips_workspace_that_failed_was_canceled_or_is_dormant(serve: Serve, how: dict[str, Any]) -> None:
    dormant = how.pop("dormant", False)
    coder = serve(world=world_with(autostart_schedule=DAILY, **how))
    alice, box = alice_and_workspace(coder)
    if dormant:
        alice("PUT", f"/workspaces/{box.id}/dormant", {"dormant": True}).raise_for_status()
    before = alice.workspace(box)["latest_build"]["build_number"]
    coder.advance(days=3)
    assert alice.workspace(box)["latest_build"]["build_number"] == before


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_autostart_is_skipped_while_required_parameter_has_no_value(serve: Serve, version: str) -> None:
    coder = serve(
        version=version, world=world_with(status="stopped", autostart_schedule=DAILY, automatic_updates="always")
    )
    alice, box = alice_and_workspace(coder)
    dev = box.template
    plan = replace(dev.active_version.plan, parameters=(SIZE, RichParameter(name="team", required=True)))
    newer = coder.world.add_version(dev, "v2", plan)
    coder.sign_in("ada")("PATCH", f"/templates/{dev.id}/versions", {"id": newer.id}).raise_for_status()
    assert alice.get(f"/workspaces/{box.id}/resolve-autostart") == {"parameter_mismatch": True}
    coder.advance(days=2)
    assert alice.workspace(box)["latest_build"]["status"] == "stopped"


def test_running_workspace_of_suspended_owner_is_stopped_and_not_autostarted(serve: Serve) -> None:
    coder = serve(world=world_with(autostart_schedule=DAILY, ttl_ms=None, t_default_ttl_ms=0))
    ada, box = coder.sign_in("ada"), coder.find_workspace("alice", "box")
    ada("PUT", "/users/alice/status/suspend").raise_for_status()
    coder.advance(days=2)
    latest = ada.workspace(box)["latest_build"]
    assert (latest["status"], latest["build_number"]) == ("stopped", 3)


def test_usage_updates_last_used_within_a_minute_and_moves_no_deadline(serve: Serve) -> None:
    coder = serve(world=world_with(deadline_in_hours=0.25, used_hours_ago=5, t_activity_bump_ms=HOUR_MS))
    alice, box = alice_and_workspace(coder)
    used, deadline = alice.workspace(box)["last_used_at"], alice.workspace(box)["latest_build"]["deadline"]
    alice("POST", f"/workspaces/{box.id}/usage").raise_for_status()
    assert alice.workspace(box)["last_used_at"] == used
    coder.advance(seconds=61)
    assert alice.workspace(box)["last_used_at"] > used
    assert alice.workspace(box)["latest_build"]["deadline"] == deadline


IDLE = {"t_time_til_dormant_ms": 7 * DAY_MS, "t_time_til_dormant_autodelete_ms": 30 * DAY_MS}


def test_idle_workspace_becomes_dormant_and_is_deleted_with_license(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with(used_hours_ago=1, ttl_ms=None, t_default_ttl_ms=0, **IDLE))
    alice, box = alice_and_workspace(coder)
    coder.advance(days=7)
    seen = alice.workspace(box)
    assert seen["dormant_at"] is not None
    assert seen["deleting_at"] > seen["dormant_at"]
    assert (seen["latest_build"]["status"], seen["latest_build"]["reason"]) == ("stopped", "dormancy")
    coder.advance(days=30, seconds=5)
    assert alice("GET", f"/workspaces/{box.id}").status_code == 410


def test_idle_workspace_does_not_become_dormant_without_license(serve: Serve) -> None:
    coder = serve(world=world_with(used_hours_ago=1, ttl_ms=None, t_default_ttl_ms=0, **IDLE))
    alice, box = alice_and_workspace(coder)
    coder.advance(days=60)
    assert alice.workspace(box)["dormant_at"] is None


def test_activating_dormant_workspace_cancels_its_deletion(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with(status="stopped", used_hours_ago=1, **IDLE))
    alice, box = alice_and_workspace(coder)
    coder.advance(days=8)
    woken = alice("PUT", f"/workspaces/{box.id}/dormant", {"dormant": False}).json()
    assert (woken["dormant_at"], woken["deleting_at"]) == (None, None)
    coder.advance(days=6)
    assert alice.workspace(box)["dormant_at"] is None


def test_failed_start_is_stopped_after_failure_ttl_with_license(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with(status="failed", built_hours_ago=0.1, t_failure_ttl_ms=HOUR_MS))
    alice, box = alice_and_workspace(coder)
    assert alice.workspace(box)["latest_build"]["status"] == "failed"
    coder.advance(hours=1)
    assert alice.workspace(box)["latest_build"]["status"] == "stopped"


def test_autostart_without_allowed_day_is_accepted_on_2_19_and_fails_on_2_36(serve: Serve) -> None:
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    for version, status in (("2.19", 204), ("2.36", 500)):
        coder = serve(version=version, licensed=True, world=world_with(status="stopped", t_autostart_days=weekdays))
        alice, box = alice_and_workspace(coder)
        answer = alice("PUT", f"/workspaces/{box.id}/autostart", {"schedule": "0 9 * * 0,6"})
        assert answer.status_code == status
        assert alice.workspace(box)["next_start_at"] is None


def test_deadline_is_limited_by_max_ttl_of_template(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with(status="stopped", t_max_ttl_ms=4 * HOUR_MS))
    alice, box = alice_and_workspace(coder)
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=5)
    latest = alice.workspace(box)["latest_build"]
    assert latest["deadline"] == latest["max_deadline"]
    later = format_rfc3339(coder.world.now() + timedelta(hours=9))
    assert alice("PUT", f"/workspaces/{box.id}/extend", {"deadline": later}).status_code == 400


def test_speed_shortens_builds_but_not_deadlines(serve: Serve) -> None:
    quick = BuildPlan(duration_seconds=600)
    plan_of = world_with(status="stopped")

    def build(world: World) -> None:
        plan_of(world)
        dev = next(iter(world.templates.values()))
        dev.active_version.plan = replace(dev.active_version.plan, start=quick)

    coder = serve(world=build, speed=100)
    alice, box = alice_and_workspace(coder)
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=7)
    latest = alice.workspace(box)["latest_build"]
    assert latest["status"] == "running"
    coder.advance(hours=7, minutes=55)
    assert alice.workspace(box)["latest_build"]["status"] == "running"
