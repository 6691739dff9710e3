"""The topic of an operation's page."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone

from workspaces.live.base_topic import BaseTopic
from workspaces.live.context import StreamContext
from workspaces.live.fragments import fragments_event, hx_partial
from workspaces.live.streams import StreamFinished, encode_final_event
from workspaces.live.subscribers import Subscriber
from workspaces.operations.pages import OperationPage, operation_page


class OperationTopic(BaseTopic):
    """One operation of the subscriber."""

    def __init__(self, context: StreamContext, subscriber: Subscriber, query_string: str, operation_id: UUID) -> None:
        super().__init__(context, subscriber, query_string)
        self.operation_id = operation_id
        self._sent_page: OperationPage | None = None

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to the operation."""
        super().open(wake)
        self.context.database_poller.subscribe_operation(self.operation_id, wake)
        wake()  # if another tab is subscribed already, no poll may report a change

    def close(self) -> None:
        """Unsubscribe from the operation."""
        self.context.database_poller.unsubscribe_operation(self.operation_id, self.wake)
        super().close()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the operation if it changed. An operation of another person yields nothing."""
        operation_with_items = self.context.database_poller.operation(self.operation_id)
        if operation_with_items is None or operation_with_items[0].person != self.subscriber.person.id:
            return
        operation, items = operation_with_items
        with self.rendering():
            page = operation_page(operation, items, timezone.now(), self.subscriber.zone)
            if page != self._sent_page:
                self._sent_page = page
                html = render_to_string("workspaces/operation.html#operation", {"page": page})
                yield fragments_event(hx_partial("#operation", html))
        if page.ended:
            raise StreamFinished(encode_final_event("ended"))
