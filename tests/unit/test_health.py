"""What is wrong with the agents of a workspace, and what is not."""

from typing import Any
from uuid import uuid4

import pytest

from tests.unit.samples import NOW, hours, recorded, running, viewer, workspace
from workspaces import present
from workspaces.present.agent_health import faults

READY = {"status": "connected", "lifecycle_state": "ready"}


def found(**changes: Any) -> list[tuple[str, str]]:
    """Key and tone of each fault."""
    return [(fault.key, fault.tone) for fault in faults(workspace(**changes), NOW)]


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
def test_an_agent_in_trouble_is_named(status: str, lifecycle: str, key: str, tone: str) -> None:
    agents = [{"status": status, "lifecycle_state": lifecycle, "name": "main"}]
    (fault,) = faults(workspace(agents=agents), NOW)
    assert (fault.key, fault.tone) == (key, tone)
    assert "main" in fault.title
    assert fault.text.endswith(".")


@pytest.mark.parametrize("lifecycle", ["created", "starting", "ready"])
def test_a_connected_agent_on_its_way_is_well(lifecycle: str) -> None:
    assert found(agents=[{"status": "connected", "lifecycle_state": lifecycle}]) == []


def test_an_agent_that_has_just_been_started_is_no_alarm_though_coder_2_36_calls_it_unhealthy() -> None:
    agent = {"status": "connecting", "lifecycle_state": "created", "created_at": hours(-0.01)}
    agent["health"] = {"healthy": False, "reason": "agent has not yet connected"}
    health = {"healthy": False, "failing_agents": [running_agent()["id"]]}
    assert found(agents=[agent], health=health) == []
    row = present.row(workspace(agents=[agent], health=health), viewer())
    assert row.status.tone == "ok"
    assert [badge.key for badge in row.badges] == ["connecting"]


def test_an_agent_that_should_have_connected_by_its_templates_measure_is_late() -> None:
    agent = {"status": "connecting", "connection_timeout_seconds": 120}
    assert found(agents=[agent | {"created_at": hours(-119 / 3600)}]) == []
    assert found(agents=[agent | {"created_at": hours(-121 / 3600)}]) == [("timeout", "warn")]


def test_where_the_template_sets_no_time_five_minutes_are_given() -> None:
    agent = {"status": "connecting", "connection_timeout_seconds": 0}
    assert found(agents=[agent | {"created_at": hours(-4 / 60)}]) == []
    assert found(agents=[agent | {"created_at": hours(-6 / 60)}]) == [("timeout", "warn")]


def test_an_agent_within_another_one_stands_and_falls_with_it() -> None:
    assert found(agents=[READY, {"status": "disconnected", "parent_id": str(uuid4())}]) == []


def test_each_of_several_agents_is_told() -> None:
    agents = [{"status": "disconnected", "name": "one"}, READY, {"status": "timeout", "name": "two"}]
    assert found(agents=agents) == [("disconnected", "bad"), ("timeout", "warn")]


@pytest.mark.parametrize("status", ["stopped", "stopping", "starting", "failed", "pending"])
def test_nothing_is_wrong_with_the_agents_of_what_does_not_run(status: str) -> None:
    health = {"healthy": False, "failing_agents": [str(uuid4())]}
    assert found(status=status, agents=[{"status": "disconnected"}], health=health) == []
    assert present.row(workspace(status, agents=[{"status": "connecting"}]), viewer()).badges == ()


def test_what_coder_says_of_an_agent_in_a_state_that_is_new_is_passed_on() -> None:
    agent = {"status": "confused", "health": {"healthy": False, "reason": "agent is confused"}}
    (fault,) = faults(workspace(agents=[agent]), NOW)
    assert fault.key == "unhealthy"
    assert fault.text == "Coder says: agent is confused"


def test_a_state_that_is_new_and_healthy_is_no_fault() -> None:
    assert found(agents=[{"status": "confused", "health": {"healthy": True}}]) == []


def test_a_workspace_that_is_unhealthy_without_a_reason_says_so() -> None:
    health = {"healthy": False, "failing_agents": [str(uuid4())]}
    assert found(agents=[READY], health=health) == [("unhealthy", "warn")]
    assert found(build_resources=None, health={"healthy": False, "failing_agents": None}) == [("unhealthy", "warn")]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://help.example.com/agents", "https://help.example.com/agents"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_only_an_address_of_the_web_is_offered_as_help(url: str, shown: str) -> None:
    (fault,) = faults(workspace(agents=[{"status": "timeout", "troubleshooting_url": url}]), NOW)
    assert fault.url == shown


def test_scripts_that_still_run_are_said_in_a_badge() -> None:
    agents = [{"status": "connected", "lifecycle_state": "starting"}]
    (badge,) = present.row(workspace(agents=agents), viewer()).badges
    assert (badge.key, badge.tone, badge.word) == ("connecting", "busy", "Getting ready")


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_the_agent_that_really_connected_is_well(version: str) -> None:
    body = recorded("get-connected", version)
    (agent,) = [agent for each in body["latest_build"]["resources"] for agent in each.get("agents") or ()]
    assert found(agents=[agent]) == []


def running_agent() -> Any:
    """The agent of the recorded workspace."""
    return next(each["agents"][0] for each in running()["latest_build"]["resources"] if each.get("agents"))
