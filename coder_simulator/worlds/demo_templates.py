"""The eight templates of the demo world, with their versions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from coder_simulator.state import Organization, Template, TemplateVersion, User
from coder_simulator.version_plans import ExternalAuthPlan, Preset, ResourcePlan, RichParameter, VersionPlan
from coder_simulator.world import World
from coder_simulator.worlds import demo_plans as plans
from coder_simulator.worlds.demo_people import CLOSED_TAGS, GPU_TAGS

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
    made = [
        _kubernetes(world, tina),
        _sandbox(world, tina),
        _aws_linux(world, tina),
        _windows(world, tina),
        _gpu_notebook(world, tina),
        _legacy_vm(world, people["admin"]),
        _monorepo(world, tina),
        _arabic_nlp(world, tina, research),
    ]
    return {template.name: template for template in made}


def _plan(title: str, *resources: ResourcePlan, parameters: tuple[RichParameter, ...] = (), **more: Any) -> VersionPlan:
    courses = {"start": plans.START, "stop": plans.STOP, "delete": plans.DELETE, "timings": plans.SPANS}
    return VersionPlan(
        resources=(*resources, plans.HIDDEN),
        parameters=parameters,
        readme=README.format(title=title),
        **{**courses, **more},
    )


def _add(world: World, name: str, by: User, plan: VersionPlan, *, days: int, **fields: Any) -> Template:
    """Add a template of so many days, with the durations (ms) of the builds that it has seen."""
    fields = {"default_ttl_ms": 8 * HOUR_MS, "version_name": "v1.0.0", **fields}
    template = world.add_template(
        name, created_by=by, plan=plan, created_at=world.now() - timedelta(days=days), **fields
    )
    template.active_version.message = "First version"
    for kind, seconds in (
        ("start", plan.start.duration_seconds),
        ("stop", plan.stop.duration_seconds),
        ("delete", plan.delete.duration_seconds),
    ):
        template.durations_ms[kind] += [seconds * 1000 * share for share in (0.9, 0.95, 1.0, 1.0, 1.1, 1.2, 1.9)]
    return template


def _version(
    world: World, template: Template, name: str, plan: VersionPlan, days: float, message: str, *, active: bool = True
) -> TemplateVersion:
    """Add a version that is so many days old; it becomes the active one unless told otherwise."""
    moment = world.now() - timedelta(days=days)
    version = world.add_version(template, name, plan, created_at=moment, message=message)
    if active:
        template.active_version, template.updated_at = version, moment
    return version


def _kubernetes(world: World, by: User) -> Template:
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
    plan = _plan("Kubernetes", plans.pod(plans.MAIN), plans.HOME, parameters=plans.USUAL, presets=presets)
    old = replace(plan, parameters=(plans.REGION, plans.CPU), presets=())
    template = _add(
        world,
        "kubernetes",
        by,
        old,
        days=600,
        display_name="Kubernetes",
        description="A **pod** with a home volume. Read the [handbook](https://example.com/handbook/kubernetes) first.",
        icon="/icon/k8s.png",
    )
    _version(world, template, "v1.9.0", replace(plan, presets=()), 62, "Dotfiles; the disk can grow")
    _version(world, template, "v2.0.0", plan, 12, "Presets for small and large. **Please update.**")
    _version(world, template, "v2.1.0-rc1", plan, 0.2, "Node 26; to be promoted on Monday", active=False)
    return template


def _sandbox(world: World, by: User) -> Template:
    """A quick one of Coder's echo provisioner: a cancelled job ends as failed; no autostart (licensed)."""
    courses: dict[str, Any] = {
        kind: replace(build_plan, duration_seconds=seconds, canceled_job_status="failed")
        for kind, build_plan, seconds in (
            ("start", plans.START, 8.0),
            ("stop", plans.STOP, 2.0),
            ("delete", plans.DELETE, 2.0),
        )
    }
    plan = _plan("Sandbox", plans.pod(plans.SMALL, kind="docker_container", cost=2), **courses)
    template = _add(
        world,
        "sandbox",
        by,
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
    _version(world, template, "v1.1.0", plan, 190, "Debian 13")
    return template


def _aws_linux(world: World, by: User) -> Template:
    """One that requires the active version (licensed), which wants a value that older ones had not."""
    plan = _plan(
        "EC2", plans.pod(plans.MAIN, kind="aws_instance", cost=25), parameters=(plans.REGION, plans.CPU, plans.TEAM)
    )
    old = replace(plan, parameters=(plans.REGION, plans.CPU))
    template = _add(
        world,
        "aws-linux",
        by,
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
    _version(world, template, "v1.1.0", replace(old, start=plans.FAILS), 48, "Bigger machines")
    _version(world, template, "v1.2.0", plan, 5, "Ask for the team, which pays for it")
    return template


def _windows(world: World, by: User) -> Template:
    """The person's own machine: its agent is started by hand, so it may be connecting for days."""
    plan = _plan("Windows", plans.pod(plans.WINDOWS, kind="coder_external_agent", name="desktop", cost=0))
    return _add(
        world,
        "windows",
        by,
        plan,
        days=160,
        display_name="Windows (your own machine)",
        description="Bring a Windows desktop: run `coder agent` on it and it **connects**.",
        icon="/icon/desktop.svg",
        default_ttl_ms=0,
        allow_user_cancel_workspace_jobs=False,
    )


def _gpu_notebook(world: World, by: User) -> Template:
    """One whose jobs never end by themselves: the only GPU is taken, and a second pool of provisioners with it."""
    stuck: dict[str, Any] = {"start": plans.WAITS, "stop": plans.DETACHES, "delete": plans.DETACHES}
    plan = _plan("JupyterLab", plans.pod(plans.GPU, name="notebook", cost=80), plans.HOME, tags=GPU_TAGS, **stuck)
    return _add(
        world,
        "gpu-notebook",
        by,
        plan,
        days=250,
        display_name="JupyterLab with a GPU",
        description="One GPU for all: **expect to wait**, or cancel.",
        icon="/icon/notebook.svg",
        default_ttl_ms=4 * HOUR_MS,
    )


def _legacy_vm(world: World, by: User) -> Template:
    plan = _plan("Legacy VM", plans.pod(plans.SMALL, kind="openstack_instance", cost=9), tags=CLOSED_TAGS)
    return _add(
        world,
        "legacy-vm",
        by,
        plan,
        days=890,
        display_name="Virtual machine (Berlin)",
        description="A virtual machine in the old data centre.",
        icon="/icon/server.svg",
        deprecation_message="The Berlin data centre closes in March. Use **Kubernetes** instead.",
    )


def _monorepo(world: World, by: User) -> Template:
    """Parameters of every type, two agents, and texts that want to be more than text."""
    plan = _plan(
        "Monorepo",
        plans.pod(plans.MAIN, *([plans.FRONTEND] if world.modern else [])),
        plans.pod(plans.SERVICES, name="services", cost=4),
        plans.HOME,
        plans.SECRETS,
        parameters=plans.EVERY_KIND,
        external_auth=(ExternalAuthPlan(id="github", optional=True),),
    )
    template = _add(
        world,
        "monorepo",
        by,
        plan,
        days=330,
        display_name="Monorepo",
        description=f"Everything at once. {plans.HOSTILE} [a link](javascript:alert(1))",
        icon="/icon/blocks.svg",
        default_ttl_ms=12 * HOUR_MS,
    )
    _version(world, template, "v1.1.0", plan, 20, f"Backups; {plans.HOSTILE}")
    return template


def _arabic_nlp(world: World, by: User, research: Organization) -> Template:
    """A right-to-left name, no icon, the other organisation, and an agent that never connects in time."""
    plan = _plan("NLP", plans.pod(plans.BROKEN_IMAGE, name="nlp", cost=20), plans.HOME)
    return _add(
        world,
        "arabic-nlp",
        by,
        plan,
        days=120,
        organization=research,
        display_name="معالجة اللغة العربية",
        description="بيئة للنصوص والكلام (spaCy, Whisper)",
    )
