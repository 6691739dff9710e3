"""The workspaces of Alice's colleagues, in all the states that hers do not have."""

from datetime import timedelta

from coder_simulator.prebuilds import PREBUILDS_USERNAME
from coder_simulator.worlds import demo_logs as logs
from coder_simulator.worlds.demo_people import add_prebuilds_user
from coder_simulator.worlds.demo_plans import SLOW_STARTUP_LOG
from coder_simulator.worlds.demo_seed import DAY, Company

LONG_NAME = "francisca-montenegro-vasconcelos"
PROJECT = {"project": "PLAT-7"}
LOG_BYTES = 200_000


def add_workspaces(company: Company) -> None:
    """Add all workspaces of the colleagues."""
    _add_bob(company)
    _add_siobhan(company)
    _add_kenji(company)
    _add_layla(company)
    _add_priya(company)
    _add_diego(company)
    _add_francisca(company)
    _add_staff(company)
    _add_gpu_queue(company)
    if company.world.modern:
        _add_prebuilt_workspace(company)


def _add_bob(company: Company) -> None:
    shared = {company.people["alice"].id: "use", company.people["kenji"].id: "admin"}
    company.add_workspace(
        "bob",
        "api-gateway",
        "kubernetes",
        age_hours=150 * DAY,
        built_hours_ago=4,
        used_hours_ago=0.1,
        favorite=True,
        shared_with=shared if company.world.modern else {},
    )
    nightly = company.add_workspace(
        "bob",
        "nightly-build",
        "aws-linux",
        parameters={"team": "platform"},
        age_hours=90 * DAY,
        built_hours_ago=7.5,
        used_hours_ago=7,
        autostart_schedule="CRON_TZ=Asia/Kolkata */20 2-4 * * 1,3,5",
        deadline_in_hours=2.5,
        reason="autostart",
    )
    nightly.latest_build.max_deadline = company.world.now() + timedelta(hours=5)
    company.add_workspace(
        "bob",
        "flaky-tests",
        "kubernetes",
        agent_state="disconnected",
        age_hours=12 * DAY,
        built_hours_ago=2,
        used_hours_ago=0.3,
    )
    retired = company.add_workspace(
        "bob",
        "retired-service",
        "kubernetes",
        "v1.0.0",
        status="failed",
        transition="delete",
        error=f"terraform destroy: exit status 1: Error: {logs.FORBIDDEN_ERROR}",
        age_hours=500 * DAY,
        built_hours_ago=9 * DAY,
        used_hours_ago=45 * DAY,
        previous_transitions=("start", "stop"),
    )
    company.end_log_with_error(
        retired, *logs.failing_lines("kubernetes_persistent_volume_claim.home", logs.FORBIDDEN_ERROR, 41)
    )


def _add_siobhan(company: Company) -> None:
    company.add_workspace(
        "siobhan",
        "billing-migration",
        "legacy-vm",
        status="pending",
        age_hours=260 * DAY,
        built_hours_ago=0.7,
        used_hours_ago=3 * DAY,
        previous_transitions=("start", "stop"),
    )
    company.add_workspace(
        "siobhan", "ledger", "legacy-vm", age_hours=410 * DAY, built_hours_ago=26, used_hours_ago=1, deadline_in_hours=6
    )
    company.add_workspace(
        "siobhan", "invoice-ocr", "gpu-notebook", status="stopping", age_hours=30 * DAY, built_hours_ago=0.4
    )
    company.add_workspace(
        "siobhan",
        "tax-rules",
        "kubernetes",
        status="stopped",
        age_hours=17 * DAY,
        built_hours_ago=40,
        used_hours_ago=41,
        autostart_schedule="0 6 * * 0",
        favorite=True,
    )


def _add_kenji(company: Company) -> None:
    company.add_workspace(
        "kenji",
        "tokyo-latency",
        "kubernetes",
        "v1.9.0",
        automatic_updates="always",
        parameters={"region": "ap-northeast"},
        age_hours=55 * DAY,
        built_hours_ago=6,
        used_hours_ago=0.5,
        autostart_schedule="CRON_TZ=Asia/Tokyo 45 8 * * MON-FRI",
    )
    company.add_workspace(
        "kenji", "search-index", "gpu-notebook", status="deleting", age_hours=70 * DAY, built_hours_ago=0.2
    )
    company.add_workspace(
        "kenji", "game-server", "kubernetes", agent_state="shutdown_error", age_hours=25 * DAY, built_hours_ago=5.5
    )


def _add_layla(company: Company) -> None:
    company.add_workspace(
        "layla", "arabic-tokenizer", "arabic-nlp", agent_state="timeout", age_hours=28 * DAY, built_hours_ago=1.5
    )
    company.add_workspace(
        "layla", "speech-demo", "gpu-notebook", status="canceling", age_hours=6 * DAY, built_hours_ago=0.3
    )


