"""Test the links of an agent's apps and the reasons for missing links; no link contains a token."""

import json
from typing import Any
from uuid import UUID

import pytest

from tests.unit.samples import OWNER, READER, viewer, workspace
from workspaces.actions.context import Rights
from workspaces.present.agents.app_links import AppLink
from workspaces.present.agents.cards import make_agents

CODER = "https://coder.example.com"
HOST = "*.apps.example.com"
APP = {
    "id": "2bfc47d7-1ec2-4be8-aa18-bd4358dfac12",
    "slug": "code-server",
    "display_name": "code-server",
    "url": "http://localhost:13337",
    "external": False,
    "icon": "/icon/code.svg",
    "subdomain": False,
    "sharing_level": "owner",
    "health": "healthy",
    "hidden": False,
    "open_in": "slim-window",
}
PREVIEW: dict[str, Any] = {
    "slug": "preview",
    "subdomain": True,
    "subdomain_name": "preview--web-api--alice",
    "display_name": "",
}
READY = {"status": "connected", "lifecycle_state": "ready"}


def app_links(*apps: dict[str, Any], host: str | None = HOST, rights: Rights = OWNER, **agent: Any) -> list[AppLink]:
    """Return the links of an agent's apps, in their order."""
    facts = {"apps": [APP | app for app in apps], "display_apps": [], **READY, **agent}
    agents = make_agents(
        workspace(agent.pop("status_of_all", "running"), agents=[facts]), viewer(rights, app_host=host)
    )
    return [app for group in agents.cards[0].app_groups for app in group.apps]


def app_link(
    host: str | None = HOST, rights: Rights = OWNER, agent: dict[str, Any] | None = None, **app: Any
) -> AppLink:
    """Return the link of the only app of an agent."""
    (link,) = app_links(app, host=host, rights=rights, **(agent or {}))
    return link


@pytest.mark.parametrize(
    ("app", "address"),
    [
        ({}, f"{CODER}/@alice/web-api.main/apps/code-server/"),
        (PREVIEW, "https://preview--web-api--alice.apps.example.com/"),
        ({"external": True, "url": "https://example.com/docs?a=b"}, "https://example.com/docs?a=b"),
        ({"external": True, "url": "jetbrains-gateway://connect#x=1"}, "jetbrains-gateway://connect#x=1"),
        ({"command": "htop -d 5"}, f"{CODER}/@alice/web-api.main/terminal?command=htop%20-d%205"),
    ],
    ids=["by a path", "by a subdomain", "elsewhere in the web", "in a program", "in the terminal"],
)
def test_app_link_uses_address_where_coder_serves_app(app: dict[str, Any], address: str) -> None:
    link = app_link(**app)
    assert (link.href, link.reason) == (address, "")


@pytest.mark.parametrize("host", ["*--apps.example.com:8443", "*.apps.example.com"])
def test_app_subdomain_replaces_only_asterisk_of_host(host: str) -> None:
    assert app_link(host=host, **PREVIEW).href == f"https://preview--web-api--alice{host[1:]}/"


def test_app_link_is_deferred_while_app_host_is_unknown() -> None:
    link = app_link(host=None, **PREVIEW)
    assert (link.href, link.needs_lookup, link.reason) == ("", True, "")


def test_subdomain_app_shows_reason_when_coder_has_no_app_host() -> None:
    link = app_link(host="", **PREVIEW)
    assert (link.href, link.needs_lookup) == ("", False)
    assert link.reason == "This app needs a subdomain, and this Coder deployment has no wildcard access URL."


def test_app_with_too_long_subdomain_has_no_link() -> None:
    link = app_link(**PREVIEW | {"subdomain_name": "-".join(["preview", "x" * 32, "y" * 32])})
    assert link.href == ""
    assert "too long for a subdomain" in link.reason


@pytest.mark.parametrize("url", ["https://example.com/?t=$SESSION_TOKEN", "jetbrains-gateway://x?token=$SESSION_TOKEN"])
def test_app_that_needs_session_token_links_to_coder_page(url: str) -> None:
    link = app_link(external=True, url=url)
    assert link.href == f"{CODER}/@alice/web-api"
    assert "Open it in Coder" in link.note


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "",
        "JaVaScRiPt:1",
        "https:logout/",  # browsers read it as a path of the portal
        "HTTPS:/logout/",
        "https://[your-domain]/docs",  # no URL: Python raises an error for it
    ],
)
def test_app_with_dangerous_url_links_to_coder_page(url: str) -> None:
    assert app_link(external=True, url=url).href == f"{CODER}/@alice/web-api"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ({"status": "connecting", "lifecycle_state": "created"}, "Available once the agent is connected."),
        ({"status": "timeout", "lifecycle_state": "created"}, "The agent has not connected."),
        ({"status": "disconnected"}, "Available once the agent reconnects."),
        ({"lifecycle_state": "shutting_down"}, "The agent is shutting down."),
        ({"lifecycle_state": "off"}, "The agent is off."),
        (
            {"lifecycle_state": "starting", "startup_script_behavior": "blocking"},
            "Available once the startup script ends.",
        ),
    ],
)
def test_app_shows_reason_and_no_link_when_agent_is_not_ready(agent: dict[str, Any], words: str) -> None:
    link = app_link(agent=agent)
    assert (link.href, link.reason) == ("", words)


