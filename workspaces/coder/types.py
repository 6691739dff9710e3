"""Types of Coder's responses, as frozen dataclasses with Coder's field names.

msgspec decodes them from JSON and ignores unknown keys. Lists may be null (Go's nil slices). Statuses are strings,
because a newer Coder may have others. Fields that only 2.36 sends have a default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from workspaces.coder.scalars import BuildNumber, Integer, Name, Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionerJob:
    """The provisioner job of a build (chapter Builds)."""

    id: UUID
    created_at: Timestamp
    status: str  # pending running succeeded canceling canceled failed unknown
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    canceled_at: Timestamp | None = None
    error: str = ""
    error_code: str = ""
    worker_id: UUID | None = None
    worker_name: str = ""
    logs_overflowed: bool = False  # the log is truncated (2.36)
    tags: Mapping[str, object] | None = None  # required of a provisioner
    queue_position: Integer = 0
    queue_size: Integer = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedProvisioners:
    """The number of provisioners that matched the job when it was created."""

    count: Integer
    available: Integer
    most_recently_seen: Timestamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHealth:
    """The health of an agent, with a reason if it is unhealthy."""

    healthy: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script that an agent runs (chapter Agents)."""

    id: UUID
    log_source_id: UUID
    display_name: str = ""
    log_path: str = ""
    cron: str = ""
    run_on_start: bool = False
    run_on_stop: bool = False
    start_blocks_login: bool = False
    timeout: Integer = 0  # ns
    exit_code: Integer | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A source of lines in an agent's log."""

    id: UUID
    workspace_agent_id: UUID
    created_at: Timestamp
    display_name: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app of an agent."""

    id: UUID
    slug: str
    display_name: str = ""
    url: str = ""
    external: bool = False
    icon: str = ""
    subdomain: bool = False
    subdomain_name: str = ""
    sharing_level: str = "owner"
    health: str = "disabled"  # disabled initializing healthy unhealthy
    hidden: bool = False
    open_in: str = ""
    group: str = ""
    tooltip: str = ""
    command: str = ""  # runs in a terminal; such an app has no URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The latency between an agent and a DERP relay."""

    preferred: bool
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent of a workspace (chapter Agents)."""

    id: UUID
    name: str
    status: str  # connecting connected disconnected timeout
    lifecycle_state: str
    created_at: Timestamp
    resource_id: UUID
    parent_id: UUID | None = None
    first_connected_at: Timestamp | None = None
    last_connected_at: Timestamp | None = None
    disconnected_at: Timestamp | None = None
    started_at: Timestamp | None = None
    ready_at: Timestamp | None = None
    architecture: str = ""
    operating_system: str = ""
    directory: str = ""
    expanded_directory: str = ""
    version: str = ""
    connection_timeout_seconds: Integer = 0
    troubleshooting_url: str = ""
    logs_length: Integer = 0
    logs_overflowed: bool = False
    startup_script_behavior: str = ""
    health: AgentHealth = field(default_factory=lambda: AgentHealth(healthy=True))
    latency: Mapping[str, Latency] | None = None
    apps: tuple[App, ...] | None = None
    scripts: tuple[Script, ...] | None = None
    log_sources: tuple[LogSource, ...] | None = None
    display_apps: tuple[str, ...] | None = None
    subsystems: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMetadata:
    """A metadata item of a resource. Coder sends sensitive values in plain text."""

    key: str
    value: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource of a build (chapter Builds)."""

    id: UUID
    created_at: Timestamp
    job_id: UUID
    type: str
    name: str
    workspace_transition: str = ""
    hide: bool = False
    icon: str = ""
    agents: tuple[Agent, ...] | None = None
    metadata: tuple[ResourceMetadata, ...] | None = None
    daily_cost: Integer = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceBuild:
    """A start, stop or delete of a workspace (chapter Builds)."""

    id: UUID
    created_at: Timestamp
    updated_at: Timestamp
    workspace_id: UUID
    workspace_name: Name
    workspace_owner_id: UUID
    workspace_owner_name: Name
    template_version_id: UUID
    template_version_name: str
    build_number: BuildNumber
    transition: str
    initiator_id: UUID
    initiator_name: str
    job: ProvisionerJob
    reason: str
    status: str
    resources: tuple[Resource, ...] | None = None
    deadline: Timestamp | None = None
    max_deadline: Timestamp | None = None
    daily_cost: Integer = 0
    matched_provisioners: MatchedProvisioners | None = None
    template_version_preset_id: UUID | None = None
    has_ai_task: bool | None = None
    has_external_agent: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceHealth:
    """The health of a workspace: whether all agents are healthy."""

    healthy: bool
    failing_agents: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedActor:
    """A user or group with which a workspace is shared (2.36)."""

    id: UUID
    actor_type: str
    name: str = ""
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace (chapter Workspaces). `favorite` refers to the user of the token."""

    id: UUID
    created_at: Timestamp
    updated_at: Timestamp
    owner_id: UUID
    owner_name: Name
    organization_id: UUID
    organization_name: str
    template_id: UUID
    template_name: str
    template_active_version_id: UUID
    latest_build: WorkspaceBuild
    name: Name
    owner_avatar_url: str = ""
    template_display_name: str = ""
    template_icon: str = ""
    template_allow_user_cancel_workspace_jobs: bool = False
    template_require_active_version: bool = False
    template_use_classic_parameter_flow: bool = False
    outdated: bool = False
    autostart_schedule: str | None = None
    ttl_ms: Integer | None = None
    last_used_at: Timestamp | None = None
    deleting_at: Timestamp | None = None
    dormant_at: Timestamp | None = None
    health: WorkspaceHealth = field(default_factory=lambda: WorkspaceHealth(healthy=True))
    automatic_updates: str = "never"
    allow_renames: bool = False
    favorite: bool = False
    next_start_at: Timestamp | None = None
    is_prebuild: bool = False
    task_id: UUID | None = None
    shared_with: tuple[SharedActor, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveAutostart:
    """Whether the autostart would use a version for which the workspace has no parameter value."""

    parameter_mismatch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspacePage:
    """A page of workspaces. `count` is the total of all pages; a page may have fewer rows than its limit."""

    workspaces: tuple[Workspace, ...] | None
    count: Integer


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of a user for the site or for an organization."""

    name: str
    display_name: str = ""
    organization_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user (chapter Users)."""

    id: UUID
    username: Name
    created_at: Timestamp
    name: str = ""
    email: str = ""
    avatar_url: str = ""
    status: str = ""
    login_type: str = ""
    last_seen_at: Timestamp | None = None
    organization_ids: tuple[UUID, ...] | None = None
    roles: tuple[Role, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPage:
    """A page of users."""

    users: tuple[User, ...] | None
    count: Integer


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization (chapter Organizations)."""

    id: UUID
    name: str
    display_name: str = ""
    icon: str = ""
    description: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthMethod:
    """Whether a sign-in method is enabled."""

    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcMethod:
    """Whether sign-in by OpenID Connect is enabled, with text and icon of its button."""

    enabled: bool
    signInText: str = ""  # noqa: N815  # Coder's own key
    iconUrl: str = ""  # noqa: N815  # Coder's own key


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthMethods:
    """The sign-in methods (chapter Users)."""

    password: AuthMethod
    github: AuthMethod
    oidc: OidcMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildInfo:
    """Coder's version and URLs (chapter General)."""

    version: str
    external_url: str = ""
    dashboard_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppHost:
    """The host of apps with subdomains: "*.apps.example.com"; "" without such a host."""

    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentValues:
    """The part of Coder's configuration that the portal needs."""

    enable_terraform_debug_mode: bool = False  # builds may have the log level debug


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentConfig:
    """Coder's configuration (chapter General)."""

    config: DeploymentValues


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The session of a sign-in with a password. The repr hides the token."""

    session_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """An invalid field of a request."""

    field: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """The body of an error response."""

    message: str = ""
    detail: str = ""
    validations: tuple[Validation, ...] | None = None
