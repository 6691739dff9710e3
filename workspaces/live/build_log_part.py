"""The log of a build on a workspace's page and on the build's own page."""

from collections.abc import Iterator, Sequence

from django.template.loader import render_to_string

from workspaces.coder.build_types import BuildLog
from workspaces.coder.sources import BuildLogPoll
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import WorkspaceBuild
from workspaces.live.base_topic import BaseTopic
from workspaces.live.fragments import fragments_event, hx_partial
from workspaces.live.subscribers import Subscriber
from workspaces.present.builds.log import make_blocks, make_build_log, stage_name


class BuildLogPart:
    """The log of the build in progress on a workspace's page."""

    __slots__ = ("_sent_lines", "_sent_stage", "log", "topic")

    def __init__(self, topic: BaseTopic) -> None:
        self.topic = topic
        self.log: BuildLogPoll | None = None
        self._sent_lines = 0
        self._sent_stage = ""

    def events(self, build: WorkspaceBuild) -> Iterator[bytes]:
        """Yield the new lines of the log. `build` is the latest build of the workspace."""
        in_progress = build.status in IN_TRANSITION
        if in_progress and (self.log is None or self.log.log_id != build.id):
            self.stop()
            self.log, self._sent_lines = self.topic.subscribe(BuildLogPoll, build.id, 0), 0
        if self.log is None or self.log.log_id != build.id:
            return
        if not in_progress:
            self.log.finish()
        new_lines = self.log.lines_from(self._sent_lines)
        send_whole = not self._sent_lines or (self.log.complete and build.status == "failed")
        if send_whole and self.log.entries:
            yield self.whole_log(build, self.log.entries)
        elif new_lines:
            with self.topic.rendering():
                html = render_log_lines(new_lines, self.topic.subscriber, self._sent_stage)
            yield fragments_event(hx_partial("#log", html, "beforeend"))
        self._sent_lines = self.log.line_count
        if self.log.entries:
            self._sent_stage = stage_name(self.log.entries[-1])
        if self.log.complete:
            self.stop()

    def whole_log(self, build: WorkspaceBuild, entries: Sequence[BuildLog]) -> bytes:
        """Return the event that replaces the whole log; for a failed build, with the line that explains it."""
        with self.topic.rendering():
            page = make_build_log(entries, self.topic.subscriber.zone, failed=build.status == "failed")
            html = render_to_string("workspaces/build_progress.html#log", {"build": build, "blocks": page.blocks})
        return fragments_event(hx_partial(f"#build-log-{build.workspace_id}", html, "innerHTML"))

    def stop(self) -> None:
        """Unsubscribe from the log."""
        if self.log:
            self.topic.unsubscribe(self.log)
            self.log = None


def render_log_lines(entries: Sequence[BuildLog], subscriber: Subscriber, open_stage: str) -> str:
    """Render lines to append to a build log; `open_stage` is the stage of the line before them."""
    log_blocks = make_blocks(entries, subscriber.zone, open_stage=open_stage)
    return render_to_string("workspaces/build.html#lines", {"blocks": log_blocks, "whole": ""})
