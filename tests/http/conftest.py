"""Fixtures for the tests of requests on plain sockets: portals in processes of their own, with few threads."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from coder_portal import local_portal, server_check
from coder_simulator.testing import run_server
from tests.external_services.browsers import BrowserSessions
from tests.http.raw_client import RawClient
from tests.portal import SimulatedCoder
from tests.server import collect_static_once, free_port, migrate, portal_environment

THREADS = 4


@dataclass(frozen=True, slots=True)
class PortalProcess:
    """A portal in its own process."""

    url: str
    process: subprocess.Popen[bytes]

    def memory_mib(self) -> float:
        """Return the resident memory of the process in MiB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (kib,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
        return int(kib) / 1024

    def open_files(self) -> int:
        """Return the number of open files and sockets of the process."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def is_healthy(self) -> bool:
        """Return whether a probe, which takes no thread, and a page are answered within a few seconds."""
        urls = [f"{self.url}/healthz", f"{self.url}/login/"]
        return all(httpx.get(url, trust_env=False, timeout=5).status_code == 200 for url in urls)


@contextmanager
def run_portal(coder_url: str, folder: Path, protocol: str) -> Iterator[PortalProcess]:
    """Run a portal with THREADS threads and this HTTP protocol."""
    port = free_port()
    env = portal_environment(coder_url, folder, port) | {"PORTAL_THREADS": str(THREADS)}
    migrate(env)
    collect_static_once()
    process = local_portal.start_portal(env, port, protocol=protocol)
    try:
        local_portal.wait_until_ready(f"http://127.0.0.1:{port}/healthz", process)
        yield PortalProcess(f"http://127.0.0.1:{port}", process)
    finally:
        local_portal.terminate([process])


@pytest.fixture(scope="session")
def coders() -> Iterator[dict[str, SimulatedCoder]]:
    """Run a separate Coder: other tests count requests."""
    with run_server(version="2.36", world="contract", speed=0.01) as server:
        yield {"2.36": SimulatedCoder(server)}


@pytest.fixture
def coder(coders: dict[str, SimulatedCoder]) -> SimulatedCoder:
    """Return the Coder of the portals, without workspaces."""
    coders["2.36"].reset()
    return coders["2.36"]


@pytest.fixture(scope="session")
def portal(coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """Run a portal as deployed."""
    with run_portal(coders["2.36"].url, tmp_path_factory.mktemp("http"), server_check.PROTOCOL) as portal:
        yield portal


@pytest.fixture(scope="session")
def hasty_portal(
    coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PortalProcess]:
    """Run a portal with deadlines of one second."""
    folder = tmp_path_factory.mktemp("hasty")
    with run_portal(coders["2.36"].url, folder, "tests.http.short_limits:LimitedProtocol") as portal:
        yield portal


@pytest.fixture
def client(portal: PortalProcess) -> Iterator[RawClient]:
    """Return a client of the portal."""
    with RawClient(portal.url) as client:
        yield client


@pytest.fixture
def hasty_client(hasty_portal: PortalProcess) -> Iterator[RawClient]:
    """Return a client of the portal with short deadlines."""
    with RawClient(hasty_portal.url) as client:
        yield client


@pytest.fixture
def alice(portal: PortalProcess, coder: SimulatedCoder) -> Iterator[httpx.Client]:
    """Return a browser session of Alice."""
    with BrowserSessions() as browsers:
        browser, status = browsers.sign_in(portal.url)
        assert status == 302
        browser.base_url = httpx.URL(portal.url)
        coder.clear_requests()
        yield browser
