"""The eight templates of the demo world, with their versions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from coder_simulator.state import Organization, Template, TemplateVersion, User
from coder_simulator.version_plans import ExternalAuthPlan, Preset, ResourcePlan, RichParameter, VersionPlan
from coder_simulator.world import World
from coder_simulator.worlds import demo_plans as plans
from coder_simulator.worlds.demo_people import GPU_TAGS, UNSERVED_TAGS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
README = """# {title}

Start it, open **code-server**, and push before you stop.

| what stays | what goes |
|---|---|
| `/home/coder` | everything else |

1. [Handbook](https://example.com/handbook)
2. Ask in `#dev-environments`
"""


def add_templates(world: World, people: dict[str, User], research: Organization) -> dict[str, Template]:
    """Add the templates and return them by name."""
    tina = people["tina"]
    templates = [
        _add_kubernetes(world, tina),
        _add_sandbox(world, tina),
        _add_aws_linux(world, tina),
        _add_windows(world, tina),
        _add_gpu_notebook(world, tina),
        _add_legacy_vm(world, people["admin"]),
        _add_monorepo(world, tina),
        _add_arabic_nlp(world, tina, research),
    ]
    return {template.name: template for template in templates}


def _create_plan(
    title: str, *resources: ResourcePlan, parameters: tuple[RichParameter, ...] = (), **fields: Any
) -> VersionPlan:
    defaults = {"start": plans.START, "stop": plans.STOP, "delete": plans.DELETE, "timings": plans.TIMINGS}
    return VersionPlan(
        resources=(*resources, plans.HIDDEN),
        parameters=parameters,
        readme=README.format(title=title),
        **{**defaults, **fields},
    )


def _add_template(world: World, name: str, author: User, plan: VersionPlan, *, days: int, **fields: Any) -> Template:
    """Add a template of this age (days), with durations (ms) of earlier builds."""
    fields = {"default_ttl_ms": 8 * HOUR_MS, "version_name": "v1.0.0", **fields}
    template = world.add_template(
        name, created_by=author, plan=plan, created_at=world.now() - timedelta(days=days), **fields
    )
    template.active_version.message = "First version"
    for kind, seconds in (
        ("start", plan.start.duration_seconds),
        ("stop", plan.stop.duration_seconds),
        ("delete", plan.delete.duration_seconds),
    ):
        template.durations_ms[kind] += [seconds * 1000 * share for share in (0.9, 0.95, 1.0, 1.0, 1.1, 1.2, 1.9)]
    return template


def _add_version(
    world: World, template: Template, name: str, plan: VersionPlan, days: float, message: str, *, active: bool = True
) -> TemplateVersion:
    """Add a version of this age (days); it becomes the active one unless `active` is false."""
    moment = world.now() - timedelta(days=days)
    version = world.add_version(template, name, plan, created_at=moment, message=message)
    if active:
        template.active_version, template.updated_at = version, moment
    return version


def _add_kubernetes(world: World, author: User) -> Template:
    presets = (
        Preset(name="Small", parameters={"cpu": "2", "disk": "20"}, default=True, icon="/emojis/1f331.png"),
        Preset(
            name="Large",
            parameters={"cpu": "16", "disk": "100"},
            description="For big builds; it is already running.",
            icon="/emojis/1f680.png",
            desired_prebuild_instances=1,
        ),
    )
    plan = _create_plan(
        "Kubernetes",
        plans.compute_resource(plans.MAIN),
        plans.HOME,
        parameters=plans.COMMON_PARAMETERS,
        presets=presets,
    )
    old = replace(plan, parameters=(plans.REGION, plans.CPU), presets=())
    template = _add_template(
        world,
        "kubernetes",
        author,
        old,
        days=600,
        display_name="Kubernetes",
        description="A **pod** with a home volume. Read the [handbook](https://example.com/handbook/kubernetes) first.",
        icon="/icon/k8s.png",
    )
    _add_version(world, template, "v1.9.0", replace(plan, presets=()), 62, "Dotfiles; the disk can grow")
    _add_version(world, template, "v2.0.0", plan, 12, "Presets for small and large. **Please update.**")
    _add_version(world, template, "v2.1.0-rc1", plan, 0.2, "Node 26; to be promoted on Monday", active=False)
    return template


def _add_sandbox(world: World, author: User) -> Template:
    """Add a template of Coder's echo provisioner: canceled jobs end as failed; no autostart (licensed)."""
    builds: dict[str, Any] = {
        kind: replace(build_plan, duration_seconds=seconds, canceled_job_status="failed")
        for kind, build_plan, seconds in (
            ("start", plans.START, 8.0),
            ("stop", plans.STOP, 2.0),
            ("delete", plans.DELETE, 2.0),
        )
    }
    plan = _create_plan("Sandbox", plans.compute_resource(plans.SMALL, kind="docker_container", cost=2), **builds)
    template = _add_template(
        world,
        "sandbox",
        author,
        plan,
        days=500,
        display_name="Sandbox",
        description="A container for an hour or two. *Nothing is kept*, nothing starts by itself.",
        icon="/icon/container.svg",
        provisioner="echo",
        default_ttl_ms=2 * HOUR_MS,
        allow_user_autostart=False,
        time_til_dormant_ms=120 * DAY_MS,
        time_til_dormant_autodelete_ms=14 * DAY_MS,
    )
    _add_version(world, template, "v1.1.0", plan, 190, "Debian 13")
    return template


def _add_aws_linux(world: World, author: User) -> Template:
    """Add a template that requires the active version (licensed), which has a new required parameter."""
    plan = _create_plan(
        "EC2",
        plans.compute_resource(plans.MAIN, kind="aws_instance", cost=25),
        parameters=(plans.REGION, plans.CPU, plans.TEAM),
    )
    old = replace(plan, parameters=(plans.REGION, plans.CPU))
    template = _add_template(
        world,
        "aws-linux",
        author,
        old,
        days=580,
        display_name="AWS EC2 (Linux)",
        description="A virtual machine of your own. Always on the newest version.",
        icon="/icon/cloud.svg",
        default_ttl_ms=10 * HOUR_MS,
        max_ttl_ms=24 * HOUR_MS,
        require_active_version=True,
        autostart_days=("monday", "tuesday", "wednesday", "thursday", "friday"),
        autostop_days=("saturday",),
    )
    _add_version(world, template, "v1.1.0", replace(old, start=plans.FAILING_START), 48, "Bigger machines")
    _add_version(world, template, "v1.2.0", plan, 5, "Ask for the team, which pays for it")
    return template


def _add_windows(world: World, author: User) -> Template:
    """Add a template for the user's own machine: its agent is started by hand, maybe days later."""
    plan = _create_plan(
        "Windows", plans.compute_resource(plans.WINDOWS, kind="coder_external_agent", name="desktop", cost=0)
    )
    return _add_template(
        world,
        "windows",
        author,
        plan,
        days=160,
        display_name="Windows (your own machine)",
        description="Bring a Windows desktop: run `coder agent` on it and it **connects**.",
        icon="/icon/desktop.svg",
        default_ttl_ms=0,
        allow_user_cancel_workspace_jobs=False,
    )


def _add_gpu_notebook(world: World, author: User) -> Template:
    """Add a template whose jobs never end: the only GPU is in use, with its own pool of provisioners."""
    builds: dict[str, Any] = {"start": plans.HANGING_START, "stop": plans.HANGING_STOP, "delete": plans.HANGING_STOP}
    plan = _create_plan(
        "JupyterLab", plans.compute_resource(plans.GPU, name="notebook", cost=80), plans.HOME, tags=GPU_TAGS, **builds
    )
    return _add_template(
        world,
        "gpu-notebook",
        author,
        plan,
        days=250,
        display_name="JupyterLab with a GPU",
        description="One GPU for all: **expect to wait**, or cancel.",
        icon="/icon/notebook.svg",
        default_ttl_ms=4 * HOUR_MS,
    )


def _add_legacy_vm(world: World, author: User) -> Template:
    plan = _create_plan(
        "Legacy VM", plans.compute_resource(plans.SMALL, kind="openstack_instance", cost=9), tags=UNSERVED_TAGS
    )
    return _add_template(
        world,
        "legacy-vm",
        author,
        plan,
        days=890,
        display_name="Virtual machine (Berlin)",
        description="A virtual machine in the old data center.",
        icon="/icon/server.svg",
        deprecation_message="The Berlin data center closes in March. Use **Kubernetes** instead.",
    )


def _add_monorepo(world: World, author: User) -> Template:
    """Add a template with parameters of every type, two agents and hostile texts."""
    plan = _create_plan(
        "Monorepo",
        plans.compute_resource(plans.MAIN, *([plans.FRONTEND] if world.modern else [])),
        plans.compute_resource(plans.SERVICES, name="services", cost=4),
        plans.HOME,
        plans.SECRETS,
        parameters=plans.ALL_PARAMETER_TYPES,
        external_auth=(ExternalAuthPlan(id="github", optional=True),),
    )
    template = _add_template(
        world,
        "monorepo",
        author,
        plan,
        days=330,
        display_name="Monorepo",
        description=f"Everything at once. {plans.HOSTILE} [a link](javascript:alert(1))",
        icon="/icon/blocks.svg",
        default_ttl_ms=12 * HOUR_MS,
    )
    _add_version(world, template, "v1.1.0", plan, 20, f"Backups; {plans.HOSTILE}")
    return template


def _add_arabic_nlp(world: World, author: User, research: Organization) -> Template:
    """Add a template with a right-to-left name, no icon, another organization, and an agent that never connects."""
    plan = _create_plan("NLP", plans.compute_resource(plans.BROKEN_IMAGE, name="nlp", cost=20), plans.HOME)
    return _add_template(
        world,
        "arabic-nlp",
        author,
        plan,
        days=120,
        organization=research,
        display_name="معالجة اللغة العربية",
        description="بيئة للنصوص والكلام (spaCy, Whisper)",
    )
