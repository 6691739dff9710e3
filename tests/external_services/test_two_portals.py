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
TRIES = 6
WRONG = {"email": "nobody@example.com", "password": "not this one"}


@dataclass
class Portals:
    """Both, and the Coder behind them."""

    one: str
    other: str
    coder: SimulatedCoder


@pytest.fixture(scope="module")
def portals(redis_of_a_module: TemporaryRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portals]:
    """Two processes that share all that they keep."""
    folder: Path = tmp_path_factory.mktemp("portals")
    stores = {"DATABASE_URL": new_database(), "REDIS_URL": redis_of_a_module.url, "PORTAL_LOGIN_TRIES": str(TRIES)}
    with ExitStack() as stack:
        server = stack.enter_context(run_server(version="2.36", world="contract", speed=0.01))
        one, other = (stack.enter_context(run_portal(server.url, folder, extra_env=stores)) for _ in range(2))
        yield Portals(one, other, SimulatedCoder(server))


@pytest.fixture(autouse=True)
def sharing(portals: Portals, own_redis: TemporaryRedis) -> None:
    """Nothing of the test before is left in Redis, and both ask it."""
    for at in (portals.one, portals.other):
        own_redis.client().flushall()
        wait_for(partial(expect_redis_in_use, at, own_redis), AssertionError)
    own_redis.client().flushall()


def expect_redis_in_use(at: str, own_redis: TemporaryRedis) -> None:
    """Raises AssertionError where this portal has not found out yet that Redis is there again."""
    httpx.get(f"{at}/login/", trust_env=False)
    assert own_redis.client().keys("*auth_methods")


def test_sign_in_at_one_portal_is_valid_at_the_other(portals: Portals, browsers: BrowserSessions) -> None:
    client, status = browsers.sign_in(portals.one)
    assert status == 302
    assert is_signed_in(client, portals.other)


def test_sign_out_at_one_portal_ends_session_at_the_other(portals: Portals, browsers: BrowserSessions) -> None:
    client, _ = browsers.sign_in(portals.one)
    copied = browsers.copy_client(client)
    assert is_signed_in(copied, portals.other)
    assert post_form(client, f"{portals.one}/logout/").status_code == 302
    assert not is_signed_in(copied, portals.other)


def test_sign_out_everywhere_at_one_portal_ends_sessions_at_the_other(
    portals: Portals, browsers: BrowserSessions
) -> None:
    client, _ = browsers.sign_in(portals.one)
    elsewhere, _ = browsers.sign_in(portals.other)
    assert is_signed_in(elsewhere, portals.other)
    assert is_signed_in(client, portals.one)
    assert post_form(client, f"{portals.one}/account/sessions/end/").status_code == 302
    assert not is_signed_in(elsewhere, portals.other)


def test_sign_out_while_redis_hangs_is_immediate_and_cached_copy_expires(
    portals: Portals, browsers: BrowserSessions, own_redis: TemporaryRedis
) -> None:
    client, _ = browsers.sign_in(portals.one)
    copied = browsers.copy_client(client)
    assert is_signed_in(copied, portals.other)
    own_redis.suspend()
    assert post_form(client, f"{portals.one}/logout/").status_code == 302
    assert not is_signed_in(copied, portals.other)
    own_redis.resume()
    for copy in own_redis.client().keys("portal.sessions*"):
        assert 0 < own_redis.client().ttl(copy) <= CACHE_TTL_S
        own_redis.client().expire(copy, 0)
    assert not is_signed_in(copied, portals.other)


def test_pages_work_while_redis_is_unreachable_and_after_it_returns(
    portals: Portals, browsers: BrowserSessions, own_redis: TemporaryRedis
) -> None:
    client, _ = browsers.sign_in(portals.one)
    own_redis.kill()
    for at in (portals.one, portals.other):
        assert is_signed_in(client, at)
        assert client.get(f"{at}/workspaces/").status_code == 200
        state = client.get(f"{at}/readyz")
        assert (state.status_code, state.json()["redis"]) == (200, "ConnectionError")
    newcomer, status = browsers.sign_in(portals.other)
    assert status == 302
    assert is_signed_in(newcomer, portals.one)
    own_redis.restart()
    for at in (portals.one, portals.other):
        assert is_signed_in(client, at)
        assert client.get(f"{at}/readyz").json()["redis"] == "ok"


def test_login_attempts_are_counted_across_both_portals(portals: Portals, browsers: BrowserSessions) -> None:
    for number in range(TRIES):
        _, status = browsers.sign_in(portals.one if number % 2 else portals.other, WRONG)
        assert status == 422
    portals.coder.clear_requests()
    for at in (portals.one, portals.other):
        _, status = browsers.sign_in(at)
        assert status == 422
    assert "POST /users/login" not in portals.coder.request_lines()


def test_cached_coder_responses_are_shared_between_portals(portals: Portals, browsers: BrowserSessions) -> None:
    client, _ = browsers.sign_in(portals.one)
    client.get(f"{portals.one}/workspaces/")
    portals.coder.clear_requests()
    assert client.get(f"{portals.other}/workspaces/").status_code == 200
    assert portals.coder.request_lines(ignore="") == ["GET /workspaces"]
