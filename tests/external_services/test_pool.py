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

MOST = 8  # connections, for sixteen concurrent page requests


@dataclass
class PooledPortal:
    """A portal, and its database as PostgreSQL sees it."""

    url: str
    database: str

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """A statement to the server, through another database; %s is the name of the portal's."""
        name = urlsplit(self.database).path.rpartition("/")[2]
        with connect(os.environ["TEST_DATABASE_URL"]) as connection:
            found = connection.execute(statement.replace("%s", name))
            return found.fetchall() if found.description else []

    def connections(self) -> list[object]:
        """What each of its connections is doing."""
        return [state for (state,) in self.execute("SELECT state FROM pg_stat_activity WHERE datname = '%s'")]

    def break_connections(self) -> None:
        """Break all of them, as a restart of the server does."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[PooledPortal]:
    """A portal that may open MOST connections."""
    database = new_database()
    extra_env = {"DATABASE_URL": database, "REDIS_URL": "", "PORTAL_DATABASE_CONNECTIONS": str(MOST)}
    with (
        run_server(version="2.36", world="contract") as server,
        run_portal(server.url, tmp_path, extra_env=extra_env) as url,
    ):
        yield PooledPortal(url, database)


def test_pages_share_limited_connections_and_return_them_to_pool(
    served: PooledPortal, browsers: BrowserSessions
) -> None:
    client, _ = browsers.sign_in(served.url)
    with ThreadPoolExecutor(16) as crowd:
        pages = [crowd.submit(client.get, f"{served.url}/account/") for _ in range(80)]
        most = max(len(served.connections()) for _ in range(20))
        assert {page.result().status_code for page in pages} == {200}
    assert 1 <= most <= MOST
    assert set(served.connections()) == {"idle"}  # none in a transaction


def test_broken_connection_is_not_given_to_a_page(served: PooledPortal, browsers: BrowserSessions) -> None:
    client, _ = browsers.sign_in(served.url)
    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(lambda _: client.get(f"{served.url}/account/"), range(80)))
    assert len(served.connections()) == MOST  # checking each broken connection in turn would take too long
    served.break_connections()
    assert is_signed_in(client, served.url)
    assert is_signed_in(client, served.url)


def test_unavailable_database_is_reported_by_readyz_and_recovers(
    served: PooledPortal, browsers: BrowserSessions
) -> None:
    client, _ = browsers.sign_in(served.url)
    served.execute('ALTER DATABASE "%s" ALLOW_CONNECTIONS false')
    served.break_connections()
    state = httpx.get(f"{served.url}/readyz", trust_env=False, timeout=30)
    assert (state.status_code, state.json()["database"]) == (503, "OperationalError")
    assert httpx.get(f"{served.url}/healthz", trust_env=False).status_code == 200
    served.execute('ALTER DATABASE "%s" ALLOW_CONNECTIONS true')
    wait_for(lambda: psycopg.Connection.close(connect(served.database)), psycopg.OperationalError)
    wait_for(lambda: httpx.get(f"{served.url}/readyz", trust_env=False, timeout=30).raise_for_status(), httpx.HTTPError)
    assert is_signed_in(client, served.url)
