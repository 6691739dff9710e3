"""The world of a simulated server: everything it knows, and how it is found."""

from bisect import bisect_left, insort
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import count
from secrets import token_urlsafe
from typing import Any

from workspaces.simulator.clock import Clock
from workspaces.simulator.plans import VersionPlan
from workspaces.simulator.state import (
    Agent,
    Build,
    Job,
    Organization,
    PortShare,
    Provisioner,
    Template,
    TemplateVersion,
    Token,
    User,
    Workspace,
    new_id,
)
from workspaces.simulator.statistics import Stats

PASSWORD = "SomeSecurePassword!"  # noqa: S105 - everybody's, in both worlds: the samples are meant to be tried
DEFAULT_TAGS = {"owner": "", "scope": "organization"}


class World:
    """All that one simulated server knows.

    `version` is the dialect, "2.19" or "2.36"; `licensed` switches what a licence grants.
    """

    def __init__(self, *, version: str = "2.36", licensed: bool = False, clock: Clock | None = None) -> None:
        self.version = version
        self.licensed = licensed
        self.clock = clock or Clock()
        self.started_at = self.clock.now()
        self.deployment_id = new_id()
        self.allow_renames = True
        self.debug_mode = False  # enable_terraform_debug_mode
        self.wildcard_host = ""
        self.webpush_key = token_urlsafe(65)
        self.stats: Stats | None = None
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
        self.workspaces = Shelf()
        self.log_ids = count(1)
        self._by_name: dict[str, User] = {}
        self._by_email: dict[str, User] = {}

    @property
    def modern(self) -> bool:
        """Whether the dialect is 2.36's."""
        return self.version == "2.36"

    @property
    def organization(self) -> Organization:
        """The default organisation."""
        return next(o for o in self.organizations.values() if o.is_default)

    def now(self) -> datetime:
        """The server's moment."""
        return self.clock.now()

    def add_organization(self, name: str, **fields: Any) -> Organization:
        """Found an organisation; `fields` as in `state.Organization`."""
        organization = Organization(name=name, created_at=fields.pop("created_at", self.now()), **fields)
        self.organizations[organization.id] = organization
        return organization

    def add_user(self, username: str, **fields: Any) -> User:
        """Add a person to the default organisation; `fields` as in `state.User`."""
        fields = {
            "email": f"{username}@example.com",
            "password": PASSWORD,
            "created_at": self.now(),
            **fields,
        }
        user = User(username=username, **fields)
        user.updated_at = user.updated_at or user.created_at
        self.users[user.id] = self._by_name[username.lower()] = self._by_email[user.email.lower()] = user
        user.organizations.append(self.organization)
        self.organization.members.append(user)
        return user

    def user_named(self, name_or_id: str) -> User | None:
        """Find a person by id or username, whatever its case."""
        return self.users.get(name_or_id) or self._by_name.get(name_or_id.lower())

    def user_with_email(self, email: str) -> User | None:
        """Find a person by e-mail, whatever its case."""
        return self._by_email.get(email.lower())

    def add_provisioner(self, name: str, tags: dict[str, str] | None = None) -> Provisioner:
        """Add a provisioner daemon that takes jobs with these tags (default: those of the organisation)."""
        daemon = Provisioner(name=name, tags=tags or dict(DEFAULT_TAGS), last_seen_at=self.now())
        self.provisioners.append(daemon)
        return daemon

    def add_template(
        self, name: str, *, created_by: User, plan: VersionPlan, version_name: str = "v1", **fields: Any
    ) -> Template:
        """Add a template with its first version, which is the active one; `fields` as in `state.Template`."""
        fields = {"organization": self.organization, "created_at": self.now(), **fields}
        template = Template(name=name, created_by=created_by, **fields)
        template.updated_at = template.updated_at or template.created_at
        self.templates[template.id] = template
        template.active_version = self.add_version(template, version_name, plan, created_at=template.created_at)
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
        """Add a version, imported already; it becomes active only by `template.active_version = version`."""
        moment = created_at or self.now()
        job = Job(
            created_at=moment,
            initiator=template.created_by,
            file_id=new_id(),
            type="template_version_import",
            tags=dict(plan.tags),
            started_at=moment,
            completed_at=moment + timedelta(milliseconds=30),
            worker_id=self.provisioners[0].id if self.provisioners else new_id(),
        )
        version = TemplateVersion(
            template=template,
            name=name,
            created_at=moment,
            updated_at=job.completed_at,
            created_by=template.created_by,
            job=job,
            plan=plan,
            message=message,
        )
        self.versions[version.id] = version
        template.versions.append(version)
        return version


