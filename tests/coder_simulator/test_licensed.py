"""Licensed features: quotas, active versions, template schedules, deprecation, access lists."""

from collections.abc import Callable
from typing import Any

import pytest

from coder_simulator.seed import seed_workspace
from coder_simulator.world import World
from tests.coder_simulator.conftest import CoderUnderTest
from tests.coder_simulator.worlds import HOUR_MS, add_people, add_template

Serve = Callable[..., CoderUnderTest]


def world_with(**settings: Any) -> Callable[[World], None]:
    """Build a world with one template of these settings and alice's stopped workspace `box`."""

    def build(world: World) -> None:
        add_people(world)
        made = add_template(world, **settings)
        alice = world.find_user("alice")
        assert alice is not None
        seed_workspace(world, owner=alice, template=made, name="box", status="stopped")

    return build


def create(coder: CoderUnderTest, who: str, name: str, **fields: Any) -> Any:
    template_id = next(iter(coder.world.templates))
    return coder.sign_in(who)("POST", "/users/me/workspaces", {"template_id": template_id, "name": name, **fields})


@pytest.mark.parametrize(("version", "code"), [("2.19", None), ("2.36", "INSUFFICIENT_QUOTA")])
def test_build_over_budget_fails_with_insufficient_quota(serve: Serve, version: str, code: str | None) -> None:
    coder = serve(version=version, licensed=True, world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    box.owner.quota = 12
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=5)
    job = alice.workspace(box)["latest_build"]["job"]
    assert (job["status"], job["error"], job.get("error_code")) == ("failed", "insufficient quota", code)
    log = alice.get(f"/workspacebuilds/{box.latest_build.id}/logs")
    assert "Budget           \u2014   12" in [line["output"] for line in log]


def test_build_within_budget_consumes_credits(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    box.owner.quota = 20
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=5)
    assert alice.workspace(box)["latest_build"]["daily_cost"] == 13
    assert alice.get("/workspace-quota/me") == {"credits_consumed": 13, "budget": 20}
    alice.build(box, "stop").raise_for_status()
    coder.advance(seconds=5)
    assert alice.get("/workspace-quota/me") == {"credits_consumed": 3, "budget": 20}


def test_budget_is_not_enforced_without_license(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    box.owner.quota = 1
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=5)
    assert alice.workspace(box)["latest_build"]["status"] == "running"
    assert alice.get("/workspace-quota/me") == {"credits_consumed": 0, "budget": -1}


def test_member_can_start_only_active_version_when_template_requires_it(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with(require_active_version=True))
    alice, ada, box = coder.sign_in("alice"), coder.sign_in("ada"), coder.find_workspace("alice", "box")
    newer = coder.world.add_version(box.template, "v2", box.template.active_version.plan)
    ada("PATCH", f"/templates/{box.template.id}/versions", {"id": newer.id}).raise_for_status()
    assert alice.workspace(box)["template_require_active_version"] is True
    refused = alice.build(box, "start")
    assert (refused.status_code, refused.json()["message"]) == (403, "insert workspace build")
    assert alice.build(box, "start", template_version_id=newer.id).status_code == 201


def test_schedule_and_ttl_are_rejected_when_template_forbids_them(serve: Serve) -> None:
    coder = serve(
        licensed=True,
        world=world_with(allow_user_autostart=False, allow_user_autostop=False, default_ttl_ms=8 * HOUR_MS),
    )
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    box.ttl_ms = HOUR_MS
    assert alice.workspace(box)["ttl_ms"] == 8 * HOUR_MS
    for path, body, field in (
        ("autostart", {"schedule": "0 9 * * *"}, "schedule"),
        ("ttl", {"ttl_ms": 60_000}, "ttl_ms"),
    ):
        refused = alice("PUT", f"/workspaces/{box.id}/{path}", body)
        assert refused.status_code == 400
        assert [one["field"] for one in refused.json()["validations"]] == [field]


def test_deprecated_template_rejects_new_workspaces(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with(deprecation_message="Use dev instead."))
    refused = create(coder, "alice", "another")
    assert (refused.status_code, refused.json()["detail"]) == (400, "Use dev instead.")
    assert coder.sign_in("alice").get("/templates")[0]["deprecated"] is True


def test_workspace_of_unreadable_template_is_counted_but_not_listed(serve: Serve) -> None:
    coder = serve(licensed=True, world=world_with())
    coder.find_workspace("alice", "box").template.allowed = frozenset({"bob"})
    assert coder.sign_in("alice").get("/workspaces") == {"workspaces": [], "count": 1}
    assert coder.sign_in("alice").get("/templates") == []


def test_entitlements_report_whether_license_exists(serve: Serve) -> None:
    for licensed, word in ((True, "entitled"), (False, "not_entitled")):
        told = serve(licensed=licensed, world=world_with()).sign_in("alice").get("/entitlements")
        assert told["has_license"] is licensed
        assert told["features"]["advanced_template_scheduling"]["entitlement"] == word
