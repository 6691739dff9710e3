"""Test the agent cards of a workspace."""

from typing import Any

import pytest

from tests.unit.samples import NOW, hours, viewer, workspace
from workspaces.present.agents.cards import AgentCard, Agents, make_agents

IDS = [f"00000000-0000-0000-0000-{number:012}" for number in range(4)]
READY = {"status": "connected", "lifecycle_state": "ready"}
SCRIPT = {
    "id": IDS[0],
    "log_source_id": IDS[1],
    "display_name": "Startup",
    "cron": "",
    "run_on_start": True,
    "run_on_stop": False,
    "start_blocks_login": False,
    "timeout": 0,
}


def agents_page(*changes: dict[str, Any], status: str = "running", **viewer_fields: Any) -> Agents:
    """Return the agents page of a workspace whose agents have these changes."""
    return make_agents(workspace(status, agents=[READY | change for change in changes]), viewer(**viewer_fields))


def card(**changes: Any) -> AgentCard:
    """Return the card of the only agent of a workspace."""
    return agents_page(changes).cards[0]


@pytest.mark.parametrize(
    ("status", "lifecycle", "word", "tone"),
    [
        ("connecting", "created", "Connecting", "busy"),
        ("timeout", "created", "Connection timeout", "warn"),
        ("disconnected", "ready", "Disconnected", "bad"),
        ("connected", "created", "Starting", "busy"),
        ("connected", "starting", "Starting", "busy"),
        ("connected", "start_timeout", "Slow startup", "warn"),
        ("connected", "start_error", "Startup failed", "bad"),
        ("connected", "ready", "Ready", "ok"),
        ("connected", "shutting_down", "Shutting down", "busy"),
        ("connected", "shutdown_timeout", "Slow shutdown", "warn"),
        ("connected", "shutdown_error", "Shutdown failed", "bad"),
        ("connected", "off", "Off", "off"),
        ("connected", "meditating", "meditating", "off"),
    ],
)
def test_agent_status_label_and_tone_match_its_state(status: str, lifecycle: str, word: str, tone: str) -> None:
    badge = card(status=status, lifecycle_state=lifecycle, created_at=NOW.isoformat()).status
    assert (badge.label, badge.tone) == (word, tone)
    assert badge.icon


def test_agent_that_connects_too_slowly_has_timeout_status() -> None:
    late = card(status="connecting", lifecycle_state="created", created_at=hours(-1).isoformat())
    assert late.status.key == "timeout"
    assert late.connection_timeout == "2 min"


def test_dev_container_follows_its_parent_agent() -> None:
    inner = {"id": IDS[2], "name": "container", "parent_id": IDS[0]}
    cards = agents_page(inner, {"id": IDS[0], "name": "main"}, {"id": IDS[1], "name": "other"}).cards
    assert [(agent.name, agent.parent_name) for agent in cards] == [("main", ""), ("container", "main"), ("other", "")]


def test_dev_container_without_its_parent_agent_has_no_parent_name() -> None:
    (agent,) = agents_page({"id": IDS[2], "parent_id": IDS[3]}).cards
    assert agent.parent_name == ""


def test_preferred_relay_is_separate_and_others_are_sorted_by_latency() -> None:
    relays = {
        "Far": {"preferred": False, "latency_ms": 140.4},
        "Near": {"preferred": True, "latency_ms": 22.79},
        "Here": {"preferred": False, "latency_ms": 0.2},
    }
    agent = card(latency=relays)
    assert (agent.relay, agent.latency) == ("Near", "23 ms")
    assert [(relay.name, relay.latency) for relay in agent.other_relays] == [("Here", "< 1 ms"), ("Far", "140 ms")]


def test_agent_without_relay_has_no_latency() -> None:
    assert card(latency=None).latency == ""


