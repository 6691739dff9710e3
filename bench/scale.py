"""Measure a simulated Coder with 10,000 workspaces: its start and a page of 25, compared with 100 workspaces.

    python -m bench.scale [rounds]

The start lasts from the command to the first response, including the start of the interpreter.
"""

import statistics
import sys
import time
from contextlib import closing

from bench.fixtures import ServerUrls, open_coder_client, run_coder

SMALL, LARGE, SIZE = 100, 10_000, 25
BUDGETS = {"start": 5.0, "a page of 25": 2.0}


def main(rounds: int) -> None:
    """Measure both sizes and print the results."""
    small, large = (measure(number, rounds) for number in (SMALL, LARGE))
    print(f"{rounds} rounds, {SMALL} and {LARGE} workspaces; medians")
    for name, budget in BUDGETS.items():
        ratio = large[name] / small[name]
        print(f"  {name:<14} {small[name]:7.1f} ms   {large[name]:7.1f} ms   ratio {ratio:.2f}   (budget {budget})")


def measure(workspaces: int, rounds: int) -> dict[str, float]:
    """Return the times (ms) of the start and of a page with this many workspaces."""
    start = time.perf_counter()
    with run_coder(workspaces=workspaces, latency_ms=0) as url:
        start_ms = (time.perf_counter() - start) * 1000
        with closing(open_coder_client(ServerUrls(coder=url, portal=""))) as client:
            pages = []
            for _ in range(rounds):
                start = time.perf_counter()
                client.get("/workspaces", params={"limit": SIZE}).raise_for_status()
                pages.append((time.perf_counter() - start) * 1000)
    return {"start": start_ms, "a page of 25": statistics.median(pages)}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
