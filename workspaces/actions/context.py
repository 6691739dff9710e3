"""The input of the rules: one workspace, one person's rights for it, and one version of Coder."""

from dataclasses import dataclass, field

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.coder.statuses import STATUSES
from workspaces.coder.types import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """One person's rights for one workspace (POST /authcheck)."""

    is_owner: bool
    update: bool = False
    start: bool = False
    stop: bool = False
    delete: bool = False
    connect: bool = False  # open its apps and ports
    update_template: bool = False  # of its template: may use any version of it
    site_owner: bool = False

    @property
    def is_read_only(self) -> bool:
        """Return whether the person has no right to change the workspace."""
        return not (self.update or self.start or self.stop or self.delete)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """The input of a rule."""

    workspace: Workspace
    rights: Rights
    capabilities: CoderCapabilities
    status: str = field(init=False)  # in Coder's words, or "unknown"; every rule reads it

    def __post_init__(self) -> None:
        """Read the status once."""
        object.__setattr__(self, "status", known_status(self.workspace))

    @property
    def failed_transition(self) -> str:
        """The transition of the failed latest build, which a retry repeats; "" if it did not fail."""
        return self.workspace.latest_build.transition if self.status == "failed" else ""


def known_status(workspace: Workspace) -> str:
    """Return the workspace's status in Coder's words, or "unknown" for one that the portal does not know."""
    status = workspace.latest_build.status
    return status if status in STATUSES else "unknown"


def must_update(workspace: Workspace) -> bool:
    """Return whether a start uses a newer version: it is outdated, and the template or its own policy demands it."""
    requires_active = workspace.template_require_active_version or workspace.automatic_updates == "always"
    return workspace.outdated and requires_active
