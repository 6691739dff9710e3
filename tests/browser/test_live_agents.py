"""Browser tests for live agents: connection, lifecycle, log and app health."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from coder_simulator.state import Agent, AgentLog, Workspace
from coder_simulator.version_plans import AgentPlan
from tests.browser.tabs import OtherClient, Tabs, expect_status, is_scrolled_to_end
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import findings

MAX_STEPS = 500  # of 5 s of the simulated clock each: enough for every wait in the tests


@pytest.fixture
def stopped_workspace(coder: SimulatedCoder) -> Callable[..., Workspace]:
    """Return a function that adds a stopped workspace: its keyword arguments change the plan of its agent."""

    def make(**changes: Any) -> Workspace:
        (plan,) = (
            candidate.active_version.plan
            for candidate in coder.server.world.templates.values()
            if candidate.name == "dev"
        )

        def with_changes(agent: AgentPlan) -> AgentPlan:
            return replace(agent, **changes)

        resources = tuple(
            replace(candidate, agents=tuple(map(with_changes, candidate.agents))) for candidate in plan.resources
        )
        coder.new_version("dev", replace(plan, resources=resources))
        return coder.place("web", "stopped", template="dev", parameters={"project": "ABC-1"})

    return make


def advance_until(coder: SimulatedCoder, condition: Callable[[], bool]) -> None:
    """Advance Coder's clock step by step until the condition holds."""
    for _ in range(MAX_STEPS):
        if condition():
            return
        coder.server.advance(5)
    pytest.fail("The condition was not met.")


def agent_card(page: Page) -> Locator:
    """Return the card of the agent."""
    return page.locator(".agent")


def agent_status(page: Page) -> Locator:
    """Return the status badge of the agent."""
    return agent_card(page).locator(".agent-header .status-badge")


def append_agent_log(agent: Agent, coder: SimulatedCoder, *lines: str) -> None:
    """Add lines to the log of the agent's first script."""
    world = coder.server.world
    source = agent.scripts[0].log_source_id
    agent.logs += [
        AgentLog(id=next(world.agent_log_ids), created_at=world.now(), level="info", output=line, source_id=source)
        for line in lines
    ]


def test_agent_goes_from_connecting_to_ready_and_apps_get_links_after_start(
    tabs: Tabs, coder: SimulatedCoder, stopped_workspace: Callable[..., Workspace]
) -> None:
    web = stopped_workspace(outcome="ready")
    page = tabs("/@alice/web/")
    page.locator(".workspace .row-actions .btn-primary").click()
    expect_status(page, web, "pending|starting")
    advance_until(coder, lambda: web.latest_build.job.status == "succeeded")
    expect(agent_status(page)).to_have_text("Connecting")
    code = agent_card(page).locator(".app", has_text="code-server")
    expect(code.get_by_role("link")).to_have_count(0)
    (agent,) = web.agents
    advance_until(coder, lambda: agent.lifecycle == "starting")
    expect(agent_status(page)).to_have_text("Starting")
    advance_until(coder, lambda: agent.lifecycle == "ready")
    expect(agent_status(page)).to_have_text("Ready")
    expect(page.locator("#connections .ssh code").first).to_be_visible()
    expect(page.locator("#connections .agent-metadata")).to_contain_text("12%")
    advance_until(coder, lambda: all(app.health != "initializing" for app in agent.apps))
    expect(code.get_by_role("link")).to_have_attribute("href", re.compile("/@alice/web.main/apps/code-server/$"))
    expect(code).not_to_contain_text("starting")


def test_open_agent_log_follows_new_lines_unless_user_scrolled_up(tabs: Tabs, coder: SimulatedCoder) -> None:
    (agent,) = coder.place("web", template="dev", agent_state="starting").agents
    page = tabs("/@alice/web/")
    append_agent_log(agent, coder, "first words")
    expect(page.locator("#connections .ssh code").first).to_be_visible()
    page.locator(".agent-log > summary").first.click()
    tail = agent_card(page).locator(".log-tail")
    expect(tail).to_contain_text("first words")
    append_agent_log(agent, coder, *(f"line {number}" for number in range(120)))
    expect(tail).to_contain_text("line 119")
    expect(tail.locator("li")).to_have_count(100)
    assert is_scrolled_to_end(tail)
    tail.evaluate("element => { element.scrollTop = 0; }")
    append_agent_log(agent, coder, "the last word")
    expect(tail).to_contain_text("the last word")
    assert not is_scrolled_to_end(tail)
    assert findings(page) == []
    page.locator(".agent-log > summary").first.click()
    page.wait_for_function("() => document.documentElement.dataset.liveState === 'live'")
    coder.clear_requests()
    append_agent_log(agent, coder, "unread")
    page.locator(".agent-log > summary").first.click()
    expect(tail).to_contain_text("unread")


def test_agent_log_opens_on_startup_failure_and_stays_closed_once_closed(
    tabs: Tabs, coder: SimulatedCoder, other_client: OtherClient, stopped_workspace: Callable[..., Workspace]
) -> None:
    web = stopped_workspace(outcome="start_error")
    coder.start_queued_build(web)
    page = tabs("/@alice/web/")
    advance_until(coder, lambda: web.latest_build.job.status == "succeeded")
    (agent,) = web.agents
    advance_until(coder, lambda: agent.lifecycle == "starting")
    expect(agent_status(page)).to_have_text("Starting")
    log = agent_card(page).locator(".agent-log")
    expect(log).not_to_have_attribute("open", "")
    advance_until(coder, lambda: agent.lifecycle == "start_error")
    expect(agent_status(page)).to_have_text("Startup failed")
    expect(log.locator(".log-tail")).to_contain_text("done")
    page.locator(".agent-log > summary").first.click()
    other_client.http.patch(f"/workspaces/{web.id}", json={"name": "other"}).raise_for_status()
    expect(page).to_have_title(re.compile("^other"))
    expect(log).not_to_have_attribute("open", "")
