"""The deadline of the synchronous calls of a thread, which limits all reads of a call together.

httpx limits each read. A response whose headers arrive byte by byte, or after informational responses (1xx) without
end, stays within each of these limits and would occupy a thread forever: httpcore reads headers in a loop of its own.
"""

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

DEADLINE: ContextVar[float] = ContextVar("DEADLINE", default=math.inf)  # s of time.monotonic()


@contextmanager
def read_until(deadline: float) -> Iterator[None]:
    """Let reads of this context fail after the deadline (s of time.monotonic()), on clients of `limit_reads`."""
    token = DEADLINE.set(deadline)
    try:
        yield
    finally:
        DEADLINE.reset(token)


class DeadlineStream(httpcore.NetworkStream):
    """A connection. A read ends at the deadline of the call that reads, or after its own timeout."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived. Raises httpcore.ReadTimeout."""
        left = DEADLINE.get() - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        if left < math.inf:
            timeout = left if timeout is None else min(timeout, left)
        return self.stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self.stream.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self.stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the connection with TLS."""
        return DeadlineStream(self.stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return a property of the connection."""
        return self.stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens the connections of a client."""

    def __init__(self) -> None:
        self.backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection."""
        return DeadlineStream(self.backend.connect_tcp(host, port, timeout, local_address, socket_options))


def limit_reads(client: httpx.Client) -> httpx.Client:
    """Return the client, whose reads now end at the deadline of their context.

    httpx has no argument for the network backend of its pools.
    """
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = DeadlineBackend()
    return client
