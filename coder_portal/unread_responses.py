"""Bound what clients leave unread: pages that wait for their connection, and what the connections hold.

A page is handed over whole, so that no thread waits for its reader. Each connection has a deadline of its own
(`http_protocol.UNREAD_TIMEOUT_S`), but a client that reads a little now and then meets it, and there are many clients.
"""

import asyncio
import logging

MAX_UNREAD_BYTES = 64 * 1024 * 1024  # of all connections of the process that leave more than 64 KiB unread

logger = logging.getLogger("portal.server")


class UnreadResponses:
    """The connections whose client does not keep up, by transport. It belongs to one event loop.

    If they hold too much together, those that hold most are closed.
    """

    def __init__(self) -> None:
        self.total = 0  # bytes
        self._sizes: dict[asyncio.Transport, int] = {}  # bytes that a connection held when it was last looked at
        self._queued: dict[asyncio.Transport, int] = {}  # bytes of pages that wait for the connection

    def queue(self, transport: asyncio.Transport, size: int) -> None:
        """Count bytes of a page that wait for the connection; a negative size when it has taken them."""
        queued = self._queued.get(transport, 0) + size
        if queued > 0:
            self._queued[transport] = queued
        else:
            self._queued.pop(transport, None)
        self.update(transport)

    def update(self, transport: asyncio.Transport) -> None:
        """Look at what a connection holds, and close the largest ones if all hold too much."""
        self._measure(transport)
        if self.total <= MAX_UNREAD_BYTES:
            return
        for each in tuple(self._sizes):  # some may have been read meanwhile
            self._measure(each)
        while self.total > MAX_UNREAD_BYTES:
            largest = max(self._sizes, key=self._sizes.__getitem__)
            logger.warning("A connection is closed: its client left %d bytes unread.", self._sizes[largest])
            self.forget(largest)
            largest.abort()

    def forget(self, transport: asyncio.Transport) -> None:
        """Count nothing for a connection that has ended."""
        self._queued.pop(transport, None)
        self.total -= self._sizes.pop(transport, 0)

    def _measure(self, transport: asyncio.Transport) -> None:
        size = self._queued.get(transport, 0) + transport.get_write_buffer_size()
        self.total += size - self._sizes.pop(transport, 0)
        if size:
            self._sizes[transport] = size


UNREAD = UnreadResponses()