@pytest.mark.parametrize(
    ("agent", "coder", "older"),
    [
        ("v2.35.1", "v2.36.0+abc", True),
        ("v2.9.0", "v2.10.0", True),
        ("v2.36.0", "v2.36.0+abc", False),
        ("v2.37.0", "v2.36.0", False),
        ("v0.0.0-devel", "v2.36.0", False),
        ("", "v2.36.0", False),
        ("v2.35.1", "", False),
        (f"v{'1' * 5000}.0.0", "v2.36.0", False),  # more digits than Python converts
        ("v2.35.1", f"v{'9' * 5000}.0.0", False),
    ],
)
def test_agent_older_than_coder_is_marked_outdated(agent: str, coder: str, older: bool) -> None:
    agent_card = agents_page({"version": agent}, coder_version=coder).cards[0]
    assert ("older than Coder" in agent_card.outdated_note) == older


@pytest.mark.parametrize(
    ("script", "trigger"),
    [
        ({}, "at start"),
        ({"start_blocks_login": True}, "at start, blocks login until it ends"),
        ({"run_on_start": False, "run_on_stop": True}, "at stop"),
        ({"run_on_start": False, "cron": "0 * * * *"}, "on the schedule 0 * * * *"),
        ({"timeout": 60_000_000_000}, "at start, timeout 1 min"),
    ],
)
def test_script_describes_when_it_runs(script: dict[str, Any], trigger: str) -> None:
    (script_card,) = card(scripts=[SCRIPT | script]).scripts
    assert (script_card.name, script_card.triggers) == ("Startup", trigger)


@pytest.mark.parametrize(
    ("status", "code", "word", "tone"),
    [
        ("ok", 0, "done", "ok"),
        ("exit_failure", 127, "failed", "bad"),
        ("timed_out", 255, "timed out", "warn"),
        ("pipes_left_open", 0, "done, left pipes open", "warn"),
        ("something_new", None, "something_new", "off"),
    ],
)
def test_script_describes_its_result(status: str, code: int | None, word: str, tone: str) -> None:
    (script,) = card(scripts=[SCRIPT | {"status": status, "exit_code": code}]).scripts
    assert script.status
    assert (script.status.label, script.status.tone, script.exit_code) == (word, tone, code or None)


def test_script_without_status_has_no_result() -> None:
    (script,) = card(scripts=[SCRIPT]).scripts
    assert script.status is None


@pytest.mark.parametrize(
    ("status", "changes", "words"),
    [
        ("stopped", {}, "Agents and apps are available while the workspace is running."),
        ("failed", {}, "Agents and apps are available while the workspace is running."),
        ("starting", {}, "Agents and apps appear once the workspace has started."),
        ("pending", {}, "Agents and apps appear once the workspace has started."),
        ("running", {}, "The template defines no agent, so there is nothing to open."),
        ("deleted", {}, ""),
    ],
)
def test_missing_agents_are_explained_by_workspace_status(status: str, changes: dict[str, Any], words: str) -> None:
    page = make_agents(workspace(status, agents=None, build_resources=[], **changes), viewer())
    assert (page.cards, page.absent_reason, page.has_details) == ((), words, False)


@pytest.mark.parametrize(
    ("status", "lifecycle", "asks"),
    [
        ("connected", "ready", True),
        ("connected", "starting", True),
        ("connected", "off", False),
        ("connecting", "created", False),
        ("disconnected", "ready", False),
    ],
)
def test_details_are_requested_only_for_reachable_agents(status: str, lifecycle: str, asks: bool) -> None:
    assert agents_page({"status": status, "lifecycle_state": lifecycle}).has_details == asks


@pytest.mark.parametrize(("status", "awaited"), [("connecting", True), ("timeout", True), ("connected", False)])
def test_external_agent_is_marked_and_awaited_until_connected(status: str, awaited: bool) -> None:
    page = make_agents(workspace(build_has_external_agent=True, agents=[{"status": status}]), viewer())
    assert (page.external, page.awaits_connection) == (True, awaited)


@pytest.mark.parametrize("status", ["connecting", "connected"])
def test_regular_agent_is_neither_external_nor_awaited(status: str) -> None:
    page = make_agents(workspace(agents=[{"status": status}]), viewer())
    assert (page.external, page.awaits_connection) == (False, False)


@pytest.mark.parametrize(("url", "linked"), [("https://example.com/help", True), ("javascript:alert(1)", False)])
def test_troubleshooting_url_is_linked_only_when_it_is_a_web_address(url: str, linked: bool) -> None:
    assert bool(card(troubleshooting_url=url).help_url) == linked
