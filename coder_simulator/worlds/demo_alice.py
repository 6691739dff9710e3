"""Alice's workspaces: those of a developer after a year and a half."""

from datetime import timedelta

from coder_simulator.worlds import demo_logs as logs
from coder_simulator.worlds.demo_plans import FAILED_STARTUP_LOG
from coder_simulator.worlds.demo_seed import DAY, Company, mark_never_used, set_app_unhealthy

WEEKDAYS = "CRON_TZ=Europe/Dublin 30 9 * * 1-5"
PROJECT = {"project": "FIN-318"}


def add_workspaces(company: Company) -> None:
    """Add all of Alice's workspaces."""
    _add_running(company)
    _add_failing(company)
    _add_stopped(company)


def _add_running(company: Company) -> None:
    """Add running workspaces with an agent that is ready."""
    web = company.add_workspace(
        "alice",
        "web-frontend",
        "kubernetes",
        age_hours=400 * DAY,
        built_hours_ago=2.5,
        used_hours_ago=0.03,
        favorite=True,
        autostart_schedule=WEEKDAYS,
        previous_transitions=("start", "stop", "start", "stop", "start", "stop"),
        reason="autostart",
    )
    company.share_port(web, 3000, "authenticated")
    company.add_workspace(
        "alice",
        "payments-api",
        "kubernetes",
        "v1.9.0",
        age_hours=61 * DAY,
        built_hours_ago=3.2,
        used_hours_ago=2,
        favorite=True,
        previous_transitions=("start", "stop"),
    )
    company.add_workspace(
        "alice",
        "docs-site",
        "sandbox",
        age_hours=5 * DAY,
        built_hours_ago=1.8,
        used_hours_ago=0.4,
        deadline_in_hours=10 / 60,
        previous_transitions=("start", "stop"),
    )
    company.add_workspace(
        "alice",
        "invoice-reconciliation-eu-west-1",
        "monorepo",
        parameters={**PROJECT, "cpu": "8", "ides": '["code","jetbrains"]'},
        age_hours=9 * DAY,
        built_hours_ago=5,
        used_hours_ago=1.2,
        previous_transitions=("start", "stop", "start", "stop"),
    )


def _add_failing(company: Company) -> None:
    shop = company.add_workspace(
        "alice", "checkout-e2e", "kubernetes", age_hours=33 * DAY, built_hours_ago=1.1, used_hours_ago=0.2
    )
    set_app_unhealthy(shop, "code-server")
    gateway = company.add_workspace(
        "alice", "grpc-gateway", "kubernetes", agent_state="start_error", age_hours=80 * DAY, built_hours_ago=0.6
    )
    company.end_startup_with(gateway, *FAILED_STARTUP_LOG, level="error")
    company.add_workspace(
        "alice",
        "windows-repro",
        "windows",
        agent_state="connecting",
        age_hours=2,
        built_hours_ago=0.15,
        previous_transitions=(),
    )
    company.add_workspace(
        "alice", "ml-experiments", "gpu-notebook", status="starting", age_hours=21 * DAY, built_hours_ago=1.4
    )
    tooling = company.add_workspace(
        "alice",
        "release-tooling",
        "kubernetes",
        status="failed",
        error=f"terraform apply: exit status 1: Error: {logs.QUOTA_ERROR}",
        age_hours=130 * DAY,
        built_hours_ago=20,
        used_hours_ago=28,
        previous_transitions=("start", "stop"),
    )
    company.end_log_with_error(tooling, *logs.failing_lines("kubernetes_pod.dev", logs.QUOTA_ERROR, 214))
    incident = company.add_workspace(
        "alice",
        "incident-2291",
        "kubernetes",
        status="canceled",
        age_hours=3 * DAY,
        built_hours_ago=2.8 * DAY,
        previous_transitions=(),
        autostart_schedule=WEEKDAYS,
    )
    company.end_log_by_cancellation(incident)


def _add_stopped(company: Company) -> None:
    now = company.world.now()
    company.add_workspace(
        "alice",
        "mobile-backend",
        "aws-linux",
        "v1.0.0",
        status="stopped",
        age_hours=200 * DAY,
        built_hours_ago=6 * DAY,
        used_hours_ago=6.4 * DAY,
        previous_transitions=("start", "stop", "start"),
    )
    company.add_workspace(
        "alice",
        "data-pipeline",
        "monorepo",
        status="stopped",
        parameters=PROJECT,
        age_hours=19 * DAY,
        built_hours_ago=14,
        used_hours_ago=15,
        autostart_schedule="CRON_TZ=Europe/Dublin 30 6 * * 1",
        ttl_ms=13 * 3_600_000 + 45 * 60_000,
        reason="autostop",
    )
    company.add_workspace(
        "alice",
        "old-prototype",
        "sandbox",
        "v1.0.0",
        status="stopped",
        age_hours=300 * DAY,
        built_hours_ago=131 * DAY,
        used_hours_ago=131 * DAY,
        dormant_at=now - timedelta(days=11),
        deleting_at=now + timedelta(days=3),
    )
    spike = company.add_workspace(
        "alice", "spike-graphql", "kubernetes", status="stopped", age_hours=40 * DAY, built_hours_ago=39.9 * DAY
    )
    mark_never_used(spike)
