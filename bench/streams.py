"""Measure event streams: the resources of one portal process, the latency of events, the recovery after a restart.

    python -m bench.streams [tabs [workspaces [events]]]        (1000, 500, 20)

1. Twice `tabs` streams are open on `workspaces` workspaces: memory, threads, idle CPU.
2. `tabs` tabs are open on one workspace: time from the moment at which the simulated Coder moves a deadline
   (`latest_build.updated_at`) until a tab has received the whole event.
3. The portal restarts, Coder changes meanwhile, and the tabs reconnect as live.js does.

All tabs belong to one session and run in this process, on one socket each; portal and Coder have their own processes.
"""

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from bench.fixtures import ServerUrls, open_coder_client, open_portal_client, run_coder
from bench.tabs import TabGroup
from coder_portal import local_portal
from tests.server import collect_static_once, free_port, migrate, portal_environment

MAX_OPEN_FILES = 16_384
IDLE_S = 20.0  # over which CPU time is measured; longer than the 15 s between two heartbeats
CLOCK_TICKS_PER_S = 100  # unit of CPU times in /proc
BUDGET_KIB, BUDGET_MS = 24, 50


class PortalProcess:
    """A portal in one process that can be stopped and started again at the same address."""

    def __init__(self, coder_url: str, folder: Path) -> None:
        self.port = free_port()
        limits = dict.fromkeys(("LIVE_MAX_STREAMS", "LIVE_MAX_STREAMS_PERSON", "LIVE_MAX_WATCHES"), "100000")
        self.env = portal_environment(coder_url, folder, self.port) | {"CODER_PUBLIC_URL": coder_url} | limits
        self.env["PORTAL_LOG_LEVEL"] = "ERROR"
        migrate(self.env)
        collect_static_once()
        self.url = self.env["PORTAL_URL"]
        self.start()

    def start(self) -> None:
        """Start the process and wait until it responds."""
        self.process = local_portal.start_portal(self.env, self.port)
        local_portal.wait_until_ready(f"{self.url}/healthz", self.process)

    def stop(self) -> float:
        """Stop the process with SIGTERM. Return how long that took, in s."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(20)
        return time.monotonic() - started

    def status(self, name: str) -> int:
        """Return a figure of /proc/<pid>/status, for example VmRSS (KiB) or Threads."""
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        return int(lines[name].split()[0])

    def cpu_s(self) -> float:
        """Return the CPU time of the process so far, in s."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_S


class DirectCoder:
    """Direct requests to the simulated Coder, past the portal."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self.client = client
        self.control_url = f"{url}/_control"

    def clear_requests(self) -> None:
        """Clear the log of requests."""
        self.client.delete(f"{self.control_url}/requests")

    def request_counts(self) -> Counter[str]:
        """Return the number of logged requests by path."""
        return Counter(
            entry["path"].removeprefix("/api/v2") for entry in self.client.get(f"{self.control_url}/requests").json()
        )

    def workspaces(self, count: int) -> list[dict[str, Any]]:
        """Return this many workspaces, those with a deadline first."""
        workspaces: list[dict[str, Any]] = []
        while len(workspaces) < count:
            params = {"limit": 100, "offset": len(workspaces)}
            page = self.client.get("/workspaces", params=params).json()["workspaces"]
            if not page:
                raise SystemExit(f"Coder has only {len(workspaces)} workspaces")
            workspaces += page
        return sorted(workspaces, key=lambda workspace: not has_deadline(workspace))[:count]

    async def move_deadline(self, workspace_id: str, minutes: int) -> float:
        """Set the deadline to two hours and this many minutes from now. Return when Coder did it (time.time())."""
        deadline = datetime.now(UTC) + timedelta(hours=2, minutes=minutes)
        body = {"deadline": deadline.isoformat()}
        await asyncio.to_thread(
            lambda: self.client.put(f"/workspaces/{workspace_id}/extend", json=body).raise_for_status()
        )
        workspace = (await asyncio.to_thread(self.client.get, f"/workspaces/{workspace_id}")).json()
        return datetime.fromisoformat(workspace["latest_build"]["updated_at"]).timestamp()


def has_deadline(workspace: dict[str, Any]) -> bool:
    """Return whether the workspace has a deadline that can be moved."""
    build = workspace["latest_build"]
    return build["status"] == "running" and bool(build.get("deadline"))


async def main(tab_count: int, workspace_count: int, event_count: int) -> None:
    """Run all measurements and print the results."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    with portal_and_coder(workspace_count) as (portal, browser, direct_coder):
        cookie = "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)
        workspaces = direct_coder.workspaces(workspace_count)
        if not has_deadline(workspaces[0]):
            raise SystemExit("no workspace has a deadline")
        workspace_ids = [workspace["id"] for workspace in workspaces]
        await measure_resources(portal, cookie, workspace_ids, 2 * tab_count)
        page = browser.get(f"/workspaces/{workspace_ids[0]}/", follow_redirects=True).text
        etag = page.partition('data-etag="')[2].partition('"')[0]
        group = TabGroup(portal.url, cookie)
        await group.open([f"/live/workspaces/{workspace_ids[0]}/?etag={etag}"] * tab_count)
        await measure_latency(group, direct_coder, workspace_ids[0], event_count)
        await measure_recovery(group, portal, direct_coder, workspace_ids[0])
        await group.close()


