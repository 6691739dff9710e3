"""The agents, resources, logs and parameters of the demo world's templates."""

from coder_simulator.version_plans import (
    AgentMetadataPlan,
    AgentPlan,
    AppPlan,
    BuildPlan,
    LogLine,
    ParameterOption,
    PortPlan,
    ResourceMetadata,
    ResourcePlan,
    RichParameter,
    ScriptPlan,
    TimingPlan,
)

HOSTILE = "<script>alert('xss')</script> {{ 7*7 }} \x1b[31mred\x1b[0m \u202egpj.exe"
HELP_URL = "https://example.com/handbook/agents"
START_AND_STOP = frozenset({"start", "stop"})  # a volume remains when its workspace stops

CODE_SERVER = AppPlan(
    slug="code-server",
    display_name="code-server",
    url="http://localhost:13337",
    icon="/icon/code.svg",
    healthcheck_url="http://localhost:13337/healthz",
    healthcheck_interval=5,
    healthcheck_threshold=6,
    group="Editors",
)
PREVIEW = AppPlan(
    slug="preview",
    display_name="Preview",
    url="http://localhost:3000",
    icon="/icon/widgets.svg",
    subdomain=True,
    sharing_level="authenticated",
    open_in="tab",
)
STORYBOOK = AppPlan(
    slug="storybook",
    display_name="Storybook",
    url="http://localhost:6006",
    icon="/icon/widgets.svg",
    subdomain=True,
    group="Previews",
    tooltip="The components on their own, as the last build made them",
)
METRICS = AppPlan(slug="metrics", display_name="Metrics", url="http://localhost:9100", hidden=True)
HANDBOOK = AppPlan(
    slug="handbook",
    display_name="Handbook",
    url="https://example.com/handbook",
    icon="/icon/docs.svg",
    external=True,
    open_in="tab",
)
JUPYTER = AppPlan(
    slug="jupyter",
    display_name="JupyterLab",
    url="http://localhost:8888",
    icon="/icon/notebook.svg",
    healthcheck_url="http://localhost:8888/api",
    healthcheck_interval=10,
    healthcheck_threshold=3,
)
STARTUP = ScriptPlan(
    display_name="Startup script",
    script="#!/bin/sh\nset -e\n~/personalize\nmake deps",
    log_path="/tmp/coder-startup-script.log",  # noqa: S108 - a path inside the simulated workspace
    icon="/icon/terminal.svg",
    start_blocks_login=True,
    timeout_s=600,
    duration_seconds=3.0,
    log=("Cloning dotfiles...", "\x1b[32m✓\x1b[0m dotfiles are in place", "make deps: 412 packages in 2.1 s"),
)
PERSONALIZE = ScriptPlan(
    display_name="Personalize",
    script="[ -x ~/personalize ] && ~/personalize",
    log_path="~/personalize.log",
    icon="/icon/personalize.svg",
    duration_seconds=1.0,
    log=("No ~/personalize found, nothing to do",),
)
METADATA = (
    AgentMetadataPlan(
        key="0_cpu", display_name="CPU usage", script="coder stat cpu", interval=5, values=("7%", "12%", "64%", "9%")
    ),
    AgentMetadataPlan(
        key="1_ram", display_name="RAM usage", script="coder stat mem", interval=10, values=("3.1/16 GiB", "3.4/16 GiB")
    ),
    AgentMetadataPlan(
        key="2_home",
        display_name="Home disk",
        script="coder stat disk --path $HOME",
        interval=60,
        values=("11/20 GiB",),
    ),
)

MAIN = AgentPlan(
    name="main",
    directory="/home/coder",
    environment_variables={"GIT_AUTHOR_NAME": "Coder"},
    apps=(CODE_SERVER, PREVIEW, STORYBOOK, HANDBOOK, METRICS),
    scripts=(STARTUP, PERSONALIZE),
    metadata=METADATA,
    ports=(PortPlan(port=3000, process_name="node"), PortPlan(port=5432, process_name="postgres")),
    troubleshooting_url=HELP_URL,
    startup_script_behavior="blocking",
)
SMALL = AgentPlan(
    name="dev", directory="/workspace", apps=(CODE_SERVER,), scripts=(PERSONALIZE,), metadata=METADATA[:1]
)
GPU = AgentPlan(name="gpu", directory="/home/jovyan", apps=(JUPYTER,), scripts=(STARTUP,), metadata=METADATA)
# started by hand on the user's own machine; it is connecting until then, for up to a month
WINDOWS = AgentPlan(
    name="desktop",
    operating_system="windows",
    directory="C:\\Users\\coder",
    apps=(AppPlan(slug="rdp", display_name="Remote desktop", url="http://localhost:3389", icon="/icon/desktop.svg"),),
    scripts=(PERSONALIZE,),
    display_apps=("port_forwarding_helper",),
    connection_timeout_seconds=30 * 86_400,
    troubleshooting_url=HELP_URL,
    outcome="never",
)
# the image lacks the agent's binary, so the agent never connects
BROKEN_IMAGE = AgentPlan(
    name="nlp", directory="/srv/corpus", apps=(JUPYTER,), troubleshooting_url=HELP_URL, outcome="never"
)
SERVICES = AgentPlan(
    name="services",
    architecture="arm64",
    directory="/srv",
    apps=(AppPlan(slug="pgadmin", display_name="pgAdmin", url="http://localhost:5050", icon="/icon/database.svg"),),
    scripts=(PERSONALIZE,),
    metadata=(
        AgentMetadataPlan(key="hostile", display_name=HOSTILE, script="cat motd", values=(HOSTILE,)),
        AgentMetadataPlan(key="broken", display_name="Queue", script="queue-length", error="exit status 127"),
    ),
)

