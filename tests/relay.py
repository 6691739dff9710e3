"""A TCP relay that can withhold bytes: the connections through it stay open and fall silent, as behind a lost link."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE_BYTES = 65536


class Relay:
    """Relay the connections to `listener` to a port of this machine."""

    def __init__(self, listener: socket.socket, target_port: int) -> None:
        self.listener = listener
        self.target_port = target_port
        self.open_sockets: list[socket.socket] = []
        self._rest = 0  # bytes that still pass while the others are kept
        self._flowing = threading.Event()
        self._flowing.set()

    @property
    def port(self) -> int:
        """Return the port on which it listens."""
        return int(self.listener.getsockname()[1])

    def withhold(self, *, after: int = 0) -> None:
        """Keep everything that servers send from now on, after this number of bytes."""
        self._rest = after
        self._flowing.clear()

    def release(self) -> None:
        """Pass on what was kept, and all that follows."""
        self._flowing.set()

    def accept_connections(self) -> None:
        """Accept connections until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target_port))
                self.open_sockets += [client, server]
                for ends, from_server in (((client, server), False), ((server, client), True)):
                    kwargs = {"from_server": from_server}
                    threading.Thread(target=self.copy, args=ends, kwargs=kwargs, daemon=True).start()

    def copy(self, source: socket.socket, target: socket.socket, *, from_server: bool) -> None:
        """Copy what one end sends to the other end, until it ends."""
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                if from_server and not self._flowing.is_set():
                    passed, piece = piece[: self._rest], piece[self._rest :]
                    self._rest -= len(passed)
                    target.sendall(passed)
                    self._flowing.wait()
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close all connections."""
        self.release()
        self.listener.close()
        for each in self.open_sockets:
            each.close()


@contextmanager
def run_relay(target_port: int) -> Iterator[Relay]:
    """Run a relay to a port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    relay = Relay(listener, target_port)
    thread = threading.Thread(target=relay.accept_connections, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        relay.close()
        thread.join(5)
