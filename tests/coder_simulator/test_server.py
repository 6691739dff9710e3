"""The whole server: its command, scale, sessions, tokens, and an agent compared with the recordings."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from coder_simulator.world import PASSWORD, World
from coder_simulator.worlds import contract
from tests.coder_simulator.conftest import CoderUnderTest
from tests.coder_simulator.test_builds import world_with
from tests.contract.test_recordings import leaves

Serve = Callable[..., CoderUnderTest]
ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests/contract/recorded"


def test_command_runs_without_settings_and_serves_requested_version() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "coder_simulator", "--port", str(port)]
    command += ["--version", "2.19", "--world", "contract", "--workspaces", "30", "--speed", "10"]
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    with subprocess.Popen(command, cwd=ROOT, env=bare, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            info = wait_for_server(f"http://127.0.0.1:{port}/api/v2/buildinfo", process)
            assert info["version"] == "v2.19.1"
        finally:
            process.terminate()
        assert process.wait(5) in {0, -15}


def wait_for_server(url: str, process: "subprocess.Popen[bytes]") -> Any:
    """Return the JSON at `url` once the server responds; raise AssertionError with its output if it does not."""
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.TransportError):
            return httpx.get(url, trust_env=False, timeout=30).raise_for_status().json()
    raise AssertionError(process.stdout.read() if process.stdout else "")


def test_last_page_of_ten_thousand_workspaces_is_served_with_count(serve: Serve) -> None:
    admin = serve(world="contract", workspaces=10_000).sign_in("admin")
    last = admin.get("/workspaces", limit=25, offset=9_990)
    assert last["count"] == 10_000
    assert len(last["workspaces"]) == 10


def test_session_is_renewed_by_requests_and_expires_a_day_after_the_last(serve: Serve) -> None:
    coder = serve(world=world_with())
    http = coder.sign_in("alice").http
    login = {"email": "alice@example.com", "password": PASSWORD}
    http.headers["Coder-Session-Token"] = http.post("/users/login", json=login).json()["session_token"]
    assert http.get("/users/me").status_code == 200
    coder.advance(hours=20)
    assert http.get("/users/me").status_code == 200
    coder.advance(hours=20)
    assert http.get("/users/me").status_code == 200
    coder.advance(hours=25)
    refused = http.get("/users/me")
    assert refused.status_code == 401
    assert refused.json()["detail"].startswith("API key expired at")


@pytest.mark.parametrize(("version", "status"), [("2.19", 401), ("2.36", 200)])
def test_bearer_token_is_accepted_on_2_36_only(serve: Serve, version: str, status: int) -> None:
    coder = serve(version=version, world=world_with())
    token = coder.sign_in("alice").token
    url = f"{coder.server.url}/api/v2/users/me"
    assert (
        httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30).status_code == status
    )


@pytest.mark.parametrize(
    ("token", "detail"),
    [
        ("garbage", "Invalid API key format: incorrect amount of API key parts, expected 2 got 1"),
        ("short-" + "B" * 22, "Invalid API key format: incorrect API key ID length, expected 10 got 5"),
        ("A" * 10 + "-short", "Invalid API key format: incorrect API key secret length, expected 22 got 5"),
        ("A" * 10 + "-" + "B" * 22, "API key is invalid."),
    ],
)
def test_invalid_token_is_rejected_with_reason(serve: Serve, token: str, detail: str) -> None:
    url = f"{serve(world=world_with()).server.url}/api/v2/users/me"
    answer = httpx.get(url, headers={"Coder-Session-Token": token}, trust_env=False, timeout=30)
    assert (answer.status_code, answer.json()["detail"]) == (401, detail)


def test_login_is_rejected_for_oidc_user_and_suspended_user(serve: Serve) -> None:
    coder = serve(world=world_with())
    login = {"email": "bob@example.com", "password": PASSWORD}
    bob = coder.world.find_user("bob")
    assert bob is not None
    url = f"{coder.server.url}/api/v2/users/login"
    bob.login_type = "oidc"
    assert httpx.post(url, json=login, trust_env=False, timeout=30).status_code == 403
    bob.login_type, bob.status = "password", "suspended"
    refused = httpx.post(url, json=login, trust_env=False, timeout=30)
    assert (refused.status_code, "suspended" in refused.json()["message"]) == (401, True)


def test_unknown_route_returns_404_and_unknown_method_405(serve: Serve) -> None:
    alice = serve(world=world_with()).sign_in("alice")
    unknown = alice("GET", "/nothing/here")
    assert (unknown.status_code, unknown.json()) == (404, {"message": "Route not found."})
    assert alice("POST", "/workspaces").status_code == 405


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_connected_agent_matches_recording(serve: Serve, version: str) -> None:
    """Compare the agent's shape, log and timings with the recordings in `with-agent/`, made with a real agent."""
    coder = serve(version=version, world=_with_agents)
    alice, template = coder.sign_in("alice"), next(t for t in coder.world.templates.values() if t.name == "dev")
    values = [
        {"name": "region", "value": "us-east"},
        {"name": "cpu", "value": "4"},
        {"name": "project", "value": "ABC-1"},
    ]
    body = {"template_id": template.id, "name": "web", "rich_parameter_values": values}
    made = alice("POST", "/users/me/workspaces", body).json()
    coder.advance(seconds=20)
    workspace = alice.get(f"/workspaces/{made['id']}")
    agent = workspace["latest_build"]["resources"][0]["agents"][0]
    want = _recorded(version, "get-connected")["latest_build"]["resources"][0]["agents"][0]
    assert list(agent) == list(want)
    assert {k: v for k, v in agent.items() if k in COMPARED_FIELDS} == {
        k: v for k, v in want.items() if k in COMPARED_FIELDS
    }
    lines = [(one["output"], one["level"]) for one in alice.get(f"/workspaceagents/{agent['id']}/logs")]
    assert lines == [(one["output"], one["level"]) for one in _recorded(version, "agent-logs-connected")]
    timings = alice.get(f"/workspaces/{made['id']}/timings")
    assert sorted(leaves(timings)) == sorted(leaves(_recorded(version, "timings-agent")))


COMPARED_FIELDS = (
    "status",
    "lifecycle_state",
    "logs_length",
    "api_version",
    "health",
    "expanded_directory",
    "directory",
)


def _with_agents(world: World) -> None:
    contract.build(world)
    for version in world.versions.values():
        pods = [replace(r, agents=tuple(replace(a, outcome="ready") for a in r.agents)) for r in version.plan.resources]
        version.plan = replace(version.plan, resources=tuple(pods))


def _recorded(version: str, name: str) -> Any:
    return msgspec.json.decode((RECORDED / version / "with-agent" / f"{name}.json").read_bytes())["response"]["body"]
