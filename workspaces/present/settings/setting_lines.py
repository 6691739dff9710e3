"""The lines of a setting, and the workspace, viewer and template that they depend on."""

from dataclasses import dataclass
from datetime import datetime

from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Viewer
from workspaces.present.times import Moment, make_moment
from workspaces.schedule import nonzero_time


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """One sentence; `moment` is the time that it is about."""

    text: str
    moment: Moment | None = None
    tone: str = ""  # warn or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingContext:
    """A workspace, its viewer, and its template if the viewer can read it."""

    workspace: Workspace
    viewer: Viewer
    template: Template | None

    @property
    def now(self) -> datetime:
        """The time of the page."""
        return self.viewer.now

    @property
    def is_running(self) -> bool:
        """Whether the workspace is running."""
        return self.workspace.latest_build.status == "running"

    @property
    def deadline(self) -> datetime | None:
        """When the running build stops; None if it does not stop by itself."""
        held = not self.is_running or self.workspace.dormant_at
        return None if held else nonzero_time(self.workspace.latest_build.deadline)

    @property
    def max_deadline(self) -> datetime | None:
        """The latest possible deadline of the running build."""
        return nonzero_time(self.workspace.latest_build.max_deadline) if self.is_running else None

    @property
    def activity_bump_ms(self) -> int:
        """By how many ms use moves the deadline; 0 if it does not, or if unknown."""
        return self.template.activity_bump_ms if self.template else 0

    def moment(self, at: datetime) -> Moment:
        """Format a time for the viewer."""
        return make_moment(at, self.now, self.viewer.zone)