class Shelf:
    """The workspaces, found by id, by owner and name, and kept in the order of lists."""

    def __init__(self) -> None:
        self._by_id: dict[str, Workspace] = {}
        self._by_owner: defaultdict[str, list[tuple[tuple[Any, ...], Workspace]]] = defaultdict(list)
        self._in_order: list[tuple[tuple[Any, ...], Workspace]] = []
        self._keys: dict[str, tuple[Any, ...]] = {}
        self._shared: set[Workspace] = set()

    def __len__(self) -> int:
        """The number of workspaces, deleted ones included."""
        return len(self._by_id)

    def add(self, workspace: Workspace) -> None:
        """Put a workspace (with at least one build) on the shelf."""
        self._by_id[workspace.id] = workspace
        self._insert(workspace)

    def add_all(self, workspaces: list[Workspace]) -> None:
        """Put many on the shelf at once, sorting once."""
        for workspace in workspaces:
            key = self._keys[workspace.id] = _order(workspace)
            self._by_id[workspace.id] = workspace
            self._by_owner[workspace.owner.id].append((key, workspace))
            self._in_order.append((key, workspace))
        self._in_order.sort(key=_key)
        for shelf in self._by_owner.values():
            shelf.sort(key=_key)

    def moved(self, workspace: Workspace) -> None:
        """Say that a workspace was renamed, started or stopped: its place in lists may be another."""
        if self._keys[workspace.id] != _order(workspace):
            self.remove(workspace)
            self.add(workspace)

    def remove(self, workspace: Workspace) -> None:
        """Take a workspace from the shelf."""
        key = self._keys.pop(workspace.id)
        del self._by_id[workspace.id]
        for shelf in (self._by_owner[workspace.owner.id], self._in_order):
            del shelf[bisect_left(shelf, key, key=_key)]

    def get(self, workspace_id: str) -> Workspace | None:
        """Find a workspace by id, deleted or not."""
        return self._by_id.get(workspace_id)

    def everyone(self) -> list[Workspace]:
        """All workspaces in the order of lists: running first, then by owner and name."""
        return [workspace for _, workspace in self._in_order]

    def of(self, owner: User) -> list[Workspace]:
        """One person's workspaces in the order of lists."""
        return [workspace for _, workspace in self._by_owner[owner.id]]

    def readable_by(self, user: User) -> list[Workspace]:
        """A person's own workspaces and those that others share with them, in the order of lists."""
        shared = [w for w in self._shared if user.id in w.shared_with]
        return sorted(self.of(user) + shared, key=_order) if shared else self.of(user)

    def share(self, workspace: Workspace, roles: dict[str, str]) -> None:
        """Share a workspace with these people (ids) in these roles, and with nobody else."""
        workspace.shared_with = roles
        (self._shared.add if roles else self._shared.discard)(workspace)

    def named(self, owner: User, name: str, *, deleted: bool = False) -> Workspace | None:
        """Find one by owner and name, whatever its case; with `deleted`, the deleted one of that name."""
        found = [w for _, w in self._by_owner[owner.id] if w.deleted == deleted and w.name.lower() == name.lower()]
        return max(found, key=lambda w: w.created_at, default=None)

    def _insert(self, workspace: Workspace) -> None:
        if workspace.shared_with:
            self._shared.add(workspace)
        key = self._keys[workspace.id] = _order(workspace)
        for shelf in (self._by_owner[workspace.owner.id], self._in_order):
            insort(shelf, (key, workspace), key=_key)


def _order(workspace: Workspace) -> tuple[Any, ...]:
    return (not workspace.running, workspace.owner.username.lower(), workspace.name.lower(), workspace.id)


def _key(entry: tuple[tuple[Any, ...], Workspace]) -> tuple[Any, ...]:
    return entry[0]
