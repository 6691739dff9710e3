"""The base class of topics: subscriptions, views, and events about failures of Coder."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from workspaces.coder.clock import CLOCK
from workspaces.coder.errors import CallError, Gone, InvalidRequest, SessionEnded, Unreachable, UnreadableResponse
from workspaces.coder.hub import Source, StateBudgetExceeded
from workspaces.coder.types import Workspace
from workspaces.datetimes import to_zone
from workspaces.forms.embed import FrameListForm
from workspaces.forms.list import MAX_Q_LENGTH, ListForm
from workspaces.live.context import StreamContext
from workspaces.live.streams import BUSY, SESSION_EXPIRED, StreamFinished, encode_event, encode_final_event
from workspaces.live.subscribers import Subscriber, SubscriberView, rendering_context
from workspaces.present.page_models import OngoingOperation, Viewer
from workspaces.present.times import clock_text, to_milliseconds

PARAMETERS = (
    *("etag", *ListForm.base_fields, "after", "stage", "agent", "logs", "watch", "columns", "ticks"),
    *FrameListForm.base_fields,
)


class BaseTopic:
    """The subject of a stream, and the sources that it is subscribed to.

    The query parameter `etag` says what the browser shows: `<etag>.<time at which that was read, in ms since 1970>`.
    """

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str) -> None:
        self.context = context
        self.subscriber = subscriber
        self.query = read_query(query_string)
        self.shown_etag, _, read_ms = self.query.get("etag", "").partition(".")
        self.shown_read_at = to_loop_time(read_ms)
        self.sources: set[Source] = set()
        self.wake: Callable[..., None] = lambda *_: None
        self._error_text = ""

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the sources of the topic. They call `wake` when there may be events."""
        self.wake = wake

    def close(self) -> None:
        """Unsubscribe from all sources."""
        for source in self.sources:
            source.unsubscribe(self.wake)
        self.sources.clear()

    def subscribe[S: Source](self, source_class: Callable[..., S], *arguments: Any) -> S:
        """Subscribe to the source of this class with these arguments, and return it."""
        source = self.context.hub.source(source_class, self.subscriber.access, *arguments)
        self.sources.add(source)
        source.subscribe(self.wake)
        return source

    def unsubscribe(self, source: Source) -> None:
        """Unsubscribe from one source."""
        self.sources.discard(source)
        source.unsubscribe(self.wake)

    def rendering(self) -> AbstractContextManager[None]:
        """Return a context in which templates and texts are in the subscriber's language."""
        return rendering_context(self.subscriber.language)

    async def view(
        self, workspaces: Sequence[Workspace], coder_version: str, *, single: bool = False
    ) -> SubscriberView:
        """Return the subscriber's view of these workspaces. Raises StreamFinished if Coder rejects the token."""
        try:
            return await self.context.views.get(self.subscriber, workspaces, coder_version, single=single)
        except SessionEnded as error:
            raise self.stream_finished_for(error) from None

    def raise_if_ended(self, *sources: Source) -> None:
        """Raise StreamFinished if one of these sources has ended, or any because all take too much memory."""
        if any(isinstance(source.final_error, StateBudgetExceeded) for source in self.sources):
            raise StreamFinished(BUSY)  # the page polls then
        for source in sources:
            if source.final_error:
                raise self.stream_finished_for(source.final_error)

    def stream_finished_for(self, error: CallError) -> StreamFinished:
        """Return the exception that ends the stream because of a final error of its source."""
        if isinstance(error, SessionEnded):
            return StreamFinished(SESSION_EXPIRED)
        if isinstance(error, InvalidRequest):
            return StreamFinished(encode_final_event("ended"))  # the page shows the error at the search field
        with self.rendering():
            text = (
                _("This workspace was deleted.")
                if isinstance(error, Gone)
                else _("You no longer have access to this workspace.")
            )
        return StreamFinished(encode_final_event("ended", text))

    def error_event(self, source: Source) -> bytes:
        """Return the event about a failure or a recovery of Coder; b"" if the browser knows of it."""
        if source.error is None and not self._error_text:
            return b""  # the common case must be cheap: a thousand tabs get here after each event
        with self.rendering():
            text = error_text(source, self.subscriber)
        if text == self._error_text:
            return b""
        self._error_text = text
        return encode_event("coder", text)


def read_query(query_string: str) -> dict[str, str]:
    """Return the parameters that streams have; those of unknown names are left out.

    A stream keeps them for as long as it is open, so one over MAX_Q_LENGTH is cut to one character more, which no
    topic accepts.
    """
    parameters = parse_qs(query_string, keep_blank_values=True)
    return {name: parameters[name][-1][: MAX_Q_LENGTH + 1] for name in PARAMETERS if name in parameters}


def to_loop_time(read_ms: str) -> float:
    """Return the loop time (s) of a time in ms since 1970; minus infinity if there is none.

    A time in the future becomes the present: the clock that it comes from is ahead of this one.
    """
    if not read_ms.isdecimal() or len(read_ms) > 15:
        return float("-inf")
    return asyncio.get_running_loop().time() - max(0.0, timezone.now().timestamp() - int(read_ms) / 1000)


def to_epoch_ms(loop_time: float) -> int:
    """Return a loop time (s) in ms since 1970."""
    return to_milliseconds(timezone.now()) - round((asyncio.get_running_loop().time() - loop_time) * 1000)


def error_text(source: Source, subscriber: Subscriber) -> str:
    """Return the message that Coder fails, with the time of the first failure; "" if Coder responds."""
    if source.error is None or source.failing_since is None:
        return ""
    since = {"time": clock_text(to_zone(source.failing_since, subscriber.zone))}
    if isinstance(source.error, UnreadableResponse):
        return _("Coder’s responses have been unreadable since %(time)s") % since
    if isinstance(source.error, Unreachable):
        return _("Coder has been unreachable since %(time)s") % since
    return _("Coder has not responded since %(time)s") % since


def current_viewer(viewer: Viewer, operations: Mapping[UUID, OngoingOperation]) -> Viewer:
    """Return the viewer with the current time and these operations in progress, by workspace."""
    offset = CLOCK.offset
    return replace(viewer, now=timezone.now() + offset, clock_offset=offset, read_since=None, operations=operations)
