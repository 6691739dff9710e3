"""Define what template versions declare: parameters, presets, resources, and how builds and agents behave.

The objects are created once, when a world is built, and are read-only afterwards.
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterOption:
    """One of the values of a rich parameter."""

    name: str
    value: str
    description: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RichParameter:
    """A parameter of a template version, as in Coder's `rich-parameters`.

    `type` is string, number, bool or list(string); a parameter without a default is required.
    `validation_error` may hold {min}, {max} and {value}; `validation_monotonic` is increasing or decreasing.
    """

    name: str
    type: str = "string"
    display_name: str = ""
    description: str = ""
    description_plaintext: str = ""
    form_type: str = ""
    mutable: bool = True
    default_value: str = ""
    required: bool = False
    ephemeral: bool = False
    icon: str = ""
    options: tuple[ParameterOption, ...] = ()
    validation_regex: str = ""
    validation_error: str = ""
    validation_min: int | None = None
    validation_max: int | None = None
    validation_monotonic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named set of parameter values of a version; each version gives it a new `id` if it has none."""

    name: str
    parameters: dict[str, str]
    id: str = ""
    default: bool = False
    description: str = ""
    icon: str = ""
    desired_prebuild_instances: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of a build's log."""

    output: str
    level: str = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlan:
    """The log, duration and result of a build of one transition.

    `duration_seconds` (s, at speed 1) is the time between the job's start and end. A build with an `error` fails; one
    that `hangs` never ends. `canceled_job_status` is the status of a canceled job: "canceled" (Terraform) or
    "failed" with the error "canceled" (Coder's echo provisioner).
    """

    log: tuple[LogLine, ...] = ()
    duration_seconds: float = 0.1
    error: str = ""
    error_code: str = ""
    hangs: bool = False
    canceled_job_status: Literal["canceled", "failed"] = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingPlan:
    """A span of a build's timings: `starts` and `ends` in s after the job's start, at speed 1."""

    stage: str
    source: str
    action: str
    resource: str
    starts: float
    ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPlan:
    """An app of an agent. With a `healthcheck_url` its health changes from initializing to `health`."""

    slug: str
    display_name: str = ""
    url: str = ""
    icon: str = ""
    external: bool = False
    subdomain: bool = False
    sharing_level: str = "owner"
    healthcheck_url: str = ""
    healthcheck_interval: int = 0
    healthcheck_threshold: int = 0
    hidden: bool = False
    open_in: str = "slim-window"
    group: str = ""
    tooltip: str = ""
    health: Literal["healthy", "unhealthy"] = "healthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptPlan:
    """A script of an agent: `duration_seconds` (s, at speed 1), `timeout_s` (s; 0: none)."""

    display_name: str
    script: str
    log_path: str = ""
    icon: str = ""
    cron: str = ""
    run_on_start: bool = True
    run_on_stop: bool = False
    start_blocks_login: bool = False
    timeout_s: int = 0
    duration_seconds: float = 1.0
    exit_code: int = 0
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMetadataPlan:
    """A metadata item of an agent; it reports the `values` in turn, or only the `error`."""

    key: str
    display_name: str
    script: str
    interval: int = 10
    timeout: int = 1
    values: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPlan:
    """A port on which a process of the workspace listens."""

    port: int
    process_name: str
    network: str = "tcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    """An agent of a resource and its behavior after a start.

    `outcome`: "never" (does not connect), "ready" (connects, all scripts succeed), "start_error" and "start_timeout"
    (connects, a script fails or times out), "disconnects" (becomes ready, then loses the connection).
    `connect_seconds` (s, at speed 1) counts from the build's end. `parent_name` is the agent of the same resource whose
    dev container this agent runs in (2.36).
    """

    name: str
    architecture: str = "amd64"
    operating_system: str = "linux"
    directory: str = ""
    environment_variables: dict[str, str] | None = None
    apps: tuple[AppPlan, ...] = ()
    scripts: tuple[ScriptPlan, ...] = ()
    metadata: tuple[AgentMetadataPlan, ...] = ()
    ports: tuple[PortPlan, ...] = ()
    display_apps: tuple[str, ...] = ("vscode", "ssh_helper", "port_forwarding_helper", "web_terminal")
    connection_timeout_seconds: int = 120
    troubleshooting_url: str = ""
    startup_script_behavior: str = "non-blocking"
    outcome: Literal["never", "ready", "start_error", "start_timeout", "disconnects"] = "ready"
    connect_seconds: float = 2.0
    parent_name: str = ""
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMetadata:
    """A metadata item of a resource."""

    key: str
    value: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePlan:
    """A resource of builds; it exists after the `transitions`."""

    type: str
    name: str
    icon: str = ""
    hide: bool = False
    daily_cost: int = 0
    instance_type: str = ""
    metadata: tuple[ResourceMetadata, ...] = ()
    agents: tuple[AgentPlan, ...] = ()
    transitions: frozenset[str] = frozenset({"start"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAuthPlan:
    """An external sign-in that a version requires."""

    id: str
    type: str = "github"
    display_name: str = "GitHub"
    display_icon: str = "/icon/github.svg"
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPlan:
    """All declarations of a template version."""

    parameters: tuple[RichParameter, ...] = ()
    presets: tuple[Preset, ...] = ()
    resources: tuple[ResourcePlan, ...] = ()
    start: BuildPlan = field(default_factory=BuildPlan)
    stop: BuildPlan = field(default_factory=BuildPlan)
    delete: BuildPlan = field(default_factory=BuildPlan)
    timings: tuple[TimingPlan, ...] = ()
    external_auth: tuple[ExternalAuthPlan, ...] = ()
    tags: dict[str, str] = field(default_factory=lambda: {"owner": "", "scope": "organization"})
    readme: str = ""

    def build_plan(self, transition: str) -> BuildPlan:
        """Return the plan of a build of `transition`."""
        return {"start": self.start, "stop": self.stop, "delete": self.delete}[transition]
