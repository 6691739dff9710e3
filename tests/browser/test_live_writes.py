"""Browser tests for stream events during a write: no update is lost and nothing is shown twice."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.browser.tabs import Tabs, expect_status, workspace_element
from tests.portal import SimulatedCoder

ENOUGH = 7200.0  # s: every build has ended by then, and no token has expired

# The promise `answered` resolves when htmx has processed the response to a write.
ANSWERED = """() => { window.answered = new Promise(done => document.addEventListener("htmx:finally:request",
  ({detail: {ctx}}) => ctx.request.method === "POST" && done())); }"""


@contextmanager
def hold_response(page: Page, path: str, button: Locator) -> Iterator[APIResponse]:
    """Press the button, and keep the answer to what it posts from the page until the end."""
    found = list[tuple[Route, APIResponse]]()
    page.route(re.compile(path), lambda route: found.append((route, route.fetch())))
    button.click()
    while not found:
        page.evaluate("0")  # lets Playwright process browser events
    ((route, answer),) = found
    yield answer
    page.evaluate(ANSWERED)
    route.fulfill(response=answer)
    page.evaluate("answered")


def test_write_response_does_not_restore_old_state_after_newer_event(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    with hold_response(page, "/builds/$", page.locator(".workspace .row-actions .btn-primary")) as answer:
        coder.server.advance(ENOUGH)
        expect_status(page, web, "running")
        assert 'data-status="running"' not in answer.text()
    expect_status(page, web, "running")


# Dispatches a stream event with an outdated state of a workspace.
TELL_OLD = """(head, html) => [...window.streams][0].dispatchEvent(new MessageEvent("states",
  {lastEventId: "1", data: `<hx-partial hx-target="#${head.id}" hx-swap="outerMorph">${html}</hx-partial>`}))"""


def test_write_response_overrides_older_stream_event_when_it_arrives(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    page = tabs("/@alice/web/")
    head = workspace_element(page, web)
    before = head.evaluate("it => it.outerHTML")
    with hold_response(page, "/builds/$", page.locator(".workspace .row-actions .btn-primary")):
        expect_status(page, web, "starting")
        head.evaluate(TELL_OLD, before)
        expect_status(page, web, "stopped")
    expect_status(page, web, "starting")
    expect(page.get_by_role("status")).to_contain_text("Starting.")


def test_log_line_appears_once_when_it_arrives_during_write(tabs: Tabs, coder: SimulatedCoder) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped"))
    page = tabs("/@alice/web/")
    log, logs = page.locator("#log"), web.latest_build.job.logs
    expect(log).to_be_visible()
    with hold_response(page, "/favorite/$", page.get_by_role("button", name="Star web")):
        logs.append(replace(logs[-1], id=next(coder.server.world.log_ids), output="one more line"))
        expect(log).to_contain_text("one more line")
    expect(page.get_by_role("button", name="Star web")).to_have_attribute("aria-pressed", "true")
    expect(log.locator(".log-block")).to_have_count(2)
