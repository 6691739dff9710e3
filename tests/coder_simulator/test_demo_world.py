"""The demo world contains every workspace state and keeps each one until a user changes it."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from coder_simulator.testing import run_server
from tests.coder_simulator.demo import DemoServer, Json, agents

SLOW_SPEED = 3600.0  # at this speed two seconds of clock time are two hours of jobs and agents


class Expected(NamedTuple):
    """The state of a workspace: its status, its agents as "status/lifecycle", its badges."""

    status: str
    agents: tuple[str, ...] = ()
    badges: frozenset[str] = frozenset()


def state(status: str, *agents: str, badges: str = "") -> Expected:
    """Return an expected state."""
    return Expected(status, agents, frozenset(badges.split()))


READY = "connected/ready"

EXPECTED = {
    "alice/web-frontend": state("running", READY, badges="favorite autostart"),
    "alice/payments-api": state("running", READY, badges="favorite outdated"),
    "alice/docs-site": state("running", READY),
    "alice/invoice-reconciliation-eu-west-1": state("running", READY, READY, badges="sensitive"),
    "alice/checkout-e2e": state("running", READY, badges="app-unhealthy"),
    "alice/grpc-gateway": state("running", "connected/start_error", badges="unhealthy"),
    "alice/windows-repro": state("running", "connecting/created", badges="no-ttl"),
    "alice/ml-experiments": state("starting"),
    "alice/release-tooling": state("failed", badges="error"),
    "alice/incident-2291": state("canceled", badges="autostart"),
    "alice/mobile-backend": state("stopped", badges="outdated must-update"),
    "alice/data-pipeline": state("stopped", badges="autostart"),
    "alice/old-prototype": state("stopped", badges="dormant deleted-soon outdated"),
    "alice/spike-graphql": state("stopped", badges="never-used"),
    "bob/api-gateway": state("running", READY, badges="favorite"),
    "bob/nightly-build": state("running", READY, badges="autostart max-deadline"),
    "bob/flaky-tests": state("running", "disconnected/ready", badges="unhealthy"),
    "bob/retired-service": state("failed", badges="error outdated"),
    "bob/churn-model": state("pending", badges="queue-1"),
    "priya/fraud-model": state("pending", badges="queue-2"),
    "diego/vision-training": state("pending", badges="queue-3"),
    "siobhan/billing-migration": state("pending", badges="no-provisioner"),
    "siobhan/ledger": state("running", READY),
    "siobhan/invoice-ocr": state("stopping"),
    "siobhan/tax-rules": state("stopped", badges="favorite autostart"),
    "kenji/tokyo-latency": state("running", READY, badges="outdated updates-always autostart"),
    "kenji/search-index": state("deleting"),
    "kenji/game-server": state("running", "connected/shutdown_error", badges="unhealthy"),
    "layla/arabic-tokenizer": state("running", "timeout/created", badges="unhealthy"),
    "layla/speech-demo": state("canceling"),
    "priya/recommendations": state("running", "connected/start_timeout", badges="autostart"),
    "priya/etl-backfill": state("stopped", badges="outdated"),
    "priya/feature-store": state("running", "connected/shutting_down", badges="unhealthy"),
    "diego/mapas": state("failed", badges="error"),
    "diego/checkout-br": state("stopped", badges="dormant"),
    "diego/fieldwork": state("running", "connected/starting", badges="no-ttl"),
    "diego/old-demo": state("deleted"),
    "francisca-montenegro-vasconcelos/design-system": state("running", READY, badges="no-ttl"),
    "tina/template-lab": state("running", READY, READY, badges="outdated sensitive"),
    "tina/node-pool-upgrade": state("failed", badges="error"),
    "admin/ops-console": state("running", "connected/off", "connected/shutdown_timeout", badges="unhealthy sensitive"),
}

EXPECTED_SINCE_2_36 = {
    # additions and differences in 2.36
    "alice/invoice-reconciliation-eu-west-1": state("running", READY, READY, READY, badges="sensitive"),
    "tina/template-lab": state("running", READY, READY, READY, badges="outdated sensitive"),
    "admin/ops-console": state(
        "running", "connected/off", READY, "connected/shutdown_timeout", badges="unhealthy sensitive"
    ),
    "alice/windows-repro": state("running", "connecting/created", badges="no-ttl unhealthy"),
    "bob/api-gateway": state("running", READY, badges="favorite shared"),
    "diego/mapas": state("failed", badges="error INSUFFICIENT_QUOTA"),
}


@pytest.fixture(scope="module", params=["2.19", "2.36"])
def demo(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    with run_server(version=request.param, world="demo", licensed=True, speed=SLOW_SPEED) as server:
        yield DemoServer(server)


def expected(demo: DemoServer) -> dict[str, Expected]:
    return EXPECTED | (EXPECTED_SINCE_2_36 if demo.server.world.modern else {})


def actual_states(demo: DemoServer) -> dict[str, Expected]:
    found = {name: demo.workspace(name) for name in EXPECTED}
    return {
        name: state(
            one["latest_build"]["status"],
            *(f"{a['status']}/{a['lifecycle_state']}" for a in agents(one)),
            badges=" ".join(badge for badge, there in badges(one).items() if there),
        )
        for name, one in found.items()
    }


def badges(one: Json) -> dict[str, bool]:
    build = one["latest_build"]
    job, apps = build["job"], [app for agent in agents(one) for app in agent["apps"]]
    takers = build["matched_provisioners"]["available"]
    return {
        "favorite": one["favorite"],
        "autostart": "autostart_schedule" in one,
        "outdated": one["outdated"],
        "must-update": one["outdated"] and one["template_require_active_version"],
        "updates-always": one["automatic_updates"] == "always",
        "dormant": one["dormant_at"] is not None,
        "deleted-soon": one["deleting_at"] is not None,
        "never-used": one["last_used_at"].startswith("0001"),
        "unhealthy": not one["health"]["healthy"],
        "app-unhealthy": any(app["health"] == "unhealthy" for app in apps),
        "sensitive": any(m["sensitive"] for r in build["resources"] for m in r.get("metadata", [])),
        "no-ttl": build["status"] == "running" and build["deadline"] is None,
        "max-deadline": build["max_deadline"] is not None,
        "shared": bool(one.get("shared_with")),
        "error": bool(job.get("error")),
        job.get("error_code", ""): True,
        f"queue-{job['queue_position']}": job["status"] == "pending" and takers > 0,
        "no-provisioner": job["status"] == "pending" and takers == 0,
    }


def test_workspaces_show_expected_status_agents_and_badges(demo: DemoServer) -> None:
    assert actual_states(demo) == expected(demo)


def test_workspaces_keep_their_state_for_two_hours_of_jobs(demo: DemoServer) -> None:
    demo.server.advance(2.0)
    assert actual_states(demo) == expected(demo)


def test_expected_table_covers_all_workspaces_and_ten_statuses(demo: DemoServer) -> None:
    listed = {f"{w['owner_name']}/{w['name']}" for w in demo.get("admin", "/workspaces")["workspaces"]}
    more = {"prebuilds/prebuilt-5f3c"} if demo.server.world.modern else set()
    assert listed == EXPECTED.keys() - {"diego/old-demo"} | more
    assert len({one.status for one in EXPECTED.values()}) == 10


def test_alice_owns_fourteen_workspaces_listed_with_favorites_first(demo: DemoServer) -> None:
    hers = demo.get("alice", "/workspaces?q=owner:me")
    ready = [w for w in hers["workspaces"] if {a["lifecycle_state"] for a in agents(w)} == {"ready"}]
    assert hers["count"] == 14
    assert len(ready) >= 5
    assert [w["name"] for w in hers["workspaces"][:2]] == ["payments-api", "web-frontend"]


def test_build_queue_has_three_positions(demo: DemoServer) -> None:
    jobs = [demo.workspace(n)["latest_build"]["job"] for n in ("bob/churn-model", "diego/vision-training")]
    size = 3 if demo.server.world.modern else 4  # 2.19 also counts the job without a matching provisioner
    assert [(j["queue_position"], j["queue_size"]) for j in jobs] == [(1, size), (3, size)]


def test_prebuilt_workspace_exists_on_2_36_only(demo: DemoServer) -> None:
    found = demo.get("admin", "/workspaces?q=prebuilt")["workspaces"]
    assert [w.get("is_prebuild") for w in found] == ([True] if demo.server.world.modern else [])
