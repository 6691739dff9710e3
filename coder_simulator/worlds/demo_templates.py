"""The eight templates of the demo world, with their versions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from coder_simulator.state import Organization, Template, TemplateVersion, User
from coder_simulator.version_plans import BuildPlan, ExternalAuthPlan, ResourcePlan, RichParameter, VersionPlan
from coder_simulator.world import World
from coder_simulator.worlds import demo_logs as logs
from coder_simulator.worlds import demo_parameters as parameters
from coder_simulator.worlds import demo_plans as plans
from coder_simulator.worlds import demo_readmes as readmes
from coder_simulator.worlds.demo_people import GPU_TAGS, UNSERVED_TAGS

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
POD, VOLUME = "kubernetes_pod.dev", "kubernetes_persistent_volume_claim.home"


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
    readme: str,
    *resources: ResourcePlan,
    builds: dict[str, BuildPlan],
    parameters: tuple[RichParameter, ...] = (),
    **fields: Any,
) -> VersionPlan:
    return VersionPlan(
        resources=(*resources, plans.HIDDEN), parameters=parameters, readme=readme, **{**builds, **fields}
    )


def _builds(
    address: str, *providers: str, volume: str = "", canceled_job_status: Literal["canceled", "failed"] = "canceled"
) -> dict[str, BuildPlan]:
    """Return the plans of all transitions, by field of `VersionPlan`, for the resource at `address`."""
    builds = {
        "start": logs.start_plan(address, *providers, volume=volume),
        "stop": logs.stop_plan(address, *providers),
        "delete": logs.delete_plan(address, *providers, volume=volume),
    }
    return {name: replace(plan, canceled_job_status=canceled_job_status) for name, plan in builds.items()}


KUBERNETES_BUILDS = _builds(POD, *logs.KUBERNETES, volume=VOLUME)


def _add_template(world: World, name: str, author: User, plan: VersionPlan, *, days: int, **fields: Any) -> Template:
    """Add a template of this age (days), with durations (ms) of earlier builds."""
    fields = {"default_ttl_ms": 8 * HOUR_MS, "version_name": "v1.0.0", **fields}
    template = world.add_template(
        name, created_by=author, plan=plan, created_at=world.now() - timedelta(days=days), **fields
    )
    template.active_version.message = "Initial commit"
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
    plan = _create_plan(
        readmes.KUBERNETES,
        plans.compute_resource(plans.MAIN),
        plans.HOME,
        builds=KUBERNETES_BUILDS,
        parameters=parameters.COMMON_PARAMETERS,
        presets=parameters.PRESETS,
        timings=logs.timings(POD, "kubernetes", VOLUME),
    )
    old = replace(plan, parameters=(parameters.REGION, parameters.CPU), presets=())
    template = _add_template(
        world,
        "kubernetes",
        author,
        old,
        days=600,
        display_name="Kubernetes",
        description="Provision a **pod** with a persistent home volume. See the "
        "[handbook](https://example.com/handbook/kubernetes).",
        icon="/icon/k8s.png",
    )
    _add_version(
        world, template, "v1.9.0", replace(plan, presets=()), 62, "Add dotfiles and a home disk that can grow (#212)"
    )
    _add_version(
        world,
        template,
        "v2.0.0",
        plan,
        12,
        "Add presets Small and Large (#231)\n\n**Please update**: v1.9.0 uses an image that gets no security updates.",
    )
    _add_version(world, template, "v2.1.0-rc1", plan, 0.2, "Upgrade Node.js to 26 (#240)", active=False)
    return template


def _add_sandbox(world: World, author: User) -> Template:
    """Add a template of Coder's echo provisioner: canceled jobs end as failed; no autostart (licensed)."""
    address = "docker_container.dev"
    builds = {
        name: replace(plan, duration_seconds=8.0 if name == "start" else 2.0)
        for name, plan in _builds(address, *logs.DOCKER, canceled_job_status="failed").items()
    }
    plan = _create_plan(
        readmes.SANDBOX,
        plans.compute_resource(plans.SMALL, kind="docker_container", cost=2, metadata=plans.CONTAINER_METADATA),
        builds=builds,
        timings=logs.timings(address, "docker"),
    )
    template = _add_template(
        world,
        "sandbox",
        author,
        plan,
        days=500,
        display_name="Docker sandbox",
        description="Provision a Docker container for short experiments. *Its files are not kept* when it stops.",
        icon="/icon/container.svg",
        provisioner="echo",
        default_ttl_ms=2 * HOUR_MS,
        allow_user_autostart=False,
        time_til_dormant_ms=120 * DAY_MS,
        time_til_dormant_autodelete_ms=14 * DAY_MS,
    )
    _add_version(world, template, "v1.1.0", plan, 190, "Upgrade the base image to Debian 13 (#198)")
    return template