def _add_priya(company: Company) -> None:
    slow = company.add_workspace(
        "priya",
        "recommendations",
        "kubernetes",
        agent_state="start_timeout",
        age_hours=44 * DAY,
        built_hours_ago=1,
        autostart_schedule="CRON_TZ=America/St_Johns 15 6,18 * * *",
    )
    company.end_startup_with(slow, *SLOW_STARTUP_LOG)
    company.add_workspace(
        "priya",
        "etl-backfill",
        "kubernetes",
        "v1.0.0",
        status="stopped",
        age_hours=209 * DAY,
        built_hours_ago=203 * DAY,
        used_hours_ago=203 * DAY,
    )
    company.add_workspace(
        "priya", "feature-store", "kubernetes", agent_state="shutting_down", age_hours=18 * DAY, built_hours_ago=5
    )


def _add_diego(company: Company) -> None:
    now = company.world.now()
    maps = company.add_workspace(
        "diego",
        "mapas",
        "aws-linux",
        status="failed",
        parameters={"team": "maps"},
        error="insufficient quota",
        error_code="INSUFFICIENT_QUOTA" if company.world.modern else "",
        age_hours=13 * DAY,
        built_hours_ago=1.7,
        used_hours_ago=2 * DAY,
        previous_transitions=("start", "stop"),
    )
    company.end_log_by_quota(maps, cost=25, budget=25, consumed=3)
    company.add_workspace(
        "diego",
        "checkout-br",
        "kubernetes",
        status="stopped",
        age_hours=94 * DAY,
        built_hours_ago=50 * DAY,
        used_hours_ago=50 * DAY,
        dormant_at=now - timedelta(days=2),
    )
    company.add_workspace("diego", "fieldwork", "windows", agent_state="starting", age_hours=26, built_hours_ago=0.25)
    company.add_workspace(
        "diego",
        "old-demo",
        "sandbox",
        status="deleted",
        age_hours=90 * DAY,
        built_hours_ago=60 * DAY,
        previous_transitions=("start", "stop"),
    )


def _add_francisca(company: Company) -> None:
    company.add_workspace(
        LONG_NAME,
        "design-system",
        "kubernetes",
        age_hours=30 * DAY,
        built_hours_ago=4 * DAY,
        used_hours_ago=0.05,
        ttl_ms=None,
    )


def _add_staff(company: Company) -> None:
    company.add_workspace(
        "tina",
        "template-lab",
        "monorepo",
        "v1.0.0",
        parameters={**PROJECT, "dotfiles": "https://github.com/example/tina-dotfiles.git"},
        age_hours=77 * DAY,
        built_hours_ago=2.2,
        used_hours_ago=0.9,
    )
    verbose = company.add_workspace(
        "tina",
        "node-pool-upgrade",
        "kubernetes",
        status="failed",
        error=f"terraform apply: exit status 1: Error: {logs.NOT_READY_ERROR}",
        age_hours=4,
        built_hours_ago=3.5,
        previous_transitions=(),
    )
    company.end_log_with_error(verbose)
    company.add_log_lines(verbose, *logs.trace_lines(LOG_BYTES), level="debug")
    company.add_log_lines(verbose, *logs.failing_lines("kubernetes_pod.dev", logs.NOT_READY_ERROR, 214), level="error")
    console = company.add_workspace(
        "admin", "ops-console", "monorepo", parameters=PROJECT, age_hours=350 * DAY, built_hours_ago=8, used_hours_ago=4
    )
    company.set_agent_state(console, "main", "off")
    company.set_agent_state(console, "services", "shutdown_timeout")


def _add_gpu_queue(company: Company) -> None:
    """Add three workspaces that wait for the GPU, oldest first."""
    for owner, name, hours in (
        ("bob", "churn-model", 0.9),
        ("priya", "fraud-model", 0.85),
        ("diego", "vision-training", 0.8),
    ):
        company.add_workspace(
            owner,
            name,
            "gpu-notebook",
            status="pending",
            age_hours=45 * DAY,
            built_hours_ago=hours,
            used_hours_ago=2 * DAY,
            previous_transitions=("start", "stop"),
        )


def _add_prebuilt_workspace(company: Company) -> None:
    """Add a prebuilt workspace for the preset "Large" (2.36)."""
    company.people[PREBUILDS_USERNAME] = add_prebuilds_user(company.world)
    preset = next(p for p in company.templates["kubernetes"].active_version.plan.presets if p.name == "Large")
    ready = company.add_workspace(
        PREBUILDS_USERNAME,
        "prebuilt-5f3c",
        "kubernetes",
        parameters=preset.parameters,
        age_hours=5,
        built_hours_ago=5,
        previous_transitions=(),
        ttl_ms=None,
        is_prebuild=True,
    )
    ready.latest_build.preset_id = preset.id
