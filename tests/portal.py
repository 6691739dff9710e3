"""Helpers for tests of pages and browser tests: the simulated Coder and sign-in."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from coder_simulator.seed import seed_workspace
from coder_simulator.state import TemplateVersion, User, Workspace
from coder_simulator.testing import RunningServer
from coder_simulator.version_plans import VersionPlan
from coder_simulator.world import PASSWORD, World

BACKGROUND_PATHS = frozenset(
    {"/appearance", "/buildinfo", "/users/authmethods"}  # read by background.py, for no page in particular
)
ALL_BUILDS_S = 100_000.0  # every build that a test started has ended by then


@dataclass(frozen=True, slots=True)
class SimulatedCoder:
    """A simulated Coder in a test. Builds take minutes of its clock, so that none ends by accident."""

    server: RunningServer
    versions: frozenset[str] = field(init=False)  # ids of the initial template versions

    def __post_init__(self) -> None:
        object.__setattr__(self, "versions", frozenset(self.server.world.versions))

    @property
    def url(self) -> str:
        """Return the URL of this Coder."""
        return self.server.url

    def user(self, name: str) -> User:
        """Return the user with this username."""
        user = self.server.world.find_user(name)
        assert user
        return user

    def place(
        self, name: str, status: str = "running", *, owner: str = "alice", template: str = "plain", **fields: Any
    ) -> Workspace:
        """Add a workspace; `fields` are those of the simulator's `seed_workspace`."""
        templates = {template.name: template for template in self.server.world.templates.values()}
        return seed_workspace(
            self.server.world, owner=self.user(owner), template=templates[template], name=name, status=status, **fields
        )

    def start_queued_build(self, workspace: Workspace) -> Workspace:
        """Create a start build as the workspace's owner; it soon runs, and keeps running, since builds take minutes."""
        self.server.http.post(
            f"/api/v2/workspaces/{workspace.id}/builds",
            json={"transition": "start"},
            headers={"Coder-Session-Token": create_token(self, workspace.owner.username)},
        ).raise_for_status()
        return workspace

    def occupy_provisioners(self) -> None:
        """Give all provisioners another job until `reset`, so that new builds stay queued."""
        other_job = self.place("elsewhere", "starting", owner="bob", template="hang").latest_build.job
        for provisioner in self.server.world.provisioners:
            provisioner.job = other_job

    def time_ago(self, **span: float) -> datetime:
        """Return the time this long ago by Coder's clock: `time_ago(hours=3)`."""
        return self.server.world.now() - timedelta(**span)

    def new_version(self, template: str, plan: VersionPlan | None = None) -> tuple[TemplateVersion, TemplateVersion]:
        """Add a new active version to a template, by default with the plan of the previous one.

        Returns the previous and the new version. `reset` removes the new one.
        """
        (matching_template,) = (
            candidate for candidate in self.server.world.templates.values() if candidate.name == template
        )
        previous = matching_template.active_version
        matching_template.active_version = self.server.world.add_version(
            matching_template, f"v{len(matching_template.versions) + 1}", plan or previous.plan
        )
        return previous, matching_template.active_version

    def request_lines(self, *, ignore: Collection[str] = BACKGROUND_PATHS) -> list[str]:
        """Return the requests that Coder received, in order: "GET /workspaces"; without those to a path in `ignore`."""
        paths = [(entry["method"], entry["path"].removeprefix("/api/v2")) for entry in self.server.requests()]
        return [f"{method} {path}" for method, path in paths if path not in ignore]

    def last_request(self, request: str) -> dict[str, Any]:
        """Return the latest request of this method and path ("GET /workspaces"), with headers, query and body."""
        requests = [
            entry
            for entry in self.server.requests()
            if f"{entry['method']} {entry['path'].removeprefix('/api/v2')}" == request
        ]
        assert requests, f"{request} was not sent, but {self.request_lines()}"
        return dict(requests[-1])

    def clear_requests(self) -> None:
        """Clear Coder's request log."""
        self.server.clear_requests()

    def reset(self) -> None:
        """Restore the initial state: no workspaces, no sessions, no faults, and the real time.

        Threads and portal processes of an earlier test may still send requests. Their tokens are retired, so that
        those requests are not counted in the next test and do not use up its faults.
        """
        self.server.retire_tokens()
        self.server.clear_faults()
        world = self.server.world
        for workspace in world.workspaces.list_with_deleted():
            workspace.deleted, workspace.autostart_schedule = True, None  # no new builds
        self.server.advance(ALL_BUILDS_S)
        for workspace in world.workspaces.list_with_deleted():
            world.workspaces.remove(workspace)
        for user in world.users.values():
            user.favorites.clear()
            user.quota = -1
        for template in world.templates.values():
            initial = [version for version in template.versions if version.id in self.versions]
            if initial:  # other templates are removed by the test that added them
                template.versions[:], template.active_version = initial, initial[0]
            for durations in template.durations_ms.values():
                durations.clear()
        for added in world.versions.keys() - self.versions:
            del world.versions[added]
        for provisioner in world.provisioners:
            provisioner.job = None  # a hanging build would keep it forever
        world.clock.skew = timedelta()
        world.pending.clear()
        world.builds.clear()
        world.agents.clear()
        world.port_shares.clear()
        world.clock.set(datetime.now(UTC))
        self.clear_requests()


def lengthen_builds(world: World) -> None:
    """Make each build take at least two minutes at speed 0.01; call it before the world is used.

    The clock runs with the real time: a build of ten seconds would end in the middle of a test on a busy machine.
    """
    for template in world.templates.values():
        for version in template.versions:
            plan = version.plan
            start, stop, delete = (
                replace(build, duration_seconds=12 * build.duration_seconds)
                for build in (plan.start, plan.stop, plan.delete)
            )
            version.plan = replace(plan, start=start, stop=stop, delete=delete)


def sign_in(client: Client, name: str = "alice") -> None:
    """Sign a user in through the form, with Coder's password."""
    answer = client.post("/login/", {"email": f"{name}@example.com", "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()


def signed_in(coder: SimulatedCoder, name: str) -> Client:
    """Return a client in which this user has signed in; Coder's request log is empty again."""
    client = Client()
    sign_in(client, name)
    coder.clear_requests()
    return client


def htmx_headers(target: str = "", page_path: str = "/workspaces/") -> Mapping[str, str]:
    """Return the headers with which htmx 4 requests a fragment from the page at `page_path`."""
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": f"http://testserver{page_path}"}
    return headers | ({"HX-Target": target} if target else {})


def create_token(coder: SimulatedCoder, name: str = "alice") -> str:
    """Create a token for this user at Coder."""
    user = coder.user(name)
    answer = coder.server.http.post("/api/v2/users/login", json={"email": user.email, "password": user.password})
    coder.clear_requests()
    return str(answer.json()["session_token"])


class FakeClock:
    """The portal's clock, which a test advances instead of waiting."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.offset_s = 0.0
        real = time.time
        patch.setattr(time, "time", lambda: real() + self.offset_s)

    def advance(self, seconds: float) -> None:
        """Advance the clock by this many seconds."""
        self.offset_s += seconds
