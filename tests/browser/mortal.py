"""A portal that a test ends and starts again."""

from pathlib import Path

from tests.server import collect_once, environment, free_port, manage
from workspaces import embedded


class Mortal:
    """That portal."""

    def __init__(self, coder_url: str, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        self.env = environment(coder_url, folder, self.port) | {"CODER_PUBLIC_URL": coder_url}
        self.url = self.env["PORTAL_URL"]
        manage("migrate", self.env)
        collect_once()
        self.start()

    def start(self) -> None:
        """Let it live."""
        self.process = embedded.portal(self.env, self.port)
        embedded.wait_until_answers(f"{self.url}/healthz", self.process)

    def end(self) -> None:
        """Let it end, as a deployment does."""
        embedded.end([self.process])
