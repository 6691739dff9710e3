"""The agents and resources of the demo world's templates."""

from coder_simulator.version_plans import (
    AgentMetadataPlan,
    AgentPlan,
    AppPlan,
    PortPlan,
    ResourceMetadata,
    ResourcePlan,
    ScriptPlan,
)

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
    tooltip="The component library of the web frontend",
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
    script="#!/bin/sh\nset -e\nsudo apt-get install -y ripgrep\ncoder dotfiles -y $DOTFILES_URI\n/tmp/install.sh\n",
    log_path="/tmp/coder-startup-script.log",  # noqa: S108 - a path inside the simulated workspace
    icon="/icon/terminal.svg",
    start_blocks_login=True,
    timeout_s=600,
    duration_seconds=3.0,
    log=(
        "Hit:1 http://archive.ubuntu.com/ubuntu noble InRelease",
        "Get:2 http://archive.ubuntu.com/ubuntu noble-updates InRelease [126 kB]",
        "Fetched 126 kB in 1s (214 kB/s)",
        "Reading package lists...",
        "Building dependency tree...",
        "The following NEW packages will be installed:",
        "  ripgrep",
        "Setting up ripgrep (14.1.0-1) ...",
        "Cloning into '/home/coder/.config/coderv2/dotfiles'...",
        "Creating symlinks for dotfiles...",
        "\x1b[32mDotfiles installation complete.\x1b[0m",
        "\x1b[0;1mInstalling code-server\x1b[0m",
        "Ubuntu 24.04.3 LTS",
        "Installing v4.105.1 of the amd64 release from GitHub.",
        "+ mkdir -p /tmp/code-server/lib /tmp/code-server/bin",
        "+ tar -C /tmp/code-server/lib -xzf ~/.cache/code-server/code-server-4.105.1-linux-amd64.tar.gz",
        "Standalone release has been installed into /tmp/code-server",
        "Running code-server in the background...",
        "Check logs at /tmp/code-server.log!",
    ),
)
NOTEBOOK_STARTUP = ScriptPlan(
    display_name="JupyterLab",
    script="#!/bin/sh\nset -e\nuv sync\njupyter lab --no-browser --ServerApp.token='' --ServerApp.ip='*' &\n",
    log_path="/tmp/jupyterlab.log",  # noqa: S108 - a path inside the simulated workspace
    icon="/icon/notebook.svg",
    timeout_s=900,
    duration_seconds=3.0,
    log=(
        "Using CPython 3.13.9",
        "Resolved 214 packages in 31ms",
        "Installed 214 packages in 1.92s",
        "[I ServerApp] jupyterlab | extension was successfully loaded.",
        "[I ServerApp] Jupyter Server 2.17.0 is running at:",
        "[I ServerApp] http://localhost:8888/lab",
    ),
)
PERSONALIZE = ScriptPlan(
    display_name="Personalize",
    script="if [ -x ~/personalize ]; then ~/personalize; else echo 'No ~/personalize script found'; fi",
    log_path="~/personalize.log",
    icon="/icon/personalize.svg",
    duration_seconds=1.0,
    log=("No ~/personalize script found",),
)
FAILED_STARTUP_LOG = (
    "Cloning into '/home/coder/grpc-gateway'...",
    "git@github.com: Permission denied (publickey).",
    "fatal: Could not read from remote repository.",
    "Please make sure you have the correct access rights and the repository exists.",
)
SLOW_STARTUP_LOG = (
    "Downloading s3://example-models/recommendations/embeddings-2026-11-21.tar.zst",
    "Completed 3.1 GiB/41.7 GiB (11.2 MiB/s) with 1 file(s) remaining",
    "Completed 6.4 GiB/41.7 GiB (10.8 MiB/s) with 1 file(s) remaining",
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
    environment_variables={"GIT_AUTHOR_NAME": "Coder", "EDITOR": "code --wait"},
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
GPU = AgentPlan(name="gpu", directory="/home/jovyan", apps=(JUPYTER,), scripts=(NOTEBOOK_STARTUP,), metadata=METADATA)
# started by hand on the user's own machine; it is connecting until then, for up to a month
WINDOWS = AgentPlan(
    name="desktop",
    operating_system="windows",
    directory="C:\\Users\\coder",
    apps=(AppPlan(slug="rdp", display_name="Remote desktop", url="http://localhost:3389", icon="/icon/desktop.svg"),),
    scripts=(
        ScriptPlan(
            display_name="Personalize",
            script="if (Test-Path ~\\personalize.ps1) { ~\\personalize.ps1 }",
            log_path="~\\personalize.log",
            icon="/icon/personalize.svg",
            log=("No personalize.ps1 found",),
        ),
    ),
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
        AgentMetadataPlan(
            key="0_connections",
            display_name="PostgreSQL connections",
            script="psql -Atc 'select count(*) from pg_stat_activity'",
            values=("4/100", "6/100", "5/100"),
        ),
        AgentMetadataPlan(
            key="1_queue",
            display_name="RabbitMQ messages",
            script="rabbitmqctl -q list_queues messages",
            error="exit status 127: /bin/sh: 1: rabbitmqctl: not found",
        ),
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

POD_METADATA = (
    ResourceMetadata(key="image", value="ghcr.io/example/workspace-base:ubuntu-24.04"),
    ResourceMetadata(key="node", value="ip-10-0-41-7.eu-west-1.compute.internal"),
)
GPU_METADATA = (
    ResourceMetadata(key="image", value="ghcr.io/example/pytorch:2.9-cuda13"),
    ResourceMetadata(key="node", value="ip-10-0-52-3.eu-west-1.compute.internal"),
    ResourceMetadata(key="GPU", value="NVIDIA A100 80GB"),
)
SERVICES_METADATA = (ResourceMetadata(key="images", value="postgres:18.1, rabbitmq:4.2-management"),)
CONTAINER_METADATA = (ResourceMetadata(key="image", value="debian:13-slim"),)
INSTANCE_METADATA = (
    ResourceMetadata(key="instance type", value="m7i.xlarge"),
    ResourceMetadata(key="availability zone", value="eu-west-1b"),
    ResourceMetadata(key="AMI", value="ubuntu-noble-24.04-amd64-server-20251101"),
)
VM_METADATA = (ResourceMetadata(key="flavor", value="m1.large"), ResourceMetadata(key="image", value="Debian 12"))


def compute_resource(
    *agents: AgentPlan,
    kind: str = "kubernetes_pod",
    name: str = "dev",
    cost: int = 12,
    metadata: tuple[ResourceMetadata, ...] = POD_METADATA,
) -> ResourcePlan:
    """Return the resource of a running workspace, with its agents; `cost` is in credits a day."""
    return ResourcePlan(
        type=kind, name=name, icon="/icon/memory.svg", daily_cost=cost, metadata=metadata, agents=agents
    )


HOME = ResourcePlan(
    type="kubernetes_persistent_volume_claim",
    name="home",
    icon="/icon/folder.svg",
    daily_cost=3,
    metadata=(
        ResourceMetadata(key="size", value="20 GiB"),
        ResourceMetadata(key="storage class", value="gp3-encrypted"),
    ),
    transitions=START_AND_STOP,
)
SECRETS = ResourcePlan(
    type="vault_token",
    name="deploy",
    metadata=(
        ResourceMetadata(key="token", value="hvs.example-5c1d-not-a-real-token", sensitive=True),
        ResourceMetadata(key="expires", value="12 h after the start"),
        ResourceMetadata(
            key="policy",
            value="https://vault.example.com/ui/vault/policy/acl/engineering-monorepo-workspaces-deploy-staging"
            "?namespace=admin%2Fengineering%2Fplatform&version=2026-11-02T08%3A15%3A00Z",
        ),
    ),
)
HIDDEN = ResourcePlan(type="random_id", name="suffix", hide=True, transitions=START_AND_STOP)
