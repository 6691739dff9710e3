"""What the portal adds: the time to the full page of a list of 25 over the same GET /workspaces asked directly.

    python -m bench.overhead [rounds]

Both are asked in turn by one client each, and the medians are compared: of pages that this portal has never shown,
and of the same page again and again.
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
    """Measure both and print them."""
    with run_servers(workspaces=SIZE * (rounds + 1)) as both:
        print(f"{rounds} rounds, a list of {SIZE}, a Coder that takes 31 ms for each answer; medians")
        for name, page_of in (
            ("a page seen for the first time", lambda number: number + 2),
            ("the same page again", lambda number: 1),
        ):
            direct, paged = measure(both, rounds, page_of)
            ratio = paged / direct
            print(f"  {name:<32} direct {direct:6.1f} ms   page {paged:6.1f} ms   ratio {ratio:.2f}", end="")
            print(f"   (budget {BUDGETS[name]})")


def measure(both: ServerUrls, rounds: int, page_of: Callable[[int], int]) -> tuple[float, float]:
    """The medians (ms) of asking Coder and of asking the portal, in turn; `page_of` gives the page of a round."""
    times: dict[str, list[float]] = {"direct": [], "page": []}
    with closing(open_coder_client(both)) as coder, closing(open_portal_client(both)) as portal:
        for _ in range(3):  # connections, templates, rights
            ask_coder(coder, 1)
            ask_portal(portal, 1)
        for number in range(rounds):
            times["direct"].append(timed(lambda page: ask_coder(coder, page), page_of(number)))
            times["page"].append(timed(lambda page: ask_portal(portal, page), page_of(number)))
    return statistics.median(times["direct"]), statistics.median(times["page"])


def ask_coder(client: httpx.Client, page: int) -> None:
    """The list, as the portal asks for it."""
    answer = client.get("/workspaces", params={"q": "", "limit": SIZE, "offset": (page - 1) * SIZE})
    if len(answer.json()["workspaces"]) != SIZE:
        raise SystemExit(f"Coder shows no {SIZE} workspaces on page {page}")


def ask_portal(client: httpx.Client, page: int) -> None:
    """The page of the list."""
    answer = client.get("/workspaces/", params={"q": "", "page": page})
    if answer.text.count("data-workspace=") != SIZE:
        raise SystemExit(f"the portal answered {answer.status_code} without {SIZE} rows on page {page}")


def timed(ask: Callable[[int], None], page: int) -> float:
    """How long it took, in ms."""
    start = time.perf_counter()
    ask(page)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
