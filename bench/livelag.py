"""From Coder's event to the page in Chromium: on a workspace's page, and on a watched row of a list of 25.

    python -m bench.livelag [events]

The simulated Coder moves a deadline and says when it did (`latest_build.updated_at`); a MutationObserver in the page
says when the new one stood there. Both clocks are this machine's.
"""

import statistics
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.fixtures import OWNER, at_coder, stage
from bench.weight import signed_in
from tests.conftest import ARGUMENTS, CHROMIUM

BUDGETS = {"a workspace's page": 30, "a row of the list": 50}  # ms
# What shows the workspace is looked at as a whole: that it is another one is seen in its text or its attributes.
WAIT = """selector => {
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
    """Measure both and print them."""
    with stage(workspaces=25, latency_ms=0) as both, closing(at_coder(both, OWNER)) as coder:
        workspace = with_deadline(coder)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = signed_in(browser, both)
            print(f"{events} events each, from the moment at which Coder says that it changed the workspace")
            for name, address in (("a workspace's page", f"/workspaces/{workspace}/"), ("a row of the list", "/")):
                found = lags(context, coder, workspace, address, events)
                print(f"  {name:<20} median {statistics.median(found):4.0f} ms   worst {max(found):4.0f} ms", end="")
                print(f"   (budget {BUDGETS[name]})")
            browser.close()


def with_deadline(coder: httpx.Client) -> str:
    """The id of a workspace that runs and stops by itself."""
    for workspace in coder.get("/workspaces", params={"q": "owner:me status:running"}).json()["workspaces"]:
        if workspace["latest_build"].get("deadline"):
            return str(workspace["id"])
    raise SystemExit("no workspace has a deadline")


def lags(context: BrowserContext, coder: httpx.Client, workspace: str, address: str, events: int) -> list[float]:
    """How long (ms) each of so many events took until it was in the page at this address."""
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#live-status[data-state=live]")
    move(coder, workspace, 0)  # what Chromium and the portal load once
    page.wait_for_timeout(1000)
    found = [lag(page, coder, workspace, number) for number in range(1, events + 1)]
    page.close()
    return found


def lag(page: Page, coder: httpx.Client, workspace: str, number: int) -> float:
    """How long (ms) one event took."""
    page.evaluate(WAIT, f"[data-workspace='{workspace}']")
    moved = move(coder, workspace, number)
    return float(page.evaluate("changed")) - moved


def move(coder: httpx.Client, workspace: str, minutes: int) -> float:
    """Move the deadline, to another minute each time. Returns when Coder did it (ms since 1970)."""
    deadline = datetime.now(UTC) + timedelta(hours=2, minutes=minutes)
    coder.put(f"/workspaces/{workspace}/extend", json={"deadline": deadline.isoformat()}).raise_for_status()
    build = coder.get(f"/workspaces/{workspace}").json()["latest_build"]
    return datetime.fromisoformat(build["updated_at"]).timestamp() * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
