"""A page of the list, live: one poll says which workspaces match, watches say at once what becomes of them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from workspaces.coder.sources import WorkspaceListPoll, WorkspaceWatch
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace, WorkspacePage
from workspaces.forms.list import ListForm
from workspaces.live.fragments import add_read_time, hx_partial, states_event
from workspaces.live.subscribers import Subscriber, rendering_context
from workspaces.live.topics import Looking, present_view, read_ms
from workspaces.present.page_models import OngoingOperation, Row, Viewer
from workspaces.present.workspace_list.page import make_list_page
from workspaces.templatetags.portal import list_row as rendered

if TYPE_CHECKING:
    from workspaces.live.server import EventBroadcaster

TABLE = "workspaces/list.html#table"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is: what its template needs of `portal`."""

    path: str


class OfList(Looking):
    """A page of the list."""

    def __init__(self, server: "EventBroadcaster", visitor: Subscriber, query: str) -> None:
        super().__init__(server, visitor, query)
        form = ListForm(self.asked)
        form.is_valid()
        self.q: str = form.cleaned_data.get("q", "")
        self.page: int = form.cleaned_data.get("page") or 1
        self._sent: dict[UUID, int] = {}  # the rows that the browser shows, by their version, in their order
        self._frame: object = None  # what the page shows beside its rows
        self._pokes: dict[UUID, int] = {}
        self.watches: dict[UUID, WorkspaceWatch] = {}
        self._statuses: dict[UUID, str] = {}

    def open(self, wake: Callable[..., None]) -> None:
        """Look at the page."""
        super().open(wake)
        self.poll = self.join(WorkspaceListPoll, self.q, self.page, self.visitor.person.page_size)
        wake()

    async def events(self) -> AsyncIterator[bytes]:
        """The rows that are others now; the whole table where it has other rows, or another order."""
        if self.poll.final_error:
            with rendering_context(self.visitor.language):
                raise self.end(self.poll.final_error)
        if self.poll.state is not None:
            self.watch(self.merged(self.poll.state))
            view = await self.view(self.poll.state.workspaces or (), self.poll.coder_version)
            found = self.merged(self.poll.state)  # as it is by now; another tab's watch may know more than the poll
            self.settle(found)
            with rendering_context(self.visitor.language):
                told = self.told(found, view.viewer, view.templates)
            if told:
                yield told
        if trouble := self.trouble(self.poll):
            yield trouble

    def merged(self, page: WorkspacePage) -> WorkspacePage:
        """The page as it was told last, each workspace as its watch told it since."""
        return replace(page, workspaces=tuple(self.newest(each) for each in page.workspaces or ()))

    def newest(self, polled: Workspace) -> Workspace:
        """What is known of a workspace."""
        watch = self.watches.get(polled.id)
        return watch.state if watch and watch.state and watch.read_at > self.poll.read_at else polled

    def at(self, workspace_id: UUID) -> float:
        """Of the loop's time: when what is known of a workspace was so."""
        watch = self.watches.get(workspace_id)
        return max(watch.read_at, self.poll.read_at) if watch and watch.state else self.poll.read_at

    def watch(self, found: WorkspacePage) -> None:
        """Watch those that are in transition, then one's own, as many as may be; and none that is not there."""
        there = found.workspaces or ()
        wanted = {
            each.id
            for each in there
            if each.owner_id == self.visitor.person.id or each.latest_build.status in IN_TRANSITION
        }
        for gone in [each for each in self.watches if each not in wanted or self.watches[each].final_error]:
            self.leave(self.watches.pop(gone))
        first = sorted(there, key=lambda each: each.latest_build.status not in IN_TRANSITION)
        for each in first:
            if each.id in wanted and each.id not in self.watches and self.room(each.id):
                self.watches[each.id] = self.join(WorkspaceWatch, each.id)

    def room(self, workspace_id: UUID) -> bool:
        """Whether one more may be watched; one that is watched already costs nothing."""
        fingerprint = self.visitor.access.fingerprint
        return (
            fingerprint,
            WorkspaceWatch,
            workspace_id,
        ) in self.server.hub.sources or self.server.hub.has_watch_capacity(fingerprint)

    def told(self, found: WorkspacePage, viewer: Viewer, templates: Sequence[Template]) -> bytes:
        """The event that tells what the browser does not show yet; b"" where it shows all."""
        work: Mapping[UUID, OngoingOperation] = self.server.database_poller.work_of_person(self.visitor.person.id)
        page = make_list_page(
            found,
            present_view(viewer, work),
            q=self.q,
            page=self.page,
            page_size=self.visitor.person.page_size,
            templates=templates,
        )
        rows, frame = {row.id: row.version for row in page.rows}, replace(page.without_snapshot, rows=(), refresh_s=0)
        before, was = self._sent, self._frame
        fits = was is None and page.etag == self.etag
        if was is None and not fits and self.poll.read_at <= self.read:
            self.poll.refresh()  # the browser shows what is newer: it is not taken back
            return b""
        self._sent, self._frame, written = rows, frame, self.written()
        if list(rows) == list(before) and frame == was:
            other = [row for row in page.rows if before[row.id] != row.version or row.id in written]
            return self.dated(other, *map(row_fragment, other)) if other else b""
        if fits:
            return b""
        place = Place(path=f"{reverse('workspaces:list')}?{urlencode({'q': self.q, 'page': str(self.page)})}")
        return self.dated(page.rows, hx_partial("#table", render_to_string(TABLE, {"page": page, "portal": place})))

    def dated(self, rows: Sequence[Row], *pieces: str) -> bytes:
        """The event that carries the pieces, as old as the oldest of the rows that they show."""
        at = min((self.at(row.id) for row in rows), default=self.poll.read_at)
        return add_read_time(states_event(*pieces), read_ms(at))

    def written(self) -> set[UUID]:
        """The workspaces of which the portal has written since: what the browser shows of them may be older than
        what it was sent, if the answer to the write came after that."""
        found = {each for each, watch in self.watches.items() if self._pokes.get(each, 0) != watch.writes}
        self._pokes |= {each: self.watches[each].writes for each in found}
        return found

    def settle(self, found: WorkspacePage) -> None:
        """Where a watch says that something has come to rest: the order may be another one, and other rows match."""
        statuses = {each.id: each.latest_build.status for each in found.workspaces or ()}
        settled = [
            each
            for each, status in statuses.items()
            if status not in IN_TRANSITION and self._statuses.get(each, status) != status
        ]
        self._statuses = statuses
        if any(each in self.watches and self.watches[each].read_at > self.poll.read_at for each in settled):
            self.poll.refresh()


def row_fragment(row: Row) -> str:
    """The row that takes the place of the one that is shown."""
    return hx_partial(f"#w-{row.id}", rendered(row))
