"""Test which addresses make a snapshot of their own: a query parameter that the view does not know makes none."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver

from coder_simulator.state import AgentLog
from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html
from tests.views.test_agents import get_agent, place_web
from workspaces.gateway import snapshots
from workspaces.views.snapshot_keys import ANY_PARAMETER, PARAMETERS

MEBIBYTE = 1024 * 1024


def saved_paths() -> set[str]:
    """Return the paths of all snapshots, with their queries."""
    return {path for _, (_, path) in snapshots.STORE.entries()}


@pytest.fixture
def urls(alice: Client, coder: SimulatedCoder) -> dict[str, str]:
    """Return the pages that are kept, by URL name."""
    web = place_web(coder)
    agent = get_agent(web)
    (template,) = (each for each in coder.server.world.templates.values() if each.name == "plain")
    return {
        "list": "/workspaces/",
        "new": "/workspaces/new/",
        "new_form": f"/workspaces/new/{template.id}/",
        "detail": "/@alice/web/",
        "build": "/@alice/web/builds/1/",
        "history": "/@alice/web/builds/",
        "agents": f"/workspaces/{web.id}/agents/",
        "agent_log": f"/workspaces/{web.id}/agents/{agent.id}/log/",
        "advice": f"/workspaces/{web.id}/advice/",
        "build_timings": "/@alice/web/builds/1/timings/",
        "settings": "/@alice/web/settings/",
        "operations": "/operations/",
        "embed_workspaces": "/embed/workspaces/",
    }


@pytest.mark.parametrize(
    "name", ["list", "detail", "build", "history", "agents", "agent_log", "advice", "settings", "operations"]
)
def test_unknown_parameters_make_no_further_snapshot(alice: Client, urls: dict[str, str], name: str) -> None:
    for query in ("", "?x=1", "?x=2", "?%C3%A9=%20", "?X=1&x=1"):
        response = alice.get(urls[name] + query)
        assert response.status_code == 200
        assert b"".join(response) if response.streaming else response.content
    assert len(saved_paths() & {urls[name]}) == 1
    assert {path for path in saved_paths() if path.startswith(urls[name] + "?")} == set()


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_known_parameter_makes_a_snapshot_of_its_own(alice: Client, urls: dict[str, str], name: str) -> None:
    for parameter in PARAMETERS[name]:
        value = uuid4() if parameter == "source" else 1
        b"".join(alice.get(f"{urls[name]}?{parameter}={value}&x=2"))
        assert f"{urls[name]}?{parameter}={value}" in saved_paths()


@pytest.mark.parametrize("name", sorted(ANY_PARAMETER))
def test_page_whose_links_repeat_its_query_is_kept_only_without_one(
    alice: Client, urls: dict[str, str], name: str
) -> None:
    assert alice.get(urls[name] + "?x=1").status_code == 200
    assert saved_paths() == set()
    assert alice.get(urls[name]).status_code == 200
    assert saved_paths() == {urls[name]}


def test_snapshot_parameters_belong_to_existing_urls() -> None:
    names = {str(name) for name in get_resolver("workspaces.urls").reverse_dict if isinstance(name, str)}
    assert {*PARAMETERS, *ANY_PARAMETER} <= names


def test_snapshot_is_shown_for_address_with_unknown_parameter(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.get("/workspaces/?q=web")
    coder.server.add_fault("refuse")
    page = Html(alice.get("/workspaces/?x=7&q=web"))
    assert "This is the page as you last saw it." in page.one("div", id="messages").text
    assert "web" in page.one("table").text


def test_large_log_with_many_queries_stays_within_budget_and_keeps_pages_of_others(
    alice: Client, coder: SimulatedCoder, urls: dict[str, str]
) -> None:
    bob = Client()
    sign_in(bob, "bob")
    bob.get("/workspaces/")
    agent = get_agent(next(iter(coder.server.world.workspaces.list_with_deleted())))
    source_id = agent.scripts[0].log_source_id
    agent.logs[:] = [
        AgentLog(id=number, created_at=coder.time_ago(minutes=1), level="info", output="x" * 500, source_id=source_id)
        for number in range(1, 2001)  # 1 MB
    ]
    for number in range(12):
        assert alice.get(f"{urls['agent_log']}?x={number}").status_code == 200
    assert len([path for path in saved_paths() if path.startswith(urls["agent_log"])]) == 1
    assert snapshots.STORE.weight < MEBIBYTE
    coder.server.add_fault("refuse")
    assert "This is the page as you last saw it." in Html(bob.get("/workspaces/")).one("div", id="messages").text
