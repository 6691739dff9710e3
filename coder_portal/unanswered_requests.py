"""Bound what requests hold that have arrived and are not answered yet: their headers, and what waits behind them.

A connection may hold the headers of several requests, and the bodies of those that wait for the response to an earlier
one. The body of the request that is being answered counts elsewhere (`request_body.BodyReader`), and connections
without a request are limited in number.
"""

import logging
from typing import Protocol

MAX_UNANSWERED_BYTES = 64 * 1024 * 1024  # of all connections of the process: two thousand streams take 10 MiB
HEADER_BYTES = 130  # of memory that a header takes beside its name and value

logger = logging.getLogger("portal.server")


class Connection(Protocol):
    """A connection that can be closed."""

    def disconnect(self) -> None:
        """Close the connection at once."""


class UnansweredRequests:
    """The connections whose requests are not answered yet. It belongs to one event loop.

    If they hold too much together, those that hold most are closed.
    """

    def __init__(self) -> None:
        self.total = 0  # bytes
        self._sizes: dict[Connection, int] = {}

    def update(self, connection: Connection, size: int) -> None:
        """Count what a connection holds, in bytes, and close the largest ones if all hold too much."""
        self.forget(connection)
        if size:
            self._sizes[connection] = size
            self.total += size
        while self.total > MAX_UNANSWERED_BYTES:
            largest = max(self._sizes, key=self._sizes.__getitem__)
            logger.warning("A connection is closed: its unanswered requests hold %d bytes.", self._sizes[largest])
            self.forget(largest)
            largest.disconnect()

    def forget(self, connection: Connection) -> None:
        """Count nothing for a connection."""
        self.total -= self._sizes.pop(connection, 0)


UNANSWERED = UnansweredRequests()


def head_size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    """Return about how many bytes of memory a request line and its headers take."""
    return len(url) + sum(HEADER_BYTES + len(name) + len(value) for name, value in headers)
