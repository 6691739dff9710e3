"""Test the agent log: its page, and the newest lines on the agent card."""

from django.test import Client

from coder_simulator.state import Agent, AgentLog
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html
from tests.views.test_agents import BOTH_VERSIONS, HOSTILE, get_agent, get_links, place_web


def get_agent_log(client: Client, agent: Agent, **query: str) -> Html:
    """Return the log page of an agent."""
    return Html(client.get(f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/", query))


@BOTH_VERSIONS
def test_agent_log_page_shows_each_line_with_two_calls(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
    href = get_links(Html(alice.get("/@alice/web/")))["Full log of main"]
    assert href == f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/"
    coder.clear_requests()
    lines = get_agent_log(alice, agent).one("ol", class_="agent-log-lines").all("li")
    assert [line.one("code").text for line in lines] == [line.output.strip() for line in agent.logs]
    assert lines[0].get("id") == f"l-{agent.logs[0].id}"
    assert sorted(coder.request_lines()) == sorted(
        [f"GET /workspaces/{agent.workspace.id}", f"GET /workspaceagents/{agent.id}/logs"]
    )


def test_agent_log_shows_only_selected_source(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
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
        for line in get_agent_log(alice, agent, source=script.log_source_id)
        .one("ol", class_="agent-log-lines")
        .all("li")
    ]
    assert texts
    assert "error: other" not in texts
    assert get_agent_log(alice, agent).one("li", id="l-9000000").one("code").text == "error: other"


def test_long_agent_log_shows_newest_lines_and_all_on_request(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
    (script,) = agent.scripts
    agent.logs[:] = [
        AgentLog(
            id=n, created_at=coder.time_ago(minutes=1), level="info", output=f"n{n}", source_id=script.log_source_id
        )
        for n in range(1, 2011)
    ]
    page = get_agent_log(alice, agent)
    assert page.one("ol", class_="agent-log-lines").all("li")[0].get("id") == "l-11"
    assert "10 earlier lines are not shown." in page.text
    assert get_agent_log(alice, agent, all="1").one("ol", class_="agent-log-lines").all("li")[0].get("id") == "l-1"


def test_untrusted_agent_log_lines_are_sanitized(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
    agent.logs[0].output = HOSTILE + "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07"
    response = alice.get(f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/").content.decode()
    assert "<script>alert" not in response
    assert "evil.example" not in response
    assert "\x1b" not in response


def test_agent_log_returns_404_for_agent_of_other_workspace(alice: Client, coder: SimulatedCoder) -> None:
    web, other = place_web(coder), place_web(coder, "other")
    assert alice.get(f"/workspaces/{web.id}/agents/{get_agent(other).id}/log/").status_code == 404


def test_empty_agent_log_shows_notice(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
    agent.logs.clear()
    assert "No log lines yet." in get_agent_log(alice, agent).text


def test_agent_card_gets_only_newest_log_lines(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
    (script,) = agent.scripts
    agent.logs[:] = [
        AgentLog(
            id=n, created_at=coder.time_ago(minutes=1), level="info", output=f"n{n}", source_id=script.log_source_id
        )
        for n in range(1, 111)
    ]
    url = f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/?tail=1"
    fragment = Html(alice.get(url, headers=htmx_headers(page_path="/@alice/web/")))
    assert fragment.text.startswith("10 earlier lines")
    assert [line.get("id") for line in fragment.all("li")] == [f"l-{n}" for n in range(11, 111)]
    assert fragment.all("section") == []


def test_agent_log_is_not_found_for_source_that_is_no_id(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
    url = f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/"
    assert alice.get(url, {"source": "startup"}).status_code == 404
