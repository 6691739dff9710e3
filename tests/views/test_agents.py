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

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


@pytest.fixture
def wildcard_host(coder: SimulatedCoder) -> Iterator[None]:
    """Let Coder serve apps on subdomains of a wildcard host."""
    coder.server.world.wildcard_host = HOST
    yield
    coder.server.world.wildcard_host = ""


def place_web(coder: SimulatedCoder, name: str = "web", **fields: Any) -> Workspace:
    """Create a workspace with an agent and an app on a subdomain."""
    workspace = coder.place(name, template="dev", **fields)
    for agent in workspace.agents:
        plan = replace(agent.plan, ports=(PortPlan(port=3000, process_name="node"),))
        agent.plan = replace(plan, display_apps=(*plan.display_apps, "vscode_insiders"))
        agent.apps.append(type(agent.apps[0])(plan=PREVIEW, health="disabled"))
    return workspace


def get_agent(workspace: Workspace) -> Agent:
    """Return the only agent of the workspace."""
    (agent,) = workspace.agents
    return agent


def get_links(page: Html) -> dict[str, str]:
    """Return the URLs of the links by their text; by the name of the app if the link opens one."""
    named_links = [(link.all("bdi") or [link], link.get("href")) for link in page.all("a")]
    return {name.text: href for (name, *_rest), href in named_links}


def ssh_command(page: Html) -> str:
    """Return the command for SSH that a page or a fragment shows."""
    return page.one("div", class_="ssh").all("code")[0].text


def get_agents_fragment(client: Client, workspace: Workspace) -> Html:
    """Return the agents fragment that the workspace page loads."""
    url = f"/workspaces/{workspace.id}/agents/"
    return Html(client.get(url, headers=htmx_headers("section#agents_more", page_path="/@alice/web/")))


