"""Test the agent log: its page, and the newest lines on the agent card."""

from django.test import Client

from coder_simulator.state import Agent, AgentLog
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html
from tests.views.test_agents import HOSTILE, agent_of, both, links, web


def log_of(client: Client, agent: Agent, **query: str) -> Html:
    """The page of an agent's log."""
    return Html(client.get(f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/", query))


@both
def test_agent_log_page_shows_each_line_with_two_calls(alice: Client, coder: SimulatedCoder) -> None:
    agent = agent_of(web(coder))
    way = links(Html(alice.get("/@alice/web/")))["All of the log of main"]
    assert way == f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/"
    coder.clear_requests()
    lines = log_of(alice, agent).one("ol", class_="agent-log-lines").all("li")
    assert [line.one("code").text for line in lines] == [line.output.strip() for line in agent.logs]
    assert lines[0].get("id") == f"l-{agent.logs[0].id}"
    assert sorted(coder.request_lines()) == sorted(
        [f"GET /workspaces/{agent.workspace.id}", f"GET /workspaceagents/{agent.id}/logs"]
    )


def test_agent_log_shows_only_selected_source(alice: Client, coder: SimulatedCoder) -> None:
    agent = agent_of(web(coder))
    (script,) = agent.scripts
    other = AgentLog(
        id=9_000_000,
        created_at=coder.time_ago(minutes=1),
        level="error",
        output="other",
        source_id="0" * 8 + agent.id[8:],
    )
    agent.logs.append(other)
    texts = [
        line.one("code").text
        for line in log_of(alice, agent, source=script.log_source_id).one("ol", class_="agent-log-lines").all("li")
    ]
    assert texts
    assert "error: other" not in texts
    assert log_of(alice, agent).one("li", id="l-9000000").one("code").text == "error: other"


def test_long_agent_log_shows_newest_lines_and_all_on_request(alice: Client, coder: SimulatedCoder) -> None:
    agent = agent_of(web(coder))
    (script,) = agent.scripts
    agent.logs[:] = [
        AgentLog(
            id=n, created_at=coder.time_ago(minutes=1), level="info", output=f"n{n}", source_id=script.log_source_id
        )
        for n in range(1, 2011)
    ]
    page = log_of(alice, agent)
    assert page.one("ol", class_="agent-log-lines").all("li")[0].get("id") == "l-11"
    assert "10 earlier lines are not shown." in page.text
    assert log_of(alice, agent, all="1").one("ol", class_="agent-log-lines").all("li")[0].get("id") == "l-1"


def test_untrusted_agent_log_lines_are_sanitized(alice: Client, coder: SimulatedCoder) -> None:
    agent = agent_of(web(coder))
    agent.logs[0].output = HOSTILE + "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07"
    answer = alice.get(f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/").content.decode()
    assert "<script>alert" not in answer
    assert "evil.example" not in answer
    assert "\x1b" not in answer


def test_agent_log_returns_404_for_agent_of_other_workspace(alice: Client, coder: SimulatedCoder) -> None:
    one, other = web(coder), web(coder, "other")
    assert alice.get(f"/workspaces/{one.id}/agents/{agent_of(other).id}/log/").status_code == 404


def test_empty_agent_log_shows_notice(alice: Client, coder: SimulatedCoder) -> None:
    agent = agent_of(web(coder))
    agent.logs.clear()
    assert "Nothing was written yet." in log_of(alice, agent).text


def test_agent_card_gets_only_newest_log_lines(alice: Client, coder: SimulatedCoder) -> None:
    agent = agent_of(web(coder))
    (script,) = agent.scripts
    agent.logs[:] = [
        AgentLog(
            id=n, created_at=coder.time_ago(minutes=1), level="info", output=f"n{n}", source_id=script.log_source_id
        )
        for n in range(1, 111)
    ]
    address = f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/?tail=1"
    end = Html(alice.get(address, headers=htmx_headers(page_path="/@alice/web/")))
    assert end.text.startswith("10 earlier lines")
    assert [line.get("id") for line in end.all("li")] == [f"l-{n}" for n in range(11, 111)]
    assert end.all("section") == []
