"""Change one workspace of the demo again and again through Coder's API, as another user of it would."""

import threading
from functools import cached_property
from typing import Any

import httpx

from coder_simulator.world import PASSWORD

WORKSPACE_NAME, TEMPLATE_NAME = "nightly-tests", "sandbox"
INTERVAL_SECONDS = 30.0  # s between two changes
NEXT_TRANSITIONS = {
    "running": "stop",
    "stopped": "start",
    "failed": "start",
    "canceled": "start",
}  # by status


class DemoActivity(threading.Thread):
    """A thread that acts as Alice until its process ends."""

    def __init__(self, coder_url: str) -> None:
        super().__init__(daemon=True, name="demo_activity")
        self.http = httpx.Client(base_url=f"{coder_url}/api/v2", trust_env=False, timeout=10)
        self.stopped = threading.Event()

    def run(self) -> None:
        """Change the workspace at intervals."""
        while not self.stopped.wait(INTERVAL_SECONDS):
            try:
                self.change_workspace()
            except httpx.HTTPError:  # Coder is unreachable or has a fault: try again at the next interval
                continue

    def change_workspace(self) -> None:
        """Create the workspace, or request its next build. Raise httpx.HTTPError."""
        response = self.http.get(f"/users/me/workspace/{WORKSPACE_NAME}", headers=self.headers)
        if response.status_code == httpx.codes.NOT_FOUND:
            self.create_workspace()
            return
        response.raise_for_status()
        workspace: dict[str, Any] = response.json()
        if transition := NEXT_TRANSITIONS.get(workspace["latest_build"]["status"]):
            body = {"transition": transition}
            self.http.post(f"/workspaces/{workspace['id']}/builds", json=body, headers=self.headers).raise_for_status()

    def create_workspace(self) -> None:
        """Create the workspace. Raise httpx.HTTPError."""
        body = {"name": WORKSPACE_NAME, "template_id": self.template_id}
        self.http.post("/users/me/workspaces", json=body, headers=self.headers).raise_for_status()

    @property
    def template_id(self) -> str:
        """Return the id of the workspace's template. Raise httpx.HTTPError."""
        templates = self.http.get("/templates", headers=self.headers).raise_for_status().json()
        return next(str(each["id"]) for each in templates if each["name"] == TEMPLATE_NAME)

    @cached_property
    def headers(self) -> dict[str, str]:
        """Return the headers of Alice's session, which use extends. Raise httpx.HTTPError."""
        body = {"email": "alice@example.com", "password": PASSWORD}
        session = self.http.post("/users/login", json=body).raise_for_status().json()
        self.http.cookies.clear()  # Coder reads a cookie before the header
        return {"Coder-Session-Token": session["session_token"]}
