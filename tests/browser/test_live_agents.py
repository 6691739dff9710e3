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

STEPS = 500  # of 5 s of the simulated clock each: enough for everything that a test waits for


@pytest.fixture
def stopped_workspace(coder: SimulatedCoder) -> Callable[..., Workspace]:
    """`stopped_workspace(outcome=...)`: a stopped workspace, whose agent fares so from its next start on."""

    def make(**fares: Any) -> Workspace:
        (plan,) = (each.active_version.plan for each in coder.server.world.templates.values() if each.name == "dev")

        def other(agent: AgentPlan) -> AgentPlan:
            return replace(agent, **fares)

        resources = tuple(replace(each, agents=tuple(map(other, each.agents))) for each in plan.resources)
        coder.new_version("dev", replace(plan, resources=resources))
        return coder.place("web", "stopped", template="dev", parameters={"project": "ABC-1"})

    return make


def advance_until(coder: SimulatedCoder, until: Callable[[], bool]) -> None:
    """Let time pass at Coder, step by step, until something is so there."""
    for _ in range(STEPS):
        if until():
            return
        coder.server.advance(5)
    pytest.fail("It never came to that.")


def card(page: Page) -> Locator:
    """The agent's card."""
    return page.locator(".agent")


def state(page: Page) -> Locator:
    """How the agent is, in a word."""
    return card(page).locator(".agent-header .status-badge")


def write_log_line(agent: Agent, coder: SimulatedCoder, *lines: str) -> None:
    """Let a script of the agent write."""
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
    page.locator("#timings").scroll_into_view_if_needed()
    expect(page.locator("#timings .panel")).to_be_visible()
    page.locator(".workspace .row-actions .btn-primary").click()
    expect_status(page, web, "pending|starting")
    advance_until(coder, lambda: web.latest_build.job.status == "succeeded")
    expect(state(page)).to_have_text("Connecting")
    code = card(page).locator(".app", has_text="code-server")
    expect(code.get_by_role("link")).to_have_count(0)
    (agent,) = web.agents
    advance_until(coder, lambda: agent.lifecycle == "starting")
    expect(state(page)).to_have_text("Starting")
    advance_until(coder, lambda: agent.lifecycle == "ready")
    expect(state(page)).to_have_text("Ready")
    expect(page.locator("#timings")).to_contain_text("its agents were ready")
    expect(card(page).locator(".ssh code")).to_be_visible()
    expect(card(page).locator(".agent-metadata")).to_contain_text("12%")
    advance_until(coder, lambda: all(app.health != "initializing" for app in agent.apps))
    expect(code.get_by_role("link")).to_have_attribute("href", re.compile("/@alice/web.main/apps/code-server/$"))
    expect(code).not_to_contain_text("starting")


def test_open_agent_log_follows_new_lines_unless_user_scrolled_up(tabs: Tabs, coder: SimulatedCoder) -> None:
    (agent,) = coder.place("web", template="dev", agent_state="starting").agents
    page = tabs("/@alice/web/")
    write_log_line(agent, coder, "first words")
    expect(card(page).locator(".ssh code")).to_be_visible()  # no part of the card shifts after this
    page.get_by_text("Log of main", exact=True).click()
    tail = card(page).locator(".log-tail")
    expect(tail).to_contain_text("first words")
    write_log_line(agent, coder, *(f"line {number}" for number in range(120)))
    expect(tail).to_contain_text("line 119")
    expect(tail.locator("li")).to_have_count(100)
    assert is_scrolled_to_end(tail)
    tail.evaluate("it => { it.scrollTop = 0; }")
    write_log_line(agent, coder, "the last word")
    expect(tail).to_contain_text("the last word")
    assert not is_scrolled_to_end(tail)
    assert findings(page) == []
    page.get_by_text("Log of main", exact=True).click()
    page.wait_for_function("() => document.documentElement.dataset.liveState === 'live'")
    coder.clear_requests()
    write_log_line(agent, coder, "unread")
    page.get_by_text("Log of main", exact=True).click()
    expect(tail).to_contain_text("unread")


def test_agent_log_opens_on_startup_failure_and_stays_closed_once_closed(
    tabs: Tabs, coder: SimulatedCoder, elsewhere: OtherClient, stopped_workspace: Callable[..., Workspace]
) -> None:
    web = stopped_workspace(outcome="start_error")
    coder.start_queued_build(web)
    page = tabs("/@alice/web/")
    advance_until(coder, lambda: web.latest_build.job.status == "succeeded")
    (agent,) = web.agents
    advance_until(coder, lambda: agent.lifecycle == "starting")
    expect(state(page)).to_have_text("Starting")
    log = card(page).locator(".agent-log")
    expect(log).not_to_have_attribute("open", "")
    advance_until(coder, lambda: agent.lifecycle == "start_error")
    expect(state(page)).to_have_text("Startup failed")
    expect(log.locator(".log-tail")).to_contain_text("done")
    page.get_by_text("Log of main", exact=True).click()
    elsewhere.http.patch(f"/workspaces/{web.id}", json={"name": "other"}).raise_for_status()
    expect(page).to_have_title(re.compile("^other"))
    expect(log).not_to_have_attribute("open", "")
