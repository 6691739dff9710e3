"""Serve a simulated Coder by uvicorn, so that it stops at once although streams are open."""

import socket

import uvicorn

from workspaces.simulator.engine import Engine


class StreamEndingServer(uvicorn.Server):
    """uvicorn waits for open answers when it stops; this one ends the streams first."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        config.timeout_graceful_shutdown = 1
        super().__init__(config)
        self._engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop."""
        self._engine.close()
        await super().shutdown(sockets)
