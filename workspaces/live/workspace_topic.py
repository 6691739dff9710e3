"""The topic of a workspace's page."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.template.loader import render_to_string

from workspaces.coder.sources import WorkspaceWatch
from workspaces.coder.types import Workspace
from workspaces.live.agent_parts import AgentLogPart, AgentLogTailsPart, AgentMetadataPart
from workspaces.live.base_topic import BaseTopic, current_viewer, to_epoch_ms
from workspaces.live.build_log_part import BuildLogPart
from workspaces.live.context import StreamContext
from workspaces.live.fragments import add_read_time, hx_partial, states_event
from workspaces.live.subscribers import Subscriber
from workspaces.present.page_models import OngoingOperation, Viewer
from workspaces.present.workspace.header import make_header


@dataclass(frozen=True, slots=True)
class RenderedHeader:
    """The event with the header of a workspace's page, and the etag of what a browser shows after it."""

    etag: str
    event: bytes
    viewer: Viewer  # keeps the viewer alive: the cache's key contains its `id()`


class WorkspaceTopic(BaseTopic):
    """One workspace: its header, the log of its build, and its agents."""

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str, workspace_id: UUID) -> None:
        super().__init__(context, subscriber, query_string)
        self.workspace_id = workspace_id
        self.build_log = BuildLogPart(self)
        self.metadata = AgentMetadataPart(self)
        self.agent_log = AgentLogPart(self) if "agent" in self.query else None
        self.log_tails = AgentLogTailsPart(self) if "logs" in self.query else None
        self._viewer: Viewer | None = None
        self._sent_revision: tuple[int, int, OngoingOperation | None] | None = None  # revision, writes, operation

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the workspace."""
        super().open(wake)
        self.watch = self.subscribe(WorkspaceWatch, self.workspace_id)
        self.watch.rereads_periodically = True
        wake()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the header if it changed, the changes of the other parts, and failures of Coder."""
        watch = self.watch
        self.raise_if_ended(watch)
        if watch.state is not None:
            async for event in self.workspace_events(watch.state):
                yield event
        if error_event := self.error_event(watch):
            yield error_event

    async def workspace_events(self, workspace: Workspace) -> AsyncIterator[bytes]:
        """Yield the header and the other parts. A state older than what the browser shows is read again instead."""
        watch, person_id = self.watch, self.subscriber.person.id
        operation = self.context.database_poller.operations_of_person(person_id).get(self.workspace_id)
        revision = (watch.revision, watch.writes, operation)
        if revision != self._sent_revision:
            after_write = self._sent_revision is not None and self._sent_revision[1] != watch.writes
            view = await self.view([workspace], watch.coder_version, single=True)
            self._viewer = view.viewer
            header = self.render_header(watch.state or workspace, view.viewer, operation)  # the state may be newer now
            differs = header.etag != self.shown_etag
            if differs and not after_write and watch.read_at <= self.shown_read_at:
                watch.refresh()
                return
            self._sent_revision = revision
            if after_write or differs:
                self.shown_etag = header.etag
                yield add_read_time(header.event, to_epoch_ms(watch.read_at))
        for event in self.part_events(watch.state or workspace):
            yield event

    def part_events(self, workspace: Workspace) -> Iterator[bytes]:
        """Yield the changes of the parts beside the header."""
        if self.agent_log:
            yield from self.agent_log.events(workspace)
            return
        yield from self.build_log.events(workspace.latest_build)
        if self._viewer:
            viewer = current_viewer(self._viewer, {})
            yield from self.metadata.events(workspace, viewer)
            if self.log_tails:
                yield from self.log_tails.events(workspace, viewer)

    def render_header(self, workspace: Workspace, viewer: Viewer, operation: OngoingOperation | None) -> RenderedHeader:
        """Return the event with the header, rendered once for all tabs with the same viewer and operation."""
        key = (id(viewer), operation)
        rendered = self.watch.render_cache.get(key)
        if not isinstance(rendered, RenderedHeader):
            with self.rendering():
                operations = {workspace.id: operation} if operation else {}
                header = make_header(workspace, current_viewer(viewer, operations))
                html = render_to_string("workspaces/workspace.html#header", {"page": header})
                other_parts = render_to_string("workspaces/workspace.html#other_parts", {"page": header})
            event = states_event(hx_partial(f"#w-{workspace.id}", html), other_parts)
            rendered = RenderedHeader(etag=header.etag, event=event, viewer=viewer)
            with suppress(ValueError):  # larger than the whole cache
                self.watch.render_cache[key] = rendered
        return rendered
