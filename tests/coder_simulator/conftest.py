"""Fixtures: a simulated Coder for each test, and signed-in users of its API."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from coder_simulator.state import Workspace
from coder_simulator.testing import RunningServer, run_server
from coder_simulator.world import PASSWORD, World

YEAR_NS = 365 * 86_400 * 10**9


@dataclass(frozen=True)
class ApiUser:
    """A signed-in user of the API."""

    http: httpx.Client
    token: str

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Send a request to /api/v2."""
        return self.http.request(method, path, json=body, params=query or None)

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a successful GET."""
        return self("GET", path, **query).raise_for_status().json()

    def workspace(self, workspace: Workspace) -> Any:
        """Return the JSON of a workspace."""
        return self.get(f"/workspaces/{workspace.id}")

    def build(self, workspace: Workspace, transition: str, **fields: Any) -> httpx.Response:
        """Request a build."""
        return self("POST", f"/workspaces/{workspace.id}/builds", {"transition": transition, **fields})


@dataclass(frozen=True)
class CoderUnderTest:
    """A simulated server under test."""

    server: RunningServer
    stack: ExitStack

    @property
    def world(self) -> World:
        """Return the server's data."""
        return self.server.world

    def sign_in(self, username: str) -> ApiUser:
        """Sign a user in with a token that lasts a year; a session expires after a day without a request."""
        http = self.stack.enter_context(httpx.Client(base_url=f"{self.server.url}/api/v2", trust_env=False, timeout=20))
        answer = http.post("/users/login", json={"email": f"{username}@example.com", "password": PASSWORD})
        http.headers["Coder-Session-Token"] = answer.raise_for_status().json()["session_token"]
        http.cookies.clear()  # a cookie would come before the header
        lasting = http.post("/users/me/keys/tokens", json={"lifetime": YEAR_NS})
        token = http.headers["Coder-Session-Token"] = lasting.raise_for_status().json()["key"]
        return ApiUser(http, token)

    def find_workspace(self, owner: str, name: str) -> Workspace:
        """Find a workspace by its owner's name and its own."""
        user = self.world.find_user(owner)
        workspace = self.world.workspaces.find_by_name(user, name) if user else None
        assert workspace is not None
        return workspace

    def advance(self, **spans: float) -> None:
        """Move the clock forward by weeks, days, hours, minutes and seconds."""
        sizes = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
        self.server.advance(sum(sizes[name] * number for name, number in spans.items()))


@pytest.fixture
def serve() -> Iterator[Callable[..., CoderUnderTest]]:
    """Return a function that starts a server with the options of `create_app`."""
    with ExitStack() as stack:
        yield lambda **options: CoderUnderTest(stack.enter_context(run_server(**options)), stack)
