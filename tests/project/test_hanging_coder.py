"""Test that nothing but a page's own call waits for a Coder that accepts connections and never answers."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.coder.conftest import SocketServer, run_socket_server
from tests.conftest import reset_portal_state
from tests.external_services.browsers import ALICE, post_form
from tests.external_services.servers import wait_for
from tests.portal import SimulatedCoder
from tests.server import run_portal
from tests.views.html import Html
from workspaces.coder.client import Coder
from workspaces.gateway import connection
from workspaces.live.subscribers import CODER_THREADS, run_in_thread

THREADS = 2


class HangingCoder:
    """A server that reads requests and never answers, until `hang_up`."""

    def __init__(self, server: SocketServer, held: list[socket.socket]) -> None:
        self.server = server
        self.held = held

    def wait_for_requests(self, line: str, number: int) -> None:
        """Return when so many requests with this beginning have arrived."""
        wait_for(lambda: self._expect(line, number), AssertionError)

    def _expect(self, line: str, number: int) -> None:
        assert sum(request.startswith(line) for request in self.server.requests) == number

    def hang_up(self) -> None:
        """Close all connections."""
        while self.held:
            self.held.pop().close()


@pytest.fixture
def hanging_coder() -> Iterator[HangingCoder]:
    """Run a server that accepts connections and never answers."""
    held: list[socket.socket] = []
    with run_socket_server(lambda connection: held.append(connection.dup())) as server:
        coder = HangingCoder(server, held)
        yield coder
        coder.hang_up()
    coder.hang_up()  # a check in the background may have connected again before the server ended


@pytest.fixture
def request_thread_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the path of each call that this thread sends to Coder."""
    paths: list[str] = []
    original, thread = Coder.receive, threading.get_ident()

    def receive(self: Coder, request: Any, *rest: Any) -> Any:
        if threading.get_ident() == thread:
            paths.append(request.url.path)
        return original(self, request, *rest)

    monkeypatch.setattr(Coder, "receive", receive)
    return paths


@pytest.mark.parametrize(
    "path", ["/", "/login/", "/account/", "/operations/", "/activity/", "/nothing/", "/live/workspaces/"]
)
def test_page_without_calls_of_its_own_sends_none_when_nothing_is_known(
    alice: Client, coder: SimulatedCoder, settings: Settings, request_thread_calls: list[str], path: str
) -> None:
    settings.CODER_PUBLIC_URL = ""
    assert alice.get(path).status_code in {200, 302, 404}
    assert request_thread_calls == []


def test_list_page_sends_only_its_own_call_when_nothing_is_known(
    alice: Client, coder: SimulatedCoder, settings: Settings, request_thread_calls: list[str]
) -> None:
    settings.CODER_PUBLIC_URL = ""
    response = alice.get("/workspaces/")
    assert response.status_code == 200
    assert request_thread_calls == ["/api/v2/workspaces"]


def test_links_lead_to_called_url_until_coder_reports_another(
    db: None, client: Client, coder: SimulatedCoder, settings: Settings
) -> None:
    settings.CODER_PUBLIC_URL = ""
    assert f"img-src 'self' {coder.url}" in client.get("/login/").headers["Content-Security-Policy"]
    coder.server.add_fault(
        "answer", path="/buildinfo", body={"version": "v2.36.0", "dashboard_url": "https://dev.example.com/"}
    )
    reset_portal_state()
    connection.REPORTED_URL.refresh().result(timeout=30)
    response = client.get("/login/")
    assert "img-src 'self' https://dev.example.com;" in response.headers["Content-Security-Policy"] + ";"
    assert Html(response).one("details").all("a")[0].get("href") == "https://dev.example.com/cli-auth"


def test_health_and_sign_in_page_answer_while_coder_hangs(hanging_coder: HangingCoder, tmp_path: Path) -> None:
    with (
        run_portal(hanging_coder.server.url, tmp_path, extra_env={"PORTAL_THREADS": str(THREADS)}) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as browser,
        ThreadPoolExecutor(THREADS) as executor,
    ):
        page = Html(browser.get("/login/").text)
        assert page.all("input", name="email")
        assert "Coder’s sign-in methods could not be loaded" in page.text
        sign_ins = [executor.submit(post_form, browser, "/login/", **ALICE) for _ in range(THREADS)]
        hanging_coder.wait_for_requests("POST /api/v2/users/login", THREADS)  # every thread for pages is busy
        probe = browser.get("/healthz", headers={"Host": "10.0.0.7"})
        assert not any(sign_in.done() for sign_in in sign_ins)
        assert (probe.status_code, probe.json()["portal"]) == (200, "ok")
        assert probe.json()["last_known"]["coder"]["status"] != "ok"
        hanging_coder.hang_up()
        assert [sign_in.result().status_code for sign_in in sign_ins] == [422] * THREADS
        assert browser.get("/login/", headers={"Host": "10.0.0.7"}).status_code == 400


def test_streams_read_sessions_while_all_their_threads_for_coder_wait(db: None) -> None:
    answer = threading.Event()

    async def read_session() -> str:
        waiting = [asyncio.ensure_future(run_in_thread(answer.wait, 60, threads=CODER_THREADS)) for _ in range(8)]
        try:
            async with asyncio.timeout(30):
                return await run_in_thread(lambda: "session")
        finally:
            answer.set()
            await asyncio.gather(*waiting)

    assert asyncio.run(read_session()) == "session"
