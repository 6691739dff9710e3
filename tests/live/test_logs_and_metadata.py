"""Other parts of the workspace stream: build log, agent log and agent metadata."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from coder_simulator.state import Workspace
from coder_simulator.version_plans import AgentMetadataPlan
from tests.external_services.servers import wait_for
from tests.live.sse_client import SseClient, connect_live, workspace_stream_url
from tests.live.test_metrics import read_metrics
from tests.live.test_workspace import HOSTILE
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals

LONG = 600.0  # s of the simulated clock: every build has ended by then
STEP = 10.0  # s of the simulated clock: a build writes a line or two


def wait_for_event(tab: SseClient, *words: str) -> str:
    """Return the data of the next event with these words, and skip all events before it."""
    while True:
        name, data = tab.next_event()
        assert name, f"the stream ended without {words}"
        if all(word in data for word in words):
            return data


def start_build(coder: SimulatedCoder, workspace: Workspace) -> None:
    """Start the workspace and run its build until the log has a line."""
    coder.start_queued_build(workspace)
    for _ in range(int(LONG / STEP)):
        if any(line.output for line in workspace.latest_build.job.logs):
            return
        coder.server.advance(STEP)
    pytest.fail("the build has no log")


def test_build_log_stream_appends_lines_and_requests_only_new_ones(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="hang")
    start_build(coder, web)  # with lines: until there are any, the whole log is requested
    with connect_live(alice, workspace_stream_url(web)) as tab:
        first = wait_for_event(tab, 'hx-target="#build-log-')  # the log may have had only a stage heading by then
        assert f'data-build="{web.latest_build.id}"' in first
        logs = web.latest_build.job.logs
        logs.append(replace(logs[-1], id=logs[-1].id + 1, output="one more"))
        assert 'hx-swap="beforeend"' in wait_for_event(tab, 'hx-target="#log"', "one more")
    queries = [
        each["query"] for each in coder.server.requests() if each["path"].endswith(f"{web.latest_build.id}/logs")
    ]
    assert "after" not in queries[0]
    assert all(int(query["after"]) > 0 for query in queries[1:])


def test_whole_build_log_is_sent_again_when_build_fails(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="broken")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        coder.start_queued_build(web)
        wait_for_event(tab, 'hx-target="#build-log-')
        coder.server.advance(LONG)
        wait_for_event(tab, 'data-status="failed"')
        wait_for_event(tab, 'hx-target="#build-log-', 'hx-swap="innerHTML"')


def test_build_stream_sends_only_missing_lines_and_ends_with_build(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="broken")
    start_build(coder, web)
    with connect_live(alice, f"/live/builds/{web.latest_build.id}/") as tab:
        first = wait_for_event(tab, 'hx-target="#log"', '<li id="l')
        last = max(int(each.split('"')[0]) for each in first.split('<li id="l')[1:])
    with connect_live(alice, f"/live/builds/{web.latest_build.id}/?after={last}") as tab:
        coder.server.advance(LONG)
        assert f'<li id="l{last}"' not in wait_for_event(tab, 'hx-target="#log"')
        while (name := tab.next_event()[0]) != "ended":
            assert name in {"fragments", "states", "stale"}


def test_build_stream_ends_when_workspace_belongs_to_another_user(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped", owner="bob"))
    with connect_live(alice, f"/live/builds/{web.latest_build.id}/") as tab:
        assert tab.next_event()[0] == "ended"


@pytest.mark.parametrize("query", ["after=9999999999999999999999", "after=-1", "after=x&stage=<b>"])
def test_build_stream_ignores_invalid_query_parameters(alice: httpx.Client, coder: SimulatedCoder, query: str) -> None:
    web = coder.place("web", "stopped", template="broken")
    start_build(coder, web)
    with connect_live(alice, f"/live/builds/{web.latest_build.id}/?{query}") as tab:
        assert "<b>" not in wait_for_event(tab, 'hx-target="#log"')


def agent_of(workspace: Any) -> Any:
    """Return the workspace's agent."""
    return workspace.agents[0]


