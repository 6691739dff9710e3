"""What a stream is about: one workspace, one operation; and a list (listing.py)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from workspaces.coder.build_types import BuildLog
from workspaces.coder.errors import CallError, Gone, Invalid, SessionEnded, Unreachable
from workspaces.coder.hub import Source
from workspaces.coder.sources import BuildLogPoll, WorkspaceWatch
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.live.agent_parts import FollowLog, FollowMeasures, FollowTails
from workspaces.live.fragments import add_read_time, fragments_event, hx_partial, states_event
from workspaces.live.streams import SESSION_EXPIRED, StreamFinished, encode_event, encode_final_event
from workspaces.live.subscribers import Subscriber, SubscriberView, rendering_context
from workspaces.operations.pages import operation_page as told_of
from workspaces.present.builds.log import bare_stage, blocks, build_log
from workspaces.present.page_models import OngoingOperation, Viewer
from workspaces.present.times import clock_text, to_milliseconds
from workspaces.present.workspace.header import make_header

if TYPE_CHECKING:
    from workspaces.live.server import EventBroadcaster


class Looking:
    """What all streams have in common: what they look at, and what there is to say when Coder does not answer."""

    def __init__(self, server: "EventBroadcaster", visitor: Subscriber, query: str) -> None:
        self.server = server
        self.visitor = visitor
        self.asked = {name: values[-1] for name, values in parse_qs(query).items()}
        mark, _, read = self.asked.get("etag", "").partition(".")
        self.etag = mark  # of what the browser shows
        self.read = since(read)  # of the loop's time: when what it shows was so
        self.sources: set[Source] = set()
        self.wake: Callable[..., None] = lambda *_: None
        self._trouble = ""

    def open(self, wake: Callable[..., None]) -> None:
        """Look at what there is."""
        self.wake = wake

    def close(self) -> None:
        """Look no longer."""
        for source in self.sources:
            source.unsubscribe(self.wake)
        self.sources.clear()

    def join[S: Source](self, kind: Callable[..., S], *what: Any) -> S:
        """Look at a source."""
        source = self.server.hub.source(kind, self.visitor.access, *what)
        self.sources.add(source)
        source.subscribe(self.wake)
        return source

    def leave(self, source: Source) -> None:
        """Look at it no longer."""
        self.sources.discard(source)
        source.unsubscribe(self.wake)

    async def view(self, workspaces: Sequence[Workspace], version: str, *, alone: bool = False) -> SubscriberView:
        """How the visitor sees these. Raises Over where Coder knows their token no longer."""
        try:
            return await self.server.views.get(self.visitor, workspaces, version, alone=alone)
        except SessionEnded as ended:
            raise self.end(ended) from None

    def end(self, error: CallError) -> StreamFinished:
        """Why it is over."""
        if isinstance(error, SessionEnded):
            return StreamFinished(SESSION_EXPIRED)
        if isinstance(error, Invalid):
            return StreamFinished(encode_final_event("over"))  # what is wrong with the search stands under its field
        text = (
            _("This workspace has been deleted.") if isinstance(error, Gone) else _("Coder shows it to you no longer.")
        )
        return StreamFinished(encode_final_event("over", text))

    def trouble(self, source: Source) -> bytes:
        """What there is to say of Coder's silence, once: since when, or that it is over. b"" where it has been said."""
        if source.error is None and not self._trouble:
            return b""  # at once: a thousand tabs ask after each event, and words cost more than all else
        with rendering_context(self.visitor.language):
            text = trouble_words(source, self.visitor)
        if text == self._trouble:
            return b""
        self._trouble = text
        return encode_event("coder", text)


def since(read_ms: str) -> float:
    """The loop's time at a moment that is given in ms since 1970; the beginning of time where none is.

    A clock that goes before this one's is not believed: nothing can have been read later than now.
    """
    if not read_ms.isdecimal() or len(read_ms) > 15:
        return float("-inf")
    return asyncio.get_running_loop().time() - max(0.0, timezone.now().timestamp() - int(read_ms) / 1000)


