"""Two portal processes on one database and one Redis."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from coder_simulator.testing import run_server
from tests.external_services.browsers import BrowserSessions, is_signed_in, post_form
from tests.external_services.conftest import TemporaryRedis
from tests.external_services.servers import new_database, wait_for
from tests.portal import SimulatedCoder
from tests.server import run_portal
from workspaces.auth.cached_session_store import CACHE_TTL_S

pytestmark = pytest.mark.xdist_group("two portals")  # the same worker, so that the portals start once
MAX_ATTEMPTS = 6
WRONG_CREDENTIALS = {"email": "nobody@example.com", "password": "not this one"}


@dataclass
class Portals:
    """The URLs of both portals, and the Coder behind them."""

    first: str
    second: str
    coder: SimulatedCoder


@pytest.fixture(scope="module")
def portals(module_redis: TemporaryRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portals]:
    """Run two portal processes that share their stored data."""
    folder: Path = tmp_path_factory.mktemp("portals")
    stores = {"DATABASE_URL": new_database(), "REDIS_URL": module_redis.url, "PORTAL_LOGIN_TRIES": str(MAX_ATTEMPTS)}
    with ExitStack() as stack:
        server = stack.enter_context(run_server(version="2.36", world="contract", speed=0.01))
        first, second = (stack.enter_context(run_portal(server.url, folder, extra_env=stores)) for _ in range(2))
        yield Portals(first, second, SimulatedCoder(server))


@pytest.fixture(autouse=True)
def connected_portals(portals: Portals, clean_redis: TemporaryRedis) -> None:
    """Empty Redis and wait until both portals use it."""
    for url in (portals.first, portals.second):
        clean_redis.client().flushall()
        wait_for(partial(expect_redis_in_use, url), AssertionError)
    clean_redis.client().flushall()


def expect_redis_in_use(portal_url: str) -> None:
    """Raise AssertionError unless this portal uses Redis."""
    assert httpx.get(f"{portal_url}/readyz", trust_env=False, timeout=30).json()["redis"] == "ok"


def test_sign_in_at_one_portal_is_valid_at_the_other(portals: Portals, browsers: BrowserSessions) -> None:
    client, status = browsers.sign_in(portals.first)
    assert status == 302
    assert is_signed_in(client, portals.second)


def test_sign_out_at_one_portal_ends_session_at_the_other(portals: Portals, browsers: BrowserSessions) -> None:
    client, _ = browsers.sign_in(portals.first)
    copied_client = browsers.copy_client(client)
    assert is_signed_in(copied_client, portals.second)
    assert post_form(client, f"{portals.first}/logout/").status_code == 302
    assert not is_signed_in(copied_client, portals.second)


def test_sign_out_everywhere_at_one_portal_ends_sessions_at_the_other(
    portals: Portals, browsers: BrowserSessions
) -> None:
    client, _ = browsers.sign_in(portals.first)
    other_client, _ = browsers.sign_in(portals.second)
    assert is_signed_in(other_client, portals.second)
    assert is_signed_in(client, portals.first)
    assert post_form(client, f"{portals.first}/account/sessions/end/").status_code == 302
    assert not is_signed_in(other_client, portals.second)


def test_sign_out_while_redis_hangs_is_immediate_and_cached_copy_expires(
    portals: Portals, browsers: BrowserSessions, clean_redis: TemporaryRedis
) -> None:
    client, _ = browsers.sign_in(portals.first)
    copied_client = browsers.copy_client(client)
    assert is_signed_in(copied_client, portals.second)
    clean_redis.suspend()
    assert post_form(client, f"{portals.first}/logout/").status_code == 302
    assert not is_signed_in(copied_client, portals.second)
    clean_redis.resume()
    for key in clean_redis.client().keys("portal.session_hashes*"):
        assert 0 < clean_redis.client().ttl(key) <= CACHE_TTL_S
        clean_redis.client().expire(key, 0)
    assert not is_signed_in(copied_client, portals.second)


def test_pages_work_while_redis_is_unreachable_and_after_it_returns(
    portals: Portals, browsers: BrowserSessions, clean_redis: TemporaryRedis
) -> None:
    client, _ = browsers.sign_in(portals.first)
    clean_redis.kill()
    for url in (portals.first, portals.second):
        assert is_signed_in(client, url)
        assert client.get(f"{url}/workspaces/").status_code == 200
        readiness = client.get(f"{url}/readyz")
        assert (readiness.status_code, readiness.json()["redis"]) == (200, "ConnectionError")
    new_client, status = browsers.sign_in(portals.second)
    assert status == 302
    assert is_signed_in(new_client, portals.first)
    clean_redis.restart()
    for url in (portals.first, portals.second):
        assert is_signed_in(client, url)
        assert client.get(f"{url}/readyz").json()["redis"] == "ok"


def test_failed_sign_ins_are_counted_across_both_portals(portals: Portals, browsers: BrowserSessions) -> None:
    for number in range(MAX_ATTEMPTS):
        _, status = browsers.sign_in(portals.first if number % 2 else portals.second, WRONG_CREDENTIALS)
        assert status == 422
    portals.coder.clear_requests()
    for url in (portals.first, portals.second):
        _, status = browsers.sign_in(url, WRONG_CREDENTIALS)
        assert status == 422
    assert "POST /users/login" not in portals.coder.request_lines()


def test_cached_coder_responses_are_shared_between_portals(portals: Portals, browsers: BrowserSessions) -> None:
    client, _ = browsers.sign_in(portals.first)
    client.get(f"{portals.first}/workspaces/")
    portals.coder.clear_requests()
    assert client.get(f"{portals.second}/workspaces/").status_code == 200
    assert portals.coder.request_lines() == ["GET /workspaces"]
