"""The topic of a page of the list: a poll finds the matching workspaces, watches report their changes at once."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from uuid import UUID

from django.template.loader import render_to_string

from workspaces.coder.sources import WorkspaceListPoll, WorkspaceWatch
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace, WorkspacePage
from workspaces.forms.list import ListForm
from workspaces.live.base_topic import BaseTopic, current_viewer, to_epoch_ms
from workspaces.live.context import StreamContext
from workspaces.live.fragments import add_read_time, hx_partial, states_event
from workspaces.live.streams import StreamFinished, encode_final_event
from workspaces.live.subscribers import Subscriber
from workspaces.present.page_models import Row, Viewer
from workspaces.present.workspace_list.models import ListPage
from workspaces.present.workspace_list.page import make_list_page
from workspaces.present.workspace_list.window import call_limits
from workspaces.templatetags.portal import list_row as render_row

TABLE_TEMPLATE = "workspaces/list.html#table"


class ListTopic(BaseTopic):
    """A page of the list."""

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str) -> None:
        super().__init__(context, subscriber, query_string)
        form = ListForm(self.query)
        form.is_valid()
        self.is_refused = bool(form.search_errors)  # the page shows why at the search field
        self.search = form.search(subscriber.person.username)
        self.page = form.number
        self.page_size = subscriber.person.page_size
        self.is_sorted_here = bool(self.search.sort or self.search.attention)
        self.watches: dict[UUID, WorkspaceWatch] = {}  # by workspace
        self._sent_rows: dict[UUID, int] = {}  # checksums of the rows that the browser shows, in their order
        self._sent_frame: object = None  # the page without its rows, as the browser shows it
        self._sent_writes: dict[UUID, int] = {}  # by workspace
        self._last_statuses: dict[UUID, str] = {}  # by workspace
        self._left_keys: dict[UUID, object] = {}  # list keys of the watched workspaces that have left the page, or None

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the page."""
        super().open(wake)
        if self.is_refused:
            wake()
            return
        limits = call_limits(self.search, self.page, self.page_size)
        self.poll = self.subscribe(WorkspaceListPoll, self.search.coder_q, *limits)
        wake()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the rows that changed, the whole table if its rows or their order changed, and failures of Coder."""
        if self.is_refused:
            raise StreamFinished(encode_final_event("ended"))
        self.raise_if_ended(self.poll)
        if self.poll.state is not None:
            self.update_watches(self.shown_page(self.poll.state))
            self.poll_after_return()
            view = await self.view(self.poll.state.workspaces or (), self.poll.coder_version)
            page = self.current_page(self.poll.state)  # again: it may have changed during the wait
            self.poll_after_transition(page)
            with self.rendering():
                event = self.table_event(page, view.viewer, view.templates)
            if event:
                yield event
            if self.is_sorted_here:
                self.update_watches(self.shown_page(self.poll.state))  # which rows are shown is known only now
        if error_event := self.error_event(self.poll):
            yield error_event

    def current_page(self, page: WorkspacePage) -> WorkspacePage:
        """Return the polled page with the newer states that watches have reported."""
        return replace(page, workspaces=tuple(self.current_workspace(polled) for polled in page.workspaces or ()))

    def shown_page(self, page: WorkspacePage) -> WorkspacePage:
        """Return the current page with the workspaces that the browser shows: a sorted list is polled beyond them."""
        current = self.current_page(page)
        if not self.is_sorted_here:
            return current
        return replace(
            current, workspaces=tuple(each for each in current.workspaces or () if each.id in self._sent_rows)
        )

    def current_workspace(self, polled: Workspace) -> Workspace:
        """Return the newest state of a workspace."""
        watch = self.watches.get(polled.id)
        return watch.state if watch and watch.state and watch.read_at > self.poll.read_at else polled

    def read_at(self, workspace_id: UUID) -> float:
        """Return the loop time (s) at which the newest state of a workspace was read."""
        watch = self.watches.get(workspace_id)
        return max(watch.read_at, self.poll.read_at) if watch and watch.state else self.poll.read_at

    def update_watches(self, page: WorkspacePage) -> None:
        """Watch the workspaces in transition and the subscriber's own, within the limits.

        A workspace that has left the page stays watched while there is room: if it is started elsewhere, it is back at
        once, and not with the next poll. All other watches stop.
        """
        workspaces = page.workspaces or ()
        relevant_ids = {
            workspace.id
            for workspace in workspaces
            if workspace.owner_id == self.subscriber.person.id or workspace.latest_build.status in IN_TRANSITION
        }
        page_ids = {workspace.id for workspace in workspaces}
        for workspace_id, watch in tuple(self.watches.items()):
            is_left = workspace_id not in page_ids
            if watch.final_error or watch.is_stopped or (not is_left and workspace_id not in relevant_ids):
                self.unsubscribe(self.watches.pop(workspace_id))
                self._left_keys.pop(workspace_id, None)
            elif is_left and watch.holds_stream:
                watch.set_spare(self.wake, spare=True)
                is_newer = watch.read_at > self.poll.read_at  # it may be back already
                self._left_keys.setdefault(workspace_id, None if is_newer else list_key(watch.state))
            elif is_left:
                self.unsubscribe(self.watches.pop(workspace_id))
            else:
                watch.set_spare(self.wake, spare=False)
                self._left_keys.pop(workspace_id, None)
        in_transition_first = sorted(
            workspaces, key=lambda workspace: workspace.latest_build.status not in IN_TRANSITION
        )
        for workspace in in_transition_first:
            if workspace.id in relevant_ids and workspace.id not in self.watches and self.can_watch(workspace.id):
                self.watches[workspace.id] = self.subscribe(WorkspaceWatch, workspace.id)

    def can_watch(self, workspace_id: UUID) -> bool:
        """Return whether a workspace can be watched: a watch that exists already needs no capacity."""
        fingerprint, hub = self.subscriber.access.fingerprint, self.context.hub
        if (fingerprint, WorkspaceWatch, workspace_id) in hub.sources:
            return True
        hub.make_stream_capacity()
        return hub.has_watch_capacity(fingerprint)

    def table_event(self, current: WorkspacePage, viewer: Viewer, templates: Sequence[Template]) -> bytes:
        """Return the event with what the browser does not show yet; b"" if it shows everything."""
        page = self.make_page(current, self.present_viewer(viewer), templates)
        rows, frame = {row.id: row.checksum for row in page.rows}, replace(page.live_part, rows=(), refresh_s=0)
        sent_rows, sent_frame = self._sent_rows, self._sent_frame
        is_first = sent_frame is None
        browser_is_current = is_first and page.etag == self.shown_etag
        if is_first and not browser_is_current and self.poll.read_at <= self.shown_read_at:
            self.poll.refresh()  # the browser shows a newer state than the poll
            return b""
        self._sent_rows, self._sent_frame, written_ids = rows, frame, self.take_written_ids()
        if list(rows) == list(sent_rows) and frame == sent_frame:
            changed = [row for row in page.rows if sent_rows[row.id] != row.checksum or row.id in written_ids]
            return self.states_of_rows(changed, *map(row_partial, changed)) if changed else b""
        if browser_is_current:
            return b""
        table = render_to_string(TABLE_TEMPLATE, {"page": page})
        return self.states_of_rows(page.rows, hx_partial("#table", table))

    def present_viewer(self, viewer: Viewer) -> Viewer:
        """Return the viewer with the current time and their operations in progress."""
        return current_viewer(viewer, self.context.database_poller.operations_of_person(self.subscriber.person.id))

    def make_page(self, current: WorkspacePage, viewer: Viewer, templates: Sequence[Template]) -> ListPage:
        """Return the page of the list."""
        return make_list_page(
            current, viewer, search=self.search, page=self.page, page_size=self.page_size, templates=templates
        )

    def states_of_rows(self, rows: Sequence[Row], *partials: str) -> bytes:
        """Return the event with these partials and the read time of the oldest of these rows."""
        read_at = min((self.read_at(row.id) for row in rows), default=self.poll.read_at)
        return add_read_time(states_event(*partials), to_epoch_ms(read_at))

    def take_written_ids(self) -> set[UUID]:
        """Return the workspaces that the portal has written to since the last call.

        The response to the write may have reached the browser after the last event and may show an older state: such
        rows are sent again, changed or not.
        """
        written_ids = {
            workspace_id
            for workspace_id, watch in self.watches.items()
            if self._sent_writes.get(workspace_id, 0) != watch.writes
        }
        self._sent_writes |= {workspace_id: self.watches[workspace_id].writes for workspace_id in written_ids}
        return written_ids

    def poll_after_transition(self, page: WorkspacePage) -> None:
        """Poll soon if a watch reports that a build has ended: other workspaces may match, in another order."""
        statuses = {workspace.id: workspace.latest_build.status for workspace in page.workspaces or ()}
        settled_ids = [
            workspace_id
            for workspace_id, status in statuses.items()
            if status not in IN_TRANSITION and self._last_statuses.get(workspace_id, status) != status
        ]
        self._last_statuses = statuses
        watches = [self.watches[workspace_id] for workspace_id in settled_ids if workspace_id in self.watches]
        if any(watch.read_at > self.poll.read_at for watch in watches):
            self.poll.refresh()

    def poll_after_return(self) -> None:
        """Poll soon if a workspace that has left the page has changed so that it may be on the page again."""
        for workspace_id, before in self._left_keys.items():
            self._left_keys[workspace_id] = now = list_key(self.watches[workspace_id].state)
            if now != before:
                self.poll.refresh()


def list_key(workspace: Workspace | None) -> object:
    """Return what decides whether and where a list has a workspace, except what changes all the time; None for None."""
    if workspace is None:
        return None
    build = workspace.latest_build
    return (workspace.name, build.id, build.status, workspace.dormant_at, workspace.outdated, workspace.favorite)


def row_partial(row: Row) -> str:
    """Render the partial that replaces a row."""
    return hx_partial(f"#w-{row.id}", render_row(row))