def read_ms(at: float) -> int:
    """The moment of the loop's time `at`, in ms since 1970."""
    return to_milliseconds(timezone.now()) - round((asyncio.get_running_loop().time() - at) * 1000)


def trouble_words(source: Source, visitor: Subscriber) -> str:
    """That Coder does not answer, and since when; "" where it does."""
    if source.error is None or source.failing_since is None:
        return ""
    since = {"time": clock_text(source.failing_since.astimezone(visitor.zone))}
    if isinstance(source.error, Unreachable):
        return _("Coder cannot be reached since %(time)s") % since
    return _("Coder has not answered since %(time)s") % since


def present_view(viewer: Viewer, at_work: Mapping[UUID, OngoingOperation]) -> Viewer:
    """How somebody sees workspaces at this moment."""
    return replace(viewer, now=timezone.now(), operations=at_work)


class Follow:
    """The log of the build that is under way, as it grows."""

    __slots__ = ("_sent", "log", "looking")

    def __init__(self, looking: Looking) -> None:
        self.looking = looking
        self.log: BuildLogPoll | None = None
        self._sent = 0  # lines of it that the browser has

    def news(self, build: WorkspaceBuild) -> Iterator[bytes]:
        """What was written since, as the build of a workspace stands now."""
        moves = build.status in IN_TRANSITION
        if moves and (self.log is None or self.log.log_id != build.id):
            self.leave()
            self.log, self._sent = self.looking.join(BuildLogPoll, build.id, 0), 0
        if self.log is None or self.log.log_id != build.id:
            return
        if not moves:
            self.log.finish()
        more = self.log.entries[self._sent :]
        whole = not self._sent or (self.log.complete and build.status == "failed")
        if whole and self.log.entries:
            yield self.whole(build, self.log.entries)
        elif more:
            yield fragments_event(hx_partial("#log", self.lines(more, self.log.entries[self._sent - 1]), "beforeend"))
        self._sent = len(self.log.entries)
        if self.log.complete:
            self.leave()

    def whole(self, build: WorkspaceBuild, entries: Sequence[BuildLog]) -> bytes:
        """All of it in its place on the page; where it failed, with the line that says why."""
        visitor = self.looking.visitor
        with rendering_context(visitor.language):
            page = build_log(entries, visitor.zone, failed=build.status == "failed")
            html = render_to_string("workspaces/building.html#log", {"build": build, "blocks": page.blocks})
        return fragments_event(hx_partial(f"#build-log-{build.workspace_id}", html, "innerHTML"))

    def lines(self, entries: Sequence[BuildLog], before: BuildLog) -> str:
        """Lines that come after one that is there."""
        visitor = self.looking.visitor
        with rendering_context(visitor.language):
            return lines_of(entries, visitor, bare_stage(before))

    def leave(self) -> None:
        """Follow it no longer."""
        if self.log:
            self.looking.leave(self.log)
            self.log = None


def lines_of(entries: Sequence[BuildLog], visitor: Subscriber, open_stage: str) -> str:
    """Lines of a build's log for its box; `open_stage` is that of the line before."""
    made = blocks(entries, visitor.zone, open_stage=open_stage)
    return render_to_string("workspaces/build.html#lines", {"blocks": made, "whole": ""})


