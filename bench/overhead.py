"""Measure the portal's overhead: a page of the list of 25 compared with the same GET /workspaces sent to Coder.

    python -m bench.overhead [rounds]

One client sends each kind of request in turn, and the medians are compared: for pages that this portal has not
rendered before, and for the same page repeatedly.
"""

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing

import httpx

from bench.fixtures import ServerUrls, open_coder_client, open_portal_client, run_servers

SIZE = 25
BUDGETS = {"a page seen for the first time": 1.25, "the same page again": 1.15}


def main(rounds: int) -> None:
    """Measure both kinds of pages and print the results."""
    with run_servers(workspaces=SIZE * (rounds + 1)) as urls:
        print(f"{rounds} rounds, a list of {SIZE}, a Coder that takes 31 ms for each answer; medians")
        for name, page_number in (
            ("a page seen for the first time", lambda number: number + 2),
            ("the same page again", lambda number: 1),
        ):
            coder_ms, page_ms = measure(urls, rounds, page_number)
            ratio = page_ms / coder_ms
            print(f"  {name:<32} direct {coder_ms:6.1f} ms   page {page_ms:6.1f} ms   ratio {ratio:.2f}", end="")
            print(f"   (budget {BUDGETS[name]})")


def measure(urls: ServerUrls, rounds: int, page_number: Callable[[int], int]) -> tuple[float, float]:
    """Return the median times (ms) of requests to Coder and to the portal; `page_number` maps a round to a page."""
    times: dict[str, list[float]] = {"direct": [], "page": []}
    with closing(open_coder_client(urls)) as coder, closing(open_portal_client(urls)) as portal:
        for _ in range(3):  # connections, templates, rights
            request_list(coder, 1)
            request_page(portal, 1)
        for round_number in range(rounds):
            times["direct"].append(measure_ms(lambda page: request_list(coder, page), page_number(round_number)))
            times["page"].append(measure_ms(lambda page: request_page(portal, page), page_number(round_number)))
    return statistics.median(times["direct"]), statistics.median(times["page"])


def request_list(client: httpx.Client, page: int) -> None:
    """Request a page of workspaces from Coder with the portal's parameters."""
    response = client.get("/workspaces", params={"q": "", "limit": SIZE, "offset": (page - 1) * SIZE})
    if len(response.json()["workspaces"]) != SIZE:
        raise SystemExit(f"Coder shows no {SIZE} workspaces on page {page}")


def request_page(client: httpx.Client, page: int) -> None:
    """Request a page of the list from the portal."""
    response = client.get("/workspaces/", params={"q": "", "page": page})
    if response.text.count('<tr id="w-') != SIZE:
        raise SystemExit(f"the portal answered {response.status_code} without {SIZE} rows on page {page}")


def measure_ms(send_request: Callable[[int], None], page: int) -> float:
    """Return the time that the request takes (ms)."""
    start = time.perf_counter()
    send_request(page)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
