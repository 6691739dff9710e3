"""HTTP over plain sockets: incomplete, cut off and oversized requests that no HTTP client sends."""

import socket as sockets
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

TIMEOUT_S = 20.0


@dataclass
class RawResponse:
    """A response as it arrived."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class RawConnection:
    """One connection to a portal."""

    host: str
    port: int
    receive_buffer: int = 0  # bytes; 0 for the default
    socket: sockets.socket = field(init=False)

    def __post_init__(self) -> None:
        self.socket = sockets.socket()
        self.socket.settimeout(TIMEOUT_S)
        if self.receive_buffer:
            self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, self.receive_buffer)
            self.socket.setsockopt(
                sockets.IPPROTO_TCP, sockets.TCP_MAXSEG, 536
            )  # otherwise the sender's kernel buffers much
        self.socket.connect((self.host, self.port))
        self.received = b""

    def send(self, *parts: bytes) -> None:
        """Send these bytes."""
        self.socket.sendall(b"".join(parts))

    def send_head(self, line: str, *headers: str) -> None:
        """Send a request line ("GET /healthz") and headers, with the portal's Host."""
        lines = [f"{line} HTTP/1.1", f"Host: {self.host}:{self.port}", *headers, "", ""]
        self.send("\r\n".join(lines).encode("latin-1"))

    def send_all(self, parts: Iterable[bytes]) -> int:
        """Send parts until the portal closes the connection; return how many bytes were sent."""
        sent = 0
        try:
            for part in parts:
                self.socket.sendall(part)
                sent += len(part)
        except (BrokenPipeError, ConnectionResetError):
            return sent
        return sent

    def read_response(self) -> RawResponse:
        """Return the next response, which has a Content-Length or none of a body."""
        head = self.read_until(b"\r\n\r\n").decode("latin-1")
        status_line, *lines = head.rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        response = RawResponse(int(status_line.split()[1]), headers)
        response.body = self.read_exactly(int(headers.get("content-length", 0)))
        return response

    def read_until(self, end: bytes) -> bytes:
        """Return what arrives up to and including `end`."""
        while end not in self.received:
            part = self.socket.recv(65536)
            if not part:
                raise EOFError(self.received)
            self.received += part
        found, _, self.received = self.received.partition(end)
        return found + end

    def read_exactly(self, size: int) -> bytes:
        """Return this many bytes."""
        while len(self.received) < size:
            part = self.socket.recv(65536)
            if not part:
                raise EOFError(self.received)
            self.received += part
        body, self.received = self.received[:size], self.received[size:]
        return body

    def wait_until_closed(self) -> bytes:
        """Return what arrives until the portal closes the connection. Raises TimeoutError."""
        received, self.received = self.received, b""
        try:
            while part := self.socket.recv(65536):
                received += part
        except ConnectionResetError:
            return received
        return received


class RawClient(ExitStack):
    """The connections of one test to a portal at `host:port`."""

    def __init__(self, address: str) -> None:
        super().__init__()
        host, _, port = address.removeprefix("http://").partition(":")
        self.host, self.port = host, int(port.partition("/")[0])

    def connect(self, *, receive_buffer: int = 0) -> RawConnection:
        """Open a connection, which is closed with the client."""
        connection = RawConnection(self.host, self.port, receive_buffer)
        self.callback(connection.socket.close)
        return connection