class OfWorkspace(Looking):
    """One workspace, as its page shows it."""

    def __init__(self, server: "EventBroadcaster", visitor: Subscriber, query: str, workspace_id: UUID) -> None:
        super().__init__(server, visitor, query)
        self.id = workspace_id
        self.follow = Follow(self)
        self.measures = FollowMeasures(self)
        self.agent_log = FollowLog(self) if "agent" in self.asked else None
        self.tails = FollowTails(self) if "logs" in self.asked else None
        self._viewer: Viewer | None = None
        self._at: object = None

    def open(self, wake: Callable[..., None]) -> None:
        """Look at the workspace."""
        super().open(wake)
        self.watch = self.join(WorkspaceWatch, self.id)
        self.watch.rereads_periodically = True
        wake()

    async def events(self) -> AsyncIterator[bytes]:
        """Its head where it is another one, and what there is to say of Coder."""
        watch = self.watch
        if watch.final_error:
            with rendering_context(self.visitor.language):
                raise self.end(watch.final_error)
        if watch.state is not None:
            async for told in self.told(watch.state):
                yield told
        if trouble := self.trouble(watch):
            yield trouble

    async def told(self, known: Workspace) -> AsyncIterator[bytes]:
        """Its head, and what is beside it. What is older than what the browser shows is not told, but read again."""
        watch, work = self.watch, self.server.database_poller.work_of_person(self.visitor.person.id)
        at_work = {each: found for each, found in work.items() if each == self.id}
        at = (watch.version, watch.writes, at_work.get(self.id))
        if at != self._at:
            forced = isinstance(self._at, tuple) and self._at[1] != watch.writes
            view = await self.view([known], watch.coder_version, alone=True)
            self._viewer = view.viewer
            shown = self.shown(watch.state or known, view.viewer, at_work)  # which may be another one by now
            other = shown.etag != self.etag
            if other and not forced and watch.read_at <= self.read:
                watch.refresh()
                return
            self._at = at
            if forced or other:
                self.etag = shown.etag
                yield add_read_time(shown.told, read_ms(watch.read_at))
        for told in self.parts(watch.state or known):
            yield told

    def parts(self, workspace: Workspace) -> Iterator[bytes]:
        """What is new beside the head: the log of a build, an agent's log, what agents measure."""
        if self.agent_log:
            yield from self.agent_log.news(workspace)
            return
        yield from self.follow.news(workspace.latest_build)
        if self._viewer:
            viewer = present_view(self._viewer, {})
            yield from self.measures.news(workspace, viewer)
            if self.tails:
                yield from self.tails.news(workspace, viewer)

    def shown(self, workspace: Workspace, viewer: Viewer, at_work: Mapping[UUID, OngoingOperation]) -> "Shown":
        """The event that shows it: made once for all tabs of this session that look alike."""
        key = (id(viewer), at_work.get(workspace.id))
        found: Shown | None = self.watch.render_cache.get(key)
        if found is None:
            with rendering_context(self.visitor.language):
                header = make_header(workspace, present_view(viewer, at_work))
                html = render_to_string("workspaces/detail.html#header", {"page": header})
            told = states_event(hx_partial(f"#w-{workspace.id}", html))
            found = Shown(etag=header.etag, told=told, viewer=viewer)
            self.watch.render_cache[key] = found
        return found


@dataclass(frozen=True, slots=True)
class Shown:
    """An event, and the mark of what a browser shows that has had it."""

    etag: str
    told: bytes
    viewer: Viewer  # as long as it is kept, no other one has its id


class OfOperation(Looking):
    """One operation of the person's."""

    def __init__(self, server: "EventBroadcaster", visitor: Subscriber, query: str, operation_id: UUID) -> None:
        super().__init__(server, visitor, query)
        self.id = operation_id
        self._sent: object = None

    def open(self, wake: Callable[..., None]) -> None:
        """Look at the operation."""
        super().open(wake)
        self.server.database_poller.operation_callbacks[self.id].add(wake)
        self.server.database_poller.poll_now()
        wake()  # another tab may have made it known already: then no look finds anything new

    def close(self) -> None:
        """Look no longer."""
        self.server.database_poller.operation_callbacks[self.id].discard(self.wake)
        if not self.server.database_poller.operation_callbacks[self.id]:
            del self.server.database_poller.operation_callbacks[self.id]
        super().close()

    async def events(self) -> AsyncIterator[bytes]:
        """How far it is."""
        found = self.server.database_poller.result.operations.get(self.id)
        if found is None or found[0].person != self.visitor.person.id:
            return
        operation, items = found
        with rendering_context(self.visitor.language):
            page = told_of(operation, items, timezone.now(), self.visitor.zone)
            if page != self._sent:
                self._sent = page
                yield fragments_event(
                    hx_partial("#operation", render_to_string("workspaces/operation.html#operation", {"page": page}))
                )
        if page.ended:
            raise StreamFinished(encode_final_event("over"))
