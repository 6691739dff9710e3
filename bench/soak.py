"""Measure whether the memory of one portal process grows under mixed load.

    python -m bench.soak [--minutes 10] [--streams 500] [--workspaces 500]

Readers open pages, streams stay open or come and go, a hostile client sends what no browser sends, agents' logs have
1 MB, and the simulated Coder changes workspaces. All requests go to this machine, from a fixed number of clients. The
resident memory is printed every 30 s. The exit status is 1 if at the end it exceeds that after two minutes by more
than TOLERANCE.
"""

import argparse
import asyncio
import random
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx

from bench.streams import MAX_OPEN_FILES, DirectCoder, PortalProcess, has_deadline, portal_and_coder
from bench.tabs import Tab, TabGroup

SAMPLE_S = 30.0
WARM_UP_S = 120.0  # modules, connections and threads
SEARCHES = 1200  # before the load: their renderings fill the largest cache, which would grow for many minutes
# Python's allocator gives memory back in whole arenas: runs of the same load differ by some per cent. A leak of 1 KB
# a request would be 30 MB in ten minutes.
TOLERANCE = 0.10
TOLERANCE_KIB = 20 * 1024  # for a small process, of which 10 % is less than one page of a large log
READERS = 6
HOSTILE_CLIENTS = 2
CHURNED_STREAMS = 20  # of which each is open for a second
PAUSE_S = 0.05  # between two requests of one client, so that the portal is busy and not overloaded
LOG_LINES, LOG_LINE_BYTES = 2000, 500


@dataclass(frozen=True, slots=True)
class Target:
    """The running servers, and what the clients need to know of them."""

    portal: PortalProcess
    coder: DirectCoder
    cookies: httpx.Cookies
    workspaces: Sequence[dict[str, Any]]
    random: random.Random
    statuses: Counter[int] = field(default_factory=Counter)

    def workspace(self) -> dict[str, Any]:
        """Return any of the workspaces."""
        return self.random.choice(self.workspaces)

    def client(self, *, signed_in: bool = True) -> httpx.AsyncClient:
        """Open a client of the portal."""
        cookies = self.cookies if signed_in else None
        return httpx.AsyncClient(base_url=self.portal.url, trust_env=False, timeout=60, cookies=cookies)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is measured at one moment."""

    elapsed: float  # s since the start
    memory: int  # resident, in KiB
    requests: int  # answered ones since the start


def main() -> int:
    """Run the load and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--workspaces", type=int, default=500)
    arguments = parser.parse_args()
    if arguments.minutes * 60 <= WARM_UP_S:
        parser.error(f"--minutes must exceed {WARM_UP_S / 60:.0f}, after which the memory is compared")
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_OPEN_FILES, MAX_OPEN_FILES))
    with portal_and_coder(arguments.workspaces) as (portal, browser, coder):
        add_large_logs(coder)
        target = Target(
            portal,
            coder,
            httpx.Cookies(browser.cookies),
            coder.workspaces(arguments.workspaces),
            random.Random(0),  # noqa: S311  # no secret
        )
        samples = asyncio.run(soak(target, arguments.minutes * 60, arguments.streams))
    return report(samples, target.statuses)


def add_large_logs(coder: DirectCoder) -> None:
    """Make every agent's log 1 MB large."""
    line = {"created_at": "2026-11-25T12:00:00Z", "level": "info", "output": "x" * LOG_LINE_BYTES}
    source = {"source_id": "00000000-0000-0000-0000-000000000000"}
    body = [{"id": number, **line, **source} for number in range(1, LOG_LINES + 1)]
    faults_url = f"{coder.control_url}/faults"
    fault = {"kind": "answer", "path": "/workspaceagents/[^/]+/logs$", "body": body}
    coder.client.post(faults_url, json=fault).raise_for_status()


async def soak(target: Target, duration_s: float, stream_count: int) -> list[Sample]:
    """Run the load for this time (s), and return the samples."""
    cookie = "; ".join(f"{each.name}={each.value}" for each in target.cookies.jar)
    group = TabGroup(target.portal.url, cookie)
    await group.open(stream_paths(target, stream_count))
    for tab in group.tabs:
        tab.reconnects = True
    await fill_caches(target)
    load = [asyncio.create_task(repeat(read_page, target)) for _ in range(READERS)]
    load += [asyncio.create_task(repeat(send_hostile_request, target)) for _ in range(HOSTILE_CLIENTS)]
    load += [asyncio.create_task(churn_streams(target, cookie)), asyncio.create_task(change_workspaces(target))]
    try:
        return await sample_memory(target, duration_s, load)
    finally:
        for task in load:
            task.cancel()
        await asyncio.gather(*load, return_exceptions=True)
        await group.close()


async def fill_caches(target: Target) -> None:
    """Search for SEARCHES different texts: the filters of each list are cached."""
    numbers = iter(range(SEARCHES))

    async def search() -> None:
        async with target.client() as client:
            for number in numbers:
                await client.get("/workspaces/", params={"q": f"name:{number} {'x' * 500}"})

    await asyncio.gather(*(search() for _ in range(READERS)))


def stream_paths(target: Target, count: int) -> list[str]:
    """Return the paths of streams: most of workspaces, every tenth of a list."""
    workspaces = target.workspaces
    return [
        f"/live/workspaces/?q=&page={index // 10 + 1}"
        if index % 10 == 0
        else f"/live/workspaces/{workspaces[index % len(workspaces)]['id']}/"
        for index in range(count)
    ]