def _add_aws_linux(world: World, author: User) -> Template:
    """Add a template that requires the active version (licensed), which has a new required parameter."""
    address = "aws_instance.dev"
    plan = _create_plan(
        readmes.AWS_LINUX,
        plans.compute_resource(plans.MAIN, kind="aws_instance", cost=25, metadata=plans.INSTANCE_METADATA),
        builds=_builds(address, *logs.AWS),
        parameters=(parameters.REGION, parameters.CPU, parameters.TEAM),
        timings=logs.timings(address, "aws"),
    )
    old = replace(plan, parameters=(parameters.REGION, parameters.CPU))
    template = _add_template(
        world,
        "aws-linux",
        author,
        old,
        days=580,
        display_name="AWS EC2 (Linux)",
        description="Provision an EC2 instance with a persistent root volume.",
        icon="/icon/cloud.svg",
        default_ttl_ms=10 * HOUR_MS,
        max_ttl_ms=24 * HOUR_MS,
        require_active_version=True,
        autostart_days=("monday", "tuesday", "wednesday", "thursday", "friday"),
        autostop_days=("saturday",),
    )
    _add_version(world, template, "v1.1.0", replace(old, start=logs.FAILING_START), 48, "Use m7i instances (#225)")
    _add_version(world, template, "v1.2.0", plan, 5, "Require the team for cost reports (#238)")
    return template


def _add_windows(world: World, author: User) -> Template:
    """Add a template for the user's own machine: its agent is started by hand, maybe days later."""
    address = "coder_external_agent.desktop"
    plan = _create_plan(
        readmes.WINDOWS,
        plans.compute_resource(plans.WINDOWS, kind="coder_external_agent", name="desktop", cost=0, metadata=()),
        builds=_builds(address),
        timings=logs.timings(address, "coder"),
    )
    return _add_template(
        world,
        "windows",
        author,
        plan,
        days=160,
        display_name="Windows (your own machine)",
        description="Connect your own Windows machine: install the **Coder agent** on it.",
        icon="/icon/desktop.svg",
        default_ttl_ms=0,
        allow_user_cancel_workspace_jobs=False,
    )


def _add_gpu_notebook(world: World, author: User) -> Template:
    """Add a template whose jobs never end: the only GPU is in use, with its own pool of provisioners."""
    builds = {"start": logs.WAITING_START, "stop": logs.WAITING_STOP, "delete": logs.WAITING_STOP}
    plan = _create_plan(
        readmes.GPU_NOTEBOOK,
        plans.compute_resource(plans.GPU, name="notebook", cost=80, metadata=plans.GPU_METADATA),
        plans.HOME,
        builds=builds,
        tags=GPU_TAGS,
        timings=logs.timings(logs.NOTEBOOK, "kubernetes", VOLUME),
    )
    return _add_template(
        world,
        "gpu-notebook",
        author,
        plan,
        days=250,
        display_name="JupyterLab (GPU)",
        description="JupyterLab on an NVIDIA A100. The cluster has one GPU: **builds wait** until it is free.",
        icon="/icon/notebook.svg",
        default_ttl_ms=4 * HOUR_MS,
    )


def _add_legacy_vm(world: World, author: User) -> Template:
    address = "openstack_instance.dev"
    plan = _create_plan(
        readmes.LEGACY_VM,
        plans.compute_resource(plans.SMALL, kind="openstack_instance", cost=9, metadata=plans.VM_METADATA),
        builds=_builds(address, *logs.OPENSTACK),
        tags=UNSERVED_TAGS,
        timings=logs.timings(address, "openstack"),
    )
    return _add_template(
        world,
        "legacy-vm",
        author,
        plan,
        days=890,
        display_name="OpenStack VM (Berlin)",
        description="Provision a virtual machine in the data center in Berlin.",
        icon="/icon/server.svg",
        deprecation_message="The data center in Berlin closes in March. Use the template **Kubernetes**.",
    )


def _add_monorepo(world: World, author: User) -> Template:
    """Add a template with parameters of every type and several agents."""
    plan = _create_plan(
        readmes.MONOREPO,
        plans.compute_resource(plans.MAIN, *([plans.FRONTEND] if world.modern else [])),
        plans.compute_resource(plans.SERVICES, name="services", cost=4, metadata=plans.SERVICES_METADATA),
        plans.HOME,
        plans.SECRETS,
        builds=_builds(POD, *logs.KUBERNETES, *logs.VAULT, volume=VOLUME),
        parameters=parameters.ALL_PARAMETER_TYPES,
        external_auth=(ExternalAuthPlan(id="github", optional=True),),
        timings=logs.timings(POD, "kubernetes", VOLUME),
    )
    template = _add_template(
        world,
        "monorepo",
        author,
        plan,
        days=330,
        display_name="Monorepo",
        description="The toolchain of the monorepo, its services, and a dev container for the frontend.",
        icon="/icon/blocks.svg",
        default_ttl_ms=12 * HOUR_MS,
    )
    _add_version(world, template, "v1.1.0", plan, 20, "Take daily snapshots of the home volume (#233)")
    return template


def _add_arabic_nlp(world: World, author: User, research: Organization) -> Template:
    """Add a template with a right-to-left name, no icon, another organization, and an agent that never connects."""
    address = "kubernetes_pod.nlp"
    plan = _create_plan(
        readmes.ARABIC_NLP,
        plans.compute_resource(plans.BROKEN_IMAGE, name="nlp", cost=20),
        plans.HOME,
        builds=_builds(address, *logs.KUBERNETES, volume=VOLUME),
        timings=logs.timings(address, "kubernetes", VOLUME),
    )
    return _add_template(
        world,
        "arabic-nlp",
        author,
        plan,
        days=120,
        organization=research,
        display_name="معالجة اللغة العربية",
        description="بيئة عمل لمعالجة النصوص والكلام (spaCy وWhisper)",
    )
