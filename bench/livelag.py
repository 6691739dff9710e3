"""Measure the time from an event of Coder to the page in Chromium: a workspace's page, a row of a list of 25.

    python -m bench.livelag [events]

The simulated Coder moves a deadline and reports when it did (`latest_build.updated_at`); a MutationObserver in the
page reports when the page changed. Both use the clock of this machine.
"""

import statistics
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.fixtures import OWNER, open_coder_client, run_servers
from bench.weight import open_signed_in_context
from tests.chromium import CHROMIUM, CHROMIUM_ARGUMENTS

BUDGETS = {"a workspace's page": 30, "a row of the list": 50}  # ms
# Resolves `window.changed` with the time (ms since 1970) at which the element's text or attributes changed.
OBSERVE_CHANGE = """selector => {
  const shown = () => document.querySelector(selector).outerHTML;
  const before = shown();
  window.changed = new Promise(resolve => {
    const observer = new MutationObserver(() => {
      const now = performance.timeOrigin + performance.now();
      if (shown() === before) return;
      observer.disconnect();
      resolve(now);
    });
    observer.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  });
}"""


def main(events: int) -> None:
    """Run both measurements and print the results."""
    with run_servers(workspaces=25, latency_ms=0) as urls, closing(open_coder_client(urls, OWNER)) as coder:
        workspace_id = find_workspace_with_deadline(coder)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
            context = open_signed_in_context(browser, urls)
            print(f"{events} events each, from the time at which Coder reports the change")
            for name, path in (("a workspace's page", f"/workspaces/{workspace_id}/"), ("a row of the list", "/")):
                lags_ms = measure_lags(context, coder, workspace_id, path, events)
                median, worst = statistics.median(lags_ms), max(lags_ms)
                print(f"  {name:<20} median {median:4.0f} ms   worst {worst:4.0f} ms   (budget {BUDGETS[name]})")
            browser.close()


def find_workspace_with_deadline(coder: httpx.Client) -> str:
    """Return the id of a running workspace with a deadline. Raises SystemExit if there is none."""
    for workspace in coder.get("/workspaces", params={"q": "owner:me status:running"}).json()["workspaces"]:
        if workspace["latest_build"].get("deadline"):
            return str(workspace["id"])
    raise SystemExit("no workspace has a deadline")


def measure_lags(
    context: BrowserContext, coder: httpx.Client, workspace_id: str, path: str, events: int
) -> list[float]:
    """Return the time (ms) from each of this many events to the page at this path."""
    page = context.new_page()
    page.goto(path)
    page.wait_for_selector("#live-status[data-state=live]")
    move_deadline(coder, workspace_id, 0)  # loads what Chromium and the portal load once
    page.wait_for_timeout(1000)
    lags_ms = [measure_lag(page, coder, workspace_id, number) for number in range(1, events + 1)]
    page.close()
    return lags_ms


def measure_lag(page: Page, coder: httpx.Client, workspace_id: str, number: int) -> float:
    """Return the time (ms) from one event to the page."""
    page.evaluate(OBSERVE_CHANGE, f"#w-{workspace_id}")
    moved_at_ms = move_deadline(coder, workspace_id, number)
    return float(page.evaluate("changed")) - moved_at_ms


def move_deadline(coder: httpx.Client, workspace_id: str, minutes: int) -> float:
    """Set the deadline to two hours and this many minutes from now. Return when Coder did it (ms since 1970)."""
    deadline = datetime.now(UTC) + timedelta(hours=2, minutes=minutes)
    coder.put(f"/workspaces/{workspace_id}/extend", json={"deadline": deadline.isoformat()}).raise_for_status()
    build = coder.get(f"/workspaces/{workspace_id}").json()["latest_build"]
    return datetime.fromisoformat(build["updated_at"]).timestamp() * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
