"""Browser tests for agents and apps: where links open, what Coder is sent, and what a refresh preserves."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from coder_simulator.state import Agent
from coder_simulator.version_plans import PortPlan
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import findings

with_and_without_javascript = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])


@pytest.fixture
def agent(coder: SimulatedCoder) -> Iterator[Agent]:
    """Return the agent of Alice's workspace `web`, on which a process listens; ports have URLs."""
    coder.server.world.wildcard_host = "*.apps.localhost"
    (web_agent,) = coder.place("web", template="dev").agents
    web_agent.plan = replace(web_agent.plan, ports=(PortPlan(port=3000, process_name="node"),))
    yield web_agent
    coder.server.world.wildcard_host = ""
    coder.server.world.port_shares.clear()


def refresh(page: Page) -> None:
    """Refresh the page as its half-minute timer does, and wait until all parts are swapped."""
    with page.expect_response(re.compile(r"/agents/$")):
        page.evaluate(
            """() => htmx.ajax("GET", location.pathname, {target: ".workspace", source: ".workspace",
            swap: "outerMorph", refresh: {url: location.pathname, writes: 0}})"""
        )


def test_agent_details_load_with_small_layout_shift_when_page_opens(
    alice: Page, agent: Agent, coder: SimulatedCoder
) -> None:
    alice.add_init_script(
        """window.layoutShift = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => { window.layoutShift += entry.value }))
          .observe({type: "layout-shift", buffered: true});"""
    )
    alice.goto("/@alice/web/")
    expect(alice.locator(".ssh code").first).to_have_text("ssh main.web.alice.coder")
    expect(alice.locator(".ports")).to_contain_text("3000 node")
    expect(alice.locator(".agent-metadata")).to_contain_text("CPU Usage")
    assert alice.evaluate("window.layoutShift") < 0.1
    assert findings(alice) == []


@with_and_without_javascript
def test_port_is_shared_and_unshared_when_forms_are_submitted(
    alice: Page, agent: Agent, coder: SimulatedCoder, *, javascript: bool
) -> None:
    alice.goto("/@alice/web/")
    if not javascript:
        alice.get_by_role("link", name="SSH, ports, and metadata").click()
    alice.get_by_text("Share a port", exact=True).click()
    alice.get_by_label("Port", exact=True).fill("3000")
    alice.get_by_label("Sharing").select_option("public")
    alice.get_by_role("button", name="Share", exact=True).click()
    expect(alice.locator("#messages")).to_contain_text("Port 3000 of web is shared.")
    expect(alice.locator(".ports")).to_contain_text("Public")
    assert coder.last_request(f"POST /workspaces/{agent.workspace.id}/port-share")["body"]["share_level"] == "public"
    alice.get_by_role("button", name="Stop sharing 3000").click()
    expect(alice.locator(".ports")).to_contain_text("Private")
    assert coder.server.world.port_shares == []


def test_refresh_preserves_input_open_details_and_focus_when_ports_change(
    alice: Page, agent: Agent, coder: SimulatedCoder
) -> None:
    alice.goto("/@alice/web/")
    expect(alice.locator(".ssh code").first).to_be_visible()  # no part of the card shifts after this
    alice.get_by_text("About main").click()
    alice.get_by_text("Share a port", exact=True).click()
    alice.get_by_label("Port", exact=True).fill("8080")
    alice.get_by_label("Sharing").select_option("public")
    agent.plan = replace(agent.plan, ports=(PortPlan(port=4000, process_name="deno"),))
    alice.get_by_text("Share a port", exact=True).focus()
    refresh(alice)
    expect(alice.locator(".ports")).to_contain_text("4000 deno")
    expect(alice.get_by_label("Port", exact=True)).to_have_value("8080")
    expect(alice.get_by_label("Sharing")).to_have_value("public")
    expect(alice.get_by_text("Directory")).to_be_visible()
    assert alice.evaluate("document.activeElement.textContent") == "Share a port"


def test_ports_and_app_links_appear_on_refresh_after_agent_connects(
    alice: Page, agent: Agent, coder: SimulatedCoder
) -> None:
    connected, agent.first_connected_at = agent.first_connected_at, None
    alice.goto("/@alice/web/")
    expect(alice.locator(".agent")).to_contain_text("The agent has not connected.")
    agent.first_connected_at = connected
    refresh(alice)
    expect(alice.locator(".ports")).to_contain_text("3000 node")
    expect(alice.locator("#agents").get_by_role("link", name="code-server")).to_be_visible()


