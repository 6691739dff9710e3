"""Streams when the portal process ends, and tabs that do not read their stream."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from coder_portal import local_portal
from coder_simulator.state import Workspace
from tests.external_services.servers import TIMEOUT_S
from tests.live.conftest import SignIn
from tests.live.sse_client import connect_live, workspace_stream_url
from tests.portal import SimulatedCoder, create_token
from tests.server import collect_static_once, free_port, migrate, portal_environment

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals

CHANGES = 150  # events of about 5 KB: more than the buffers to a tab that does not read can hold


@contextmanager
def open_unread_stream(browser: httpx.Client, address: str) -> Iterator[socket.socket]:
    """Open a stream without reading its events."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
    url = httpx.URL(str(browser.base_url.join(address)))
    with socket.socket() as tab:
        tab.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        tab.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # otherwise the sender's kernel buffers megabytes
        tab.connect((url.host, url.port))
        tab.sendall(
            f"GET {url.raw_path.decode()} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\nCookie: {cookies}\r\n\r\n".encode()
        )
        yield tab


def rename_repeatedly(coder: SimulatedCoder, workspace: Workspace, token: str, times: int) -> None:
    """Rename the workspace directly at Coder this many times."""
    for number in range(times):
        body = {"name": f"web-{number}"}
        answer = coder.server.http.patch(
            f"/api/v2/workspaces/{workspace.id}", json=body, headers={"Coder-Session-Token": token}
        )
        answer.raise_for_status()


def test_other_tabs_receive_events_while_one_tab_does_not_read(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with open_unread_stream(alice, workspace_stream_url(web)), connect_live(alice, workspace_stream_url(web)) as tab:
        tab.wait_for("web")
        rename_repeatedly(coder, web, create_token(coder), CHANGES)
        tab.wait_for(f"web-{CHANGES - 1}")
        with connect_live(alice, workspace_stream_url(web)) as other:
            other.wait_for(f"web-{CHANGES - 1}")


@pytest.fixture
def stoppable_portal(coder: SimulatedCoder, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a portal that the test may stop; return its URL and its process."""
    port = free_port()
    env = portal_environment(coder.url, tmp_path, port)
    migrate(env)
    collect_static_once()
    process = local_portal.start_portal(env, port, graceful_s=10 * int(TIMEOUT_S))
    try:
        local_portal.wait_until_ready(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        local_portal.terminate([process])


def test_shutdown_sends_retry_delays_and_does_not_wait_for_unread_streams(
    stoppable_portal: tuple[str, subprocess.Popen[bytes]], sign_in: SignIn, coder: SimulatedCoder
) -> None:
    address, process = stoppable_portal
    web = coder.place("web", "stopped")
    browser = sign_in(at=address)
    with ExitStack() as stack:
        stack.enter_context(open_unread_stream(browser, workspace_stream_url(web)))
        tabs = [stack.enter_context(connect_live(browser, workspace_stream_url(web))) for _ in range(8)]
        rename_repeatedly(coder, web, create_token(coder), CHANGES)
        for tab in tabs:
            tab.wait_for(f"web-{CHANGES - 1}")
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(TIMEOUT_S) in {0, -signal.SIGTERM}  # uvicorn alone would wait for the unread stream
        for tab in tabs:
            name, delay_ms = tab.next_event()
            assert (name, int(delay_ms)) == ("reconnect", tab.retry)
            assert tab.next_event() == ("", "")
        waits = {tab.retry for tab in tabs}
        assert all(500 <= wait <= 3000 for wait in waits)
        assert len(waits) > 1  # the tabs do not all reconnect at once


def test_restarted_portal_serves_streams_of_earlier_sessions(
    stoppable_portal: tuple[str, subprocess.Popen[bytes]], sign_in: SignIn, coder: SimulatedCoder, tmp_path: Path
) -> None:
    address, process = stoppable_portal
    web = coder.place("web", "stopped")
    browser = sign_in(at=address)
    with connect_live(browser, workspace_stream_url(web)) as tab:
        tab.wait_for("web")
        process.terminate()
        assert tab.next_event()[0] == "reconnect"
    process.wait(TIMEOUT_S)
    (port,) = re.findall(r":(\d+)$", address)
    again = local_portal.start_portal(portal_environment(coder.url, tmp_path, int(port)), int(port))
    try:
        local_portal.wait_until_ready(f"{address}/healthz", again)
        with connect_live(browser, workspace_stream_url(web)) as tab:
            tab.wait_for('data-status="stopped"')
    finally:
        local_portal.terminate([again])
