"""What open streams cost one process of the portal, how soon an event is at all of them, and how they come back.

    python -m bench.streams [tabs [workspaces [events]]]        (1000, 500, 20)

Twice as many streams as tabs are open on so many workspaces: memory, threads, idle CPU. All tabs are open on one
workspace: from the moment at which the simulated Coder moved a deadline (`latest_build.updated_at`) until the whole
event is at a tab. At last the portal is restarted, Coder changes meanwhile, and the tabs come back as live.js does.
All tabs are one session's, on one socket each, in this process; portal and Coder run in processes of their own.
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

from bench.fixtures import Stage, at_coder, at_portal, coder
from bench.tabs import Tabs
from coder_portal import local_portal
from tests.server import collect_static_once, free_port, portal_environment, run_manage_command

FILES = 16_384  # that a process may have open
IDLE = 20.0  # s over which CPU is counted: longer than the 15 s between two signs of life
TICKS = 100  # of a CPU's time in a second, as /proc counts
BUDGET_KIB, BUDGET_MS = 24, 50


class Process:
    """The portal as one process, which can be ended and begun again at the same place."""

    def __init__(self, coder_url: str, folder: Path) -> None:
        self.port = free_port()
        more = dict.fromkeys(("LIVE_MAX_STREAMS", "LIVE_MAX_STREAMS_PERSON", "LIVE_MAX_WATCHES"), "100000")
        self.env = portal_environment(coder_url, folder, self.port) | {"CODER_PUBLIC_URL": coder_url} | more
        run_manage_command("migrate", self.env)
        collect_static_once()
        self.url = self.env["PORTAL_URL"]
        self.begin()

    def begin(self) -> None:
        """Start it, and return when it answers."""
        self.process = local_portal.start_portal(self.env, self.port)
        local_portal.wait_until_ready(f"{self.url}/healthz", self.process)

    def end(self) -> float:
        """End it by SIGTERM. Returns how long it took (s)."""
        begun = time.monotonic()
        self.process.terminate()
        self.process.wait(20)
        return time.monotonic() - begun

    def status(self, name: str) -> int:
        """A figure of /proc/<pid>/status: VmRSS (KiB), Threads."""
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        return int(lines[name].split()[0])

    def cpu(self) -> float:
        """The CPU time that it has taken, in s."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


class Coder:
    """Coder, asked directly."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self.client = client
        self.requests = f"{url}/_control/requests"

    def forget(self) -> None:
        """Forget what it was asked so far."""
        self.client.delete(self.requests)

    def log(self) -> Counter[str]:
        """How often it was asked for what."""
        return Counter(entry["path"].removeprefix("/api/v2") for entry in self.client.get(self.requests).json())

    def workspaces(self, number: int) -> list[dict[str, Any]]:
        """So many of them, those with a deadline first."""
        found: list[dict[str, Any]] = []
        while len(found) < number:
            page = self.client.get("/workspaces", params={"limit": 100, "offset": len(found)}).json()["workspaces"]
            if not page:
                raise SystemExit(f"Coder shows {len(found)} workspaces only")
            found += page
        return sorted(found, key=lambda each: not deadline_of(each))[:number]

    async def move(self, workspace: str, minutes: int) -> float:
        """Move the deadline to this many minutes from now. Returns the moment at which Coder did it (time.time())."""
        deadline = datetime.now(UTC) + timedelta(hours=2, minutes=minutes)
        body = {"deadline": deadline.isoformat()}
        await asyncio.to_thread(
            lambda: self.client.put(f"/workspaces/{workspace}/extend", json=body).raise_for_status()
        )
        now = (await asyncio.to_thread(self.client.get, f"/workspaces/{workspace}")).json()
        return datetime.fromisoformat(now["latest_build"]["updated_at"]).timestamp()


def deadline_of(workspace: dict[str, Any]) -> bool:
    """Whether its deadline can be moved."""
    build = workspace["latest_build"]
    return build["status"] == "running" and bool(build.get("deadline"))


async def main(tabs: int, workspaces: int, events: int) -> None:
    """Measure all of it and print it."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    with bed(workspaces) as (portal, browser, asked):
        cookie = "; ".join(f"{each.name}={each.value}" for each in browser.cookies.jar)
        found = asked.workspaces(workspaces)
        one = found[0]
        if not deadline_of(one):
            raise SystemExit("no workspace has a deadline")
        await open_many(portal, cookie, [each["id"] for each in found], 2 * tabs)
        page = browser.get(f"/workspaces/{one['id']}/", follow_redirects=True).text
        seen = page.partition('data-etag="')[2].partition('"')[0]
        many = Tabs(portal.url, cookie)
        await many.open([f"/live/workspaces/{one['id']}/?etag={seen}"] * tabs)
        await tell_all(many, asked, one["id"], events)
        await come_back(many, portal, asked, one["id"])
        await many.close()


