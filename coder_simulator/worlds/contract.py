"""The world in which the responses of real servers were recorded (Coder's echo provisioner)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from coder_simulator.version_plans import (
    AgentMetadataPlan,
    AgentPlan,
    AppPlan,
    BuildPlan,
    LogLine,
    ParameterOption,
    Preset,
    ResourceMetadata,
    ResourcePlan,
    RichParameter,
    ScriptPlan,
    TimingPlan,
    VersionPlan,
)
from coder_simulator.world import World

HOUR_MS = 3_600_000
ORGANIZATION_IDS = {
    # the recordings use them as keys of `organization_roles`
    "2.19": "988289b7-ab22-4eba-818b-fd76024a11cc",
    "2.36": "f3adb662-7987-40bb-9c8a-3459540f06e8",
}
PEOPLE = (
    ("admin", "Ada Admin", ("owner",)),
    ("alice", "Alice", ()),
    ("bob", "Bob", ()),
    ("tina", "Tina", ("template-admin",)),
    ("axel", "Axel", ("auditor",)),
    ("uma", "Uma", ("user-admin",)),
)

PARAMETERS = (
    RichParameter(
        name="region",
        display_name="Region",
        description="Where the workspace runs",
        mutable=False,
        default_value="eu-west",
        icon="/emojis/1f30d.png",
        options=(
            ParameterOption(name="Europe (West)", description="Dublin", value="eu-west"),
            ParameterOption(name="US East", value="us-east"),
            ParameterOption(name="Asia South", value="ap-south"),
        ),
    ),
    RichParameter(
        name="cpu",
        type="number",
        display_name="CPU cores",
        description="Number of **vCPU** cores",
        default_value="2",
        validation_error="between {min} and {max}, not {value}",
        validation_min=1,
        validation_max=16,
    ),
    RichParameter(
        name="disk",
        type="number",
        display_name="Disk (GiB)",
        default_value="20",
        validation_min=10,
        validation_max=500,
        validation_monotonic="increasing",
    ),
    RichParameter(
        name="dotfiles",
        display_name="Dotfiles repository",
        default_value="none",
        validation_error="none, or an https URL",
        validation_regex="^(none|https://.*)$",
    ),
    RichParameter(name="gpu", type="bool", display_name="GPU", default_value="false"),
    RichParameter(name="ides", type="list(string)", display_name="IDEs", default_value='["code","jetbrains"]'),
    RichParameter(
        name="project",
        display_name="Project code",
        description="Cost centre",
        required=True,
        validation_error="like ABC-123",
        validation_regex="^[A-Z]{2,5}-[0-9]+$",
    ),
    RichParameter(
        name="rebuild_cache", type="bool", display_name="Rebuild cache", default_value="false", ephemeral=True
    ),
)

AGENT = AgentPlan(
    name="main",
    directory="/home/coder",
    troubleshooting_url="https://example.com/help",
    startup_script_behavior="blocking",
    outcome="never",
    apps=(
        AppPlan(
            slug="docs",
            display_name="Docs",
            url="https://example.com/docs",
            icon="/icon/docs.svg",
            external=True,
            open_in="tab",
        ),
        AppPlan(
            slug="code-server",
            display_name="code-server",
            url="http://localhost:13337",
            icon="/icon/code.svg",
            healthcheck_url="http://localhost:13337/healthz",
            healthcheck_interval=5,
            healthcheck_threshold=6,
        ),
    ),
    scripts=(
        ScriptPlan(
            display_name="Startup",
            script="echo hello; sleep 1; echo done",
            log_path="/home/coder/startup.log",
            start_blocks_login=True,
            timeout_s=60,
            log=("hello", "done"),
        ),
    ),
    metadata=(
        AgentMetadataPlan(
            key="cpu", display_name="CPU Usage", script="echo 12%", interval=5, timeout=2, values=("12%",)
        ),
        AgentMetadataPlan(
            key="mem",
            display_name="Memory",
            script="echo 3.1/16 GiB",
            interval=5,
            timeout=2,
            values=("3.1/16 GiB",),
        ),
    ),
)
RESOURCES = (
    ResourcePlan(
        type="kubernetes_pod",
        name="dev",
        daily_cost=12,
        metadata=(
            ResourceMetadata(key="image", value="ubuntu:24.04"),
            ResourceMetadata(key="secret", value="hunter2", sensitive=True),
        ),
        agents=(AGENT,),
    ),
    ResourcePlan(
        type="kubernetes_persistent_volume_claim",
        name="home",
        daily_cost=3,
        metadata=(ResourceMetadata(key="size", value="20Gi"),),
        transitions=frozenset({"start", "stop"}),
    ),
)
INIT_LOG = (
    LogLine(output="Initializing the backend..."),
    LogLine(output="Initializing provider plugins..."),
    LogLine(output="- Using previously-installed hashicorp/kubernetes v2.35.1"),
)
VOLUME = LogLine(output="kubernetes_persistent_volume_claim.home: Creating...")
START_LOG = (
    *INIT_LOG,
    VOLUME,
    LogLine(output="kubernetes_pod.dev: Creating..."),
    LogLine(output="kubernetes_pod.dev: Creation complete after 4s [id=default/dev]"),
    LogLine(output="\x1b[33mWarning:\x1b[0m deprecated attribute", level="warn"),
    LogLine(output="Apply complete! Resources: 2 added, 0 changed, 0 destroyed."),
)


def _timings() -> tuple[TimingPlan, ...]:
    """Return the timings of both stages, the second after the first (s)."""
    shapes = (
        ("coder", "read", "data.coder_workspace.me", 0.0, 0.8),
        ("kubernetes", "create", "kubernetes_pod.dev", 0.5, 4.0),
        ("kubernetes", "create", "kubernetes_persistent_volume_claim.home", 0.5, 2.0),
    )
    return tuple(
        TimingPlan(stage=stage, source=s, action=a, resource=r, starts=begin + first, ends=begin + last)
        for stage, begin in (("plan", 0.0), ("apply", 4.0))
        for s, a, r, first, last in shapes
    )


QUICK_BUILD = BuildPlan(duration_seconds=0.1, canceled_job_status="failed")
FAILING_BUILD = BuildPlan(
    duration_seconds=0.15,
    log=(*INIT_LOG, VOLUME),
    error="terraform apply: exit status 1: Error: Insufficient quota in region eu-west",
    canceled_job_status="failed",
)
HANGING_BUILD = BuildPlan(duration_seconds=0.3, log=INIT_LOG, hangs=True, canceled_job_status="failed")


def build(world: World) -> None:
    """Add the users and templates of the recordings, without any workspace."""
    started_at = world.now() - timedelta(seconds=3)
    world.add_organization(
        "coder",
        created_at=started_at,
        id=ORGANIZATION_IDS[world.version],
        display_name="Coder",
        description="Builtin default organization.",
        is_default=True,
    )
    for number in (1, 2, 3):
        world.add_provisioner(f"provisioner-{number}")
    creation_times = _creation_times(started_at)
    admin, *_ = [
        world.add_user(username, name=name, roles=roles, created_at=next(creation_times))
        for username, name, roles in PEOPLE
    ]
    common: dict[str, Any] = {"provisioner": "echo", "default_ttl_ms": 8 * HOUR_MS, "created_by": admin}
    _add_dev(world, creation_times, common)
    plain = VersionPlan(start=QUICK_BUILD, stop=QUICK_BUILD, delete=QUICK_BUILD)
    no_cancel = {**common, "allow_user_cancel_workspace_jobs": False}
    locked: dict[str, Any] = {"allow_user_autostart": False, "allow_user_autostop": False}
    world.add_template("plain", plan=plain, display_name="Plain", created_at=next(creation_times), **no_cancel)
    world.add_template("broken", plan=replace(plain, start=FAILING_BUILD), created_at=next(creation_times), **no_cancel)
    world.add_template("hang", plan=replace(plain, start=HANGING_BUILD), created_at=next(creation_times), **common)
    world.add_template("locked", plan=plain, created_at=next(creation_times), **locked, **no_cancel)
    # in 2.19 the request that deprecated the template also removed its schedule
    schedule = {} if world.modern else {"default_ttl_ms": 0, "activity_bump_ms": 0}
    deprecated = {**no_cancel, **schedule, "deprecation_message": "Use dev instead."}
    world.add_template("old", plan=plain, created_at=next(creation_times), **deprecated)


def _creation_times(first: datetime) -> Iterator[datetime]:
    """Return the times at which the recorder created one object after another, before the first call."""
    return (first + timedelta(milliseconds=140 * number) for number in count(1))


def _add_dev(world: World, creation_times: Iterator[datetime], common: dict[str, Any]) -> None:
    """Add "dev" with its three versions: v2 equals v1, v3 requires one more value."""
    plan = VersionPlan(
        parameters=PARAMETERS,
        presets=(
            Preset(name="Small", parameters={"cpu": "2"}, default=True),
            Preset(name="Large", parameters={"cpu": "8"}),
        ),
        resources=RESOURCES,
        start=BuildPlan(duration_seconds=0.25, log=START_LOG, canceled_job_status="failed"),
        stop=QUICK_BUILD,
        delete=QUICK_BUILD,
        timings=_timings(),
        readme="# Dev\nA dev box",
    )
    template = world.add_template(
        "dev",
        plan=plan,
        display_name="Dev on Kubernetes",
        description="A pod with a home volume",
        icon="/icon/k8s.png",
        created_at=next(creation_times),
        allow_user_cancel_workspace_jobs=False,
        **common,
    )
    with_team = (*PARAMETERS, RichParameter(name="team", required=True))
    world.add_version(template, "v2", plan, created_at=next(creation_times))
    world.add_version(template, "v3", replace(plan, parameters=with_team, readme=""), created_at=next(creation_times))
