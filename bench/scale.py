"""How the simulated Coder bears ten thousand workspaces: its start and a page of 25, over the same with a hundred.

    python -m bench.scale [rounds]

Start is from the command to the first answer; the interpreter's own start is in it.
"""

import statistics
import sys
import time
from contextlib import closing

from bench.fixtures import ServerUrls, open_coder_client, run_coder

FEW, MANY, SIZE = 100, 10_000, 25
BUDGETS = {"start": 5.0, "a page of 25": 2.0}


def main(rounds: int) -> None:
    """Measure both and print them."""
    few, many = (measure(number, rounds) for number in (FEW, MANY))
    print(f"{rounds} rounds, {FEW} and {MANY} workspaces; medians")
    for name, budget in BUDGETS.items():
        ratio = many[name] / few[name]
        print(f"  {name:<14} {few[name]:7.1f} ms   {many[name]:7.1f} ms   ratio {ratio:.2f}   (budget {budget})")


def measure(number: int, rounds: int) -> dict[str, float]:
    """How long both took with so many workspaces, in ms."""
    begun = time.perf_counter()
    with run_coder(workspaces=number, latency_ms=0) as url:
        started = (time.perf_counter() - begun) * 1000
        with closing(open_coder_client(ServerUrls(coder=url, portal=""))) as client:
            pages = []
            for _ in range(rounds):
                begun = time.perf_counter()
                client.get("/workspaces", params={"limit": SIZE}).raise_for_status()
                pages.append((time.perf_counter() - begun) * 1000)
    return {"start": started, "a page of 25": statistics.median(pages)}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