@contextmanager
def bed(workspaces: int) -> Iterator[tuple[Process, httpx.Client, Coder]]:
    """Coder, the portal before it, somebody signed in, and the same person's token."""
    with ExitStack() as stack:
        coder_url = stack.enter_context(coder(workspaces=workspaces, latency_ms=0))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        portal = Process(coder_url, folder)
        stack.callback(lambda: local_portal.terminate([portal.process]))
        stage = Stage(coder=coder_url, portal=portal.url)
        browser, direct = (stack.enter_context(closing(at(stage))) for at in (at_portal, at_coder))
        yield portal, browser, Coder(direct, coder_url)


async def open_many(portal: Process, cookie: str, workspaces: Sequence[str], number: int) -> None:
    """What `number` streams on these workspaces cost."""
    many = Tabs(portal.url, cookie)
    await many.open([f"/live/workspaces/{workspaces[0]}/"] * 20)  # what is loaded once
    await many.close()
    before, threads = portal.status("VmRSS"), portal.status("Threads")
    begun = time.monotonic()
    await many.open([f"/live/workspaces/{each}/" for each in workspaces])
    await many.until(lambda: all(tab.told for tab in many.all))
    watched = portal.status("VmRSS")
    again = [workspaces[index % len(workspaces)] for index in range(number - len(workspaces))]
    await many.open([f"/live/workspaces/{each}/" for each in again])
    await many.until(lambda: all(tab.told for tab in many.all))
    took, after = time.monotonic() - begun, portal.status("VmRSS")
    spent, since = portal.cpu(), time.monotonic()
    await asyncio.sleep(IDLE)
    idle = (portal.cpu() - spent) / (time.monotonic() - since)
    print(f"{number} streams on {len(workspaces)} workspaces, opened and told their state within {took:.1f} s")
    print(f"  memory: {before / 1024:.0f} MiB before, {after / 1024:.0f} MiB with them:", end="")
    print(f" {(after - before) / number:.1f} KiB each, the workspaces' own included;", end="")
    print(f" one more on a workspace {(after - watched) / len(again):.1f} KiB (budget {BUDGET_KIB})")
    print(f"  threads: {threads} before, {portal.status('Threads')} with them; idle: {idle:.1%} of a CPU")
    await many.close()


async def tell_all(many: Tabs, asked: Coder, workspace: str, events: int) -> None:
    """How soon an event of Coder's is at all tabs."""
    times: list[float] = []
    last: list[float] = []
    for number in range(events):
        before = time.time()
        moved = await asked.move(workspace, number)
        await many.until(lambda before=before: all(tab.told > before for tab in many.all))  # type: ignore[misc]
        round_ = [(tab.told - moved) * 1000 for tab in many.all]
        times += round_
        last.append(max(round_))
    p50, p95 = (statistics.quantiles(times, n=100)[at - 1] for at in (50, 95))
    print(f"{len(many.all)} tabs on one workspace, {events} events: p50 {p50:.0f} ms, p95 {p95:.0f} ms", end="")
    print(f" (budget {BUDGET_MS}); the last tab {statistics.median(last):.0f} ms (median), {max(last):.0f} ms (worst)")


async def come_back(many: Tabs, portal: Process, asked: Coder, workspace: str) -> None:
    """How long all take to be right again after a restart in which Coder went on."""
    asked.forget()
    for tab in many.all:
        tab.comes_back = True
    begun = time.time()
    ended = await asyncio.to_thread(portal.end)
    moved = await asked.move(workspace, 100)
    await asyncio.to_thread(portal.begin)
    up = time.time()
    await many.until(lambda: all(tab.told > moved for tab in many.all))
    right = max(tab.told for tab in many.all)
    calls = asked.log()
    print(f"restart with {len(many.all)} tabs: ended after {ended:.1f} s, up after {up - begun:.1f} s,", end="")
    print(f" all right {right - begun:.1f} s after SIGTERM ({right - up:.1f} s after it was up)")
    calls.subtract([f"/workspaces/{workspace}/extend", f"/workspaces/{workspace}"])  # the bench's own
    print(f"  calls to Coder for all of them: {calls.total()}")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    asyncio.run(main(*given, *(1000, 500, 20)[len(given) :]))
