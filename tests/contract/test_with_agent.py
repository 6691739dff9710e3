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
    """Build the world of the recordings, where agents connect two seconds after a start."""
    contract.build(world)
    for version in world.versions.values():
        pods = [replace(r, agents=tuple(replace(a, outcome="ready") for a in r.agents)) for r in version.plan.resources]
        version.plan = replace(version.plan, resources=tuple(pods))


def states(bodies: list[Any]) -> dict[tuple[str, str], Any]:
    """Return the agent as first seen in each of its states, without machine-specific and time-specific values."""
    agents_by_state: dict[tuple[str, str], Any] = {}
    for body in bodies:
        for agent in [a for r in body["latest_build"]["resources"] for a in r.get("agents", [])]:
            agent_body = {**agent, "version": bool(agent["version"])}
            agent_body.pop("latency", None)  # measured at a varying time after the start
            agent_body.pop("logs_length")
            agents_by_state.setdefault((agent["status"], agent["lifecycle_state"]), agent_body)
    return agents_by_state


def watch_start(coder: RunningServer, http: httpx.Client) -> list[Any]:
    """Return the events of a workspace's stream from its start until its agent is ready."""
    template = next(t for t in coder.world.templates.values() if t.name == "dev")
    body = {"template_id": template.id, "name": "web-api", "rich_parameter_values": VALUES}
    workspace = http.post("/users/me/workspaces", json=body).raise_for_status().json()
    events: list[Any] = []
    with http.stream("GET", f"/workspaces/{workspace['id']}/watch") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line[6:]))
                if ("connected", "ready") in states(events):
                    break
    return events


@pytest.mark.parametrize("version", VERSIONS)
def test_simulated_agent_passes_through_recorded_states(version: str) -> None:
    folder = CONTRACT_FOLDER / "recorded" / version / "with-agent"
    recorded_states = states(
        [body for event, body in load_events(folder / "watch-agent-connects.sse") if event == "data"]
    )
    with (
        run_server(version=version, world=world_with_connecting_agents) as coder,
        httpx.Client(base_url=f"{coder.url}/api/v2") as http,
    ):
        token = http.post("/users/login", json={"email": "alice@example.com", "password": PASSWORD}).json()
        http.headers["Coder-Session-Token"] = token["session_token"]
        bodies = watch_start(coder, http)
        actual_states = states(bodies)
        assert list(actual_states) == list(recorded_states)
        assert {state: differences(recorded_states[state], actual_states[state]) for state in recorded_states} == {
            state: [] for state in recorded_states
        }
        paths = {
            "timings-agent": f"/workspaces/{bodies[-1]['id']}/timings",
            "agent-logs-connected": f"/workspaceagents/{actual_states['connected', 'ready']['id']}/logs",
        }
        answers = {name: http.get(path).json() for name, path in paths.items()}
    recordings = {name: load_recording(folder / f"{name}.json")["response"]["body"] for name in paths}
    assert {name: differences(recordings[name], answers[name]) for name in paths} == {name: [] for name in paths}
