"""The agents of a workspace as cards."""

from typing import Any

import pytest

from tests.unit.samples import NOW, hours, viewer, workspace
from workspaces.present.agents.cards import AgentCard, Agents, agents

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


def seen(*changes: dict[str, Any], status: str = "running", **more: Any) -> Agents:
    """The agents of a workspace, each with these changes."""
    return agents(workspace(status, agents=[READY | change for change in changes]), viewer(**more))


def card(**changes: Any) -> AgentCard:
    """The one agent of a workspace."""
    return seen(changes).cards[0]


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
def test_how_an_agent_is_stands_in_one_word(status: str, lifecycle: str, word: str, tone: str) -> None:
    shown = card(status=status, lifecycle_state=lifecycle, created_at=NOW.isoformat()).status
    assert (shown.word, shown.tone) == (word, tone)
    assert shown.icon


def test_an_agent_that_should_have_connected_by_now_is_said_not_to() -> None:
    late = card(status="connecting", lifecycle_state="created", created_at=hours(-1).isoformat())
    assert late.status.key == "timeout"
    assert late.patience == "2 min"


def test_a_dev_container_stands_after_the_agent_in_which_it_runs() -> None:
    inner = {"id": IDS[2], "name": "container", "parent_id": IDS[0]}
    shown = seen(inner, {"id": IDS[0], "name": "main"}, {"id": IDS[1], "name": "other"}).cards
    assert [(each.name, each.inside) for each in shown] == [("main", ""), ("container", "main"), ("other", "")]


def test_a_dev_container_whose_agent_is_not_there_stands_by_itself() -> None:
    (shown,) = seen({"id": IDS[2], "parent_id": IDS[3]}).cards
    assert shown.inside == ""


def test_the_relay_that_the_agent_prefers_stands_first_the_others_by_distance() -> None:
    relays = {
        "Far": {"preferred": False, "latency_ms": 140.4},
        "Near": {"preferred": True, "latency_ms": 22.79},
        "Here": {"preferred": False, "latency_ms": 0.2},
    }
    shown = card(latency=relays)
    assert (shown.relay, shown.ms) == ("Near", "23 ms")
    assert [(each.name, each.ms) for each in shown.relays] == [("Here", "< 1 ms"), ("Far", "140 ms")]


def test_an_agent_without_a_relay_has_no_distance() -> None:
    assert card(latency=None).ms == ""


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
def test_an_agent_that_is_older_than_coder_is_said_to_be(agent: str, coder: str, older: bool) -> None:
    shown = seen({"version": agent}, coder_version=coder).cards[0]
    assert ("older than Coder" in shown.outdated) == older


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
def test_a_script_says_when_it_runs(script: dict[str, Any], when: str) -> None:
    (shown,) = card(scripts=[SCRIPT | script]).scripts
    assert (shown.name, shown.when) == ("Startup", when)


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
def test_a_script_says_how_it_went(status: str, code: int | None, word: str, tone: str) -> None:
    (shown,) = card(scripts=[SCRIPT | {"status": status, "exit_code": code}]).scripts
    assert shown.went
    assert (shown.went.word, shown.went.tone, shown.exit_code) == (word, tone, code or None)


def test_of_a_script_of_which_coder_says_nothing_nothing_is_said() -> None:
    (shown,) = card(scripts=[SCRIPT]).scripts
    assert shown.went is None


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
def test_without_agents_it_is_said_when_there_are_some(status: str, changes: dict[str, Any], words: str) -> None:
    shown = agents(workspace(status, agents=None, build_resources=[], **changes), viewer())
    assert (shown.cards, shown.absent, shown.asks) == ((), words, False)


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
def test_coder_is_asked_for_more_about_agents_that_can_be_reached(status: str, lifecycle: str, asks: bool) -> None:
    assert seen({"status": status, "lifecycle_state": lifecycle}).asks == asks


@pytest.mark.parametrize(("status", "awaited"), [("connecting", True), ("timeout", True), ("connected", False)])
def test_agents_outside_of_coder_are_said_to_be_and_whether_they_are_awaited(status: str, awaited: bool) -> None:
    shown = agents(workspace(build_has_external_agent=True, agents=[{"status": status}]), viewer())
    assert (shown.external, shown.awaited) == (True, awaited)


@pytest.mark.parametrize("status", ["connecting", "connected"])
def test_other_agents_are_not(status: str) -> None:
    shown = agents(workspace(agents=[{"status": status}]), viewer())
    assert (shown.external, shown.awaited) == (False, False)


@pytest.mark.parametrize(("url", "shown"), [("https://example.com/help", True), ("javascript:alert(1)", False)])
def test_the_templates_help_is_linked_where_it_is_in_the_web(url: str, shown: bool) -> None:
    assert bool(card(troubleshooting_url=url).help_url) == shown
