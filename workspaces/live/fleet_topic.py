"""The topic of the staff table: watches of the rows that the browser shows, as many as a token may have."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.coder.clock import CLOCK
from workspaces.coder.errors import SessionEnded
from workspaces.coder.sources import WorkspaceWatch
from workspaces.coder.types import Workspace
from workspaces.fleet.columns import CellContext, chosen_columns
from workspaces.fleet.page import MAX_WATCHED, FleetLine, make_line
from workspaces.fleet.rows import NO_RIGHTS, FleetRow, SharedValues, make_fleet_row
from workspaces.fleet.store import STORE
from workspaces.live.base_topic import BaseTopic, to_epoch_ms
from workspaces.live.context import StreamContext
from workspaces.live.fragments import add_read_time, hx_partial, states_event
from workspaces.live.subscribers import Subscriber

LINE_TEMPLATE = "staff/workspaces.html#line"


class FleetTopic(BaseTopic):
    """The rows of one page of the staff table.

    The query parameter `watch` names them: "<id>:<checksum of what the browser shows>", with commas between them. With
    `ticks` rows can be selected; Coder decides about what is done with them.
    """

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str) -> None:
        super().__init__(context, subscriber, query_string)
        self.columns = chosen_columns(self.query.get("columns", "").split(","))
        self.watches: dict[UUID, WorkspaceWatch] = {}
        self._sent = parse_watch(self.query.get("watch", ""))  # checksums of the rows that the browser shows

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the rows for which there is capacity."""
        super().open(wake)
        for workspace_id in self._sent:
            if self.can_watch(workspace_id):
                self.watches[workspace_id] = self.subscribe(WorkspaceWatch, workspace_id)
        wake()

    def can_watch(self, workspace_id: UUID) -> bool:
        """Return whether a workspace can be watched: a watch that exists already needs no capacity."""
        fingerprint, hub = self.subscriber.access.fingerprint, self.context.hub
        if (fingerprint, WorkspaceWatch, workspace_id) in hub.sources:
            return True
        hub.make_stream_capacity()
        return hub.has_watch_capacity(fingerprint)

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the rows that changed, and failures of Coder."""
        for watch in self.watches.values():
            if isinstance(watch.final_error, SessionEnded):
                self.raise_if_ended(watch)
        with self.rendering():
            changed = [
                (watch, line)
                for watch in self.watches.values()
                if watch.state and (line := self.line(watch.state, watch)).checksum != self._sent[line.id]
            ]
            partials = [hx_partial(f"#w-{line.id}", render_line(line)) for _watch, line in changed]
        if changed:
            self._sent |= {line.id: line.checksum for _watch, line in changed}
            yield add_read_time(states_event(*partials), to_epoch_ms(min(watch.read_at for watch, _line in changed)))
        for watch in self.watches.values():
            if error_event := self.error_event(watch):
                yield error_event
                return

    def line(self, workspace: Workspace, watch: WorkspaceWatch) -> FleetLine:
        """Return the row of a workspace as it is now."""
        now = timezone.now() + CLOCK.offset
        row = STORE.update(self.subscriber.access.fingerprint, workspace)
        if row is None:
            row = row_without_rights(workspace, watch.coder_version)
        context = CellContext(now=now, zone=self.subscriber.zone)
        return make_line(row, self.columns, context, can_select="ticks" in self.query)


def row_without_rights(workspace: Workspace, coder_version: str) -> FleetRow:
    """Return the row for a workspace that another process has read: the table does not show what may be done."""
    capabilities = CoderCapabilities.for_version(coder_version)
    now = timezone.now() + CLOCK.offset
    return make_fleet_row(workspace, NO_RIGHTS, capabilities, now, SharedValues())


def render_line(line: FleetLine) -> str:
    """Render a row of the table."""
    return render_to_string(LINE_TEMPLATE, {"line": line})


def parse_watch(text: str) -> dict[UUID, str]:
    """Return the checksums by workspace; without what is no id."""
    watched: dict[UUID, str] = {}
    for part in text.split(",")[:MAX_WATCHED]:
        workspace_id, _colon, checksum = part.partition(":")
        try:
            watched[UUID(workspace_id)] = checksum
        except ValueError:
            continue
    return watched
