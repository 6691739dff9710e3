"""Measure the staff table: a first page, all workspaces, pages that filter, sort and group them, and a selection.

    python -m bench.fleet [workspaces]

The same pages are first read from Coder directly, as many at a time as the portal reads.
"""

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx

from bench.fixtures import ServerUrls, open_coder_client, open_portal_client, run_servers

PAGE_ROWS, PAGES_AT_ONCE = 100, 3  # as workspaces/coder/workspace_pages.py
LATENCY_MS = 100  # of each response: real Coder takes about 1.3 ms a row, of which the simulator works a part
FIRST_ROWS_BUDGET_S, COMPLETE_BUDGET, PAGE_BUDGET_S, CONFIRMATION_BUDGET_S = 1.5, 1.1, 0.2, 1.0
QUERIES = ("sort=-daily-cost,name", "idle=30&cost=1&sort=used", "group=owner&sort=-daily-cost", "q=person&outdated=1")
CONFIRMATIONS = {"list": "/bulk/", "staff table": "/staff/workspaces/bulk/"}
SELECTED = 500  # workspaces
ROUNDS = 5
POLL_S = 0.05


def main(workspaces: int) -> None:
    """Measure a fleet of this size and print the results."""
    with run_servers(workspaces=workspaces, latency_ms=LATENCY_MS) as urls:
        direct_s = read_directly(urls, workspaces)
        with closing(open_portal_client(urls)) as portal:
            first_s, complete_s = read_through_portal(portal, direct_s)
            print(f"{workspaces} workspaces, a Coder that takes {LATENCY_MS} ms and its work for each answer")
            print(f"  first rows       {first_s:6.2f} s   (budget {FIRST_ROWS_BUDGET_S})")
            ratio = complete_s / direct_s
            print(f"  all rows         {complete_s:6.2f} s   directly {direct_s:.2f} s, ratio {ratio:.2f}", end="")
            print(f"   (budget {COMPLETE_BUDGET})")
            for query in QUERIES:
                print(f"  {query:<32} {measure_page(portal, query):6.3f} s   (budget {PAGE_BUDGET_S})")
            ids = read_ids(urls)
            for place, path in CONFIRMATIONS.items():
                text = f"to stop {len(ids)}, from the {place}"
                print(
                    f"  {text:<32} {measure_confirmation(portal, path, ids):6.3f} s   (budget {CONFIRMATION_BUDGET_S})"
                )


def read_directly(urls: ServerUrls, workspaces: int) -> float:
    """Return the time (s) in which Coder answers all pages."""
    with closing(open_coder_client(urls)) as coder, ThreadPoolExecutor(PAGES_AT_ONCE) as executor:

        def read(offset: int) -> None:
            coder.get("/workspaces", params={"q": "", "limit": PAGE_ROWS, "offset": offset}).raise_for_status()

        read(0)
        start = time.perf_counter()
        list(executor.map(read, range(0, workspaces, PAGE_ROWS)))
        return time.perf_counter() - start


def read_through_portal(portal: httpx.Client, direct_s: float) -> tuple[float, float]:
    """Return the time (s) until the first rows are shown, and until all have been read.

    The portal is asked only after `direct_s` (s), which it cannot beat: each answer costs it time to read.
    """
    portal.get("/workspaces/").raise_for_status()  # as a browser after signing in: the rights are known then
    start = time.perf_counter()
    page = portal.get("/staff/workspaces/")
    first_s = time.perf_counter() - start
    if "data-workspace=" not in page.text:
        raise SystemExit("The first page shows no rows.")
    time.sleep(max(0, direct_s - (time.perf_counter() - start)))
    while "Loading workspaces" in page.text:
        time.sleep(POLL_S)
        page = portal.get("/staff/workspaces/", params={"status": "none"})  # a page without rows, which costs little
    return first_s, time.perf_counter() - start


def measure_page(portal: httpx.Client, query: str) -> float:
    """Return the median time (s) of a page."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        portal.get(f"/staff/workspaces/?{query}").raise_for_status()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def read_ids(urls: ServerUrls) -> list[str]:
    """Return the ids of the first workspaces."""
    with closing(open_coder_client(urls)) as coder:
        pages = [
            coder.get("/workspaces", params={"q": "", "limit": PAGE_ROWS, "offset": offset}).raise_for_status().json()
            for offset in range(0, SELECTED, PAGE_ROWS)
        ]
    return [workspace["id"] for page in pages for workspace in page["workspaces"]]


def measure_confirmation(portal: httpx.Client, path: str, ids: list[str]) -> float:
    """Return the median time (s) of the page that confirms to stop these workspaces."""
    times = []
    for _ in range(ROUNDS):
        data = {"csrfmiddlewaretoken": portal.cookies["coder_portal_csrf"], "action": "stop", "workspace": ids}
        start = time.perf_counter()
        page = portal.post(path, data=data)
        times.append(time.perf_counter() - start)
        if page.status_code != 200 or 'id="confirm"' not in page.text:
            raise SystemExit(f"No confirmation: {page.status_code}")
    return statistics.median(times)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
