"""Test which states of agents are reported as faults."""

from typing import Any
from uuid import uuid4

import pytest

from tests.unit.samples import NOW, hours, recorded_body, running, viewer, workspace
from workspaces.present.agent_health import find_faults
from workspaces.present.workspace_list.rows import make_row

READY = {"status": "connected", "lifecycle_state": "ready"}


def fault_keys(**changes: Any) -> list[tuple[str, str]]:
    """Return the key and the tone of each fault."""
    return [(fault.key, fault.tone) for fault in find_faults(workspace(**changes), NOW)]


@pytest.mark.parametrize(
    ("status", "lifecycle", "key", "tone"),
    [
        ("timeout", "created", "timeout", "warn"),
        ("disconnected", "ready", "disconnected", "bad"),
        ("connected", "start_error", "start_error", "bad"),
        ("connected", "start_timeout", "start_timeout", "warn"),
        ("connected", "shutting_down", "shutting_down", "warn"),
        ("connected", "shutdown_timeout", "shutdown_timeout", "warn"),
        ("connected", "shutdown_error", "shutdown_error", "bad"),
        ("connected", "off", "off", "warn"),
    ],
)
def test_agent_fault_has_key_tone_and_agent_name(status: str, lifecycle: str, key: str, tone: str) -> None:
    agents = [{"status": status, "lifecycle_state": lifecycle, "name": "main"}]
    (fault,) = find_faults(workspace(agents=agents), NOW)
    assert (fault.key, fault.tone) == (key, tone)
    assert "main" in fault.title
    assert fault.text.endswith(".")


@pytest.mark.parametrize("lifecycle", ["created", "starting", "ready"])
def test_connected_agent_has_no_fault_while_created_starting_or_ready(lifecycle: str) -> None:
    assert fault_keys(agents=[{"status": "connected", "lifecycle_state": lifecycle}]) == []


def test_connecting_agent_has_no_fault_although_2_36_reports_it_unhealthy() -> None:
    agent = {"status": "connecting", "lifecycle_state": "created", "created_at": hours(-0.01)}
    agent["health"] = {"healthy": False, "reason": "agent has not yet connected"}
    health = {"healthy": False, "failing_agents": [running_agent()["id"]]}
    assert fault_keys(agents=[agent], health=health) == []
    row = make_row(workspace(agents=[agent], health=health), viewer())
    assert row.status.tone == "ok"
    assert [badge.key for badge in row.badges] == ["connecting"]


def test_connecting_agent_times_out_after_connection_timeout_of_template() -> None:
    agent = {"status": "connecting", "connection_timeout_seconds": 120}
    assert fault_keys(agents=[agent | {"created_at": hours(-119 / 3600)}]) == []
    assert fault_keys(agents=[agent | {"created_at": hours(-121 / 3600)}]) == [("timeout", "warn")]


def test_connecting_agent_times_out_after_five_minutes_without_template_timeout() -> None:
    agent = {"status": "connecting", "connection_timeout_seconds": 0}
    assert fault_keys(agents=[agent | {"created_at": hours(-4 / 60)}]) == []
    assert fault_keys(agents=[agent | {"created_at": hours(-6 / 60)}]) == [("timeout", "warn")]


def test_fault_of_nested_agent_is_not_reported() -> None:
    assert fault_keys(agents=[READY, {"status": "disconnected", "parent_id": str(uuid4())}]) == []


def test_each_faulty_agent_of_several_is_reported() -> None:
    agents = [{"status": "disconnected", "name": "one"}, READY, {"status": "timeout", "name": "two"}]
    assert fault_keys(agents=agents) == [("disconnected", "bad"), ("timeout", "warn")]


@pytest.mark.parametrize("status", ["stopped", "stopping", "starting", "failed", "pending"])
def test_agents_have_no_fault_when_workspace_is_not_running(status: str) -> None:
    health = {"healthy": False, "failing_agents": [str(uuid4())]}
    assert fault_keys(status=status, agents=[{"status": "disconnected"}], health=health) == []
    assert make_row(workspace(status, agents=[{"status": "connecting"}]), viewer()).badges == ()


def test_unknown_agent_status_is_reported_with_reason_from_coder() -> None:
    agent = {"status": "confused", "health": {"healthy": False, "reason": "agent is confused"}}
    (fault,) = find_faults(workspace(agents=[agent]), NOW)
    assert fault.key == "unhealthy"
    assert fault.text == "Coder reports: agent is confused"


def test_unknown_agent_status_is_no_fault_when_healthy() -> None:
    assert fault_keys(agents=[{"status": "confused", "health": {"healthy": True}}]) == []


def test_unhealthy_workspace_without_reason_is_reported() -> None:
    health = {"healthy": False, "failing_agents": [str(uuid4())]}
    assert fault_keys(agents=[READY], health=health) == [("unhealthy", "warn")]
    assert fault_keys(build_resources=None, health={"healthy": False, "failing_agents": None}) == [
        ("unhealthy", "warn")
    ]


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://help.example.com/agents", "https://help.example.com/agents"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_troubleshooting_url_is_offered_only_for_web_addresses(url: str, link: str) -> None:
    (fault,) = find_faults(workspace(agents=[{"status": "timeout", "troubleshooting_url": url}]), NOW)
    assert fault.url == link


def test_badge_is_shown_while_startup_scripts_run() -> None:
    agents = [{"status": "connected", "lifecycle_state": "starting"}]
    (badge,) = make_row(workspace(agents=agents), viewer()).badges
    assert (badge.key, badge.tone, badge.label) == ("connecting", "busy", "Setting up")


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_recorded_connected_agent_has_no_fault(version: str) -> None:
    body = recorded_body("get-connected", version)
    (agent,) = [agent for resource in body["latest_build"]["resources"] for agent in resource.get("agents") or ()]
    assert fault_keys(agents=[agent]) == []


def running_agent() -> Any:
    """Return the JSON of the agent of the recorded workspace."""
    return next(resource["agents"][0] for resource in running()["latest_build"]["resources"] if resource.get("agents"))
