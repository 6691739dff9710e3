"""Fixtures for the tests of streams: portals in processes of their own, with a simulated Coder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from coder_simulator.testing import run_server
from coder_simulator.world import PASSWORD
from tests.external_services.browsers import BrowserSessions
from tests.portal import SimulatedCoder, lengthen_builds
from tests.server import run_portal, storage_environment

type SignIn = Callable[..., httpx.Client]


@pytest.fixture(scope="session")
def coders() -> Iterator[dict[str, SimulatedCoder]]:
    """Run a separate Coder: sources continue for a while after a test, and other tests count requests."""
    with run_server(version="2.36", world="contract", speed=0.01) as server:
        lengthen_builds(server.world)
        yield {"2.36": SimulatedCoder(server)}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the data that two portals share."""
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="session")
def shared_stores(shared: Path) -> dict[str, str]:
    """Return the settings of their database."""
    return storage_environment(shared)


@pytest.fixture(scope="session")
def site(coders: dict[str, SimulatedCoder], shared: Path, shared_stores: dict[str, str]) -> Iterator[str]:
    """Run a portal, which an intranet may frame, and return its URL."""
    more = {**shared_stores, "EMBED_ALLOWED_ORIGINS": "https://intranet.example.com"}
    with run_portal(coders["2.36"].url, shared, extra_env=more) as url:
        yield url


@pytest.fixture(scope="session")
def other_site(
    site: str, coders: dict[str, SimulatedCoder], shared: Path, shared_stores: dict[str, str]
) -> Iterator[str]:
    """Run a second portal on the same database, under a path prefix, with one stream for each person and no frames."""
    more = {**shared_stores, "LIVE_MAX_STREAMS_PERSON": "1", "EMBED_ALLOWED_ORIGINS": ""}
    with run_portal(coders["2.36"].url, shared, prefix="/coder-portal", extra_env=more) as url:
        yield url


@pytest.fixture
def coder(coders: dict[str, SimulatedCoder]) -> SimulatedCoder:
    """Return the Coder of both portals, without workspaces."""
    coders["2.36"].reset()
    return coders["2.36"]


@pytest.fixture
def sign_in(site: str, coder: SimulatedCoder) -> Iterator[SignIn]:
    """Return a function that signs a person in with a new browser session."""
    with BrowserSessions() as browsers:

        def sign_in(name: str = "alice", at: str = site) -> httpx.Client:
            browser, status = browsers.sign_in(at, {"email": f"{name}@example.com", "password": PASSWORD})
            assert status == 302
            browser.base_url = httpx.URL(at)
            coder.clear_requests()
            return browser

        yield sign_in


@pytest.fixture
def alice(sign_in: SignIn) -> httpx.Client:
    """Return a browser session of Alice."""
    return sign_in()
