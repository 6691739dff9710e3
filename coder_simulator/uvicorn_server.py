"""Serve a simulated Coder with uvicorn; the server stops at once although streams are open."""

import socket
from email.utils import format_datetime

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coder_simulator.clock import Clock
from coder_simulator.engine import Engine


class DateHeaderApp:
    """Add the header `Date` to the responses of `app`, by the clock of the simulated server's machine."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(self.clock.system_time(), usegmt=True).encode()
                message = {**message, "headers": [(b"date", date), *message.get("headers", ())]}
            await send(message)

        await self.app(scope, receive, send_dated)


class StreamClosingServer(uvicorn.Server):
    """End the event streams before uvicorn waits for open responses."""

    def __init__(self, app: Starlette, *, host: str = "127.0.0.1", port: int = 0) -> None:
        config = uvicorn.Config(
            DateHeaderApp(app, app.state.server.world.clock),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="on",
            ws="none",
            date_header=False,
            proxy_headers=False,  # the simulated server evaluates X-Forwarded-For itself
            timeout_graceful_shutdown=1,
            timeout_keep_alive=600,  # s; a client that calls just when a connection is closed would get no response
        )
        super().__init__(config)
        self._engine: Engine = app.state.server.engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop."""
        self._engine.close()
        await super().shutdown(sockets)
