"""The topic of an operation's page."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from workspaces.forms.operations import OperationForm
from workspaces.live.base_topic import BaseTopic
from workspaces.live.context import StreamContext
from workspaces.live.fragments import fragments_event, hx_partial
from workspaces.live.streams import StreamFinished, encode_final_event
from workspaces.live.subscribers import Subscriber
from workspaces.operations.pages import OperationPage, operation_page

TEMPLATE = "workspaces/operation.html"


class OperationTopic(BaseTopic):
    """A page of one operation of the subscriber."""

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str, operation_id: UUID) -> None:
        super().__init__(context, subscriber, query_string)
        self.key = (operation_id, OperationForm(self.query).number)
        self._sent_page: OperationPage | None = None

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the operation."""
        super().open(wake)
        self.context.database_poller.subscribe_operation(self.key, wake)
        wake()  # if another tab is subscribed already, no poll may report a change

    def close(self) -> None:
        """Unsubscribe from the operation."""
        self.context.database_poller.unsubscribe_operation(self.key, self.wake)
        super().close()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield what changed of the operation. An operation of another person yields nothing."""
        part = self.context.database_poller.operation(self.key)
        if part is None or part.operation.person != self.subscriber.person.id:
            return
        with self.rendering():
            page = operation_page(part, timezone.now(), self.subscriber.zone)
            if event := changed_event(self._sent_page, page):
                yield event
            self._sent_page = page
        if page.ended:
            raise StreamFinished(encode_final_event("ended"))


def changed_event(before: OperationPage | None, page: OperationPage) -> bytes:
    """Return the event that makes one page of an operation the other: the lines that changed, or all of it."""
    if page == before:
        return b""
    same_lines = before is not None and [item.id for item in before.items] == [item.id for item in page.items]
    if before is None or not same_lines or page.ended or page.num_pages != before.num_pages:
        return fragments_event(hx_partial("#operation", render_to_string(f"{TEMPLATE}#operation", {"page": page})))
    partials = [
        hx_partial(f"#i-{item.id}", render_to_string(f"{TEMPLATE}#item", {"item": item}))
        for item, sent in zip(page.items, before.items, strict=True)
        if item != sent
    ]
    if replace(page, items=()) != replace(before, items=()):
        partials.append(hx_partial("#progress", render_to_string(f"{TEMPLATE}#progress", {"page": page})))
        partials.append(hx_partial("#operation-footer", render_to_string(f"{TEMPLATE}#footer", {"page": page})))
    return fragments_event(*partials)
