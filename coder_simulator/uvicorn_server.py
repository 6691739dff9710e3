"""Serve a simulated Coder with uvicorn; the server stops at once although streams are open."""

import socket

import uvicorn
from starlette.applications import Starlette

from coder_simulator.engine import Engine


class StreamClosingServer(uvicorn.Server):
    """End the event streams before uvicorn waits for open responses."""

    def __init__(self, app: Starlette, *, host: str = "127.0.0.1", port: int = 0) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="on",
            ws="none",
            proxy_headers=False,  # the simulated server evaluates X-Forwarded-For itself
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._engine: Engine = app.state.server.engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop."""
        self._engine.close()
        await super().shutdown(sockets)
