"""Fixtures for the tests of the client: a recorded workspace, and a socket server that can violate HTTP."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).resolve().parents[1] / "contract" / "recorded"

type ConnectionHandler = Callable[[socket.socket], None]
type Serve = Callable[..., "SocketServer"]


@pytest.fixture
def recorded_workspace() -> Any:
    """Return a running workspace as recorded from Coder 2.36."""
    return json.loads((RECORDED / "2.36" / "110-get-running.json").read_text())["response"]["body"]


class SocketServer:
    """A server that reads one request of each connection and passes the socket to a handler."""

    def __init__(self, listener: socket.socket, handlers: list[ConnectionHandler], tls: ssl.SSLContext | None) -> None:
        self.listener = listener
        self.handlers = handlers
        self.tls = tls
        self.requests: list[str] = []
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"

    def run(self) -> None:
        """Serve until the listener is shut down."""
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            try:
                with self.tls.wrap_socket(connection, server_side=True) if self.tls else connection as plain:
                    if got := plain.recv(65536):
                        self.requests.append(got.decode())
                        (self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0])(plain)
            except OSError:  # the client has disconnected or does not trust the certificate
                connection.close()


@contextmanager
def run_socket_server(*handlers: ConnectionHandler, tls: ssl.SSLContext | None = None) -> Iterator[SocketServer]:
    """Run a server in a thread. Each connection uses the next handler; the last one repeats."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = SocketServer(listener, list(handlers), tls)
        thread = threading.Thread(target=server.run)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that opens socket servers, which close after the test."""
    with ExitStack() as stack:
        yield lambda *talks, **options: stack.enter_context(run_socket_server(*talks, **options))


def send_response(status: str, body: str, *headers: str, missing_bytes: int = 0) -> ConnectionHandler:
    """Return a handler that sends a body without its last bytes and closes the connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    answer = "\r\n".join([*lines, "", body]).encode()
    return lambda connection: connection.sendall(answer[: len(answer) - missing_bytes])


def send_nothing(connection: socket.socket) -> None:
    """Send nothing until the client disconnects."""
    connection.recv(1)
