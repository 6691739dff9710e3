"""The topic of a build's page: new lines of its log, and `stale` events after which the page reloads itself."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.coder.hub import FINAL_ERRORS
from workspaces.coder.sources import BuildLogPoll, WorkspaceWatch
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.live.base_topic import BaseTopic
from workspaces.live.build_log_part import render_log_lines
from workspaces.live.context import StreamContext
from workspaces.live.fragments import fragments_event, hx_partial
from workspaces.live.streams import StreamFinished, encode_event, encode_final_event, encode_reconnect
from workspaces.live.subscribers import Subscriber
from workspaces.present.builds.log import stage_name

RETRY_MS = 5000  # after a failed request for the build


class BuildTopic(BaseTopic):
    """One build. Query parameters: `after`, the id of the last line that the browser shows, and `stage`, its stage."""

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str, build_id: UUID) -> None:
        super().__init__(context, subscriber, query_string)
        self.build_id = build_id
        self.watch: WorkspaceWatch | None = None
        self._sent_status = ""
        self._sent_lines = 0
        self._sent_stage = self.query.get("stage", "")

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the log. The workspace is known after the build has been read."""
        super().open(wake)
        after = self.query.get("after", "")
        last_line_id = int(after) if after.isdecimal() and len(after) < 19 else 0
        self.log = self.subscribe(BuildLogPoll, self.build_id, last_line_id)
        wake()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield new lines, `stale` when the build's status changes, and failures of Coder."""
        self.raise_if_ended()
        watch = self.watch = self.watch or await self.subscribe_to_workspace()
        self.raise_if_ended(watch, self.log)
        if new_lines := self.log.lines_from(self._sent_lines):
            with self.rendering():
                html = render_log_lines(new_lines, self.subscriber, self._sent_stage)
            self._sent_lines, self._sent_stage = self.log.line_count, stage_name(new_lines[-1])
            yield fragments_event(hx_partial("#log", html, "beforeend"))
        if watch.state is not None:
            latest = watch.state.latest_build
            status = latest.status if latest.id == self.build_id else "ended"  # a later build means that this one ended
            if self._sent_status not in {"", status} and status in IN_TRANSITION:
                yield encode_event("stale")
            self._sent_status = status
            if status not in IN_TRANSITION:
                self.log.finish()
        if self.log.complete:
            raise StreamFinished(encode_event("stale") + encode_final_event("ended"))
        if error_event := self.error_event(watch):
            yield error_event

    async def subscribe_to_workspace(self) -> WorkspaceWatch:
        """Read the build and subscribe to its workspace. Raises StreamFinished if Coder does not return the build."""
        try:
            build = await self.log.client().send(calls.build(self.build_id))
        except FINAL_ERRORS as error:
            raise self.stream_finished_for(error) from None
        except CoderError:
            raise StreamFinished(encode_reconnect(RETRY_MS)) from None
        return self.subscribe(WorkspaceWatch, build.workspace_id)
