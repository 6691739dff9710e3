"""Test the agent cards, and that text from templates is escaped."""

from dataclasses import replace

import pytest
from django.test import Client

from coder_simulator.state import App, Workspace
from coder_simulator.version_plans import AppPlan, ResourceMetadata, ScriptPlan
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html
from tests.views.test_agents import HOSTILE, get_agent

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
OVERFLOW_TEXT = "Only the beginning is available"


def find_workspace(demo: SimulatedCoder, owner: str, name: str) -> Workspace:
    """Return a workspace of the demo."""
    workspace = demo.server.world.workspaces.find_by_name(demo.user(owner), name)
    assert workspace
    return workspace


def get_agent_card(client: Client, name: str) -> Html:
    """Return the first agent card on the page of a workspace."""
    return Html(client.get(f"/@{name}/")).all("div", class_="agent")[0]


@BOTH_VERSIONS
def test_agent_card_shows_version_directory_latency_help_and_scripts(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    card = get_agent_card(alice, "alice/web")
    facts = {each.one("dt").text: each.one("dd").text for each in card.one("dl", class_="agent-facts").all("div")}
    assert facts["Version"] == ("v2.36.0" if coder.server.world.modern else "v2.19.1")
    assert facts["Directory"] == "/home/coder"
    assert facts["Latency"].endswith("ms via Coder Embedded Relay")
    assert facts["Troubleshooting"] == "Troubleshooting guide"
    script = card.one("ul", class_="scripts").one("li").text
    assert script.startswith("Startup done" if coder.server.world.modern else "Startup at start")


@BOTH_VERSIONS
def test_overflowed_agent_log_shows_warning_on_card_and_log_page(alice: Client, coder: SimulatedCoder) -> None:
    agent = get_agent(coder.place("web", template="dev"))
    path = f"/workspaces/{agent.workspace.id}/agents/{agent.id}/log/"
    assert OVERFLOW_TEXT not in get_agent_card(alice, "alice/web").text + Html(alice.get(path)).text
    agent.logs_overflowed = True
    assert OVERFLOW_TEXT in get_agent_card(alice, "alice/web").text
    assert OVERFLOW_TEXT in Html(alice.get(path)).one("p", class_="warn").text


def test_overflowed_build_log_shows_warning_on_build_page(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    assert OVERFLOW_TEXT not in Html(alice.get("/@alice/web/builds/2/")).text
    web.latest_build.job.logs_overflowed = True
    assert OVERFLOW_TEXT in Html(alice.get("/@alice/web/builds/2/")).one("p", class_="warn").text


@pytest.mark.parametrize("path", ["/@{}/", "/workspaces/{}/agents/"], ids=["workspace page", "agents page"])
@pytest.mark.parametrize(
    ("owner", "name", "text"),
    [("alice", "windows-repro", "has not been started"), ("diego", "fieldwork", "runs on a machine outside")],
)
def test_external_agent_shows_explanation(demo: SimulatedCoder, owner: str, name: str, path: str, text: str) -> None:
    client, workspace = Client(), find_workspace(demo, owner, name)
    sign_in(client, owner)
    page = Html(client.get(path.format(workspace.id if "workspaces" in path else f"{owner}/{name}")))
    assert text in page.one("p", class_="external-agent").text


@pytest.mark.parametrize(("version", "names"), [("2.36", ["frontend"]), ("2.19", [])])
def test_dev_container_names_its_parent_agent(demo: SimulatedCoder, names: list[str]) -> None:
    client = Client()
    sign_in(client, "alice")
    page = Html(client.get("/@alice/invoice-reconciliation-eu-west-1/"))
    containers = page.all("div", class_="dev-container")
    assert [each.one("h3").text for each in containers] == names
    assert all("dev container in main" in each.text for each in containers)


@BOTH_VERSIONS
def test_app_script_and_resource_text_of_template_is_escaped(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    agent = get_agent(web)
    app = AppPlan(slug="x", display_name=HOSTILE, group=HOSTILE, tooltip=f'" onclick="{HOSTILE}', icon=HOSTILE)
    agent.apps.append(App(plan=app, health="disabled"))
    agent.scripts[0].plan = ScriptPlan(display_name=HOSTILE, script="x", cron=HOSTILE)
    pod = agent.resource
    facts = (ResourceMetadata(key=HOSTILE, value=HOSTILE), ResourceMetadata(key=HOSTILE, value="x", sensitive=True))
    pod.plan = replace(pod.plan, name=HOSTILE, type=HOSTILE, icon="javascript:alert(1)", metadata=facts)
    paths = ("/@alice/web/", f"/workspaces/{web.id}/agents/", f"/workspaces/{web.id}/agents/{agent.id}/log/")
    for path in (*paths, "/@alice/web/delete/", "/@alice/web/builds/2/", f"/workspaces/{web.id}/timings/"):
        html = alice.get(path).getvalue().decode()
        assert "<script>alert" not in html
        assert "<hx-partial hx-target" not in html
        assert '" onclick="' not in html
        assert "javascript:" not in html
    response = alice.post(
        f"/workspaces/{web.id}/reveal/",
        {"resource": pod.id, "key": HOSTILE},
        headers=htmx_headers("dd", page_path="/@alice/web/"),
    )
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
