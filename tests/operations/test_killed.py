"""SIGKILL of the portal and its worker at every point of a restart: no step is lost or repeated."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, create_token
from tests.server import ROOT, migrate, portal_environment

LEASE_S = 61.0  # after which another worker may continue


class KillableProcesses:
    """Portals and workers that are killed at a chosen point, with a clock that they share with Coder."""

    def __init__(self, process: subprocess.Popen[str], coder: SimulatedCoder) -> None:
        self.process = process
        self.coder = coder
        self.ahead = 0.0

    def run(self, command: str, *args: str, points: int = 0) -> dict[str, Any]:
        """Run a command in a process that is killed at this point (0: never). Return its result."""
        assert self.process.stdin
        assert self.process.stdout
        line = {"do": command, "with": args, "points": points, "ahead": self.ahead}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        result: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert "error" not in result, result
        return result

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self.ahead += seconds
        self.coder.server.advance(seconds)


@contextmanager
def killable_processes(coder: SimulatedCoder, env: Mapping[str, str]) -> Iterator[KillableProcesses]:
    """Start the processes with these environment variables."""
    migrate(env)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.operations.restartable_portal"],
        env=dict(env),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield KillableProcesses(process, coder)


@pytest.fixture
def processes(coder: SimulatedCoder, tmp_path: Path) -> Iterator[KillableProcesses]:
    """Portals and workers with a database of their own."""
    env = portal_environment(coder.url, tmp_path, 9) | {"DJANGO_SETTINGS_MODULE": "coder_portal.settings"}
    with killable_processes(coder, env) as started:
        yield started


def run_killed(processes: KillableProcesses, command: list[str], is_done: Callable[[], bool], points: int) -> str:
    """Run a command with one kill at this point, then continue with another worker. Return what was killed."""
    begun = processes.run(*command, points=points)
    killed, left = begun["killed"], begun["left"]
    died = "portal" if killed else ""
    while not killed and left and not is_done():
        processes.advance(5)
        worked = processes.run("work", "first", points=left)
        killed, left = worked["killed"], worked["left"]
        died = "worker" if killed else died
    processes.advance(LEASE_S)
    for _ in range(8):
        processes.run("work", "second")
        if is_done():
            break
        processes.advance(5)
    return died


def is_restarted(web: Workspace) -> bool:
    """Return whether the workspace was stopped and has started again."""
    return [build.transition for build in web.builds[-2:]] == [
        "stop",
        "start",
    ] and web.latest_build.job.status == "succeeded"


def test_restart_is_neither_lost_nor_repeated_when_process_is_killed(
    processes: KillableProcesses, coder: SimulatedCoder
) -> None:
    token = create_token(coder)
    deaths = never_begun = 0
    for points in range(1, 200):
        web = coder.place(f"web-{points}", "running")
        before = len(web.builds)
        died = run_killed(processes, ["begin", token, web.id], partial(is_restarted, web), points)
        done = [build.transition for build in web.builds[before:]]
        begins = died == "portal" and not done  # the user got no confirmation
        assert begins or done == ["stop", "start"], f"the {died} died after {points} points: {done}"
        never_begun += begins
        if not died:
            break
        deaths += 1
    assert done == ["stop", "start"]
    assert deaths > 40  # a restart has more than 40 points at which a process can be killed
    assert never_begun < 20  # only a few of them come before the operation has a token


def test_bulk_of_builds_is_neither_lost_nor_repeated_when_process_is_killed(
    processes: KillableProcesses, coder: SimulatedCoder
) -> None:
    token = create_token(coder)
    deaths = 0
    for points in range(1, 200, 2):
        several = [coder.place(f"web-{points}-{number}") for number in range(2)]
        before = [len(web.builds) for web in several]

        def stopped(several: list[Workspace] = several) -> bool:
            return all(web.latest_build.status == "stopped" for web in several)

        command = ["begin_bulk", token, str(uuid4()), "stop", "{}", *(web.id for web in several)]
        died = run_killed(processes, command, stopped, points)
        done = [[build.transition for build in web.builds[n:]] for web, n in zip(several, before, strict=True)]
        begins = died == "portal" and done == [[], []]  # the user got no confirmation
        assert begins or done == [["stop"], ["stop"]], f"the {died} died after {points} points: {done}"
        if not died:
            break
        deaths += not begins
    assert done == [["stop"], ["stop"]]
    assert deaths > 12


def test_extension_by_hours_is_neither_lost_nor_repeated_when_process_is_killed(
    processes: KillableProcesses, coder: SimulatedCoder
) -> None:
    token = create_token(coder)
    deaths = 0
    for points in range(1, 200):
        web = coder.place(f"web-{points}", deadline_in_hours=5)
        before = web.latest_build.deadline
        assert before

        def extended(web: Workspace = web, before: datetime = before) -> bool:
            return web.latest_build.deadline not in {None, before}

        command = ["begin_bulk", token, str(uuid4()), "extend", '{"hours": 2}', web.id]
        died = run_killed(processes, command, extended, points)
        for _ in range(2):  # what would extend it once more
            processes.advance(LEASE_S)
            processes.run("work", "third")
        assert web.latest_build.deadline
        moved = web.latest_build.deadline - before
        begins = died == "portal" and not moved
        assert begins or abs(moved - timedelta(hours=2)) < timedelta(seconds=1), f"{died}, {points}: {moved}"
        if not died:
            break
        deaths += not begins
    assert deaths > 10
