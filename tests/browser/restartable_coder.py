"""A portal that a test ends and starts again."""

from pathlib import Path

from coder_portal import local_portal
from tests.server import collect_static_once, free_port, migrate, portal_environment


class RestartablePortal:
    """That portal."""

    def __init__(self, coder_url: str, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        self.env = portal_environment(coder_url, folder, self.port) | {"CODER_PUBLIC_URL": coder_url}
        self.url = self.env["PORTAL_URL"]
        migrate(self.env)
        collect_static_once()
        self.start()

    def start(self) -> None:
        """Let it live."""
        self.process = local_portal.start_portal(self.env, self.port)
        local_portal.wait_until_ready(f"{self.url}/healthz", self.process)

    def stop(self) -> None:
        """Let it end, as a deployment does."""
        local_portal.terminate([self.process])
