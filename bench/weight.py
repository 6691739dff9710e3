"""Measure the weight of a list of 25, and of one in a frame, in Chromium: bytes, requests, the time to the first row.

    python -m bench.weight [rounds]

Cold is a browser with an empty cache in which a user is signed in; warm is the same page opened again. Bytes are
those on the wire with headers, as counted by the Chrome DevTools Protocol; responses from the cache count as none.
"""

import statistics
import sys
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.fixtures import OWNER, ServerUrls, run_servers
from tests.chromium import CHROMIUM, CHROMIUM_ARGUMENTS

BUDGETS: dict[str, tuple[str, ...]] = {
    "cold": ("budget: 25 KB", "6", "a fifth of 2.19's 1.46 s: 0.29 s"),
    "warm": ("budget: 5 KB", "2", "a fifth of 2.19's 0.65 s: 0.13 s"),
    "frame cold": ("budget: 20 KB",),
    "frame warm": ("budget: 3 KB",),
    "floor": ("one line of text: the minimum for any page on this machine",),
}
FIRST_SEEN_SCRIPT = """selector => {
  const check = () => {
    if (!document.querySelector(selector)) return requestAnimationFrame(check);
    requestAnimationFrame(() => { window.firstSeen = performance.now(); });
  };
  check();
}"""


@dataclass  # without slots: Playwright sets attributes on the methods that it calls
class Visit:
    """The network traffic of one page load."""

    portal: str
    first_seen_ms: float = 0.0
    bytes: int = 0
    portal_requests: set[str] = field(default_factory=set)  # ids of those answered over the wire
    coder_requests: set[str] = field(default_factory=set)  # ids; Coder serves the icons of templates
    urls: dict[str, str] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)

    def request_sent(self, event: dict[str, Any]) -> None:
        """Handle Network.requestWillBeSent."""
        self.urls[event["requestId"]] = event["request"]["url"]

    def response_received(self, event: dict[str, Any]) -> None:
        """Handle Network.responseReceived."""
        if event["response"].get("fromDiskCache") or event["response"]["url"].startswith("data:"):
            self.cached.add(event["requestId"])

    def served_from_cache(self, event: dict[str, Any]) -> None:
        """Handle Network.requestServedFromCache."""
        self.cached.add(event["requestId"])

    def loading_finished(self, event: dict[str, Any]) -> None:
        """Handle Network.loadingFinished."""
        request_id = event["requestId"]
        if request_id in self.cached:
            return
        self.bytes += int(event["encodedDataLength"])
        (self.portal_requests if self.urls.get(request_id, "").startswith(self.portal) else self.coder_requests).add(
            request_id
        )


def main(rounds: int) -> None:
    """Measure cold and warm loads and print them with their budgets."""
    visits: dict[str, list[Visit]] = {name: [] for name in BUDGETS}
    with run_servers(workspaces=25) as urls, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        for _ in range(rounds):
            context = open_signed_in_context(browser, urls)
            page = context.new_page()
            for name in ("cold", "warm"):
                visits[name].append(measure_visit(page, urls))
                page.goto("about:blank")
            context.close()
            context = open_signed_in_context(browser, urls)
            page = context.new_page()
            for name in ("frame cold", "frame warm"):
                visits[name].append(measure_visit(page, urls, "li[data-workspace]", "/embed/workspaces/"))
                page.goto("about:blank")
            context.close()
            context = open_signed_in_context(browser, urls)
            visits["floor"].append(measure_visit(context.new_page(), urls, "body", "/healthz"))
            context.close()
        browser.close()
    print(f"a list of 25, a Coder that takes 31 ms for each answer; medians of {rounds}")
    for name, measured in visits.items():
        size = statistics.median(visit.bytes for visit in measured) / 1000
        requests = statistics.median(len(visit.portal_requests) for visit in measured)
        elsewhere = statistics.median(len(visit.coder_requests) for visit in measured)
        first_seen = statistics.median(visit.first_seen_ms for visit in measured)
        budget = ", ".join(BUDGETS[name])
        print(
            f"  {name}: {size:6.1f} KB   {requests:.0f} requests to the portal, {elsewhere:.0f} to Coder"
            f"   first seen after {first_seen:4.0f} ms   ({budget})"
        )


def open_signed_in_context(browser: Browser, urls: ServerUrls) -> BrowserContext:
    """Return a browser context with an empty cache in which a user is signed in."""
    context = browser.new_context(base_url=urls.portal, viewport={"width": 1280, "height": 900})
    context.request.get("/login/")
    (csrf_token,) = [cookie["value"] for cookie in context.cookies() if cookie["name"] == "coder_portal_csrf"]
    context.request.post("/login/", form={"csrfmiddlewaretoken": csrf_token, **OWNER})
    return context


def measure_visit(page: Page, urls: ServerUrls, selector: str = "tr[data-status]", path: str = "/workspaces/") -> Visit:
    """Open a page, wait until the element of this selector is shown, then until the network is idle."""
    visit = Visit(urls.portal)
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.on("Network.requestWillBeSent", visit.request_sent)
    protocol.on("Network.responseReceived", visit.response_received)
    protocol.on("Network.requestServedFromCache", visit.served_from_cache)
    protocol.on("Network.loadingFinished", visit.loading_finished)
    page.add_init_script(f"({FIRST_SEEN_SCRIPT})({selector!r})")
    page.goto(path)
    page.wait_for_function("window.firstSeen > 0")
    page.wait_for_load_state("networkidle")
    visit.first_seen_ms = float(page.evaluate("window.firstSeen"))
    protocol.detach()
    return visit


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
