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


def tiles(*apps: dict[str, Any], host: str | None = HOST, rights: Rights = OWNER, **agent: Any) -> list[AppLink]:
    """The tiles of an agent with these apps, in their order."""
    facts = {"apps": [APP | app for app in apps], "display_apps": [], **READY, **agent}
    found = make_agents(workspace(agent.pop("status_of_all", "running"), agents=[facts]), viewer(rights, app_host=host))
    return [app for group in found.cards[0].app_groups for app in group.apps]


def tile(host: str | None = HOST, rights: Rights = OWNER, agent: dict[str, Any] | None = None, **app: Any) -> AppLink:
    """The tile of one app."""
    (found,) = tiles(app, host=host, rights=rights, **(agent or {}))
    return found


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
    shown = tile(**app)
    assert (shown.href, shown.reason) == (address, "")


@pytest.mark.parametrize("host", ["*--apps.example.com:8443", "*.apps.example.com"])
def test_app_subdomain_replaces_only_asterisk_of_host(host: str) -> None:
    assert tile(host=host, **PREVIEW).href == f"https://preview--web-api--alice{host[1:]}/"


def test_app_link_is_deferred_while_app_host_is_unknown() -> None:
    shown = tile(host=None, **PREVIEW)
    assert (shown.href, shown.needs_lookup, shown.reason) == ("", True, "")


def test_subdomain_app_shows_reason_when_coder_has_no_app_host() -> None:
    shown = tile(host="", **PREVIEW)
    assert (shown.href, shown.needs_lookup) == ("", False)
    assert shown.reason == "It wants an address of its own, and this Coder has none for apps."


def test_app_with_too_long_subdomain_has_no_link() -> None:
    shown = tile(**PREVIEW | {"subdomain_name": "-".join(["preview", "x" * 32, "y" * 32])})
    assert shown.href == ""
    assert "too long for an address" in shown.reason


@pytest.mark.parametrize("url", ["https://example.com/?t=$SESSION_TOKEN", "jetbrains-gateway://x?token=$SESSION_TOKEN"])
def test_app_that_needs_session_token_links_to_coder_page(url: str) -> None:
    shown = tile(external=True, url=url)
    assert shown.href == f"{CODER}/@alice/web-api"
    assert "only Coder’s own page can" in shown.note


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "JaVaScRiPt:1"])
def test_app_with_dangerous_url_links_to_coder_page(url: str) -> None:
    assert tile(external=True, url=url).href == f"{CODER}/@alice/web-api"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ({"status": "connecting", "lifecycle_state": "created"}, "Waits until the agent has connected."),
        ({"status": "timeout", "lifecycle_state": "created"}, "The agent has not connected."),
        ({"status": "disconnected"}, "Waits until the agent is connected again."),
        ({"lifecycle_state": "shutting_down"}, "The agent is shutting down."),
        ({"lifecycle_state": "off"}, "The agent is switched off."),
        (
            {"lifecycle_state": "starting", "startup_script_behavior": "blocking"},
            "Its startup script blocks logins until it has ended.",
        ),
    ],
)
def test_app_shows_reason_and_no_link_when_agent_is_not_ready(agent: dict[str, Any], words: str) -> None:
    shown = tile(agent=agent)
    assert (shown.href, shown.reason) == ("", words)


def test_app_is_linked_while_non_blocking_startup_script_runs() -> None:
    assert tile(agent={"lifecycle_state": "starting", "startup_script_behavior": "non-blocking"}).href


def test_external_web_app_is_linked_before_agent_connects() -> None:
    assert tile(agent={"status": "connecting"}, external=True, url="https://example.com/").href


@pytest.mark.parametrize(("health", "word"), [("initializing", "starting"), ("unhealthy", "does not answer")])
def test_unhealthy_app_shows_health_label_and_keeps_link(health: str, word: str) -> None:
    shown = tile(health=health)
    assert shown.href
    assert shown.health
    assert shown.health.label == word


@pytest.mark.parametrize("health", ["healthy", "disabled"])
def test_healthy_or_unchecked_app_has_no_health_label(health: str) -> None:
    assert tile(health=health).health is None


def test_hidden_apps_are_omitted_and_order_of_others_is_kept() -> None:
    shown = tiles({"slug": "b"}, {"slug": "hidden", "hidden": True}, {"slug": "a"})
    assert [each.name for each in shown] == ["b", "a"]


def test_apps_are_grouped_with_ungrouped_apps_first() -> None:
    facts = {
        "apps": [APP | {"slug": slug, "group": group} for slug, group in (("a", "IDEs"), ("b", ""), ("c", "IDEs"))]
    }
    found = make_agents(workspace(agents=[facts | READY | {"display_apps": ["web_terminal"]}]), viewer())
    groups = {group.name: [app.name for app in group.apps] for group in found.cards[0].app_groups}
    assert groups == {"": ["b", "terminal"], "IDEs": ["a", "c"]}
    assert list(groups) == ["", "IDEs"]


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        (["vscode", "vscode_insiders", "web_terminal", "ssh_helper"], ["vscode", "vscode_insiders", "terminal"]),
        (["ssh_helper", "port_forwarding_helper", "something_new"], []),
        (None, []),
    ],
)
def test_built_in_apps_follow_display_apps_of_template(shown: list[str] | None, names: list[str]) -> None:
    assert [each.name for each in tiles(display_apps=shown)] == names


def test_editor_link_names_workspace_and_contains_no_token() -> None:
    (shown,) = tiles(display_apps=["vscode_insiders"])
    assert shown.href.startswith("vscode-insiders://coder.coder-remote/open?owner=alice&workspace=web-api")
    assert "agent=main&folder=%2Fhome%2Fcoder" in shown.href
    assert "token" not in shown.href
    assert shown.target == "program"


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
    assert tile(**app).target == opens


@pytest.mark.parametrize(
    ("level", "opens"), [("owner", False), ("authenticated", True), ("organization", True), ("public", True)]
)
def test_reader_can_open_only_shared_apps(level: str, opens: bool) -> None:
    shown = tile(rights=READER, sharing_level=level)
    assert bool(shown.href) == opens
    assert shown.reason == ("" if opens else "Coder lets only its owner open it.")
    assert bool(shown.sharing) == opens


def test_connect_right_opens_apps_of_another_owner() -> None:
    assert tile(rights=Rights(is_owner=False, connect=True)).href


def test_app_usage_payload_names_agent_and_app() -> None:
    shown = tile()
    assert json.loads(shown.usage_json) == {"agent_id": str(shown.agent_id), "app": "code-server"}
    assert isinstance(shown.agent_id, UUID)
