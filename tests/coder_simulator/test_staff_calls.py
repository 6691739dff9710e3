"""The calls of staff, beyond what the recordings hold: use, status counts, jobs, the audit log and notifications."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from coder_simulator.records import Notification, UseDay
from coder_simulator.seed import seed_workspace
from coder_simulator.state import User
from coder_simulator.world import World
from tests.coder_simulator.conftest import CoderUnderTest
from tests.coder_simulator.worlds import add_people, add_template

Serve = Callable[..., CoderUnderTest]
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
WEEK = {"start_time": "2026-11-11T00:00:00Z", "end_time": "2026-11-18T00:00:00Z"}
ORGANIZATION = "/organizations/default"


def build(world: World) -> None:
    """Add two templates, Alice's workspaces, and her use on two days."""
    world.clock.set(NOW)
    world.clock.freeze()
    add_people(world)
    alice = find_user(world, "alice")
    first, second = add_template(world, "first"), add_template(world, "second")
    seed_workspace(world, owner=alice, template=first, name="one")
    seed_workspace(world, owner=alice, template=second, name="two", status="failed", error="no quota")
    world.uses += [
        UseDay(date(2026, 11, 12), alice, first, {"vscode": 3_600, "ssh": 60}, 20.0),
        UseDay(date(2026, 11, 13), alice, second, {"vscode": 1_800}, 20.0),
    ]


def find_user(world: World, username: str) -> User:
    """Return a user by name."""
    user = world.find_user(username)
    assert user is not None
    return user


def template_id(coder: CoderUnderTest, name: str) -> str:
    """Return the id of a template."""
    return next(t.id for t in coder.world.templates.values() if t.name == name)


def test_template_insights_sum_use_by_app_and_count_users_of_each_day(serve: Serve) -> None:
    ada = serve(world=build).sign_in("ada")
    body = ada.get("/insights/templates", interval="day", **WEEK)
    seconds = {app["slug"]: (app["seconds"], app["times_used"]) for app in body["report"]["apps_usage"]}
    assert (seconds["vscode"], seconds["ssh"], seconds["jetbrains"]) == ((5_400, 2), (60, 1), (0, 0))
    assert body["report"]["active_users"] == 1
    assert [report["active_users"] for report in body["interval_reports"]] == [0, 1, 1, 0, 0, 0, 0]


def test_insights_of_one_template_leave_out_use_of_others(serve: Serve) -> None:
    coder = serve(world=build)
    second = template_id(coder, "second")
    (row,) = coder.sign_in("ada").get("/insights/user-activity", template_ids=second, **WEEK)["report"]["users"]
    assert (row["username"], row["seconds"], row["template_ids"]) == ("alice", 1_800, [second])


def test_user_latency_has_percentiles_of_each_user(serve: Serve) -> None:
    (row,) = serve(world=build).sign_in("ada").get("/insights/user-latency", **WEEK)["report"]["users"]
    assert (row["username"], row["latency_ms"]) == ("alice", {"p50": 20.0, "p95": 50.0})


def test_daily_users_are_counted_in_all_templates_and_in_one(serve: Serve) -> None:
    coder = serve(world=build)
    ada, paths = coder.sign_in("ada"), ("/insights/daus", f"/templates/{template_id(coder, 'first')}/daus")
    used = [{e["date"] for e in ada.get(path)["entries"] if e["amount"]} for path in paths]
    assert used == [{"2026-11-12", "2026-11-13"}, {"2026-11-12"}]


@pytest.mark.parametrize("offset", [16, -16])
def test_offset_that_postgres_rejects_is_answered_with_two_documents(serve: Serve, offset: int) -> None:
    answer = serve(world=build).sign_in("ada")("GET", "/insights/daus", tz_offset=offset)
    assert answer.status_code == 500
    assert [line[:2] for line in answer.text.splitlines()] == ['{"', '{"']
    assert f"{13 + offset - 24 * (offset > 0) + 24 * (offset < 0):02d}:00:00{offset:+03d}:00" in answer.text


def test_status_counts_of_modern_server_begin_at_midnights_of_zone(serve: Serve) -> None:
    counts = serve(world=build).sign_in("ada").get("/insights/user-status-counts", timezone="Asia/Kolkata")
    assert counts["status_counts"]["active"][-1]["date"] == "2026-11-17T18:30:00Z"


def test_status_counts_have_each_status_that_a_user_has(serve: Serve) -> None:
    coder = serve(version="2.19", world=build)
    find_user(coder.world, "bob").status = "suspended"
    find_user(coder.world, "bob").created_at = NOW - timedelta(days=3)
    counts = coder.sign_in("ada").get("/insights/user-status-counts")["status_counts"]
    assert set(counts) == {"active", "suspended"}
    assert [entry["count"] for entry in counts["suspended"]][-4:] == [0, 1, 1, 1]


