"""Call a simulated server with the demo world as one of its users."""

from dataclasses import dataclass, field
from typing import Any

from coder_simulator.testing import RunningServer
from coder_simulator.world import PASSWORD

Json = Any


@dataclass(frozen=True, slots=True)
class DemoServer:
    """A simulated server with the demo world, and the sessions of its users."""

    server: RunningServer
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, username: str, email: str = "") -> str:
        """Sign a user in, once, and return the session's token."""
        if username not in self.tokens:
            body = {"email": email or f"{username}@example.com", "password": PASSWORD}
            answer = self.server.http.post("/api/v2/users/login", json=body)
            self.tokens[username] = answer.raise_for_status().json()["session_token"]
        return self.tokens[username]

    def request(self, username: str, method: str, path: str, body: Json = None) -> Json:
        """Send a request as a user; return the JSON of the successful response."""
        headers = {"Coder-Session-Token": self.token(username)}
        answer = self.server.http.request(method, f"/api/v2{path}", json=body, headers=headers)
        return answer.raise_for_status().json()

    def get(self, username: str, path: str) -> Json:
        """Send a GET as a user."""
        return self.request(username, "GET", path)

    def workspace(self, full_name: str) -> Json:
        """Return the JSON of "owner/name" for its owner, deleted or not."""
        owner, name = full_name.split("/")
        return self.get(owner, f"/users/me/workspace/{name}?include_deleted=true")

    def build(self, full_name: str, transition: str) -> None:
        """Request a build of "owner/name" as its owner."""
        path = f"/workspaces/{self.workspace(full_name)['id']}/builds"
        self.request(full_name.split("/")[0], "POST", path, {"transition": transition})

    def cancel(self, full_name: str) -> None:
        """Cancel the newest build of "owner/name", as its owner."""
        build = self.workspace(full_name)["latest_build"]["id"]
        self.request(full_name.split("/")[0], "PATCH", f"/workspacebuilds/{build}/cancel")

    def status(self, full_name: str) -> str:
        """Return the status of "owner/name"."""
        return str(self.workspace(full_name)["latest_build"]["status"])

    def templates(self, username: str = "admin") -> dict[str, Json]:
        """Return the templates that a user may read, by name."""
        return {t["name"]: t for t in self.get(username, "/templates")}


def agents(workspace: Json) -> list[Json]:
    """Return the agents of a workspace's newest build."""
    return [a for r in workspace["latest_build"]["resources"] for a in r.get("agents", [])]