# in a dev container of another agent (2.36)
FRONTEND = AgentPlan(
    name="frontend",
    directory="/workspaces/frontend",
    apps=(STORYBOOK,),
    metadata=METADATA[:1],
    display_apps=("vscode", "vscode_insiders", "web_terminal"),
    parent_name="main",
)

IMAGE_METADATA = ResourceMetadata(key="image", value="ghcr.io/example/dev:24.04")


def compute_resource(
    *agents: AgentPlan, kind: str = "kubernetes_pod", name: str = "dev", cost: int = 12
) -> ResourcePlan:
    """Return the resource of a running workspace, with its agents; `cost` is in credits a day."""
    metadata = (IMAGE_METADATA, ResourceMetadata(key="node", value="worker-7.eu-west-1.internal"))
    return ResourcePlan(
        type=kind, name=name, icon="/icon/memory.svg", daily_cost=cost, metadata=metadata, agents=agents
    )


HOME = ResourcePlan(
    type="kubernetes_persistent_volume_claim",
    name="home",
    icon="/icon/folder.svg",
    daily_cost=3,
    metadata=(ResourceMetadata(key="size", value="20 GiB"),),
    transitions=START_AND_STOP,
)
SECRETS = ResourcePlan(
    type="vault_token",
    name="deploy",
    metadata=(
        ResourceMetadata(key="token", value="not-a-real-secret-5c1d", sensitive=True),
        ResourceMetadata(key="motd", value=HOSTILE),
        ResourceMetadata(key="policy", value="a-very-long-value-without-a-space-" * 6),
    ),
)
HIDDEN = ResourcePlan(type="random_id", name="suffix", hide=True, transitions=START_AND_STOP)


def log_lines(*output: str) -> tuple[LogLine, ...]:
    """Return log lines; a line that begins with `!` is a warning."""
    return tuple(LogLine(output=o.removeprefix("!"), level="warn" if o.startswith("!") else "info") for o in output)


INIT_LINES = (
    "Initializing the backend...",
    "Initializing provider plugins...",
    "- Using previously-installed coder/coder v2.4.2",
    "- Using previously-installed hashicorp/kubernetes v2.35.1",
    "\x1b[0m\x1b[1mTerraform has been successfully initialized!\x1b[0m",
)
START = BuildPlan(
    duration_seconds=9.0,
    log=log_lines(
        *INIT_LINES,
        "data.coder_workspace.me: Reading...",
        "data.coder_workspace.me: Read complete after 0s",
        "kubernetes_persistent_volume_claim.home: Refreshing state...",
        "kubernetes_pod.dev: Creating...",
        "kubernetes_pod.dev: Still creating... [3s elapsed]",
        "kubernetes_pod.dev: Creation complete after 5s [id=workspaces/dev]",
        "!\x1b[33mWarning:\x1b[0m Argument is deprecated",
        "\x1b[32mApply complete!\x1b[0m Resources: 1 added, 0 changed, 0 destroyed.",
    ),
)
STOP = BuildPlan(
    duration_seconds=4.0,
    log=log_lines(
        *INIT_LINES[:2],
        "kubernetes_pod.dev: Destroying...",
        "kubernetes_pod.dev: Destruction complete after 2s",
        "Apply complete! Resources: 0 added, 0 changed, 1 destroyed.",
    ),
)
DELETE = BuildPlan(
    duration_seconds=5.0,
    log=log_lines(
        *INIT_LINES[:2],
        "kubernetes_pod.dev: Destroying...",
        "kubernetes_persistent_volume_claim.home: Destroying...",
        "Destroy complete! Resources: 2 destroyed.",
    ),
)
HANGING_START = BuildPlan(
    duration_seconds=9.0,
    hangs=True,
    log=log_lines(
        *INIT_LINES,
        "kubernetes_pod.notebook: Creating...",
        "kubernetes_pod.notebook: Still creating... [1m0s elapsed]",
        "!0/6 nodes are available: 6 Insufficient nvidia.com/gpu",
    ),
)
HANGING_STOP = BuildPlan(
    duration_seconds=4.0,
    hangs=True,
    log=log_lines(*INIT_LINES[:2], "kubernetes_pod.notebook: Destroying...", "!Waiting for the volume to detach..."),
)
FAILING_START = BuildPlan(
    duration_seconds=8.0,
    log=log_lines(*INIT_LINES, "aws_instance.dev: Creating...", "!Retrying: InsufficientInstanceCapacity"),
    error="terraform apply: exit status 1: Error: creating EC2 Instance: InsufficientInstanceCapacity",
)