def test_jobs_are_filtered_by_status_and_say_what_they_build(serve: Serve) -> None:
    ada = serve(world=build).sign_in("ada")
    (job,) = ada.get(f"{ORGANIZATION}/provisionerjobs", status="failed")
    assert (job["error"], job["metadata"]["workspace_name"]) == ("no quota", "two")
    imports = [j for j in ada.get(f"{ORGANIZATION}/provisionerjobs") if j["type"] == "template_version_import"]
    assert {j["metadata"]["template_name"] for j in imports} == {"first", "second"}


def test_provisioner_is_busy_with_job_that_it_runs(serve: Serve) -> None:
    coder = serve(world=build)
    ada, build_job = coder.sign_in("ada"), coder.find_workspace("alice", "one").latest_build.job
    coder.world.provisioners[0].job = build_job
    (daemon,) = ada.get(f"{ORGANIZATION}/provisionerdaemons", status="busy")
    assert (daemon["name"], daemon["current_job"]["id"]) == (coder.world.provisioners[0].name, build_job.id)


def test_audit_log_of_licensed_server_has_creations_and_builds(serve: Serve) -> None:
    ada = serve(world=build, licensed=True).sign_in("ada")
    logs = ada.get("/audit", q="username:alice")["audit_logs"]
    assert {(log["resource_type"], log["action"]) for log in logs} == {
        ("workspace", "create"),
        ("workspace_build", "start"),
    }
    failed = ada.get("/audit", q="resource_target:two resource_type:workspace_build build_reason:initiator")
    assert failed["audit_logs"][0]["description"] == "{user} unsuccessfully attempted to start workspace {target}"


def test_audit_log_is_empty_without_license(serve: Serve) -> None:
    assert serve(world=build).sign_in("ada").get("/audit")["audit_logs"] == []


def test_audit_log_has_hundred_entries_a_page_where_limit_is_missing(serve: Serve) -> None:
    ada = serve(world=build).sign_in("ada")
    for _ in range(101):
        ada("POST", "/audit/testgenerate", {}).raise_for_status()
    body = ada.get("/audit")
    assert (len(body["audit_logs"]), body["count"]) == (100, 101)


def test_member_cannot_generate_audit_log(serve: Serve) -> None:
    assert serve(world=build).sign_in("alice")("POST", "/audit/testgenerate", {}).status_code == 403


def test_inbox_goes_on_before_last_notification_of_page(serve: Serve) -> None:
    coder = serve(world=build)
    alice = find_user(coder.world, "alice")
    coder.world.notifications += [
        Notification(
            user=alice,
            created_at=NOW - timedelta(minutes=number),
            title=f"Title {number}",
            content="",
            template_id=coder.world.deployment_id,
            read_at=NOW if number == 0 else None,
        )
        for number in range(30)
    ]
    user = coder.sign_in("alice")

    def titles(**query: Any) -> list[str]:
        return [each["title"] for each in user.get("/notifications/inbox", **query)["notifications"]]

    first = user.get("/notifications/inbox")
    assert (len(first["notifications"]), first["unread_count"]) == (25, 29)
    assert titles(starting_before=first["notifications"][-1]["id"]) == [f"Title {n}" for n in range(25, 30)]
    assert titles(read_status="read") == ["Title 0"]
    assert coder.sign_in("bob").get("/notifications/inbox")["notifications"] == []


def test_health_is_checked_again_after_ten_minutes_or_by_force(serve: Serve) -> None:
    coder = serve(world=build)
    ada = coder.sign_in("ada")
    first = ada.get("/debug/health")["time"]
    coder.advance(minutes=5)
    assert ada.get("/debug/health")["time"] == first
    assert ada.get("/debug/health", force="true")["time"] > first
    forced = ada.get("/debug/health")["time"]
    coder.advance(minutes=11)
    assert ada.get("/debug/health")["time"] > forced


def test_templates_with_most_owners_come_first_and_are_counted_hourly(serve: Serve) -> None:
    coder = serve(world=build)
    ada, first = coder.sign_in("ada"), template_id(coder, "second")
    assert [t["active_user_count"] for t in ada.get("/templates")] == [1, 1]
    body = {"name": "mine", "template_id": first}
    coder.sign_in("bob")("POST", "/users/me/workspaces", body).raise_for_status()
    assert [t["active_user_count"] for t in ada.get("/templates")] == [1, 1]
    coder.advance(minutes=61)
    assert [(t["name"], t["active_user_count"]) for t in ada.get("/templates")] == [("second", 2), ("first", 1)]


def test_visit_ends_dormancy_of_user(serve: Serve) -> None:
    coder = serve(world=build)
    bob = find_user(coder.world, "bob")
    bob.status = "dormant"
    assert coder.sign_in("bob").get("/users/me")["status"] == "active"