async def sample_memory(target: Target, duration_s: float, load: Sequence[asyncio.Task[None]]) -> list[Sample]:
    """Print the memory every SAMPLE_S and return the samples. Raises what a task of the load raises."""
    started, samples = time.monotonic(), list[Sample]()
    while (elapsed := time.monotonic() - started) < duration_s:
        done, _ = await asyncio.wait(load, timeout=min(SAMPLE_S, duration_s - elapsed))
        for task in done:
            task.result()
        sample = Sample(time.monotonic() - started, target.portal.status("VmRSS"), target.statuses.total())
        samples.append(sample)
        print(f"  {sample.elapsed:5.0f} s  {sample.memory / 1024:6.1f} MiB  {sample.requests} requests", flush=True)
    return samples


async def repeat(send: Callable[[Target, httpx.AsyncClient], Awaitable[httpx.Response]], target: Target) -> None:
    """Send requests one after the other, each with a client that may be new."""
    while True:
        async with target.client(signed_in=send is read_page or target.random.random() < 0.5) as client:
            for _ in range(50):
                with suppress(httpx.TransportError):  # the portal closes connections that send nonsense
                    response = await send(target, client)
                    target.statuses[response.status_code] += 1
                await asyncio.sleep(PAUSE_S)


async def read_page(target: Target, client: httpx.AsyncClient) -> httpx.Response:
    """Open a page as a person does; every fourth request has a parameter that no page knows."""
    workspace, number = target.workspace(), target.random.randrange(1, 20)
    agents = [
        agent["id"] for each in workspace["latest_build"]["resources"] or () for agent in each.get("agents") or ()
    ]
    name = f"/@{workspace['owner_name']}/{workspace['name']}"
    paths = [
        f"/workspaces/?q=&page={number}",
        f"/workspaces/?q={workspace['name']}",
        f"{name}/",
        f"{name}/builds/{workspace['latest_build']['build_number']}/",
        f"{name}/settings/",
        f"/workspaces/{workspace['id']}/agents/",
        f"{name}/builds/",
        "/workspaces/new/",
        "/activity/",
        "/account/",
        *[f"/workspaces/{workspace['id']}/agents/{agent}/log/" for agent in agents],
    ]
    path = target.random.choice(paths)
    if target.random.randrange(4) == 0:
        path += f"{'&' if '?' in path else '?'}x={target.random.random()}"
    return await client.get(path)


async def send_hostile_request(target: Target, client: httpx.AsyncClient) -> httpx.Response:
    """Send what no browser sends."""
    rubbish = "".join(target.random.choices("abcäß漢\0<>&\"'%/;", k=target.random.randrange(1, 2000)))
    path = target.random.choice(["/", "/login/", "/workspaces/", "/nothing/", "/@a/b/", "/live/workspaces/", "/readyz"])
    match target.random.randrange(6):
        case 0:
            return await client.get(path, params={"q": rubbish, "page": rubbish[:50]})
        case 1:
            return await client.get(path, headers={"X-Rubbish": rubbish.encode().hex(), "Accept-Language": "x" * 4000})
        case 2:
            fields = {f"field-{target.random.random()}": rubbish for _ in range(200)}
            return await client.post(path, data=fields)
        case 3:
            credentials = {"email": f"{target.random.random()}@example.com", "password": rubbish}
            return await client.post("/login/", data=credentials)
        case 4:
            return await client.get(path, headers={"Cookie": f"coder_portal_session={rubbish.encode().hex()[:3000]}"})
        case _:
            return await client.get(f"{path}?{target.random.random()}={'x' * 4000}", headers={"Host": "other.example"})


async def churn_streams(target: Target, cookie: str) -> None:
    """Open streams and close them after a second, again and again."""
    while True:
        paths = [
            f"/live/workspaces/{target.workspace()['id']}/?etag={target.random.random()}&x={'y' * 500}"
            for _ in range(CHURNED_STREAMS)
        ]
        tabs = [Tab(target.portal.url, path, cookie, lambda: None) for path in paths]
        await asyncio.gather(*(tab.open() for tab in tabs))
        await asyncio.sleep(1)
        for tab in tabs:
            tab.close()


async def change_workspaces(target: Target) -> None:
    """Move the deadline of a workspace twice a second."""
    running = [workspace for workspace in target.workspaces if has_deadline(workspace)]
    minutes = 0
    while True:
        minutes = (minutes + 1) % 600
        with suppress(httpx.TransportError):  # the simulated Coder is busy too
            await target.coder.move_deadline(target.random.choice(running)["id"], minutes)
        await asyncio.sleep(0.5)


def report(samples: Sequence[Sample], statuses: Counter[int]) -> int:
    """Print the comparison. Return 1 if the memory has grown by more than the tolerance, or if the portal stalled."""
    before = next(sample.memory for sample in samples if sample.elapsed >= WARM_UP_S)
    after = statistics.median(
        sample.memory for sample in samples[-3:]
    )  # a garbage collection may be due at the last one
    limit = max(before * TOLERANCE, TOLERANCE_KIB)
    print(f"requests by status: {dict(sorted(statuses.items()))}")
    print(f"memory: {before / 1024:.1f} MiB after two minutes, {after / 1024:.1f} MiB at the end", end="")
    print(f" ({(after - before) / 1024:+.1f} MiB; {limit / 1024:.1f} MiB are tolerated)")
    stalled = [f"{late.elapsed:.0f} s" for early, late in pairwise(samples) if late.requests == early.requests]
    if stalled:
        print(f"no request was answered in the {SAMPLE_S:.0f} s before {', '.join(stalled)}")
    return 1 if stalled or after - before > limit else 0


if __name__ == "__main__":
    sys.exit(main())
