"""The simulator's command needs Starlette, uvicorn, msgspec and cronsim, and no other package."""

import json
import re
import socket
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest

from tests.coder_simulator.test_server import wait_for_server

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ("starlette", "uvicorn", "msgspec", "cronsim")
SCRIPT = """
import json, runpy, sys

blocked = set(json.loads(sys.argv.pop(1)))

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocker())
runpy.run_module("coder_simulator", run_name="__main__", alter_sys=True)
"""


def with_dependencies(names: tuple[str, ...]) -> set[str]:
    """Return the normalized names of distributions and of all that they require, without extras."""
    found: set[str] = set()
    pending = [*names]
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        try:
            requirements = requires(name) or []
        except PackageNotFoundError:  # for another system or version of Python
            continue
        if name not in found:
            found.add(name)
            pending += [re.split(r"[^\w.-]", line)[0] for line in requirements if "extra ==" not in line]
    return found


def blocked_modules() -> set[str]:
    """Return the top-level modules of this project and of all installed packages that the simulator may not use."""
    allowed = with_dependencies(REQUIREMENTS)
    installed = {
        module
        for module, distributions in packages_distributions().items()
        if not allowed & {re.sub(r"[-_.]+", "-", name).lower() for name in distributions}
    }
    return {module for module in installed if module.isidentifier()} | {"coder_portal", "workspaces", "tests", "manage"}


def test_blocked_modules_include_django_and_httpx_but_not_the_four_packages() -> None:
    blocked = blocked_modules()
    assert {"django", "httpx", "pytest", "uvloop", "httptools", "workspaces"} <= blocked
    assert not blocked & {*REQUIREMENTS, "anyio", "h11", "click", "coder_simulator"}


@pytest.mark.parametrize("world", ["demo", "contract", "hostile"])
def test_command_serves_a_world_with_only_its_four_packages_importable(world: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [json.dumps(sorted(blocked_modules())), "--port", str(port), "--world", world, "--licensed"]
    command = [sys.executable, "-c", SCRIPT, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            assert wait_for_server(f"{url}/api/v2/buildinfo", process)["version"] == "v2.36.0"
            assert wait_for_server(f"{url}/_control/world", process)["people"]
        finally:
            process.terminate()
