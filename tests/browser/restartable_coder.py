"""A portal that a test stops and starts again."""

from pathlib import Path

from coder_portal import local_portal
from tests.server import collect_static_once, free_port, migrate, portal_environment


class RestartablePortal:
    """A portal process with a fixed port and database."""

    def __init__(self, coder_url: str, folder: Path, **extra_env: str) -> None:
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.env = portal_environment(coder_url, folder, self.port) | {"CODER_PUBLIC_URL": coder_url}
        self.env |= extra_env
        self.url = self.env["PORTAL_URL"]
        migrate(self.env)
        collect_static_once()
        self.start()

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        self.process = local_portal.start_portal(self.env, self.port)
        local_portal.wait_until_ready(f"{self.url}/healthz", self.process)

    def stop(self) -> None:
        """Terminate the process, as a deployment does."""
        local_portal.terminate([self.process])
