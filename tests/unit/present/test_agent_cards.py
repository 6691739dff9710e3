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


def agents_page(*changes: dict[str, Any], status: str = "running", **more: Any) -> Agents:
    """The agents of a workspace, each with these changes."""
    return make_agents(workspace(status, agents=[READY | change for change in changes]), viewer(**more))


def card(**changes: Any) -> AgentCard:
    """The one agent of a workspace."""
    return agents_page(changes).cards[0]


@pytest.mark.parametrize(
    ("status", "lifecycle", "word", "tone"),
    [
        ("connecting", "created", "Connecting", "busy"),
        ("timeout", "created", "Does not connect", "warn"),
        ("disconnected", "ready", "Disconnected", "bad"),
        ("connected", "created", "Starting", "busy"),
        ("connected", "starting", "Starting", "busy"),
        ("connected", "start_timeout", "Starts slowly", "warn"),
        ("connected", "start_error", "Startup failed", "bad"),
        ("connected", "ready", "Ready", "ok"),
        ("connected", "shutting_down", "Shutting down", "busy"),
        ("connected", "shutdown_timeout", "Shuts down slowly", "warn"),
        ("connected", "shutdown_error", "Shutdown failed", "bad"),
        ("connected", "off", "Off", "off"),
        ("connected", "meditating", "meditating", "off"),
    ],
)
def test_agent_status_label_and_tone_match_its_state(status: str, lifecycle: str, word: str, tone: str) -> None:
    shown = card(status=status, lifecycle_state=lifecycle, created_at=NOW.isoformat()).status
    assert (shown.label, shown.tone) == (word, tone)
    assert shown.icon


def test_agent_that_connects_too_slowly_has_timeout_status() -> None:
    late = card(status="connecting", lifecycle_state="created", created_at=hours(-1).isoformat())
    assert late.status.key == "timeout"
    assert late.connection_timeout == "2 min"


def test_dev_container_follows_its_parent_agent() -> None:
    inner = {"id": IDS[2], "name": "container", "parent_id": IDS[0]}
    shown = agents_page(inner, {"id": IDS[0], "name": "main"}, {"id": IDS[1], "name": "other"}).cards
    assert [(each.name, each.parent_name) for each in shown] == [("main", ""), ("container", "main"), ("other", "")]


def test_dev_container_without_its_parent_agent_has_no_parent_name() -> None:
    (shown,) = agents_page({"id": IDS[2], "parent_id": IDS[3]}).cards
    assert shown.parent_name == ""


def test_preferred_relay_is_separate_and_others_are_sorted_by_latency() -> None:
    relays = {
        "Far": {"preferred": False, "latency_ms": 140.4},
        "Near": {"preferred": True, "latency_ms": 22.79},
        "Here": {"preferred": False, "latency_ms": 0.2},
    }
    shown = card(latency=relays)
    assert (shown.relay, shown.latency) == ("Near", "23 ms")
    assert [(each.name, each.latency) for each in shown.other_relays] == [("Here", "< 1 ms"), ("Far", "140 ms")]


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
    ],
)
def test_agent_older_than_coder_is_marked_outdated(agent: str, coder: str, older: bool) -> None:
    shown = agents_page({"version": agent}, coder_version=coder).cards[0]
    assert ("older than Coder" in shown.outdated_note) == older


@pytest.mark.parametrize(
    ("script", "when"),
    [
        ({}, "at each start"),
        ({"start_blocks_login": True}, "at each start, blocks logins until it has ended"),
        ({"run_on_start": False, "run_on_stop": True}, "at each stop"),
        ({"run_on_start": False, "cron": "0 * * * *"}, "by its schedule 0 * * * *"),
        ({"timeout": 60_000_000_000}, "at each start, may take 1 min"),
    ],
)
def test_script_describes_when_it_runs(script: dict[str, Any], when: str) -> None:
    (shown,) = card(scripts=[SCRIPT | script]).scripts
    assert (shown.name, shown.triggers) == ("Startup", when)


@pytest.mark.parametrize(
    ("status", "code", "word", "tone"),
    [
        ("ok", 0, "done", "ok"),
        ("exit_failure", 127, "failed", "bad"),
        ("timed_out", 255, "took too long", "warn"),
        ("pipes_left_open", 0, "done, but left its output open", "warn"),
        ("something_new", None, "something_new", "off"),
    ],
)
def test_script_describes_its_result(status: str, code: int | None, word: str, tone: str) -> None:
    (shown,) = card(scripts=[SCRIPT | {"status": status, "exit_code": code}]).scripts
    assert shown.status
    assert (shown.status.label, shown.status.tone, shown.exit_code) == (word, tone, code or None)


def test_script_without_status_has_no_result() -> None:
    (shown,) = card(scripts=[SCRIPT]).scripts
    assert shown.status is None


@pytest.mark.parametrize(
    ("status", "changes", "words"),
    [
        ("stopped", {}, "Its agents and apps are here while the workspace runs."),
        ("failed", {}, "Its agents and apps are here while the workspace runs."),
        ("starting", {}, "Its agents and apps are here as soon as it has started."),
        ("pending", {}, "Its agents and apps are here as soon as it has started."),
        ("running", {}, "Its template gives this workspace no agent: nothing can be opened in it."),
        ("deleted", {}, ""),
    ],
)
def test_missing_agents_are_explained_by_workspace_status(status: str, changes: dict[str, Any], words: str) -> None:
    shown = make_agents(workspace(status, agents=None, build_resources=[], **changes), viewer())
    assert (shown.cards, shown.absent_reason, shown.has_details) == ((), words, False)


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
    shown = make_agents(workspace(build_has_external_agent=True, agents=[{"status": status}]), viewer())
    assert (shown.external, shown.awaits_connection) == (True, awaited)


@pytest.mark.parametrize("status", ["connecting", "connected"])
def test_regular_agent_is_neither_external_nor_awaited(status: str) -> None:
    shown = make_agents(workspace(agents=[{"status": status}]), viewer())
    assert (shown.external, shown.awaits_connection) == (False, False)


@pytest.mark.parametrize(("url", "shown"), [("https://example.com/help", True), ("javascript:alert(1)", False)])
def test_troubleshooting_url_is_linked_only_when_it_is_a_web_address(url: str, shown: bool) -> None:
    assert bool(card(troubleshooting_url=url).help_url) == shown
