"""Readers of exports who take a kilobyte now and then hold no thread of the portal."""

from collections.abc import Iterator

import pytest

from coder_portal import server_check
from coder_simulator.testing import run_server
from coder_simulator.world import PASSWORD
from tests.external_services.browsers import BrowserSessions
from tests.http.conftest import PortalProcess, run_portal
from tests.http.raw_client import RawClient

pytestmark = pytest.mark.xdist_group("http")

EXPORT = "/staff/workspaces.jsonl?columns=all"
ADMIN = {"email": "admin@example.com", "password": PASSWORD}
READERS = 20
TAKEN = 1024  # bytes
RECEIVE_BUFFER = 2048  # bytes: the rest waits at the portal


@pytest.fixture(scope="module")
def fleet_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """Run a portal with few threads in front of a Coder with 800 workspaces."""
    with (
        run_server(version="2.36", world="contract", workspaces=800) as coder,
        run_portal(coder.url, tmp_path_factory.mktemp("fleet"), server_check.PROTOCOL) as portal,
    ):
        yield portal


def test_twenty_slow_readers_of_exports_hold_no_thread(fleet_portal: PortalProcess) -> None:
    with BrowserSessions() as browsers, RawClient(fleet_portal.url) as client:
        admin, _ = browsers.sign_in(fleet_portal.url, ADMIN)
        while "partial-" in admin.get(f"{fleet_portal.url}{EXPORT}").headers["Content-Disposition"]:
            """The portal is still reading the workspaces."""
        cookies = "; ".join(f"{name}={value}" for name, value in admin.cookies.items())
        readers = [client.connect(receive_buffer=RECEIVE_BUFFER) for _ in range(READERS)]
        for reader in readers:
            reader.send_head(f"GET {EXPORT}", f"Cookie: {cookies}")
        for _ in range(3):
            for reader in readers:
                reader.read_exactly(TAKEN)
            assert fleet_portal.is_healthy()
            assert admin.get(f"{fleet_portal.url}/staff/workspaces/").status_code == 200
