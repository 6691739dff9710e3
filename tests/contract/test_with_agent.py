"""Test that an agent of the simulated Coder connects as recorded, in the stream and in separate responses."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from coder_simulator.testing import RunningServer, run_server
from coder_simulator.world import PASSWORD, World
from coder_simulator.worlds import contract
from tests.contract.recordings import CONTRACT_FOLDER, VERSIONS, load_events, load_recording
from tests.contract.response_diff import differences

VALUES = [{"name": "region", "value": "us-east"}, {"name": "cpu", "value": "4"}, {"name": "project", "value": "ABC-1"}]


def world_with_connecting_agents(world: World) -> None:
    """The world of the recordings, where agents connect two seconds after a start."""
    contract.build(world)
    for version in world.versions.values():
        pods = [replace(r, agents=tuple(replace(a, outcome="ready") for a in r.agents)) for r in version.plan.resources]
        version.plan = replace(version.plan, resources=tuple(pods))


def states(bodies: list[Any]) -> dict[tuple[str, str], Any]:
    """The agent as it was shown first in each of its states, without what one machine or one moment decides."""
    found: dict[tuple[str, str], Any] = {}
    for body in bodies:
        for agent in [a for r in body["latest_build"]["resources"] for a in r.get("agents", [])]:
            shown = {**agent, "version": bool(agent["version"])}
            shown.pop("latency", None)  # measured at a varying time after the start
            shown.pop("logs_length")
            found.setdefault((agent["status"], agent["lifecycle_state"]), shown)
    return found


def watch_start(coder: RunningServer, http: httpx.Client) -> list[Any]:
    """What the stream of a workspace says from its start until its agent is ready."""
    template = next(t for t in coder.world.templates.values() if t.name == "dev")
    body = {"template_id": template.id, "name": "web-api", "rich_parameter_values": VALUES}
    made = http.post("/users/me/workspaces", json=body).raise_for_status().json()
    seen: list[Any] = []
    with http.stream("GET", f"/workspaces/{made['id']}/watch") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line[6:]))
                if ("connected", "ready") in states(seen):
                    break
    return seen


@pytest.mark.parametrize("version", VERSIONS)
def test_simulated_agent_passes_through_recorded_states(version: str) -> None:
    folder = CONTRACT_FOLDER / "recorded" / version / "with-agent"
    want = states([body for event, body in load_events(folder / "watch-agent-connects.sse") if event == "data"])
    with (
        run_server(version=version, world=world_with_connecting_agents) as coder,
        httpx.Client(base_url=f"{coder.url}/api/v2") as http,
    ):
        token = http.post("/users/login", json={"email": "alice@example.com", "password": PASSWORD}).json()
        http.headers["Coder-Session-Token"] = token["session_token"]
        seen = watch_start(coder, http)
        got = states(seen)
        assert list(got) == list(want)
        assert {state: differences(want[state], got[state]) for state in want} == {state: [] for state in want}
        asked = {
            "timings-agent": f"/workspaces/{seen[-1]['id']}/timings",
            "agent-logs-connected": f"/workspaceagents/{got['connected', 'ready']['id']}/logs",
        }
        answers = {name: http.get(path).json() for name, path in asked.items()}
    recordings = {name: load_recording(folder / f"{name}.json")["response"]["body"] for name in asked}
    assert {name: differences(recordings[name], answers[name]) for name in asked} == {name: [] for name in asked}