def test_app_opens_in_small_window_and_usage_is_reported_when_clicked(
    alice: Page, agent: Agent, coder: SimulatedCoder
) -> None:
    alice.goto("/@alice/web/")
    expect(alice.locator(".ssh code").first).to_be_visible()
    with alice.expect_response(re.compile(r"/usage/$")) as response, alice.context.expect_page() as popup:
        alice.locator("#agents").get_by_role("link", name="code-server").click()
    assert popup.value.url == f"{coder.url}/@alice/web.main/apps/code-server/"
    assert popup.value.evaluate("[window.opener, innerWidth, innerHeight]") == [None, 900, 600]
    assert response.value.status == 200
    assert coder.last_request(f"POST /workspaces/{agent.workspace.id}/usage")["body"] is None
    assert alice.url.endswith("/@alice/web/")


def test_terminal_opens_in_new_tab_and_usage_is_reported_when_activated(
    alice: Page, agent: Agent, coder: SimulatedCoder
) -> None:
    alice.goto("/@alice/web/")
    expect(alice.locator(".ssh code").first).to_be_visible()
    with alice.expect_response(re.compile(r"/usage/$")), alice.context.expect_page() as new_tab:
        alice.get_by_role("link", name="Terminal").press("Enter")
    assert new_tab.value.url == f"{coder.url}/@alice/web.main/terminal"
    body = coder.last_request(f"POST /workspaces/{agent.workspace.id}/usage")["body"]
    assert body == {"agent_id": agent.id, "app_name": "reconnecting-pty"}


def test_ssh_command_is_copied_when_copy_is_clicked(alice: Page, agent: Agent) -> None:
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.goto("/@alice/web/")
    button = alice.get_by_role("button", name="ssh main.web.alice.coder")
    expect(button).to_have_text("Copy ssh main.web.alice.coder")
    alice.clock.install()
    button.click()
    expect(alice.locator("#sr-announcer")).to_have_text("Copied")
    expect(button).to_have_text("Copied ssh main.web.alice.coder")
    assert alice.evaluate("navigator.clipboard.readText()") == "ssh main.web.alice.coder"
    alice.clock.run_for(3000)
    expect(button).to_have_text("Copy ssh main.web.alice.coder")


def test_ssh_command_is_copied_when_entry_of_actions_is_clicked(alice: Page, agent: Agent) -> None:
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.goto(f"/workspaces/{agent.workspace.id}/actions/")
    entry = alice.get_by_role("button", name="ssh main.web.alice.coder")
    entry.click()
    expect(entry).to_have_text("Copied ssh main.web.alice.coder")
    assert alice.evaluate("navigator.clipboard.readText()") == "ssh main.web.alice.coder"


def test_command_is_selected_and_announced_when_clipboard_is_not_available(alice: Page, agent: Agent) -> None:
    alice.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {get: () => undefined})")
    alice.goto("/@alice/web/")
    button = alice.get_by_role("button", name="ssh main.web.alice.coder")
    button.click()
    expect(button).to_have_text("Selected ssh main.web.alice.coder")
    expect(alice.locator("#sr-announcer")).to_contain_text("did not allow copying")
    assert alice.evaluate("getSelection().toString()") == "ssh main.web.alice.coder"


@pytest.mark.parametrize("javascript", [False])
def test_copy_button_is_hidden_without_javascript(alice: Page, agent: Agent) -> None:
    alice.goto(f"/workspaces/{agent.workspace.id}/agents/")
    expect(alice.locator(".ssh code").first).to_be_visible()
    expect(alice.locator(".btn-copy").first).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390])
def test_page_fits_viewport_with_long_names_and_unbroken_values(alice: Page, coder: SimulatedCoder, width: int) -> None:
    (agent,) = coder.place("a-name-of-thirty-two-letters-xyz", template="dev").agents
    metadata = tuple(replace(item, values=("x" * 400,)) for item in agent.plan.metadata)
    agent.plan = replace(agent.plan, name="an-agent-" * 5 + "x", metadata=metadata)
    alice.set_viewport_size({"width": width, "height": 900})
    alice.goto("/@alice/a-name-of-thirty-two-letters-xyz/")
    expect(alice.locator(".agent-metadata")).to_contain_text("xxx")
    assert alice.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert findings(alice) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_agents_page_and_log_pass_axe_and_fit_viewport_in_both_themes(alice: Page, agent: Agent, width: int) -> None:
    alice.set_viewport_size({"width": width, "height": 900})
    alice.goto(f"/workspaces/{agent.workspace.id}/agents/")
    alice.get_by_text("About main").click()
    alice.get_by_text("Share a port", exact=True).click()
    alice.get_by_text("Before the first connection").click()
    assert findings(alice) == []
    alice.locator(".agent-log > summary").first.click()
    expect(alice.locator(".agent-log .log-tail")).not_to_be_empty()
    assert findings(alice) == []
    alice.get_by_role("link", name="Full log of main").click()
    expect(alice.get_by_role("heading", name="Agent log of main")).to_be_visible()
    assert findings(alice) == []
    assert alice.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
