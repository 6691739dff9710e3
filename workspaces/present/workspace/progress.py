"""The progress of a build, estimated from the usual duration of its template's builds."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Viewer
from workspaces.schedule import nonzero_time

FULL = 95  # percent, until the build ends
# build_progress.js formats these as well, every second; "%s" is a number.
LEFT_S = gettext_noop("about %s s left")
LEFT_MIN = gettext_noop("about %s min left")
MORE_S = gettext_noop("up to %s s left")
MORE_MIN = gettext_noop("up to %s min left")
LONGER = gettext_noop("longer than usual")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A build in progress. Half of its kind take at most `p50` ms, nearly all at most `p95` ms."""

    elapsed_ms: int  # ms
    p50: int
    p95: int

    @property
    def percent(self) -> int:
        """The share of the usual duration that has passed."""
        return min(FULL, self.elapsed_ms * 100 // self.p50)

    @property
    def text(self) -> str:
        """The estimated remaining time."""
        if self.elapsed_ms < self.p50:
            return span(self.p50 - self.elapsed_ms, LEFT_S, LEFT_MIN)
        if self.elapsed_ms < self.p95:
            return span(self.p95 - self.elapsed_ms, MORE_S, MORE_MIN)
        return _(LONGER)


def span(milliseconds: int, seconds: str, minutes: str) -> str:
    """Format a duration in ms with a text for seconds, from ten on in steps of five, or for minutes; rounded up."""
    count = -(-milliseconds // 1000)
    if count >= 10:
        count = -(-count // 5) * 5
    return _(seconds) % count if count < 90 else _(minutes) % -(-count // 60)


def make_progress(workspace: Workspace, viewer: Viewer) -> Progress | None:
    """Return the progress of a workspace's build; None without a running build or a known usual duration."""
    build = workspace.latest_build
    started = nonzero_time(build.job.started_at)
    duration = viewer.build_durations.get(workspace.template_id, {}).get(build.transition)
    if (
        build.status not in IN_TRANSITION
        or build.status == "canceling"
        or started is None
        or not duration
        or not duration.P50
        or duration.P50 < 0
    ):
        return None
    elapsed = max(0, round((viewer.now - started).total_seconds() * 1000))
    return Progress(elapsed_ms=elapsed, p50=duration.P50, p95=max(duration.P95 or 0, duration.P50))
