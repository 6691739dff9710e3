"""What the settings say in sentences: a line, and the facts that it is made of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Viewer
from workspaces.present.times import Moment, make_moment
from workspaces.schedule import nonzero_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence, with its moments in full words; `moment` is the one that it is about."""

    text: str
    moment: Moment | None = None
    tone: str = ""  # warn, or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A workspace, who looks at it, and its template where that can be read."""

    workspace: Workspace
    viewer: Viewer
    template: Template | None

    @property
    def now(self) -> datetime:
        """The viewer's now."""
        return self.viewer.now

    @property
    def runs(self) -> bool:
        """Whether it is running."""
        return self.workspace.latest_build.status == "running"

    @property
    def deadline(self) -> datetime | None:
        """When it stops by itself, where it does."""
        held = not self.runs or self.workspace.dormant_at
        return None if held else nonzero_time(self.workspace.latest_build.deadline)

    @property
    def max_deadline(self) -> datetime | None:
        """The latest that its deadline may be."""
        return nonzero_time(self.workspace.latest_build.max_deadline) if self.runs else None

    @property
    def bump_ms(self) -> int:
        """By how much use moves the deadline; 0 where it does not, or where that is not known."""
        return self.template.activity_bump_ms if self.template else 0

    def moment(self, at: datetime) -> Moment:
        """A moment in the viewer's words and zone."""
        return make_moment(at, self.now, self.viewer.zone)


def later(at: datetime, milliseconds: int) -> datetime:
    """A moment so many milliseconds later."""
    return at + timedelta(milliseconds=milliseconds)