TIMINGS = tuple(
    TimingPlan(stage=stage, source=source, action=action, resource=resource, starts=starts, ends=ends)
    for stage, source, action, resource, starts, ends in (
        ("init", "terraform", "load", "providers", 0.0, 1.1),
        ("plan", "coder", "read", "data.coder_workspace.me", 1.2, 1.4),
        ("plan", "kubernetes", "state refresh", "kubernetes_persistent_volume_claim.home", 1.3, 2.4),
        ("graph", "terraform", "building terraform dependency graph", "state file of terraform", 2.5, 2.7),
        ("apply", "kubernetes", "create", "kubernetes_pod.dev", 2.8, 8.6),
    )
)

REGION = RichParameter(
    name="region",
    display_name="Region",
    description="Where the workspace runs. It **cannot** be changed later.",
    form_type="radio",
    mutable=False,
    default_value="eu-west",
    icon="/emojis/1f30d.png",
    options=(
        ParameterOption(name="Europe (Dublin)", description="eu-west-1", value="eu-west"),
        ParameterOption(name="US East (Virginia)", description="us-east-1", value="us-east"),
        ParameterOption(name="Asia (Mumbai)", description="ap-south-1", value="ap-south"),
        ParameterOption(name="東京", description="ap-northeast-1", value="ap-northeast"),
    ),
)
CPU = RichParameter(
    name="cpu",
    type="number",
    display_name="CPU cores",
    description="Number of **vCPU** cores",
    form_type="slider",
    default_value="4",
    icon="/icon/memory.svg",
    validation_min=1,
    validation_max=16,
    validation_error="between {min} and {max}, not {value}",
)
DISK = RichParameter(
    name="disk",
    type="number",
    display_name="Home disk (GiB)",
    description="It can grow, never shrink.",
    form_type="input",
    default_value="20",
    validation_min=10,
    validation_max=500,
    validation_monotonic="increasing",
)
DOTFILES = RichParameter(
    name="dotfiles",
    display_name="Dotfiles repository",
    description="See [the handbook](https://example.com/handbook/dotfiles); `none` for none.",
    form_type="input",
    default_value="none",
    validation_regex="^(none|https://.*)$",
    validation_error="none, or an https URL",
)
TEAM = RichParameter(
    name="team",
    display_name="Team",
    description="Who pays for it",
    form_type="input",
    required=True,
    validation_regex="^[a-z-]+$",
    validation_error="small letters and hyphens",
)
COMMON_PARAMETERS = (REGION, CPU, DISK, DOTFILES)

ALL_PARAMETER_TYPES = (
    *COMMON_PARAMETERS,
    RichParameter(
        name="project",
        display_name="Project code",
        description="The cost center",
        form_type="input",
        required=True,
        validation_regex="^[A-Z]{2,5}-[0-9]+$",
        validation_error="like ABC-123",
    ),
    RichParameter(
        name="gpu", type="bool", display_name="GPU", description=HOSTILE, form_type="switch", default_value="false"
    ),
    RichParameter(
        name="ides",
        type="list(string)",
        display_name="Editors",
        form_type="multi-select",
        default_value='["code"]',
        icon="/icon/code.svg",
        options=(
            ParameterOption(name="VS Code", value="code", icon="/icon/code.svg"),
            ParameterOption(name="JetBrains", value="jetbrains", icon="/icon/blocks.svg"),
            ParameterOption(name="Terminal", value="terminal", icon="/icon/terminal.svg"),
        ),
    ),
    RichParameter(
        name="labels",
        type="list(string)",
        display_name="Labels",
        form_type="tag-select",
        default_value='["web","עברית"]',
    ),
    RichParameter(
        name="setup",
        display_name="Setup script",
        description="Runs once, after the first start.",
        form_type="textarea",
        default_value="#!/bin/sh\necho ready",
    ),
    RichParameter(
        name="retention",
        type="number",
        display_name="Days of backups",
        form_type="input",
        default_value="30",
        validation_min=0,
        validation_max=30,
        validation_monotonic="decreasing",
    ),
    RichParameter(
        name="rebuild_cache",
        type="bool",
        display_name="Rebuild the cache",
        description="For the next start only",
        form_type="checkbox",
        default_value="false",
        ephemeral=True,
    ),
)
