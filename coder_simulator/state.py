"""Define the data of the simulated server: users, templates, workspaces, builds, agents.

Objects refer to each other directly, so their representation does not show their fields; `world.World` finds them by id
and by name. Times are aware, in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from coder_simulator.version_plans import AgentPlan, AppPlan, ResourcePlan, ScriptPlan, VersionPlan

HEARTBEAT = timedelta(minutes=1)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def new_id() -> str:
    """Return a new UUID in Coder's spelling."""
    return str(uuid4())


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class User:
    """A user. `roles` are site roles: owner, template-admin, auditor, user-admin; a member has none.

    `quota` is the budget (credits a day; -1: none). A `login_type` other than "password" rejects sign-in by
    password. `external_auth` holds the ids of the external providers that the user has signed in to.
    A system user (`prebuilds.PREBUILDS_USERNAME`) is in no list and cannot sign in.
    """

    username: str
    created_at: datetime
    name: str = ""
    email: str = ""
    password: str = ""
    roles: tuple[str, ...] = ()
    avatar_url: str = ""
    status: str = "active"
    login_type: str = "password"
    is_system: bool = False
    quota: int = -1
    theme_preference: str = ""
    updated_at: datetime | None = None
    last_seen_at: datetime | None = None
    external_auth: set[str] = field(default_factory=set)
    organizations: "list[Organization]" = field(default_factory=list)
    favorites: "set[Workspace]" = field(default_factory=set)
    id: str = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Organization:
    """An organization; `members` are in the order in which they joined."""

    name: str
    created_at: datetime
    display_name: str = ""
    description: str = ""
    icon: str = ""
    is_default: bool = False
    members: list[User] = field(default_factory=list)
    id: str = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Token:
    """A session or an API token. Use extends `expires_at` where `login_type` is password."""

    id: str
    secret: str
    user: User
    created_at: datetime
    expires_at: datetime
    lifetime_seconds: int
    name: str = ""
    login_type: str = "password"
    last_used: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Template:
    """A template with its settings. Settings that need a license have their default values without one.

    Durations are in ms, as in Coder's JSON. `allowed` holds the usernames that may see the template (None: all).
    """

    name: str
    organization: Organization
    created_by: User
    created_at: datetime
    display_name: str = ""
    description: str = ""
    icon: str = ""
    provisioner: str = "terraform"
    default_ttl_ms: int = 0
    activity_bump_ms: int = 3_600_000
    allow_user_autostart: bool = True
    allow_user_autostop: bool = True
    allow_user_cancel_workspace_jobs: bool = True
    failure_ttl_ms: int = 0
    time_til_dormant_ms: int = 0
    time_til_dormant_autodelete_ms: int = 0
    autostart_days: tuple[str, ...] = DAYS
    autostop_days: tuple[str, ...] = ()
    autostop_weeks: int = 1
    require_active_version: bool = False
    deprecation_message: str = ""
    max_port_share_level: str = "public"
    use_classic_parameter_flow: bool = False
    max_ttl_ms: int = 0
    deleted: bool = False
    allowed: frozenset[str] | None = None
    updated_at: datetime | None = None
    versions: "list[TemplateVersion]" = field(default_factory=list)
    active_version: "TemplateVersion" = field(init=False)
    durations_ms: dict[str, list[float]] = field(default_factory=lambda: {"start": [], "stop": [], "delete": []})
    id: str = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class TemplateVersion:
    """A version of a template and its declarations."""

    template: Template
    name: str
    created_at: datetime
    created_by: User
    job: "Job"
    plan: VersionPlan = field(default_factory=VersionPlan)
    message: str = ""
    archived: bool = False
    updated_at: datetime | None = None
    id: str = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Log:
    """A line of a provisioner's log; `id` is unique on the server. Provisioners send times in whole ms."""

    id: int
    created_at: datetime
    source: str
    level: str
    stage: str
    output: str

    def __post_init__(self) -> None:
        """Truncate the time to the millisecond."""
        self.created_at = self.created_at.replace(microsecond=self.created_at.microsecond // 1000 * 1000)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Job:
    """A provisioner job. Its status is derived from its times and its error."""

    created_at: datetime
    initiator: User
    file_id: str
    type: str = "workspace_build"
    tags: dict[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    error: str = ""
    error_code: str = ""
    worker_id: str = ""
    logs: list[Log] = field(default_factory=list)
    logs_overflowed: bool = False
    id: str = field(default_factory=new_id)

    @property
    def status(self) -> str:
        """Return pending, running, succeeded, canceling, canceled or failed, as Coder's database derives it."""
        if self.error:
            return "failed"
        if self.canceled_at:
            return "canceled" if self.completed_at else "canceling"
        if self.completed_at:
            return "succeeded"
        return "running" if self.started_at else "pending"


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Build:
    """A build of a workspace. `on_success` describes the follow-up build (2.36)."""

    workspace: "Workspace"
    version: TemplateVersion
    build_number: int
    transition: str
    initiator: User
    job: Job
    created_at: datetime
    updated_at: datetime
    reason: str = "initiator"
    deadline: datetime | None = None
    max_deadline: datetime | None = None
    daily_cost: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
    resources: "list[Resource]" = field(default_factory=list)
    preset_id: str | None = None
    on_success: dict[str, Any] | None = None
    orphan: bool = False
    id: str = field(default_factory=new_id)

    @property
    def status(self) -> str:
        """Return the workspace's status: the job's status by transition (ConvertWorkspaceStatus)."""
        job = self.job.status
        if job == "running":
            return {"start": "starting", "stop": "stopping", "delete": "deleting"}[self.transition]
        if job == "succeeded":
            return {"start": "running", "stop": "stopped", "delete": "deleted"}[self.transition]
        return job


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Workspace:
    """A workspace. `shared_with` maps a user's id to a role, "use" or "admin" (2.36)."""

    name: str
    owner: User
    template: Template
    created_at: datetime
    last_used_at: datetime
    updated_at: datetime
    autostart_schedule: str | None = None
    ttl_ms: int | None = None
    automatic_updates: str = "never"
    dormant_at: datetime | None = None
    deleting_at: datetime | None = None
    next_start_at: datetime | None = None
    deleted: bool = False
    is_prebuild: bool = False
    shared_with: dict[str, str] = field(default_factory=dict)
    builds: list[Build] = field(default_factory=list)
    id: str = field(default_factory=new_id)

    @property
    def latest_build(self) -> Build:
        """Return the newest build."""
        return self.builds[-1]

    @property
    def running(self) -> bool:
        """Return whether the newest build is a successful start; lists begin with these workspaces."""
        return self.builds[-1].status == "running"

    @property
    def agents(self) -> "list[Agent]":
        """Return the agents of the newest build."""
        return [agent for resource in self.builds[-1].resources for agent in resource.agents]


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Resource:
    """A resource that a build created."""

    plan: ResourcePlan
    build: Build
    created_at: datetime
    agents: "list[Agent]" = field(default_factory=list)
    id: str = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Agent:
    """An agent as the server sees it. `lifecycle` is Coder's lifecycle_state; `logs` are its own lines."""

    plan: AgentPlan
    resource: Resource
    created_at: datetime
    updated_at: datetime
    lifecycle: str = "created"
    first_connected_at: datetime | None = None
    disconnected_at: datetime | None = None
    started_at: datetime | None = None
    ready_at: datetime | None = None
    apps: "list[App]" = field(default_factory=list)
    scripts: "list[Script]" = field(default_factory=list)
    logs: "list[AgentLog]" = field(default_factory=list)
    logs_overflowed: bool = False
    id: str = field(default_factory=new_id)

    @property
    def workspace(self) -> Workspace:
        """Return the agent's workspace."""
        return self.resource.build.workspace


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class App:
    """An app of an agent; `health` is disabled, initializing, healthy or unhealthy."""

    plan: AppPlan
    health: str
    id: str = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Script:
    """A script of an agent and the result of its run: `status` is "", ok, exit_failure or timed_out."""

    plan: ScriptPlan
    created_at: datetime
    log_source_id: str = field(default_factory=new_id)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    status: str = ""
    id: str = field(default_factory=new_id)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class AgentLog:
    """A line of a script's output."""

    id: int
    created_at: datetime
    level: str
    output: str
    source_id: str


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Provisioner:
    """A provisioner daemon; it runs the jobs whose tags it has, one at a time."""

    name: str
    tags: dict[str, str]
    created_at: datetime
    job: Job | None = None
    id: str = field(default_factory=new_id)

    def last_seen_at(self, now: datetime) -> datetime:
        """Return the time of the last heartbeat: one at the start and one each minute after it."""
        return self.created_at + max((now - self.created_at) // HEARTBEAT, 0) * HEARTBEAT


@dataclass(frozen=True, slots=True)
class DeploymentStats:
    """The numbers of workspaces by state (pending, building, running, failed, stopped) at one time."""

    collected_at: datetime
    counts: dict[str, int]


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class PortShare:
    """A port that the workspace's owner shares."""

    workspace_id: str
    agent_name: str
    port: int
    share_level: str
    protocol: str
