"""Browser tests for stream events during a write: no update is lost and nothing is shown twice."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.browser.tabs import Tabs, expect_status, workspace_element
from tests.portal import SimulatedCoder

ALL_BUILDS_S = 7200.0  # every build has ended by then, and no token has expired
WAIT_S = 45.0  # for the write and its response, which Playwright fetches within 30 s
# The promise `responded` resolves when htmx has processed the response to a write.
AWAIT_RESPONSE = """() => { window.responded = new Promise(resolve => document.addEventListener("htmx:finally:request",
  ({detail: {ctx}}) => ctx.request.method === "POST" && resolve())); }"""


@contextmanager
def hold_response(page: Page, path: str, button: Locator) -> Iterator[APIResponse]:
    """Press the button and hold the response to its POST until the context ends."""
    responses = list[tuple[Route, APIResponse]]()
    page.route(re.compile(path), lambda route: responses.append((route, route.fetch())))
    button.click()
    deadline = time.monotonic() + WAIT_S
    while not responses:
        assert time.monotonic() < deadline, "The page has not sent the write, or the portal has not responded."
        page.evaluate("0")  # lets Playwright process browser events
    ((route, response),) = responses
    yield response
    page.evaluate(AWAIT_RESPONSE)
    route.fulfill(response=response)
    page.evaluate("responded")


def test_write_response_does_not_restore_old_state_after_newer_event(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    with hold_response(page, "/builds/$", page.locator(".workspace .row-actions .btn-primary")) as response:
        coder.server.advance(ALL_BUILDS_S)
        expect_status(page, web, "running")
        assert 'data-status="running"' not in response.text()
    expect_status(page, web, "running")


# Dispatches a stream event with an outdated state of a workspace.
DISPATCH_OUTDATED_EVENT = """(head, html) => [...window.streams][0].dispatchEvent(new MessageEvent("states",
  {lastEventId: "1", data: `<hx-partial hx-target="#${head.id}" hx-swap="outerMorph">${html}</hx-partial>`}))"""


def test_write_response_overrides_older_stream_event_when_it_arrives(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    head = workspace_element(page, web)
    before = head.evaluate("element => element.outerHTML")
    with hold_response(page, "/builds/$", page.locator(".workspace .row-actions .btn-primary")):
        expect_status(page, web, "starting")
        head.evaluate(DISPATCH_OUTDATED_EVENT, before)
        expect_status(page, web, "stopped")
    expect_status(page, web, "starting")
    expect(page.get_by_role("status")).to_contain_text("Starting web…")


def test_log_line_appears_once_when_it_arrives_during_write(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped"))
    page = tabs("/@alice/web/")
    log, logs = page.locator("#log"), web.latest_build.job.logs
    expect(log).to_be_visible()
    with hold_response(page, "/favorite/$", page.get_by_role("button", name="Favorite web")):
        logs.append(replace(logs[-1], id=next(coder.server.world.log_ids), output="one more line"))
        expect(log).to_contain_text("one more line")
    expect(page.get_by_role("button", name="Favorite web")).to_have_attribute("aria-pressed", "true")
    expect(log.locator(".log-block")).to_have_count(2)