@BOTH_VERSIONS
def test_workspace_page_shows_agents_and_apps_with_one_call(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(place_web(coder))
    page = Html(alice.get("/@alice/web/"))
    card = page.one("div", id=f"agent-{agent.id}")
    assert card.one("span", class_="status-badge").text == "Ready"
    assert get_links(card)["code-server"] == "https://coder.example.com/@alice/web.main/apps/code-server/"
    assert get_links(card)["Terminal"] == "https://coder.example.com/@alice/web.main/terminal"
    assert get_links(card)["VS Code Insiders"].startswith("vscode-insiders://coder.coder-remote/open?owner=alice")
    assert coder.request_lines() == ["GET /users/alice/workspace/web"]


@BOTH_VERSIONS
@pytest.mark.usefixtures("wildcard_host")
def test_agents_fragment_requests_remaining_data_and_caches_deployment_facts(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = place_web(coder)
    agent = get_agent(web)
    alice.get("/@alice/web/")
    coder.clear_requests()
    get_agents_fragment(alice, web)
    assert sorted(coder.request_lines()) == sorted(
        [
            f"GET /workspaces/{web.id}",
            "GET /applications/host",
            "GET /deployment/ssh",
            f"GET /workspaces/{web.id}/port-share",
            f"GET /workspaceagents/{agent.id}/listening-ports",
            f"GET /workspaceagents/{agent.id}/watch-metadata",
        ]
    )
    coder.clear_requests()
    get_agents_fragment(alice, web)
    assert "GET /applications/host" not in coder.request_lines()
    assert "GET /deployment/ssh" not in coder.request_lines()


def test_agents_fragment_makes_its_calls_concurrently(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = place_web(coder)
    barrier = threading.Barrier(5, timeout=10)  # host, SSH, shared ports, listening ports, metadata
    original = Coder.receive

    def receive_concurrently(self: Coder, request: Any, *rest: Any) -> Any:
        if not request.url.path.endswith((f"/workspaces/{web.id}", "/buildinfo", "/appearance")):
            barrier.wait()
        return original(self, request, *rest)

    monkeypatch.setattr(Coder, "receive", receive_concurrently)
    assert ssh_command(get_agents_fragment(alice, web)).startswith("ssh ")
    assert not barrier.broken


@pytest.mark.usefixtures("wildcard_host")
def test_subdomain_app_is_linked_once_wildcard_host_is_known(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    initial_links = get_links(Html(alice.get("/@alice/web/")).one("section", id="agents"))
    assert initial_links["Preview"] == f"/workspaces/{web.id}/agents/#agent-{get_agent(web).id}"
    url = "https://preview--web--alice.apps.example.com:8443/"
    assert get_links(get_agents_fragment(alice, web))["Preview"] == url
    assert get_links(Html(alice.get("/@alice/web/")))["Preview"] == url


@BOTH_VERSIONS
@pytest.mark.usefixtures("wildcard_host")
def test_agents_page_shows_all_data_without_javascript(alice: Client, coder: SimulatedCoder) -> None:
    place_web(coder)
    page = Html(alice.get("/@alice/web/"))
    href = page.one("section", id="agents_more").one("a").get("href")
    agents_page = Html(alice.get(href))
    command = "ssh main.web.alice.coder" if coder.server.world.modern else "ssh coder.web.main"
    assert ssh_command(agents_page) == command
    assert get_links(agents_page)["3000"] == "https://3000--main--web--alice.apps.example.com:8443/"
    assert "CPU" in agents_page.one("dl", class_="agent-metadata").text


@BOTH_VERSIONS
def test_ssh_setup_names_this_coder_and_coder_connect_where_coder_has_it(alice: Client, coder: SimulatedCoder) -> None:
    page = get_agents_fragment(alice, place_web(coder))
    setup = page.one("details", class_="ssh-setup")
    assert [each.text for each in setup.all("code")] == ["coder login https://coder.example.com", "coder config-ssh"]
    assert ("Coder Connect" in setup.text) == coder.server.world.modern


@BOTH_VERSIONS
@pytest.mark.usefixtures("wildcard_host")
def test_port_of_database_has_command_instead_of_link(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    agent = get_agent(web)
    agent.plan = replace(
        agent.plan, ports=(PortPlan(port=5432, process_name="postgres"), PortPlan(port=8000, process_name="node"))
    )
    database, http = get_agents_fragment(alice, web).one("ul", class_="ports").all("li")
    assert (http.one("a").text, http.all("code")) == ("8000", [])
    assert database.all("a") == []
    assert database.one("code").text == "coder port-forward alice/web.main --tcp 5432"
    assert database.one("button").text == "Copy coder port-forward alice/web.main --tcp 5432"


def test_agents_fragment_fills_every_placeholder_of_workspace_page(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    placeholders = {each.get("id") for each in Html(alice.get("/@alice/web/")).all("div", class_="agent-connections")}
    targets = {each.get("hx-target").removeprefix("#") for each in get_agents_fragment(alice, web).all("hx-partial")}
    assert placeholders
    assert placeholders <= targets


@pytest.mark.parametrize("state", ["connecting", "timeout", "disconnected"])
def test_unconnected_agent_is_not_queried_and_shows_reason(alice: Client, coder: SimulatedCoder, state: str) -> None:
    web = place_web(coder, agent_state=state)
    page = Html(alice.get("/@alice/web/")).one("section", id="agents")
    assert page.all("section", id="agents_more") == []
    assert set(get_links(page)) <= {"Docs", "Troubleshooting guide", "Full log of main"}
    assert "connect" in page.one("p", class_="reason").text
    coder.clear_requests()
    get_agents_fragment(alice, web)
    assert coder.request_lines() == [f"GET /workspaces/{web.id}"]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("stopped", "while the workspace is running"),
        ("starting", "once the workspace has started"),
        ("failed", "while the"),
    ],
)
def test_agents_section_says_when_agents_become_available(
    alice: Client, coder: SimulatedCoder, status: str, text: str
) -> None:
    coder.place("web", status, template="dev")
    section = Html(alice.get("/@alice/web/")).one("section", id="agents")
    assert text in section.text
    assert section.all("a") == []


def test_deleted_workspace_page_has_no_agents_section(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "deleted", template="dev")
    page = Html(alice.get("/@alice/web/", {"include_deleted": "1"}))
    assert page.all("section", id="agents") == []


@pytest.mark.parametrize("path", ["listening-ports", "port-share", "watch-metadata"])
def test_failed_agent_call_shows_coder_error_and_keeps_other_data(
    alice: Client, coder: SimulatedCoder, path: str
) -> None:
    web = place_web(coder)
    coder.server.add_fault("answer", path=path, status=500, body={"message": "The relay is on fire."})
    response = get_agents_fragment(alice, web)
    assert "The relay is on fire." in response.text
    assert get_links(response)["Try again"] == f"/workspaces/{web.id}/agents/"
    assert "ssh main.web.alice.coder" in response.text


def test_agents_fragment_reports_timeout_when_metadata_stream_is_silent(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.views.agents.METADATA_TIMEOUT_S", 0.2)
    web = place_web(coder)
    coder.server.add_fault("delay", path="watch-metadata", seconds=5)
    assert "Coder did not respond in time." in get_agents_fragment(alice, web).text


def test_agents_fragment_returns_401_when_session_expires_during_calls(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    coder.server.add_fault("signed_out", path="listening-ports")
    assert alice.get(f"/workspaces/{web.id}/agents/", headers=htmx_headers()).status_code == 401


def test_untrusted_metadata_and_port_names_are_escaped(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    agent = get_agent(web)
    metadata = AgentMetadataPlan(key="a", display_name=HOSTILE, script="x", interval=5, values=(HOSTILE,))
    failed_metadata = AgentMetadataPlan(key="b", display_name="Broken", script="x", error=HOSTILE)
    agent.plan = replace(
        agent.plan, metadata=(metadata, failed_metadata), ports=(PortPlan(port=3000, process_name=HOSTILE),)
    )
    response = alice.get(f"/workspaces/{web.id}/agents/", headers=htmx_headers()).content.decode()
    assert "<script" not in response
    assert "{{ 7*7 }}" in Html(response).one("dl", class_="agent-metadata").text
    assert "\x1b" not in response
    assert "\u202e" not in Html(response).one("dl", class_="agent-metadata").text
    assert response.count("<hx-partial") == 2  # the portal's own partials


@pytest.mark.parametrize("name", ["tina", "axel"])
def test_reader_sees_agent_without_forms_or_ssh_command(alice: Client, coder: SimulatedCoder, name: str) -> None:
    web = place_web(coder)
    reader = Client()
    sign_in(reader, name)
    response = reader.get(f"/workspaces/{web.id}/agents/")
    if response.status_code == 404:  # an auditor does not see workspaces at all
        assert name == "axel"
        return
    page = Html(response).one("section", id="agents")
    assert "Only the owner can open this." in page.text
    assert page.all("form") == []
    assert page.all("div", class_="ssh") == []
    assert f"GET /workspaceagents/{get_agent(web).id}/listening-ports" not in coder.request_lines()


@BOTH_VERSIONS
def test_shared_port_shows_not_listening_to_owner_but_not_to_reader(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    agent = get_agent(web)
    agent.plan = replace(agent.plan, ports=())
    for port, level in ((3000, "authenticated"), (8443, "public")):
        alice.post(f"/workspaces/{web.id}/ports/", {"agent": "main", "port": port, "level": level})
    reader = Client()
    sign_in(reader, "tina")
    rows = [
        Html(client.get(f"/workspaces/{web.id}/agents/")).one("ul", class_="ports").text for client in (alice, reader)
    ]
    assert rows[0].count("not listening") == 2
    assert rows[1] == "3000 All Coder users 8443 Public"


def test_staff_see_apps_and_ssh_command_of_other_users_agent(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    admin = Client()
    sign_in(admin, "admin")
    page = Html(admin.get(f"/workspaces/{web.id}/agents/"))
    assert "code-server" in get_links(page)
    assert ssh_command(page) == "ssh main.web.alice.coder"


# ---- ports


@BOTH_VERSIONS
def test_port_is_shared_and_unshared(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    url, fields = f"/workspaces/{web.id}/ports/", {"agent": "main", "port": "3000", "next": "/@alice/web/"}
    response = alice.post(url, fields | {"level": "public", "protocol": "https"}, follow=True)
    assert "Port 3000 of web is shared." in Html(response).one("div", id="messages").text
    request_body = coder.last_request(f"POST /workspaces/{web.id}/port-share")["body"]
    assert request_body == {"agent_name": "main", "port": 3000, "share_level": "public", "protocol": "https"}
    agents_page = Html(alice.get(f"/workspaces/{web.id}/agents/"))
    assert "Public" in agents_page.one("ul", class_="ports").text
    button = agents_page.one("ul", class_="ports").one("button", name="level")
    response = alice.post(url, fields | {button.get("name"): button.get("value")}, follow=True)
    assert "Port 3000 of web is private again." in Html(response).one("div", id="messages").text
    assert coder.last_request(f"DELETE /workspaces/{web.id}/port-share")["body"] == {"agent_name": "main", "port": 3000}
    assert coder.server.world.port_shares == []


def test_port_share_above_template_maximum_shows_coder_error(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    coder.server.world.licensed, web.template.max_port_share_level = True, "organization"
    try:
        fields = {"agent": "main", "port": "3000", "level": "public"}
        response = alice.post(f"/workspaces/{web.id}/ports/", fields, headers=htmx_headers(f"section#w-{web.id}"))
    finally:
        coder.server.world.licensed, web.template.max_port_share_level = False, "public"
    assert response.status_code >= 400
    assert "Port sharing level not allowed. Max level allowed is 'organization'." in Html(response).text


@pytest.mark.parametrize(
    "invalid",
    [{"port": "0"}, {"port": "65536"}, {"port": "x"}, {"level": "everybody"}, {"agent": "../x"}, {"protocol": "ftp"}],
)
def test_invalid_port_share_returns_422_without_coder_call(
    alice: Client, coder: SimulatedCoder, invalid: dict[str, str]
) -> None:
    web = place_web(coder)
    fields = {"agent": "main", "port": "3000", "level": "public", "protocol": "http"} | invalid
    response = alice.post(f"/workspaces/{web.id}/ports/", fields, headers=htmx_headers())
    assert response.status_code == 422
    assert coder.request_lines() == []


def test_invalid_port_share_names_field_by_its_label(alice: Client, coder: SimulatedCoder) -> None:
    fields = {"agent": "main", "port": "0", "level": "public", "protocol": "http"}
    response = alice.post(f"/workspaces/{place_web(coder).id}/ports/", fields, headers=htmx_headers())
    assert "Port: Enter a whole number from 1 to 65535." in Html(response).text


# ---- usage reports


def test_opening_app_reports_usage_to_coder(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    page = Html(alice.get("/@alice/web/")).one("section", id="agents")
    (span,) = [each for each in page.all("span", hx_trigger="click") if get_links(each).keys() == {"VS Code"}]
    assert span.get("hx-post") == f"/workspaces/{web.id}/usage/"
    assert span.get("hx-include") == "#act"
    response = alice.post(span.get("hx-post"), json.loads(span.get("hx-vals")), headers=htmx_headers())
    assert response.status_code == 200
    body = coder.last_request(f"POST /workspaces/{web.id}/usage")["body"]
    assert body == {"agent_id": get_agent(web).id, "app_name": "vscode"}


def test_viewing_workspace_page_reports_no_usage(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    alice.get("/@alice/web/")
    get_agents_fragment(alice, web)
    assert [line for line in coder.request_lines() if line.startswith("POST")] == []
