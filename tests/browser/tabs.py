"""Browser tabs with live updates, and changes made outside of the browser."""

import re

import httpx
from playwright.sync_api import BrowserContext, Locator, Page, expect

from coder_simulator.state import Workspace
from tests.browser.sign_in import sign_in_by_request
from tests.portal import SimulatedCoder, create_token

# Counts the open streams (EventSource) of a tab, and records the announcements for screen readers.
STREAM_COUNTER_SCRIPT = """window.streams = new Set(); window.EventSource = class extends EventSource {
  constructor(...args) { super(...args); window.streams.add(this); }
  close() { super.close(); window.streams.delete(this); }
};
window.announcements = [];
addEventListener("DOMContentLoaded", () => {
  const announcer = document.getElementById("sr-announcer");
  new MutationObserver(() => announcements.push(announcer.textContent)).observe(announcer, {childList: true});
});"""


class Tabs:
    """Opens tabs of a browser in which Alice is signed in."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.signed_in_page: Page | None = context.new_page()
        sign_in_by_request(self.signed_in_page)

    def open(self, address: str) -> Page:
        """Open one more tab."""
        page, self.signed_in_page = self.signed_in_page or self.context.new_page(), None
        page.goto(address)
        return page

    def __call__(self, address: str) -> Page:
        """Open one more tab and wait for its stream."""
        page = self.open(address)
        expect_live(page)
        return page


def live_indicator(page: Page) -> Locator:
    """Return the element that shows whether the page is live."""
    return page.locator("#live-status")


def expect_live(page: Page) -> None:
    """Wait until the page has its stream."""
    expect(live_indicator(page)).to_have_attribute("data-state", "live")


def workspace_element(page: Page, workspace: Workspace) -> Locator:
    """Return the row of the workspace, or the header of its page."""
    return page.locator(f"#w-{workspace.id}")


def expect_status(page: Page, workspace: Workspace, status: str) -> None:
    """Wait until the page shows this status of the workspace; `|` separates alternatives."""
    expect(workspace_element(page, workspace)).to_have_attribute("data-status", re.compile(f"^({status})$"))


def count_streams(page: Page) -> int:
    """Return how many streams this tab has open."""
    return int(page.evaluate("window.streams.size"))


def is_scrolled_to_end(box: Locator) -> bool:
    """Return whether the last line of a scrollable element is visible."""
    return bool(box.evaluate("element => element.scrollHeight - element.scrollTop - element.clientHeight < 2"))


class OtherClient:
    """A client of Coder's API with another token of Alice."""

    def __init__(self, coder: SimulatedCoder) -> None:
        headers = {"Coder-Session-Token": create_token(coder)}
        self.http = httpx.Client(base_url=f"{coder.url}/api/v2", headers=headers, trust_env=False, timeout=30)

    def create_build(self, workspace: Workspace, transition: str) -> None:
        """Create a build."""
        self.http.post(f"/workspaces/{workspace.id}/builds", json={"transition": transition}).raise_for_status()