@contextmanager
def portal_and_coder(workspace_count: int) -> Iterator[tuple[PortalProcess, httpx.Client, DirectCoder]]:
    """Run a simulated Coder and a portal, and sign in to both as the same person."""
    with ExitStack() as stack:
        coder_url = stack.enter_context(run_coder(workspaces=workspace_count, latency_ms=0))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        portal = PortalProcess(coder_url, folder)
        stack.callback(lambda: local_portal.terminate([portal.process]))
        urls = ServerUrls(coder=coder_url, portal=portal.url)
        browser = stack.enter_context(closing(open_portal_client(urls)))
        client = stack.enter_context(closing(open_coder_client(urls)))
        yield portal, browser, DirectCoder(client, coder_url)


async def measure_resources(
    portal: PortalProcess, cookie: str, workspace_ids: Sequence[str], stream_count: int
) -> None:
    """Measure memory, threads and idle CPU with this many streams on these workspaces."""
    group = TabGroup(portal.url, cookie)
    await group.open([f"/live/workspaces/{workspace_ids[0]}/"] * 20)  # loads what the process loads once
    await group.close()
    rss_before, threads = portal.status("VmRSS"), portal.status("Threads")
    started = time.monotonic()
    await group.open([f"/live/workspaces/{workspace_id}/" for workspace_id in workspace_ids])
    await group.wait_until(lambda: all(tab.state_at for tab in group.tabs))
    rss_one_each = portal.status("VmRSS")
    further_count = stream_count - len(workspace_ids)
    further_ids = [workspace_ids[index % len(workspace_ids)] for index in range(further_count)]
    await group.open([f"/live/workspaces/{workspace_id}/" for workspace_id in further_ids])
    await group.wait_until(lambda: all(tab.state_at for tab in group.tabs))
    duration_s, rss_after = time.monotonic() - started, portal.status("VmRSS")
    cpu_before, idle_since = portal.cpu_s(), time.monotonic()
    await asyncio.sleep(IDLE_S)
    idle = (portal.cpu_s() - cpu_before) / (time.monotonic() - idle_since)
    print(f"{stream_count} streams on {len(workspace_ids)} workspaces, all with their first state after", end="")
    print(f" {duration_s:.1f} s")
    print(f"  memory: {rss_before / 1024:.0f} MiB before, {rss_after / 1024:.0f} MiB with them:", end="")
    print(f" {(rss_after - rss_before) / stream_count:.1f} KiB each, with their workspaces;", end="")
    print(f" a further one on the same workspace {(rss_after - rss_one_each) / further_count:.1f} KiB", end="")
    print(f" (budget {BUDGET_KIB})")
    print(f"  threads: {threads} before, {portal.status('Threads')} with them; idle: {idle:.1%} of a CPU")
    await group.close()


async def measure_latency(group: TabGroup, direct_coder: DirectCoder, workspace_id: str, event_count: int) -> None:
    """Measure the time from an event of Coder to its arrival at all tabs."""
    latencies_ms: list[float] = []
    longest_ms: list[float] = []
    for number in range(event_count):
        before = time.time()
        moved_at = await direct_coder.move_deadline(workspace_id, number)
        await group.wait_until(lambda before=before: all(tab.state_at > before for tab in group.tabs))  # type: ignore[misc]
        event_ms = [(tab.state_at - moved_at) * 1000 for tab in group.tabs]
        latencies_ms += event_ms
        longest_ms.append(max(event_ms))
    p50, p95 = (statistics.quantiles(latencies_ms, n=100)[percentile - 1] for percentile in (50, 95))
    print(f"{len(group.tabs)} tabs on one workspace, {event_count} events: p50 {p50:.0f} ms, p95 {p95:.0f} ms", end="")
    print(f" (budget {BUDGET_MS}); the last tab {statistics.median(longest_ms):.0f} ms (median),", end="")
    print(f" {max(longest_ms):.0f} ms (worst)")


async def measure_recovery(
    group: TabGroup, portal: PortalProcess, direct_coder: DirectCoder, workspace_id: str
) -> None:
    """Measure how long all tabs take to show the current state after a restart during which Coder changed."""
    direct_coder.clear_requests()
    for tab in group.tabs:
        tab.reconnects = True
    started = time.time()
    stop_s = await asyncio.to_thread(portal.stop)
    moved_at = await direct_coder.move_deadline(workspace_id, 100)
    await asyncio.to_thread(portal.start)
    ready_at = time.time()
    await group.wait_until(lambda: all(tab.state_at > moved_at for tab in group.tabs))
    recovered_at = max(tab.state_at for tab in group.tabs)
    request_counts = direct_coder.request_counts()
    print(f"restart with {len(group.tabs)} tabs: stopped after {stop_s:.1f} s, ready after", end="")
    print(f" {ready_at - started:.1f} s, all current {recovered_at - started:.1f} s after SIGTERM", end="")
    print(f" ({recovered_at - ready_at:.1f} s after it was ready)")
    own_requests = [f"/workspaces/{workspace_id}/extend", f"/workspaces/{workspace_id}"]
    request_counts.subtract(own_requests)
    print(f"  requests to Coder for all of them: {request_counts.total()}")


if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:]]
    asyncio.run(main(*arguments, *(1000, 500, 20)[len(arguments) :]))
