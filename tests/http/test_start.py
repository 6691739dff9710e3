"""The portal serves nothing by a server without its HTTP protocol, and the documents name the protocol."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from coder_portal import local_portal, server_check
from tests.external_services.servers import wait_for
from tests.server import ROOT, free_port, portal_environment

pytestmark = pytest.mark.xdist_group("http")  # one worker runs the portals


def uvicorn_command(port: int, *options: str) -> list[str]:
    """Return a command that starts the portal without the protocol."""
    return [sys.executable, "-m", "uvicorn", "coder_portal.asgi:application", "--port", str(port), *options]


@pytest.mark.parametrize("options", [(), ("--http", "h11")])
def test_server_without_the_protocol_does_not_start(tmp_path: Path, options: tuple[str, ...]) -> None:
    port = free_port()
    env = portal_environment("http://127.0.0.1:9", tmp_path, port)
    command = uvicorn_command(port, *options)
    result = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 3
    assert server_check.MISSING in result.stderr
    assert "Traceback" not in result.stderr


def test_server_without_protocol_and_lifespan_answers_500(tmp_path: Path) -> None:
    port = free_port()
    env = portal_environment("http://127.0.0.1:9", tmp_path, port)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(uvicorn_command(port, "--lifespan", "off"), env=env, cwd=ROOT, stderr=log)
        try:
            wait_for(
                lambda: httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=30), httpx.ConnectError
            )
            assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=30).status_code == 500
        finally:
            local_portal.terminate([process])
    assert server_check.MISSING in (tmp_path / "log").read_text()


@pytest.mark.parametrize("document", ["docs/deployment.md", "CONTRIBUTING.md"])
def test_documented_commands_name_the_protocol(document: str) -> None:
    text = (ROOT / document).read_text().replace("\\\n", " ")
    commands = [line for line in text.splitlines() if "bin/uvicorn" in line]
    assert commands
    assert all(f"--http {server_check.PROTOCOL}" in command for command in commands)


def test_workers_of_the_documented_command_serve_requests(tmp_path: Path) -> None:
    port = free_port()
    env = portal_environment("http://127.0.0.1:9", tmp_path, port)
    command = uvicorn_command(port, "--http", server_check.PROTOCOL, "--workers", "2", "--log-level", "warning")
    process = subprocess.Popen(command, env=env, cwd=ROOT)
    try:
        local_portal.wait_until_ready(f"http://127.0.0.1:{port}/healthz", process)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=30).status_code == 200
    finally:
        local_portal.terminate([process])
