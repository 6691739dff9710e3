"""Test the way into a workspace: the row's first link, and the menu of a row with everything that can be opened."""

from dataclasses import replace

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from coder_simulator.version_plans import AppPlan
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html
from tests.views.test_agents import BOTH_VERSIONS, HOST, PREVIEW, place_web

MENU = htmx_headers("div#row-menu", page_path="/workspaces/")


@pytest.fixture
def web(coder: SimulatedCoder) -> Workspace:
    """Return a running workspace whose only app has its own subdomain."""
    workspace = place_web(coder)
    for agent in workspace.agents:
        agent.apps[:] = [app for app in agent.apps if app.plan == PREVIEW]
    return workspace


def way_in(client: Client, workspace: Workspace) -> Html | None:
    """Return the link of the workspace's row that opens it."""
    row = Html(client.get("/workspaces/")).one("tr", id=f"w-{workspace.id}")
    links = row.all("td")[-1].all("a", class_="btn-quiet")
    return links[0] if links else None


@BOTH_VERSIONS
def test_first_app_is_the_way_in_and_opens_a_new_tab(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    link = way_in(alice, web)
    assert link
    assert (link.text, link.get("aria-label")) == ("code-server", "code-server, web")
    assert link.get("href") == f"https://coder.example.com/@alice/web.{web.agents[0].plan.name}/apps/code-server/"
    assert (link.get("target"), link.get("rel")) == ("_blank", "noopener")


@BOTH_VERSIONS
def test_terminal_is_the_way_in_without_an_app(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    web.agents[0].apps[:] = []
    link = way_in(alice, web)
    assert link
    assert (link.text, link.get("href")) == (
        "Terminal",
        f"https://coder.example.com/@alice/web.{web.agents[0].plan.name}/terminal",
    )


def test_link_to_another_site_is_no_way_in(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    docs = AppPlan(slug="docs", display_name="Docs", url="https://docs.example.com", external=True)
    app = web.agents[0].apps[0]
    web.agents[0].apps[:] = [replace(app, plan=docs)]
    link = way_in(alice, web)
    assert link
    assert link.text == "Terminal"


@pytest.mark.parametrize("status", ["stopped", "starting", "failed"])
def test_workspace_that_is_not_running_has_no_way_in(alice: Client, coder: SimulatedCoder, status: str) -> None:
    assert way_in(alice, coder.place("web", status, template="dev")) is None


def test_list_makes_one_call_where_an_app_needs_the_wildcard_host(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    alice.get("/workspaces/")
    coder.clear_requests()
    link = way_in(alice, web)
    assert coder.request_lines() == ["GET /workspaces"]
    assert link
    assert link.get("href") == f"/workspaces/{web.id}/apps/{web.agents[0].id}/preview/"


@BOTH_VERSIONS
def test_app_redirect_leads_to_subdomain_of_app(alice: Client, coder: SimulatedCoder, web: Workspace) -> None:
    coder.server.world.wildcard_host = HOST
    link = way_in(alice, web)
    assert link
    response = alice.get(link.get("href"))
    assert response.status_code == 302
    assert response.headers["Location"].endswith(".apps.example.com:8443/")
    following = way_in(alice, web)
    assert following
    assert following.get("href") == response.headers["Location"]
    coder.server.world.wildcard_host = ""


def test_app_redirect_says_when_app_has_no_address(alice: Client, web: Workspace) -> None:
    page = Html(alice.get(f"/workspaces/{web.id}/apps/{web.agents[0].id}/preview/"))
    assert "no wildcard access URL" in page.one("main").text


@pytest.mark.parametrize("app", ["none", "vscode-insiders"])
def test_app_redirect_does_not_find_app_that_agent_does_not_have(alice: Client, web: Workspace, app: str) -> None:
    assert alice.get(f"/workspaces/{web.id}/apps/{web.agents[0].id}/{app}/").status_code == 404


@BOTH_VERSIONS
def test_menu_has_apps_ssh_command_and_actions(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    response = alice.get(f"/workspaces/{web.id}/actions/", headers=MENU)
    menu = Html(response).one("div", id="row_menu")
    labels = {link.all("bdi")[0].text for link in menu.all("a", target="_blank") if link.all("bdi")}
    assert {"Terminal", "code-server"} <= labels
    assert menu.one("code").text.startswith("ssh ")
    buttons = {button.text: button.get("formaction") for button in menu.all("button", class_="menu-item")}
    assert buttons["Restart"] == f"/workspaces/{web.id}/builds/"
    assert menu.get("hx-target:inherited") == f"#w-{web.id}"


def test_menu_makes_one_call_once_ssh_settings_and_host_are_cached(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    alice.get(f"/workspaces/{web.id}/actions/", headers=MENU)
    coder.clear_requests()
    alice.get(f"/workspaces/{web.id}/actions/", headers=MENU)
    assert coder.request_lines() == [f"GET /workspaces/{web.id}"]


def test_menu_shows_reason_in_its_place_when_coder_is_unreachable(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    coder.server.add_fault("error", path=f"/workspaces/{web.id}$")
    response = alice.get(f"/workspaces/{web.id}/actions/", headers=MENU)
    assert response.status_code == 200
    assert "The actions could not be loaded." in Html(response).one("section", id="row_menu").text


def test_actions_are_a_page_of_their_own_without_htmx(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    page = Html(alice.get(f"/workspaces/{web.id}/actions/"))
    assert page.one("h1").text == "Actions for web"
    (stop,) = [button for button in page.all("button", class_="menu-item") if button.text == "Stop"]
    response = alice.post(stop.get("formaction"), {"transition": "stop", "next": f"/workspaces/{web.id}/actions/"})
    assert (response.status_code, response.headers["Location"]) == (302, f"/workspaces/{web.id}/actions/")
