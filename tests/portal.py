"""What the tests of pages and browser share: the simulated Coder as they speak of it, and signing in."""

import time
from collections.abc import Mapping
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

ALL_BUILDS_S = 100_000.0  # s: all that a test began has ended by then


@dataclass(frozen=True, slots=True)
class SimulatedCoder:
    """A simulated Coder in the middle of a test. Builds take minutes of its clock, so that nothing ends by chance."""

    server: RunningServer
    versions: frozenset[str] = field(init=False)  # those of its templates at its beginning

    def __post_init__(self) -> None:
        object.__setattr__(self, "versions", frozenset(self.server.world.versions))

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.server.url

    def user(self, name: str) -> User:
        """The person with this username."""
        found = self.server.world.find_user(name)
        assert found
        return found

    def place(
        self, name: str, status: str = "running", *, owner: str = "alice", template: str = "plain", **fields: Any
    ) -> Workspace:
        """Put a workspace there; `more` as in the simulator's `seed_workspace`."""
        templates = {each.name: each for each in self.server.world.templates.values()}
        return seed_workspace(
            self.server.world, owner=self.user(owner), template=templates[template], name=name, status=status, **fields
        )

    def start_queued_build(self, workspace: Workspace) -> Workspace:
        """Order a start of the workspace, as its owner: it is soon at work, and stays so, since builds take minutes."""
        self.server.http.post(
            f"/api/v2/workspaces/{workspace.id}/builds",
            json={"transition": "start"},
            headers={"Coder-Session-Token": create_token(self, workspace.owner.username)},
        ).raise_for_status()
        return workspace

    def occupy_provisioners(self) -> None:
        """All provisioners are at work on something else until `reset`: what is queued, waits."""
        elsewhere = self.place("elsewhere", "starting", owner="bob", template="hang").latest_build.job
        for provisioner in self.server.world.provisioners:
            provisioner.job = elsewhere

    def time_ago(self, **span: float) -> datetime:
        """The moment so long ago, by its clock: `ago(hours=3)`."""
        return self.server.world.now() - timedelta(**span)

    def new_version(self, template: str, plan: VersionPlan | None = None) -> tuple[TemplateVersion, TemplateVersion]:
        """Give a template a newer active version, with the plan of the one before it unless another is given.

        Returns the one before, and the new one. `reset` takes it back.
        """
        (found,) = (each for each in self.server.world.templates.values() if each.name == template)
        old = found.active_version
        found.active_version = self.server.world.add_version(found, f"v{len(found.versions) + 1}", plan or old.plan)
        return old, found.active_version

    def request_lines(self, *, ignore: str = "/buildinfo") -> list[str]:
        """The requests that it got, in the order of their coming: "GET /workspaces"."""
        paths = [(entry["method"], entry["path"].removeprefix("/api/v2")) for entry in self.server.requests()]
        return [f"{method} {path}" for method, path in paths if path != ignore]

    def last_request(self, request: str) -> dict[str, Any]:
        """The newest request of this method and path ("GET /workspaces"), with headers, query and body."""
        found = [e for e in self.server.requests() if f"{e['method']} {e['path'].removeprefix('/api/v2')}" == request]
        assert found, f"{request} was not asked, but {self.request_lines()}"
        return dict(found[-1])

    def clear_requests(self) -> None:
        """Forget the requests so far."""
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
            workspace.deleted, workspace.autostart_schedule = True, None  # what has ended begins nothing new
        self.server.advance(ALL_BUILDS_S)
        for workspace in world.workspaces.list_with_deleted():
            world.workspaces.remove(workspace)
        for user in world.users.values():
            user.favorites.clear()
            user.quota = -1
        for template in world.templates.values():
            own = [each for each in template.versions if each.id in self.versions]
            if own:  # else it was added, and whoever did so takes it away
                template.versions[:], template.active_version = own, own[0]
            for lasted in template.durations_ms.values():
                lasted.clear()
        for added in world.versions.keys() - self.versions:
            del world.versions[added]
        for provisioner in world.provisioners:
            provisioner.job = None  # a build that hangs would keep it for ever
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
    """Sign somebody in as they do it: by the form, with Coder's password."""
    answer = client.post("/login/", {"email": f"{name}@example.com", "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()


def htmx_headers(target: str = "", page_path: str = "/workspaces/") -> Mapping[str, str]:
    """The headers with which htmx 4 asks for a fragment, from the page at `at`."""
    made = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": f"http://testserver{page_path}"}
    return made | ({"HX-Target": target} if target else {})


def create_token(coder: SimulatedCoder, name: str = "alice") -> str:
    """A token of this person's, made at Coder itself."""
    user = coder.user(name)
    answer = coder.server.http.post("/api/v2/users/login", json={"email": user.email, "password": user.password})
    coder.clear_requests()
    return str(answer.json()["session_token"])


class FakeClock:
    """The portal's clock, which a test moves instead of waiting."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.offset_s = 0.0
        real = time.time
        patch.setattr(time, "time", lambda: real() + self.offset_s)

    def advance(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        self.offset_s += seconds
