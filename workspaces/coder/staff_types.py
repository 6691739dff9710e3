"""Types of the responses that staff read, as frozen dataclasses with Coder's field names. See types.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from workspaces.coder.scalars import Integer, Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCount:
    """The number of users that were active on a day."""

    date: str  # 2026-11-29
    amount: Integer


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyActiveUsers:
    """Active users by day, today last (chapter Insights)."""

    entries: tuple[DailyCount, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppUsage:
    """How long an app was used."""

    display_name: str = ""
    slug: str = ""
    seconds: Integer = 0
    times_used: Integer = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """The use of templates in a time range."""

    active_users: Integer = 0
    apps_usage: tuple[AppUsage, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateInsights:
    """The use of templates (chapter Insights)."""

    report: UsageReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    """The number of users with a status at the start of a day."""

    date: Timestamp
    count: Integer


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStatusCounts:
    """The number of users by status and day (chapter Insights)."""

    status_counts: Mapping[str, tuple[StatusCount, ...] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonJob:
    """The job of a provisioner."""

    id: UUID
    status: str = ""
    template_name: str = ""  # 2.36
    template_display_name: str = ""  # 2.36


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionerDaemon:
    """A provisioner (chapter Provisioning)."""

    id: UUID
    name: str
    status: str | None = None  # idle busy offline
    last_seen_at: Timestamp | None = None
    version: str = ""
    current_job: DaemonJob | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMetadata:
    """What an organization's job is about (2.36)."""

    workspace_id: UUID | None = None
    workspace_name: str = ""
    workspace_build_transition: str = ""
    template_id: UUID | None = None
    template_name: str = ""
    template_display_name: str = ""
    template_version_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInput:
    """What an organization's job works on."""

    workspace_build_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationJob:
    """A provisioner job of an organization (chapter Organizations)."""

    id: UUID
    created_at: Timestamp
    status: str
    type: str = ""  # workspace_build, template_version_import, template_version_dry_run
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    error: str = ""
    worker_name: str = ""  # 2.36
    input: JobInput = field(default_factory=JobInput)
    metadata: JobMetadata = field(default_factory=JobMetadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthMessage:
    """A warning of a part of Coder."""

    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSection:
    """The health of a part of Coder."""

    severity: str = ""  # ok warning error
    warnings: tuple[HealthMessage, ...] | None = None
    error: str | None = None
    dismissed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """What Coder says of itself (GET /debug/health). Coder keeps it for ten minutes."""

    time: Timestamp
    severity: str = ""
    access_url: HealthSection = field(default_factory=HealthSection)
    database: HealthSection = field(default_factory=HealthSection)
    derp: HealthSection = field(default_factory=HealthSection)
    provisioner_daemons: HealthSection = field(default_factory=HealthSection)
    websocket: HealthSection = field(default_factory=HealthSection)
    workspace_proxy: HealthSection = field(default_factory=HealthSection)
