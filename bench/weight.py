"""What a list of 25 weighs in Chromium: bytes, requests, and the time until its first row is seen, cold and warm.

    python -m bench.weight [rounds]

Cold is a browser that has never been here, but for being signed in; warm is the same page opened again. Bytes are
those on the wire, headers included, as Chromium's own protocol counts them; what came from its cache is none.
"""

import statistics
import sys
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.fixtures import OWNER, ServerUrls, run_servers
from tests.conftest import CHROMIUM, CHROMIUM_ARGUMENTS

BUDGETS: dict[str, tuple[str, ...]] = {
    "cold": ("budget: 25 KB", "6", "a fifth of 2.19's 1.46 s: 0.29 s"),
    "warm": ("budget: 5 KB", "2", "a fifth of 2.19's 0.65 s: 0.13 s"),
    "floor": ("one line of text: what this machine and this Chromium take for any page",),
}
FIRST_SEEN_SCRIPT = """WANTED => {
  const seen = () => {
    if (!document.querySelector(WANTED)) return requestAnimationFrame(seen);
    requestAnimationFrame(() => { window.firstSeen = performance.now(); });
  };
  seen();
}"""


@dataclass  # without slots: Playwright marks the methods that it calls
class Visit:
    """What one opening of the page brought over the wire."""

    portal: str
    first_seen_ms: float = 0.0
    bytes: int = 0
    portal_requests: set[str] = field(default_factory=set)  # ids of those answered over the wire
    coder_requests: set[str] = field(default_factory=set)  # ids; Coder serves the icons of templates
    urls: dict[str, str] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)

    def request_sent(self, event: dict[str, Any]) -> None:
        """Chromium is about to ask for something."""
        self.urls[event["requestId"]] = event["request"]["url"]

    def response_received(self, event: dict[str, Any]) -> None:
        """The head of an answer is there."""
        if event["response"].get("fromDiskCache") or event["response"]["url"].startswith("data:"):
            self.cached.add(event["requestId"])

    def served_from_cache(self, event: dict[str, Any]) -> None:
        """Nothing was asked at all."""
        self.cached.add(event["requestId"])

    def loading_finished(self, event: dict[str, Any]) -> None:
        """The whole answer is there."""
        known = event["requestId"]
        if known in self.cached:
            return
        self.bytes += int(event["encodedDataLength"])
        (self.portal_requests if self.urls.get(known, "").startswith(self.portal) else self.coder_requests).add(known)


def main(rounds: int) -> None:
    """Measure and print both against the budget."""
    visits: dict[str, list[Visit]] = {"cold": [], "warm": [], "floor": []}
    with run_servers(workspaces=25) as both, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        for _ in range(rounds):
            context = open_signed_in_context(browser, both)
            page = context.new_page()
            for name in ("cold", "warm"):
                visits[name].append(measure_visit(page, both))
                page.goto("about:blank")
            context.close()
            context = open_signed_in_context(browser, both)
            visits["floor"].append(measure_visit(context.new_page(), both, "body"))
            context.close()
        browser.close()
    print(f"a list of 25, a Coder that takes 31 ms for each answer; medians of {rounds}")
    for name, found in visits.items():
        size = statistics.median(each.bytes for each in found) / 1000
        requests = statistics.median(len(each.portal_requests) for each in found)
        elsewhere = statistics.median(len(each.coder_requests) for each in found)
        first_seen = statistics.median(each.first_seen_ms for each in found)
        budget = ", ".join(BUDGETS[name])
        print(
            f"  {name}: {size:6.1f} KB   {requests:.0f} requests to the portal, {elsewhere:.0f} to Coder"
            f"   first seen after {first_seen:4.0f} ms   ({budget})"
        )


def open_signed_in_context(browser: Browser, both: ServerUrls) -> BrowserContext:
    """A browser with an empty cache, in which somebody is signed in."""
    context = browser.new_context(base_url=both.portal, viewport={"width": 1280, "height": 900})
    context.request.get("/login/")
    (mark,) = [cookie["value"] for cookie in context.cookies() if cookie["name"] == "coder_portal_csrf"]
    context.request.post("/login/", form={"csrfmiddlewaretoken": mark, **OWNER})
    return context


def measure_visit(page: Page, both: ServerUrls, wanted: str = "tr[data-workspace]") -> Visit:
    """Open the list and wait until nothing more comes; with "body", the emptiest page that there is."""
    found = Visit(both.portal)
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.on("Network.requestWillBeSent", found.request_sent)
    protocol.on("Network.responseReceived", found.response_received)
    protocol.on("Network.requestServedFromCache", found.served_from_cache)
    protocol.on("Network.loadingFinished", found.loading_finished)
    page.add_init_script(f"({FIRST_SEEN_SCRIPT})({wanted!r})")
    page.goto("/workspaces/" if wanted != "body" else "/healthz")
    page.wait_for_function("window.firstSeen > 0")
    page.wait_for_load_state("networkidle")
    found.first_seen_ms = float(page.evaluate("window.firstSeen"))
    protocol.detach()
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
