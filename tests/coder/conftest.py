"""What the tests of the client share: a recorded workspace, and a server of plain sockets that can misbehave."""

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

type Talk = Callable[[socket.socket], None]
type Serve = Callable[..., "Wire"]


@pytest.fixture
def recorded_workspace() -> Any:
    """A running workspace as Coder 2.36 answered it."""
    return json.loads((RECORDED / "2.36" / "110-get-running.json").read_text())["response"]["body"]


class Wire:
    """A server below HTTP: of each connection it reads one request, and then does as it was told, byte by byte."""

    def __init__(self, listener: socket.socket, talks: list[Talk], tls: ssl.SSLContext | None) -> None:
        self.listener = listener
        self.talks = talks
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
                        (self.talks.pop(0) if len(self.talks) > 1 else self.talks[0])(plain)
            except OSError:  # the client has left, or does not trust the certificate
                connection.close()


@contextmanager
def wired(*talks: Talk, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """Such a server in a thread; connections after the last of `talks` are met as that one was."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(listener, list(talks), tls)
        thread = threading.Thread(target=wire.run)
        thread.start()
        yield wire
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Opens such servers, and closes them after the test."""
    with ExitStack() as stack:
        yield lambda *talks, **options: stack.enter_context(wired(*talks, **options))


def says(status: str, body: str, *headers: str, cut: int = 0) -> Talk:
    """Answer with a body, without its last `cut` bytes, and close the connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    answer = "\r\n".join([*lines, "", body]).encode()
    return lambda connection: connection.sendall(answer[: len(answer) - cut])


def silence(connection: socket.socket) -> None:
    """Say nothing until the client leaves."""
    connection.recv(1)
