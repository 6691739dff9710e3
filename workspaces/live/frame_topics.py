"""The topics of frames: a list, and one workspace. An event has all that the frame shows, which is little."""

from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from django.template.loader import render_to_string

from workspaces.coder.sources import WorkspaceWatch
from workspaces.coder.template_types import Template
from workspaces.coder.types import WorkspacePage
from workspaces.embed.look import make_look
from workspaces.live.base_topic import BaseTopic, current_viewer, to_epoch_ms
from workspaces.live.context import StreamContext
from workspaces.live.fragments import add_read_time, states_event
from workspaces.live.list_topic import ListTopic
from workspaces.live.subscribers import Subscriber
from workspaces.present.embed import FrameCard, make_frame_card, make_frame_list
from workspaces.present.page_models import OngoingOperation, Viewer


class FrameListTopic(ListTopic):
    """A list in a frame. It finds changes as the portal's list does, and sends them as one piece."""

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str) -> None:
        super().__init__(context, subscriber, query_string)
        self.look = make_look(self.query, has_actions=self.query.get("actions") != "none")
        self.page_size = self.look.limit

    def table_event(self, current: WorkspacePage, viewer: Viewer, templates: Sequence[Template]) -> bytes:
        """Return the event with the list; b"" if the browser shows it."""
        viewer = self.present_viewer(viewer)
        page = make_frame_list(self.make_page(current, viewer, templates), current.workspaces or (), viewer)
        is_current = page.etag == self.shown_etag
        if self._sent_frame is None and not is_current and self.poll.read_at <= self.shown_read_at:
            self.poll.refresh()  # the browser shows a newer state than the poll
            return b""
        self._sent_frame, written_ids = page.etag, self.take_written_ids()
        if is_current and not written_ids:
            return b""
        self.shown_etag = page.etag
        html = render_to_string("embed/workspaces.html#content", {"page": page, "frame": self.look})
        read_at = min((self.read_at(entry.row.id) for entry in page.rows), default=self.poll.read_at)
        return add_read_time(states_event(html), to_epoch_ms(read_at))


class FrameWorkspaceTopic(BaseTopic):
    """One workspace in a frame."""

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str, workspace_id: UUID) -> None:
        super().__init__(context, subscriber, query_string)
        self.workspace_id = workspace_id
        self.look = make_look(self.query, has_actions=self.query.get("actions") != "none")
        self._sent_revision: tuple[int, int, OngoingOperation | None] | None = None  # revision, writes, operation

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the workspace."""
        super().open(wake)
        self.watch = self.subscribe(WorkspaceWatch, self.workspace_id)
        self.watch.rereads_periodically = True
        wake()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the card if it changed, and failures of Coder."""
        watch = self.watch
        self.raise_if_ended(watch)
        operation = self.context.database_poller.operations_of_person(self.subscriber.person.id).get(self.workspace_id)
        revision = (watch.revision, watch.writes, operation)
        if watch.state is not None and revision != self._sent_revision:
            view = await self.view([watch.state], watch.coder_version, single=True)
            operations = {self.workspace_id: operation} if operation else {}
            with self.rendering():
                event = self.card_event(make_frame_card(watch.state, current_viewer(view.viewer, operations)), revision)
            if event:
                yield event
        if error_event := self.error_event(watch):
            yield error_event

    def card_event(self, card: FrameCard, revision: tuple[int, int, OngoingOperation | None]) -> bytes:
        """Return the event with the card; b"" if the browser shows it. An older state is read again instead."""
        after_write = self._sent_revision is not None and self._sent_revision[1] != revision[1]
        differs = card.etag != self.shown_etag
        if differs and not after_write and self.watch.read_at <= self.shown_read_at:
            self.watch.refresh()
            return b""
        self._sent_revision = revision
        if not (after_write or differs):
            return b""
        self.shown_etag = card.etag
        html = render_to_string("embed/workspace.html#content", {"page": card, "frame": self.look})
        return add_read_time(states_event(html), to_epoch_ms(self.watch.read_at))