def test_app_is_linked_while_non_blocking_startup_script_runs() -> None:
    assert app_link(agent={"lifecycle_state": "starting", "startup_script_behavior": "non-blocking"}).href


def test_external_web_app_is_linked_before_agent_connects() -> None:
    assert app_link(agent={"status": "connecting"}, external=True, url="https://example.com/").href


@pytest.mark.parametrize(("health", "word"), [("initializing", "starting"), ("unhealthy", "unhealthy")])
def test_unhealthy_app_shows_health_label_and_keeps_link(health: str, word: str) -> None:
    link = app_link(health=health)
    assert link.href
    assert link.health
    assert link.health.label == word


@pytest.mark.parametrize("health", ["healthy", "disabled"])
def test_healthy_or_unchecked_app_has_no_health_label(health: str) -> None:
    assert app_link(health=health).health is None


def test_hidden_apps_are_omitted_and_order_of_others_is_kept() -> None:
    links = app_links({"slug": "b"}, {"slug": "hidden", "hidden": True}, {"slug": "a"})
    assert [link.name for link in links] == ["b", "a"]


def test_apps_are_grouped_with_ungrouped_apps_first() -> None:
    facts = {
        "apps": [APP | {"slug": slug, "group": group} for slug, group in (("a", "IDEs"), ("b", ""), ("c", "IDEs"))]
    }
    agents = make_agents(workspace(agents=[facts | READY | {"display_apps": ["web_terminal"]}]), viewer())
    groups = {group.name: [app.name for app in group.apps] for group in agents.cards[0].app_groups}
    assert groups == {"": ["b", "terminal"], "IDEs": ["a", "c"]}
    assert list(groups) == ["", "IDEs"]


@pytest.mark.parametrize(
    ("display_apps", "names"),
    [
        (["vscode", "vscode_insiders", "web_terminal", "ssh_helper"], ["vscode", "vscode_insiders", "terminal"]),
        (["ssh_helper", "port_forwarding_helper", "something_new"], []),
        (None, []),
    ],
)
def test_built_in_apps_follow_display_apps_of_template(display_apps: list[str] | None, names: list[str]) -> None:
    assert [link.name for link in app_links(display_apps=display_apps)] == names


def test_editor_link_names_workspace_and_contains_no_token() -> None:
    (link,) = app_links(display_apps=["vscode_insiders"])
    assert link.href.startswith("vscode-insiders://coder.coder-remote/open?owner=alice&workspace=web-api")
    assert "agent=main&folder=%2Fhome%2Fcoder" in link.href
    assert "token" not in link.href
    assert link.target == "program"


@pytest.mark.parametrize(
    ("app", "opens"),
    [
        ({"open_in": "slim-window"}, "window"),
        ({"open_in": "tab"}, "tab"),
        ({"open_in": ""}, "tab"),
        ({"external": True, "url": "https://example.com"}, "tab"),
        ({"external": True, "url": "cursor://x"}, "program"),
    ],
)
def test_app_opens_in_window_tab_or_program(app: dict[str, Any], opens: str) -> None:
    assert app_link(**app).target == opens


@pytest.mark.parametrize(
    ("level", "opens"), [("owner", False), ("authenticated", True), ("organization", True), ("public", True)]
)
def test_reader_can_open_only_shared_apps(level: str, opens: bool) -> None:
    link = app_link(rights=READER, sharing_level=level)
    assert bool(link.href) == opens
    assert link.reason == ("" if opens else "Only the owner can open this.")
    assert bool(link.sharing) == opens


def test_connect_right_opens_apps_of_another_owner() -> None:
    assert app_link(rights=Rights(is_owner=False, connect=True)).href


def test_app_usage_payload_names_agent_and_app() -> None:
    link = app_link()
    assert json.loads(link.usage_json) == {"agent_id": str(link.agent_id), "app": "code-server"}
    assert isinstance(link.agent_id, UUID)
