"""What can be opened on an agent: the right address, or what it waits for; never a token, never a dead link."""

import json
from typing import Any
from uuid import UUID

import pytest

from tests.unit.samples import OWNER, READER, viewer, workspace
from workspaces.actions import Rights
from workspaces.present.agents.app_links import AppTile
from workspaces.present.agents.cards import agents

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


def tiles(*apps: dict[str, Any], host: str | None = HOST, rights: Rights = OWNER, **agent: Any) -> list[AppTile]:
    """The tiles of an agent with these apps, in their order."""
    facts = {"apps": [APP | app for app in apps], "display_apps": [], **READY, **agent}
    found = agents(workspace(agent.pop("status_of_all", "running"), agents=[facts]), viewer(rights, app_host=host))
    return [app for group in found.cards[0].groups for app in group.apps]


def tile(host: str | None = HOST, rights: Rights = OWNER, agent: dict[str, Any] | None = None, **app: Any) -> AppTile:
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
def test_an_app_is_found_where_coder_serves_it(app: dict[str, Any], address: str) -> None:
    shown = tile(**app)
    assert (shown.href, shown.reason) == (address, "")


@pytest.mark.parametrize("host", ["*--apps.example.com:8443", "*.apps.example.com"])
def test_a_subdomain_takes_the_place_of_the_asterisk_alone(host: str) -> None:
    assert tile(host=host, **PREVIEW).href == f"https://preview--web-api--alice{host[1:]}/"


def test_until_coder_has_said_where_subdomains_are_the_way_leads_over_the_agents_page() -> None:
    shown = tile(host=None, **PREVIEW)
    assert (shown.href, shown.asks, shown.reason) == ("", True, "")


def test_an_app_without_an_address_says_so_instead_of_a_link() -> None:
    shown = tile(host="", **PREVIEW)
    assert (shown.href, shown.asks) == ("", False)
    assert shown.reason == "It wants an address of its own, and this Coder has none for apps."


def test_a_name_that_is_longer_than_a_host_can_be_is_no_link() -> None:
    shown = tile(**PREVIEW | {"subdomain_name": "-".join(["preview", "x" * 32, "y" * 32])})
    assert shown.href == ""
    assert "too long for an address" in shown.reason


@pytest.mark.parametrize("url", ["https://example.com/?t=$SESSION_TOKEN", "jetbrains-gateway://x?token=$SESSION_TOKEN"])
def test_an_app_that_is_opened_with_a_token_is_opened_by_coders_page_alone(url: str) -> None:
    shown = tile(external=True, url=url)
    assert shown.href == f"{CODER}/@alice/web-api"
    assert "only Coder’s own page can" in shown.note


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "JaVaScRiPt:1"])
def test_an_address_of_a_dangerous_kind_is_never_linked(url: str) -> None:
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
def test_an_app_that_is_not_ready_says_what_it_waits_for(agent: dict[str, Any], words: str) -> None:
    shown = tile(agent=agent)
    assert (shown.href, shown.reason) == ("", words)


def test_a_startup_script_that_does_not_block_holds_nothing_up() -> None:
    assert tile(agent={"lifecycle_state": "starting", "startup_script_behavior": "non-blocking"}).href


def test_a_page_elsewhere_in_the_web_waits_for_no_agent() -> None:
    assert tile(agent={"status": "connecting"}, external=True, url="https://example.com/").href


@pytest.mark.parametrize(("health", "word"), [("initializing", "starting"), ("unhealthy", "does not answer")])
def test_health_is_said_in_a_word_and_keeps_nobody_out(health: str, word: str) -> None:
    shown = tile(health=health)
    assert shown.href
    assert shown.health
    assert shown.health.word == word


@pytest.mark.parametrize("health", ["healthy", "disabled"])
def test_an_app_that_is_well_or_that_nobody_checks_says_nothing(health: str) -> None:
    assert tile(health=health).health is None


def test_hidden_apps_are_not_shown_and_the_others_keep_coders_order() -> None:
    shown = tiles({"slug": "b"}, {"slug": "hidden", "hidden": True}, {"slug": "a"})
    assert [each.name for each in shown] == ["b", "a"]


def test_apps_stand_by_their_groups_those_without_one_first() -> None:
    facts = {
        "apps": [APP | {"slug": slug, "group": group} for slug, group in (("a", "IDEs"), ("b", ""), ("c", "IDEs"))]
    }
    found = agents(workspace(agents=[facts | READY | {"display_apps": ["web_terminal"]}]), viewer())
    groups = {group.name: [app.name for app in group.apps] for group in found.cards[0].groups}
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
def test_what_coder_brings_is_shown_where_the_template_says_so(shown: list[str] | None, names: list[str]) -> None:
    assert [each.name for each in tiles(display_apps=shown)] == names


def test_the_editors_link_names_the_workspace_and_holds_no_token() -> None:
    (shown,) = tiles(display_apps=["vscode_insiders"])
    assert shown.href.startswith("vscode-insiders://coder.coder-remote/open?owner=alice&workspace=web-api")
    assert "agent=main&folder=%2Fhome%2Fcoder" in shown.href
    assert "token" not in shown.href
    assert shown.opens == "program"


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
def test_an_app_opens_as_its_template_says(app: dict[str, Any], opens: str) -> None:
    assert tile(**app).opens == opens


@pytest.mark.parametrize(
    ("level", "opens"), [("owner", False), ("authenticated", True), ("organization", True), ("public", True)]
)
def test_who_may_only_read_a_workspace_opens_what_is_shared(level: str, opens: bool) -> None:
    shown = tile(rights=READER, sharing_level=level)
    assert bool(shown.href) == opens
    assert shown.reason == ("" if opens else "Coder lets only its owner open it.")
    assert bool(shown.sharing) == opens


def test_whoever_may_connect_opens_the_apps_of_somebody_else() -> None:
    assert tile(rights=Rights(mine=False, connect=True)).href


def test_the_use_that_is_told_names_agent_and_app() -> None:
    shown = tile()
    assert json.loads(shown.use) == {"agent_id": str(shown.agent_id), "app": "code-server"}
    assert isinstance(shown.agent_id, UUID)
