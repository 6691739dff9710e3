"""Two portal processes behind one nginx, on one PostgreSQL and one Redis."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest

from coder_portal import local_portal
from coder_simulator.testing import run_server
from tests import nginx
from tests.external_services.browsers import BrowserSessions
from tests.external_services.conftest import TemporaryRedis
from tests.external_services.servers import new_database
from tests.live.sse_client import SseClient, connect_live, workspace_stream_url
from tests.live.test_operations import start_restart
from tests.live.test_workspace import post
from tests.portal import SimulatedCoder
from tests.server import collect_static_once, free_port, migrate, portal_environment

pytestmark = pytest.mark.xdist_group("two portals")


@dataclass
class ProxiedPortals:
    """The URL of the proxy, the simulated Coder and the ports of both portals."""

    url: str
    coder: SimulatedCoder
    portals: tuple[int, int]


@pytest.fixture(scope="module")
def proxied_portals(module_redis: TemporaryRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedPortals]:
    """Run two portals behind one nginx that distributes requests over them."""
    nginx.require_nginx()
    folder = tmp_path_factory.mktemp("behind")
    port, ports = free_port(), (free_port(), free_port())
    url = f"http://127.0.0.1:{port}"
    storage = {"DATABASE_URL": new_database(), "REDIS_URL": module_redis.url}
    with ExitStack() as stack:
        server = stack.enter_context(run_server(version="2.36", world="contract", speed=0.01))
        env = (
            portal_environment(server.url, folder, port)
            | storage
            | {"PORTAL_URL": url, "PORTAL_TRUSTED_PROXIES": "127.0.0.1"}
        )
        migrate(env)
        collect_static_once()
        portals = [local_portal.start_portal(env, portal_port) for portal_port in ports]
        stack.callback(local_portal.terminate, portals)
        for portal_port, process in zip(ports, portals, strict=True):
            local_portal.wait_until_ready(f"http://127.0.0.1:{portal_port}/healthz", process)
        stack.enter_context(nginx.run_nginx(folder, port, ports))
        yield ProxiedPortals(url, SimulatedCoder(server), ports)


@pytest.fixture
def coder(proxied_portals: ProxiedPortals) -> SimulatedCoder:
    """Return Coder without workspaces."""
    proxied_portals.coder.reset()
    return proxied_portals.coder


@pytest.fixture
def alice(proxied_portals: ProxiedPortals, coder: SimulatedCoder, browsers: BrowserSessions) -> httpx.Client:
    """Return a client in which Alice is signed in through the proxy."""
    browser, status = browsers.sign_in(proxied_portals.url)
    assert status == 302
    browser.base_url = httpx.URL(proxied_portals.url)
    return browser


def open_four_tabs(stack: ExitStack, alice: httpx.Client, url: str) -> list[SseClient]:
    """Open four streams with this URL."""
    return [stack.enter_context(connect_live(alice, url)) for _ in range(4)]


def test_streams_of_one_page_are_distributed_over_both_processes(
    proxied_portals: ProxiedPortals, alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    with ExitStack() as stack:
        open_four_tabs(stack, alice, workspace_stream_url(web))
        for port in proxied_portals.portals:
            metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=30).text
            assert "portal_live_streams 2.0" in metrics.splitlines()


def test_build_start_reaches_all_tabs_of_both_processes(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with ExitStack() as stack:
        tabs = open_four_tabs(stack, alice, workspace_stream_url(web)) + open_four_tabs(
            stack, alice, "/live/workspaces/?q="
        )
        for tab in tabs:
            tab.wait_for('data-status="stopped"')
        post(alice, f"workspaces/{web.id}/builds/", transition="start")
        for tab in tabs:
            tab.wait_for('data-status="starting"')


def test_operation_progress_reaches_all_tabs_of_both_processes(alice: httpx.Client, coder: SimulatedCoder) -> None:
    operation = start_restart(alice, str(coder.place("web").id))
    with ExitStack() as stack:
        tabs = open_four_tabs(stack, alice, f"/live/operations/{operation}/")
        for tab in tabs:
            tab.wait_for("Stopping")
        post(alice, f"operations/{operation}/cancel/")
        for tab in tabs:
            tab.wait_for("Canceled")
            assert tab.next_event() == ("ended", "")


def test_sign_out_ends_all_streams_of_session_at_both_processes(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    with ExitStack() as stack:
        tabs = open_four_tabs(stack, alice, workspace_stream_url(web))
        for tab in tabs:
            tab.wait_for("web")
        post(alice, "logout/")
        assert [tab.next_event() for tab in tabs] == [("session-expired", "")] * 4
