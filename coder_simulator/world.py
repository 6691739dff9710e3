"""Hold the data of one simulated server and find it by id, name or e-mail address."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from secrets import token_bytes
from typing import Any
from uuid import UUID, uuid5

from coder_simulator.clock import Clock
from coder_simulator.records import AuditLog, Notification, OwnerCounts, UseDay
from coder_simulator.state import (
    Agent,
    Build,
    DeploymentStats,
    Job,
    Organization,
    PortShare,
    Provisioner,
    Template,
    TemplateVersion,
    Token,
    User,
    new_id,
)
from coder_simulator.version_plans import VersionPlan
from coder_simulator.workspace_index import WorkspaceIndex

PASSWORD = "SomeSecurePassword!"  # noqa: S105 - everybody's, in both worlds: the samples are meant to be tried
DEFAULT_TAGS = {"owner": "", "scope": "organization"}
IMPORT_LEAD = timedelta(milliseconds=130)  # a template is created from an imported version
IMPORT_DURATION = timedelta(milliseconds=40)  # between a version's creation and the end of its import
TEMPLATE_WRITE_DELAY = timedelta(milliseconds=2)  # between a template's creation and later writes to its rows


class World:
    """All data of one simulated server.

    `version` is the version of Coder to imitate, "2.19" or "2.36"; `licensed` enables features that need a license.
    """

    def __init__(self, *, version: str = "2.36", licensed: bool = False, clock: Clock | None = None) -> None:
        self.version = version
        self.licensed = licensed
        self.enterprise_build = True  # False: Coder built from its open-source code alone, which lacks some calls
        self.clock = clock or Clock()
        self.started_at = self.clock.now()
        self.deployment_id = new_id()
        self.allow_renames = True
        self.debug_mode = False  # enable_terraform_debug_mode
        self.banners: list[str] = []  # of Coder's pages, in Markdown; with a license
        self.wildcard_host = ""
        # has the format of a point of P-256
        self.webpush_key = urlsafe_b64encode(b"\x04" + token_bytes(64)).decode().rstrip("=")
        self.stats: DeploymentStats | None = None
        self.owner_counts: OwnerCounts | None = None
        self.uses: list[UseDay] = []
        self.notifications: list[Notification] = []
        self.audit_logs: list[AuditLog] = []
        self.health_checked_at: datetime | None = None
        self.users: dict[str, User] = {}
        self.organizations: dict[str, Organization] = {}
        self.templates: dict[str, Template] = {}
        self.versions: dict[str, TemplateVersion] = {}
        self.builds: dict[str, Build] = {}
        self.agents: dict[str, Agent] = {}
        self.tokens: dict[str, Token] = {}
        self.provisioners: list[Provisioner] = []
        self.pending: list[Build] = []
        self.port_shares: list[PortShare] = []
        self.workspaces = WorkspaceIndex()
        self.concurrent_starts: set[str] = set()  # ids of workspaces that the owner starts when another user stops them
        self.log_ids = count(1)
        self.agent_log_ids = count(1)
        self._users_by_name: dict[str, User] = {}
        self._users_by_email: dict[str, User] = {}

    @property
    def modern(self) -> bool:
        """Return whether the server imitates 2.36."""
        return self.version == "2.36"

    @property
    def organization(self) -> Organization:
        """Return the default organization."""
        return next(o for o in self.organizations.values() if o.is_default)

    def now(self) -> datetime:
        """Return the server's time."""
        return self.clock.now()

    def add_organization(self, name: str, **fields: Any) -> Organization:
        """Add an organization; `fields` are those of `state.Organization`."""
        organization = Organization(name=name, created_at=fields.pop("created_at", self.now()), **fields)
        self.organizations[organization.id] = organization
        return organization

    def add_user(self, username: str, **fields: Any) -> User:
        """Add a user to the default organization; `fields` are those of `state.User`."""
        fields = {
            "email": f"{username}@example.com",
            "password": PASSWORD,
            "created_at": self.now(),
            **fields,
        }
        user = User(username=username, **fields)
        user.updated_at = user.updated_at or user.last_seen_at or user.created_at
        self.users[user.id] = self._users_by_name[username.lower()] = self._users_by_email[user.email.lower()] = user
        user.organizations.append(self.organization)
        self.organization.members.append(user)
        return user

    def find_user(self, name_or_id: str) -> User | None:
        """Find a user by id or by username, ignoring case."""
        return self.users.get(name_or_id) or self._users_by_name.get(name_or_id.lower())

    def find_user_by_email(self, email: str) -> User | None:
        """Find a user by e-mail address, ignoring case."""
        return self._users_by_email.get(email.lower())

    def add_provisioner(self, name: str, tags: dict[str, str] | None = None) -> Provisioner:
        """Add a provisioner daemon that runs jobs with these tags (default: the organization's)."""
        provisioner = Provisioner(name=name, tags=tags or dict(DEFAULT_TAGS), created_at=self.now())
        self.provisioners.append(provisioner)
        return provisioner

    def add_template(
        self, name: str, *, created_by: User, plan: VersionPlan, version_name: str = "v1", **fields: Any
    ) -> Template:
        """Add a template with its first version, the active one; `fields` are those of `state.Template`."""
        fields = {"organization": self.organization, "created_at": self.now(), **fields}
        template = Template(name=name, created_by=created_by, **fields)
        template.updated_at = template.updated_at or template.created_at + TEMPLATE_WRITE_DELAY
        self.templates[template.id] = template
        first_version = self.add_version(template, version_name, plan, created_at=template.created_at - IMPORT_LEAD)
        # Coder then assigns the version to the template
        first_version.updated_at = template.created_at + TEMPLATE_WRITE_DELAY
        template.active_version = first_version
        return template

    def add_version(
        self,
        template: Template,
        name: str,
        plan: VersionPlan,
        *,
        created_at: datetime | None = None,
        message: str = "",
    ) -> TemplateVersion:
        """Add an imported version; assign it to `template.active_version` to make it the active one.

        The same plan by the same user has the same file id, as Coder stores an archive once.
        """
        moment = created_at or self.now()
        job = Job(
            created_at=moment - timedelta(milliseconds=1),
            initiator=template.created_by,
            file_id=str(uuid5(UUID(self.deployment_id), f"{template.created_by.id} {plan!r}")),
            type="template_version_import",
            tags=dict(plan.tags),
            started_at=moment + timedelta(milliseconds=4),
            completed_at=moment + IMPORT_DURATION,
            worker_id=self.provisioners[0].id if self.provisioners else new_id(),
        )
        version = TemplateVersion(
            template=template,
            name=name,
            created_at=moment,
            updated_at=moment + IMPORT_DURATION - (timedelta() if self.modern else TEMPLATE_WRITE_DELAY),
            created_by=template.created_by,
            job=job,
            plan=replace(plan, presets=tuple(p if p.id else replace(p, id=new_id()) for p in plan.presets)),
            message=message,
        )
        self.versions[version.id] = version
        template.versions.append(version)
        return version