def test_workspace_stream_sends_agent_metadata(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        assert "CPU" in wait_for_event(tab, f'hx-target="#measures-{agent_of(web).id}"')


def test_agent_metadata_is_not_requested_when_agent_is_disconnected(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev", agent_state="disconnected")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        tab.wait_for('data-status="running"')
    assert not [each for each in coder.request_lines() if each.endswith("watch-metadata")]


def test_agent_log_page_gets_stale_event_when_new_lines_arrive(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    agent = agent_of(web)
    with connect_live(alice, f"{workspace_stream_url(web)}?agent={agent.id}") as tab:
        while tab.next_event()[0] != "stale":
            pass
        last = agent.logs[-1]
        agent.logs.append(replace(last, id=last.id + 1000, output="one more"))
        assert tab.next_event()[0] == "stale"
    assert not [each for each in coder.request_lines() if each.endswith("watch-metadata")]


def test_open_agent_logs_receive_last_100_lines_from_one_request(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev", agent_state="starting")
    agent = agent_of(web)
    address = f"{workspace_stream_url(web)}?logs={agent.id}"
    with (
        connect_live(alice, address) as tab,
        connect_live(alice, address) as other,
        connect_live(alice, workspace_stream_url(web)) as closed,
    ):
        agent.logs += [replace(agent.logs[-1], id=5000 + number, output=f"line {number}") for number in range(150)]
        for each in (tab, other):
            end = wait_for_event(each, f'hx-target="#agent-log-{agent.id}"', "line 149")
            assert (end.count("<li "), "line 50<" in end, "line 49<" in end) == (100, True, False)
        closed.wait_for('data-status="running"')
    queries = [each["query"] for each in coder.server.requests() if each["path"].endswith(f"{agent.id}/logs")]
    assert sum("after" not in query for query in queries) == 1


@pytest.mark.parametrize("which", ["another workspace's", "nobody's"])
def test_agent_log_is_not_requested_when_id_is_not_of_this_workspace(
    alice: httpx.Client, coder: SimulatedCoder, which: str
) -> None:
    web, others = coder.place("web", template="dev"), coder.place("others", template="dev", owner="bob")
    wanted = agent_of(others).id if which == "another workspace's" else "x,,0" * 100
    with connect_live(alice, f"{workspace_stream_url(web)}?logs={wanted}") as tab:
        tab.wait_for('data-status="running"')
        assert "CPU" in wait_for_event(tab, "hx-target")
    assert not [each for each in coder.request_lines() if each.endswith("/logs")]


def test_agent_metadata_stream_closes_when_agent_has_no_metadata(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    agent = agent_of(web)
    agent.plan = replace(agent.plan, metadata=())

    def assert_stream_closed() -> None:
        assert read_metrics(alice).get("portal_live_sources Measures", 0) == 0

    wait_for(assert_stream_closed, AssertionError)  # the previous test's sources close with a delay

    def assert_stream_opened() -> None:
        assert [each for each in coder.request_lines() if each.endswith("watch-metadata")]

    with connect_live(alice, workspace_stream_url(web)):
        wait_for(assert_stream_opened, AssertionError)
        wait_for(assert_stream_closed, AssertionError)
    assert len([each for each in coder.request_lines() if each.endswith("watch-metadata")]) == 1


def test_hostile_log_lines_and_metadata_are_escaped_in_stream(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, built = coder.place("web", template="dev"), coder.place("built", "stopped", template="hang")
    agent, measured = agent_of(web), AgentMetadataPlan(key="a", display_name=HOSTILE, script="x", values=(HOSTILE,))
    agent.plan = replace(agent.plan, metadata=(measured,))
    with connect_live(alice, workspace_stream_url(web)) as tab:
        html = wait_for_event(tab, f'hx-target="#measures-{agent.id}"', "onerror")
    agent.logs.append(replace(agent.logs[-1], id=9000, output=HOSTILE))
    with connect_live(alice, f"{workspace_stream_url(web)}?logs={agent.id}") as tab:
        html += wait_for_event(tab, f'hx-target="#agent-log-{agent.id}"', "onerror")
    start_build(coder, built)
    logs = built.latest_build.job.logs
    logs.append(replace(logs[-1], id=logs[-1].id + 1, output=HOSTILE, stage=HOSTILE))
    with connect_live(alice, f"/live/builds/{built.latest_build.id}/") as tab:
        html += wait_for_event(tab, 'hx-target="#log"', "onerror")
    assert "<img" not in html
