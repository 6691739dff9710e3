"""Run a simulated server in a test: uvicorn in a thread, on a free port of the loopback interface."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, cast

import httpx
from starlette.applications import Starlette

from coder_simulator.app import create_app
from coder_simulator.control.request_log import short_hash
from coder_simulator.sessions import token_value
from coder_simulator.uvicorn_server import StreamClosingServer
from coder_simulator.world import World


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A running simulated server; its methods call the control API."""

    url: str
    app: Starlette
    http: httpx.Client

    @property
    def world(self) -> World:
        """Return the server's data; change it only through the API or before the server runs."""
        return cast("World", self.app.state.world)

    def requests(self) -> list[dict[str, Any]]:
        """Return the logged API requests, oldest first."""
        return cast("list[dict[str, Any]]", self.http.get("/_control/requests").raise_for_status().json())

    def clear_requests(self) -> None:
        """Clear the request log."""
        self.http.delete("/_control/requests").raise_for_status()

    def retire_tokens(self) -> None:
        """Revoke all tokens; requests that still have one of them neither are logged nor get a fault."""
        retired_tokens: set[str] = self.app.state.retired_tokens
        retired_tokens.update(entry["token"] for entry in self.requests() if entry["token"])
        retired_tokens.update(short_hash(token_value(token)) for token in tuple(self.world.tokens.values()))
        self.world.tokens.clear()
        self.clear_requests()

    def add_fault(self, kind: str, **fields: Any) -> None:
        """Add a fault; raise ValueError for an unknown kind or field. See `control.faults.Fault`."""
        response = self.http.post("/_control/faults", json={"kind": kind, **fields})
        if response.status_code != 201:
            raise ValueError(response.json()["message"])

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.http.delete("/_control/faults").raise_for_status()

    def advance(self, seconds: float) -> None:
        """Move the clock forward (s); all due work has run when this returns."""
        self.http.post("/_control/clock", json={"advance": seconds}).raise_for_status()


@contextlib.contextmanager
def run_server(**options: Any) -> Iterator[RunningServer]:
    """Run a server with the options of `create_app` while the context lasts."""
    app = create_app(**options)
    listener = socket.create_server(("127.0.0.1", 0))
    server = StreamClosingServer(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # Coder reads a session cookie before the header
    with httpx.Client(base_url=url, trust_env=False, timeout=30, cookies=no_cookies) as http:
        http.get("/_control/clock").raise_for_status()  # the listening socket queues it until the server is up
        try:
            yield RunningServer(url, app, http)
        finally:
            http.close()
            server.should_exit = True
            thread.join(5)
            listener.close()
