"""The page of a build, live while it is under way: its log grows, and what else changes is asked for by the page."""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING
from uuid import UUID

from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.coder.hub import FINAL_ERRORS
from workspaces.coder.sources import BuildLogPoll, WorkspaceWatch
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.live.fragments import fragments_event, hx_partial
from workspaces.live.streams import StreamFinished, encode_event, encode_farewell, encode_final_event
from workspaces.live.subscribers import Subscriber, rendering_context
from workspaces.live.topics import Looking, lines_of
from workspaces.present.builds.log import bare_stage

if TYPE_CHECKING:
    from workspaces.live.server import EventBroadcaster

AGAIN = 5000  # ms: Coder could not be asked which workspace it is of


class OfBuild(Looking):
    """One build. The browser tells the last line that it has (`after`), and the stage that it is of."""

    def __init__(self, server: "EventBroadcaster", visitor: Subscriber, query: str, build_id: UUID) -> None:
        super().__init__(server, visitor, query)
        self.id = build_id
        self.watch: WorkspaceWatch | None = None
        self._status = ""
        self._sent = 0
        self._stage = self.asked.get("stage", "")

    def open(self, wake: Callable[..., None]) -> None:
        """Look at the log; what else there is, is known when the build has been read."""
        super().open(wake)
        after = self.asked.get("after", "")
        self.log = self.join(BuildLogPoll, self.id, int(after) if after.isdecimal() and len(after) < 19 else 0)
        wake()

    async def events(self) -> AsyncIterator[bytes]:
        """The lines that were written since, and that something else has changed."""
        watch = self.watch = self.watch or await self.found()
        for source in (watch, self.log):
            if source.final_error:
                with rendering_context(self.visitor.language):
                    raise self.end(source.final_error)
        if more := self.log.entries[self._sent :]:
            with rendering_context(self.visitor.language):
                html = lines_of(more, self.visitor, self._stage)
            self._sent, self._stage = len(self.log.entries), bare_stage(more[-1])
            yield fragments_event(hx_partial("#log", html, "beforeend"))
        if watch.state is not None:
            latest = watch.state.latest_build
            status = latest.status if latest.id == self.id else "over"
            if self._status not in {"", status} and status in IN_TRANSITION:
                yield encode_event("stale")
            self._status = status
            if status not in IN_TRANSITION:
                self.log.finish()
        if self.log.complete:
            raise StreamFinished(encode_event("stale") + encode_final_event("over"))
        with rendering_context(self.visitor.language):
            trouble = self.trouble(watch)
        if trouble:
            yield trouble

    async def found(self) -> WorkspaceWatch:
        """The workspace of the build. Raises Over where Coder does not tell it."""
        try:
            build = await self.log.client().send(calls.build(self.id))
        except FINAL_ERRORS as error:
            with rendering_context(self.visitor.language):
                raise self.end(error) from None
        except CoderError:
            raise StreamFinished(encode_farewell(AGAIN)) from None
        return self.join(WorkspaceWatch, build.workspace_id)
