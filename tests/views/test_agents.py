"""Test the agents of a workspace: the cards on its page, and the fragment with the data that needs further calls."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from coder_simulator.state import Agent, Workspace
from coder_simulator.version_plans import AgentMetadataPlan, AppPlan, PortPlan
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html
from workspaces.coder.client import Coder

HOST = "*.apps.example.com:8443"
PREVIEW = AppPlan(slug="preview", display_name="Preview", url="http://localhost:3000", subdomain=True)
HOSTILE = '<script>alert(1)</script> {{ 7*7 }} \x1b[31mred\x1b[0m \u202egpj.exe <hx-partial hx-target="body">'

both = pytest.mark.parametrize("version", ["2.19", "2.36"])


@pytest.fixture
def host(coder: SimulatedCoder) -> Iterator[None]:
    """Coder serves apps under names of their own."""
    coder.server.world.wildcard_host = HOST
    yield
    coder.server.world.wildcard_host = ""


def web(coder: SimulatedCoder, name: str = "web", **more: Any) -> Workspace:
    """A workspace with an agent, and with an app that has a subdomain."""
    placed = coder.place(name, template="dev", **more)
    for agent in placed.agents:
        plan = replace(agent.plan, ports=(PortPlan(port=3000, process_name="node"),))
        agent.plan = replace(plan, display_apps=(*plan.display_apps, "vscode_insiders"))
        agent.apps.append(type(agent.apps[0])(plan=PREVIEW, health="disabled"))
    return placed


def agent_of(workspace: Workspace) -> Agent:
    """Its one agent."""
    (agent,) = workspace.agents
    return agent


def links(page: Html) -> dict[str, str]:
    """The links by their words, those of apps by the name of the app."""
    named = [(link.all("bdi") or [link], link.get("href")) for link in page.all("a")]
    return {name.text: address for (name, *_rest), address in named}


def part(client: Client, workspace: Workspace) -> Html:
    """What the page of the workspace lacks, as htmx gets it."""
    address = f"/workspaces/{workspace.id}/agents/"
    return Html(client.get(address, headers=htmx_headers("section#agents_more", page_path="/@alice/web/")))


@both
def test_workspace_page_shows_agents_and_apps_with_one_call(alice: Client, coder: SimulatedCoder) -> None:
    agent = agent_of(web(coder))
    page = Html(alice.get("/@alice/web/"))
    card = page.one("div", id=f"agent-{agent.id}")
    assert card.one("span", class_="status-badge").text == "Ready"
    assert links(card)["code-server"] == "https://coder.example.com/@alice/web.main/apps/code-server/"
    assert links(card)["Terminal"] == "https://coder.example.com/@alice/web.main/terminal"
    assert links(card)["VS Code Insiders"].startswith("vscode-insiders://coder.coder-remote/open?owner=alice")
    assert coder.request_lines(ignore="") == ["GET /users/alice/workspace/web"]


@both
@pytest.mark.usefixtures("host")
def test_agents_fragment_requests_remaining_data_and_caches_deployment_facts(
    alice: Client, coder: SimulatedCoder
) -> None:
    one = web(coder)
    agent = agent_of(one)
    alice.get("/@alice/web/")
    coder.clear_requests()
    part(alice, one)
    assert sorted(coder.request_lines()) == sorted(
        [
            f"GET /workspaces/{one.id}",
            "GET /applications/host",
            "GET /deployment/ssh",
            f"GET /workspaces/{one.id}/port-share",
            f"GET /workspaceagents/{agent.id}/listening-ports",
            f"GET /workspaceagents/{agent.id}/watch-metadata",
        ]
    )
    coder.clear_requests()
    part(alice, one)
    assert "GET /applications/host" not in coder.request_lines()
    assert "GET /deployment/ssh" not in coder.request_lines()


def test_agents_fragment_makes_its_calls_concurrently(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = web(coder)
    concurrent_requests = threading.Barrier(5, timeout=10)  # host, SSH, shared ports, listening ports, metadata
    fetch = Coder.receive

    def met(self: Coder, request: Any, *rest: Any) -> Any:
        if not request.url.path.endswith((f"/workspaces/{one.id}", "/buildinfo")):
            concurrent_requests.wait()
        return fetch(self, request, *rest)

    monkeypatch.setattr(Coder, "receive", met)
    assert part(alice, one).one("code", id=f"ssh-{agent_of(one).id}").text.startswith("ssh ")
    assert not concurrent_requests.broken


@pytest.mark.usefixtures("host")
def test_subdomain_app_is_linked_once_wildcard_host_is_known(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    before = links(Html(alice.get("/@alice/web/")).one("section", id="agents"))
    assert before["Preview"] == f"/workspaces/{one.id}/agents/#agent-{agent_of(one).id}"
    address = "https://preview--web--alice.apps.example.com:8443/"
    assert links(part(alice, one))["Preview"] == address
    assert links(Html(alice.get("/@alice/web/")))["Preview"] == address


@both
@pytest.mark.usefixtures("host")
def test_agents_page_shows_all_data_without_javascript(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    page = Html(alice.get("/@alice/web/"))
    way = page.one("section", id="agents_more").one("a").get("href")
    whole = Html(alice.get(way))
    line = "ssh main.web.alice.coder" if coder.server.world.modern else "ssh coder.web.main"
    assert whole.one("code", id=f"ssh-{agent_of(one).id}").text == line
    assert links(whole)["3000"] == "https://3000--main--web--alice.apps.example.com:8443/"
    assert "CPU" in whole.one("dl", class_="agent-metadata").text


def test_agents_fragment_fills_every_placeholder_of_workspace_page(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    left = {each.get("id") for each in Html(alice.get("/@alice/web/")).all("div", class_="agent-connections")}
    filled = {each.get("hx-target").removeprefix("#") for each in part(alice, one).all("hx-partial")}
    assert left
    assert left <= filled


@pytest.mark.parametrize("state", ["connecting", "timeout", "disconnected"])
def test_unconnected_agent_is_not_queried_and_shows_reason(alice: Client, coder: SimulatedCoder, state: str) -> None:
    one = web(coder, agent_state=state)
    page = Html(alice.get("/@alice/web/")).one("section", id="agents")
    assert page.all("section", id="agents_more") == []
    assert set(links(page)) <= {"Docs", "Help from its template", "All of the log of main"}
    assert "connect" in page.one("p", class_="reason").text
    coder.clear_requests()
    part(alice, one)
    assert coder.request_lines() == [f"GET /workspaces/{one.id}"]


@pytest.mark.parametrize(
    ("status", "words"),
    [("stopped", "while the workspace runs"), ("starting", "as soon as it has started"), ("failed", "while the")],
)
def test_agents_section_says_when_agents_become_available(
    alice: Client, coder: SimulatedCoder, status: str, words: str
) -> None:
    coder.place("web", status, template="dev")
    section = Html(alice.get("/@alice/web/")).one("section", id="agents")
    assert words in section.text
    assert section.all("a") == []


def test_deleted_workspace_page_has_no_agents_section(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "deleted", template="dev")
    page = Html(alice.get("/@alice/web/", {"include_deleted": "1"}))
    assert page.all("section", id="agents") == []


@pytest.mark.parametrize("path", ["listening-ports", "port-share", "watch-metadata"])
def test_failed_agent_call_shows_coder_error_and_keeps_other_data(
    alice: Client, coder: SimulatedCoder, path: str
) -> None:
    one = web(coder)
    coder.server.add_fault("answer", path=path, status=500, body={"message": "The relay is on fire."})
    answer = part(alice, one)
    assert "The relay is on fire." in answer.text
    assert links(answer)["Try again"] == f"/workspaces/{one.id}/agents/"
    assert "ssh main.web.alice.coder" in answer.text


def test_agents_fragment_reports_timeout_when_metadata_stream_is_silent(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.views.agents.METADATA_TIMEOUT_S", 0.2)
    one = web(coder)
    coder.server.add_fault("delay", path="watch-metadata", seconds=5)
    assert "It did not answer in time." in part(alice, one).text


def test_agents_fragment_returns_401_when_session_expires_during_calls(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    coder.server.add_fault("signed_out", path="listening-ports")
    assert alice.get(f"/workspaces/{one.id}/agents/", headers=htmx_headers()).status_code == 401


def test_untrusted_metadata_and_port_names_are_escaped(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    agent = agent_of(one)
    measured = AgentMetadataPlan(key="a", display_name=HOSTILE, script="x", interval=5, values=(HOSTILE,))
    broken = AgentMetadataPlan(key="b", display_name="Broken", script="x", error=HOSTILE)
    agent.plan = replace(agent.plan, metadata=(measured, broken), ports=(PortPlan(port=3000, process_name=HOSTILE),))
    answer = alice.get(f"/workspaces/{one.id}/agents/", headers=htmx_headers()).content.decode()
    assert "<script" not in answer
    assert "{{ 7*7 }}" in Html(answer).one("dl", class_="agent-metadata").text
    assert "\x1b" not in answer
    assert "\u202e" not in Html(answer).one("dl", class_="agent-metadata").text
    assert answer.count("<hx-partial") == 2  # the portal's own partials


@pytest.mark.parametrize("name", ["tina", "axel"])
def test_reader_sees_agent_without_forms_or_ssh_command(alice: Client, coder: SimulatedCoder, name: str) -> None:
    one = web(coder)
    reader = Client()
    sign_in(reader, name)
    answer = reader.get(f"/workspaces/{one.id}/agents/")
    if answer.status_code == 404:  # an auditor does not see workspaces at all
        assert name == "axel"
        return
    page = Html(answer).one("section", id="agents")
    assert "Coder lets only its owner open it." in page.text
    assert page.all("form") == []
    assert page.all("div", class_="ssh") == []
    assert f"GET /workspaceagents/{agent_of(one).id}/listening-ports" not in coder.request_lines()


@both
def test_shared_port_shows_not_listening_to_owner_but_not_to_reader(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    agent = agent_of(one)
    agent.plan = replace(agent.plan, ports=())
    for port, level in ((3000, "authenticated"), (8443, "public")):
        alice.post(f"/workspaces/{one.id}/ports/", {"agent": "main", "port": port, "level": level})
    reader = Client()
    sign_in(reader, "tina")
    rows = [Html(who.get(f"/workspaces/{one.id}/agents/")).one("ul", class_="ports").text for who in (alice, reader)]
    assert rows[0].count("nothing listens now") == 2
    assert rows[1] == "3000 all Coder users 8443 public"


def test_staff_see_apps_and_ssh_command_of_other_users_agent(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    admin = Client()
    sign_in(admin, "admin")
    page = Html(admin.get(f"/workspaces/{one.id}/agents/"))
    assert "code-server" in links(page)
    assert page.one("code", id=f"ssh-{agent_of(one).id}").text == "ssh main.web.alice.coder"


# ---- ports


@both
def test_port_is_shared_and_unshared(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    address, fields = f"/workspaces/{one.id}/ports/", {"agent": "main", "port": "3000", "next": "/@alice/web/"}
    answer = alice.post(address, fields | {"level": "public", "protocol": "https"}, follow=True)
    assert "Port 3000 is shared." in Html(answer).one("div", id="messages").text
    asked = coder.last_request(f"POST /workspaces/{one.id}/port-share")["body"]
    assert asked == {"agent_name": "main", "port": 3000, "share_level": "public", "protocol": "https"}
    shared = Html(alice.get(f"/workspaces/{one.id}/agents/"))
    assert "public" in shared.one("ul", class_="ports").text
    button = shared.one("ul", class_="ports").one("button")
    answer = alice.post(address, fields | {button.get("name"): button.get("value")}, follow=True)
    assert "Port 3000 is its owner’s alone again." in Html(answer).one("div", id="messages").text
    assert coder.last_request(f"DELETE /workspaces/{one.id}/port-share")["body"] == {"agent_name": "main", "port": 3000}
    assert coder.server.world.port_shares == []


def test_port_share_above_template_maximum_shows_coder_error(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    coder.server.world.licensed, one.template.max_port_share_level = True, "organization"
    try:
        fields = {"agent": "main", "port": "3000", "level": "public"}
        answer = alice.post(f"/workspaces/{one.id}/ports/", fields, headers=htmx_headers(f"section#w-{one.id}"))
    finally:
        coder.server.world.licensed, one.template.max_port_share_level = False, "public"
    assert answer.status_code >= 400
    assert "Port sharing level not allowed. Max level allowed is 'organization'." in Html(answer).text


@pytest.mark.parametrize(
    "wrong",
    [{"port": "0"}, {"port": "65536"}, {"port": "x"}, {"level": "everybody"}, {"agent": "../x"}, {"protocol": "ftp"}],
)
def test_invalid_port_share_returns_422_without_coder_call(
    alice: Client, coder: SimulatedCoder, wrong: dict[str, str]
) -> None:
    one = web(coder)
    fields = {"agent": "main", "port": "3000", "level": "public", "protocol": "http"} | wrong
    answer = alice.post(f"/workspaces/{one.id}/ports/", fields, headers=htmx_headers())
    assert answer.status_code == 422
    assert coder.request_lines() == []


# ---- usage reports


def test_opening_app_reports_usage_to_coder(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    page = Html(alice.get("/@alice/web/")).one("section", id="agents")
    (told,) = [each for each in page.all("span", hx_trigger="click") if links(each).keys() == {"VS Code"}]
    assert told.get("hx-post") == f"/workspaces/{one.id}/usage/"
    assert told.get("hx-include") == "#act"
    answer = alice.post(told.get("hx-post"), json.loads(told.get("hx-vals")), headers=htmx_headers())
    assert answer.status_code == 200
    body = coder.last_request(f"POST /workspaces/{one.id}/usage")["body"]
    assert body == {"agent_id": agent_of(one).id, "app_name": "vscode"}


def test_viewing_workspace_page_reports_no_usage(alice: Client, coder: SimulatedCoder) -> None:
    one = web(coder)
    alice.get("/@alice/web/")
    part(alice, one)
    assert [line for line in coder.request_lines() if line.startswith("POST")] == []
