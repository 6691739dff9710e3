"""The portal's pool of PostgreSQL connections."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from coder_simulator.testing import run_server
from tests.external_services.browsers import BrowserSessions, is_signed_in
from tests.external_services.servers import connect, new_database, wait_for
from tests.server import run_portal

MAX_CONNECTIONS = 8  # for sixteen concurrent page requests


@dataclass
class PooledPortal:
    """A portal, and its database as PostgreSQL sees it."""

    url: str
    database: str

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Execute a statement in another database; %s stands for the name of the portal's database."""
        name = urlsplit(self.database).path.rpartition("/")[2]
        with connect(os.environ["TEST_DATABASE_URL"]) as connection:
            cursor = connection.execute(statement.replace("%s", name))
            return cursor.fetchall() if cursor.description else []

    def connections(self) -> list[object]:
        """Return the state of each of the portal's connections."""
        return [state for (state,) in self.execute("SELECT state FROM pg_stat_activity WHERE datname = '%s'")]

    def break_connections(self) -> None:
        """Terminate all of the portal's connections, as a restart of the server does."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'")


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[PooledPortal]:
    """Run a portal that may open MAX_CONNECTIONS connections."""
    database = new_database()
    extra_env = {"DATABASE_URL": database, "REDIS_URL": "", "PORTAL_DATABASE_CONNECTIONS": str(MAX_CONNECTIONS)}
    with (
        run_server(version="2.36", world="contract") as server,
        run_portal(server.url, tmp_path, extra_env=extra_env) as url,
    ):
        yield PooledPortal(url, database)


def test_pages_share_limited_connections_and_return_them_to_pool(
    portal: PooledPortal, browsers: BrowserSessions
) -> None:
    client, _ = browsers.sign_in(portal.url)
    with ThreadPoolExecutor(16) as executor:
        pages = [executor.submit(client.get, f"{portal.url}/account/") for _ in range(80)]
        peak = max(len(portal.connections()) for _ in range(20))
        assert {page.result().status_code for page in pages} == {200}
    assert 1 <= peak <= MAX_CONNECTIONS
    assert set(portal.connections()) == {"idle"}  # none in a transaction


def test_broken_connection_is_not_given_to_a_page(portal: PooledPortal, browsers: BrowserSessions) -> None:
    client, _ = browsers.sign_in(portal.url)
    with ThreadPoolExecutor(16) as executor:
        list(executor.map(lambda _: client.get(f"{portal.url}/account/"), range(80)))
    assert len(portal.connections()) == MAX_CONNECTIONS  # checking each broken connection in turn would take too long
    portal.break_connections()
    assert is_signed_in(client, portal.url)
    assert is_signed_in(client, portal.url)


def test_unavailable_database_is_reported_by_readyz_and_recovers(
    portal: PooledPortal, browsers: BrowserSessions
) -> None:
    client, _ = browsers.sign_in(portal.url)
    portal.execute('ALTER DATABASE "%s" ALLOW_CONNECTIONS false')
    portal.break_connections()
    state = httpx.get(f"{portal.url}/readyz", trust_env=False, timeout=30)
    assert (state.status_code, state.json()["database"]) in {(503, "OperationalError"), (503, "Timeout")}
    liveness = httpx.get(f"{portal.url}/healthz", trust_env=False, timeout=30)
    assert liveness.status_code == 200
    assert liveness.json()["last_known"]["database"]["status"] != "ok"
    portal.execute('ALTER DATABASE "%s" ALLOW_CONNECTIONS true')
    wait_for(lambda: psycopg.Connection.close(connect(portal.database)), psycopg.OperationalError)
    wait_for(lambda: httpx.get(f"{portal.url}/readyz", trust_env=False, timeout=30).raise_for_status(), httpx.HTTPError)
    assert is_signed_in(client, portal.url)
