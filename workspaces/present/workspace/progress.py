"""The progress of a build, estimated from the usual duration of its template's builds."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace
from workspaces.present.estimates import round_up, usual_durations
from workspaces.present.page_models import Viewer
from workspaces.schedule import nonzero_time

USUAL = 80  # percent of the bar when half of the builds have ended; all of it when nearly all have
# build_progress.js formats these as well, every second; "%s" is a number.
LEFT_S = gettext_noop("about %s s left")
LEFT_MIN = gettext_noop("about %s min left")
MORE_S = gettext_noop("up to %s s left")
MORE_MIN = gettext_noop("up to %s min left")
LONGER = gettext_noop("longer than usual for this template")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A build in progress. Half of its kind take at most `p50` ms, nearly all at most `p95` ms."""

    elapsed_ms: int  # ms
    p50: int
    p95: int

    @property
    def percent(self) -> int | None:
        """The share of the usual duration that has passed; None if the build takes longer, which has no estimate."""
        if self.elapsed_ms < self.p50:
            return self.elapsed_ms * USUAL // self.p50
        if self.elapsed_ms < self.p95:
            return USUAL + (self.elapsed_ms - self.p50) * (100 - USUAL) // (self.p95 - self.p50)
        return None

    @property
    def text(self) -> str:
        """The estimated remaining time."""
        if self.elapsed_ms < self.p50:
            return span(self.p50 - self.elapsed_ms, LEFT_S, LEFT_MIN)
        if self.elapsed_ms < self.p95:
            return span(self.p95 - self.elapsed_ms, MORE_S, MORE_MIN)
        return _(LONGER)


def span(milliseconds: int, seconds: str, minutes: str) -> str:
    """Format a duration in ms with a text for seconds or for minutes."""
    count, is_in_minutes = round_up(milliseconds)
    return _(minutes if is_in_minutes else seconds) % count


def make_progress(workspace: Workspace, viewer: Viewer) -> Progress | None:
    """Return the progress of a workspace's build; None without a running build or a known usual duration."""
    build = workspace.latest_build
    started = nonzero_time(build.job.started_at)
    durations = usual_durations(viewer.build_durations.get(workspace.template_id), build.transition)
    if build.status not in IN_TRANSITION or build.status == "canceling" or started is None or durations is None:
        return None
    elapsed = max(0, round((viewer.now - started).total_seconds() * 1000))
    p50, p95 = durations
    return Progress(elapsed_ms=elapsed, p50=p50, p95=p95)
