"""SIGKILL of the portal and its worker at every point of a restart: no step is lost or repeated."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, create_token
from tests.server import ROOT, portal_environment, run_manage_command

LEASE_S = 61.0  # after which another worker may continue


class Mortals:
    """Portals and workers that die when they are told to; the clock is theirs and Coder's."""

    def __init__(self, process: subprocess.Popen[str], coder: SimulatedCoder) -> None:
        self.process = process
        self.coder = coder
        self.ahead = 0.0

    def do(self, what: str, *args: str, moments: int = 0) -> dict[str, Any]:
        """One process that does this, and is killed after so many moments (0: never)."""
        assert self.process.stdin
        assert self.process.stdout
        command = {"do": what, "with": args, "moments": moments, "ahead": self.ahead}
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert "error" not in told, told
        return told

    def later(self, seconds: float) -> None:
        """So many seconds pass."""
        self.ahead += seconds
        self.coder.server.advance(seconds)


@contextmanager
def mortals_of(coder: SimulatedCoder, env: Mapping[str, str]) -> Iterator[Mortals]:
    """Portals and workers with these variables."""
    run_manage_command("migrate", env)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.operations.mortal"],
        env=dict(env),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Mortals(process, coder)


@pytest.fixture
def mortals(coder: SimulatedCoder, tmp_path: Path) -> Iterator[Mortals]:
    """A portal with a database of its own."""
    env = portal_environment(coder.url, tmp_path, 9) | {"DJANGO_SETTINGS_MODULE": "coder_portal.settings"}
    with mortals_of(coder, env) as made:
        yield made


def restart(mortals: Mortals, web: Workspace, token: str, moments: int) -> str:
    """Restart it, with one death after so many moments; another worker does what is left. Who died: "" is nobody."""
    begun = mortals.do("begin", token, web.id, moments=moments)
    killed, left = begun["killed"], begun["left"]
    died = "portal" if killed else ""
    while not killed and left and not is_restarted(web):
        mortals.later(5)
        worked = mortals.do("work", "first", moments=left)
        killed, left = worked["killed"], worked["left"]
        died = "worker" if killed else died
    mortals.later(LEASE_S)
    for _ in range(8):
        mortals.do("work", "second")
        if is_restarted(web):
            break
        mortals.later(5)
    return died


def is_restarted(web: Workspace) -> bool:
    """Whether it was stopped and has started again."""
    return [build.transition for build in web.builds[-2:]] == [
        "stop",
        "start",
    ] and web.latest_build.job.status == "succeeded"


def test_restart_is_neither_lost_nor_repeated_when_process_is_killed(mortals: Mortals, coder: SimulatedCoder) -> None:
    token = create_token(coder)
    deaths = never_begun = 0
    for moments in range(1, 200):
        web = coder.place(f"web-{moments}", "running")
        before = len(web.builds)
        died = restart(mortals, web, token, moments)
        done = [build.transition for build in web.builds[before:]]
        begins = died == "portal" and not done  # the user got no confirmation
        assert begins or done == ["stop", "start"], f"the {died} died after {moments} moments: {done}"
        never_begun += begins
        if not died:
            break
        deaths += 1
    assert done == ["stop", "start"]
    assert deaths > 40  # a restart has more than 40 points at which a process can be killed
    assert never_begun < 20  # only a few of them come before the operation has a token
