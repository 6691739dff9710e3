"""Streams behind a real nginx with the documented configuration: events reach the browser without buffering."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from coder_portal import local_portal
from tests import nginx
from tests.external_services.browsers import ALICE, post_form
from tests.live.sse_client import connect_live, workspace_stream_url
from tests.portal import SimulatedCoder
from tests.server import collect_static_once, free_port, migrate, portal_environment

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


@contextmanager
def run_portal_behind_proxy(coder_url: str, folder: Path, prefix: str) -> Iterator[str]:
    """Run a portal behind nginx and return its URL."""
    port, portal_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}{prefix}"
    env = portal_environment(coder_url, folder, portal_port) | {
        "PORTAL_URL": url,
        "PORTAL_TRUSTED_PROXIES": "127.0.0.1",
    }
    migrate(env)
    collect_static_once()
    portal = local_portal.start_portal(env, portal_port)
    try:
        local_portal.wait_until_ready(f"http://127.0.0.1:{portal_port}{prefix}/healthz", portal)
        with nginx.run_nginx(folder, port, [portal_port], prefix):
            yield url
    finally:
        local_portal.terminate([portal])


@pytest.fixture(scope="module", params=["", "/coder-portal"], ids=["at the root", "under a path"])
def address(
    request: pytest.FixtureRequest, coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Run a portal behind nginx, at the root of a host or under a path, and return its URL."""
    nginx.require_nginx()
    with run_portal_behind_proxy(coders["2.36"].url, tmp_path_factory.mktemp("behind"), request.param) as url:
        yield url


@pytest.fixture
def alice(address: str, coder: SimulatedCoder) -> Iterator[httpx.Client]:
    """Return a browser session of Alice at nginx."""
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as browser:
        browser.get("/login/")
        assert post_form(browser, "/login/", **ALICE).status_code == 302
        yield browser


def test_events_reach_browser_without_buffering_behind_nginx(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, workspace_stream_url(web)) as tab:  # the first event arrives before anything else happens
        tab.wait_for('data-status="stopped"')
        coder.start_queued_build(web)  # the build starts only now
        tab.wait_for('data-status="starting"')


def test_stream_url_in_page_includes_prefix_and_works_behind_nginx(
    alice: httpx.Client, coder: SimulatedCoder, address: str
) -> None:
    web = coder.place("web", "stopped")
    page = alice.get("/@alice/web/").text
    (stream,) = re.findall(r'data-live="([^"]*)"', page)
    host = address.removesuffix("/coder-portal")
    assert stream == f"{address.removeprefix(host)}{workspace_stream_url(web)}"
    with connect_live(alice, host + stream) as tab:
        assert f'data-live="{stream}"' in tab.wait_for('data-status="stopped"')


def test_metrics_return_404_through_local_proxy(alice: httpx.Client) -> None:
    assert alice.get("/metrics").status_code == 404
