"""Streams behind a real nginx, with the lines that the README shows: what happens is at the browser before the next."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from coder_portal import local_portal
from tests import nginx
from tests.external_services.browsers import ALICE, send
from tests.live.sse_client import of, opened
from tests.portal import SimulatedCoder
from tests.server import collect_once, environment, free_port, manage

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


@contextmanager
def behind(coder_url: str, folder: Path, prefix: str) -> Iterator[str]:
    """A portal behind nginx, at the address that this gives."""
    port, portal_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}{prefix}"
    env = environment(coder_url, folder, portal_port) | {"PORTAL_URL": url, "PORTAL_TRUSTED_PROXIES": "127.0.0.1"}
    manage("migrate", env)
    collect_once()
    portal = local_portal.portal(env, portal_port)
    try:
        local_portal.wait_until_answers(f"http://127.0.0.1:{portal_port}{prefix}/healthz", portal)
        with nginx.before(folder, port, [portal_port], prefix):
            yield url
    finally:
        local_portal.end([portal])


@pytest.fixture(scope="module", params=["", "/coder-portal"], ids=["at the root", "under a path"])
def address(
    request: pytest.FixtureRequest, coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where a portal answers behind nginx, at the root of a host and under a path."""
    nginx.demand()
    with behind(coders["2.36"].url, tmp_path_factory.mktemp("behind"), request.param) as url:
        yield url


@pytest.fixture
def alice(address: str, coder: SimulatedCoder) -> Iterator[httpx.Client]:
    """Alice's browser before nginx."""
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as browser:
        browser.get("/login/")
        assert send(browser, "/login/", **ALICE).status_code == 302
        yield browser


def test_each_event_is_at_the_browser_before_the_next_one_happens(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with opened(alice, of(web)) as tab:  # nothing has happened yet but the opening, and its first words are here
        tab.until('data-status="stopped"')
        coder.queued(web)  # and only now something does
        tab.until('data-status="starting"')


def test_a_page_and_its_stream_are_found_at_the_addresses_that_the_page_says(
    alice: httpx.Client, coder: SimulatedCoder, address: str
) -> None:
    web = coder.place("web", "stopped")
    page = alice.get("/@alice/web/").text
    (stream,) = re.findall(r'data-live="([^"]*)"', page)
    host = address.removesuffix("/coder-portal")
    assert stream == f"{address.removeprefix(host)}{of(web)}"
    with opened(alice, host + stream) as tab:
        assert f'data-live="{stream}"' in tab.until('data-status="stopped"')


def test_nobody_reads_the_metrics_through_a_proxy_on_the_same_machine(alice: httpx.Client) -> None:
    assert alice.get("/metrics").status_code == 404
