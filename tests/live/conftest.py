"""The portal as it is run, with its streams, before the simulated Coder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from coder_simulator.testing import run_server
from coder_simulator.world import PASSWORD
from tests.external_services.browsers import BrowserSessions
from tests.portal import SimulatedCoder
from tests.server import run_portal, storage_environment

type Enter = Callable[..., httpx.Client]


@pytest.fixture(scope="session")
def coders() -> Iterator[dict[str, SimulatedCoder]]:
    """A Coder of their own: streams go on for a while after their test, and others count what Coder is asked."""
    with run_server(version="2.36", world="contract", speed=0.01) as server:
        yield {"2.36": SimulatedCoder(server)}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two portals keep what they share."""
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="session")
def shared_stores(shared: Path) -> dict[str, str]:
    """Their database."""
    return storage_environment(shared)


@pytest.fixture(scope="session")
def site(coders: dict[str, SimulatedCoder], shared: Path, shared_stores: dict[str, str]) -> Iterator[str]:
    """The address of a portal."""
    with run_portal(coders["2.36"].url, shared, more=shared_stores) as url:
        yield url


@pytest.fixture(scope="session")
def other_site(
    site: str, coders: dict[str, SimulatedCoder], shared: Path, shared_stores: dict[str, str]
) -> Iterator[str]:
    """Another process on the same database, under a path of somebody else's site, with one stream for each person."""
    more = {**shared_stores, "LIVE_MAX_STREAMS_PERSON": "1"}
    with run_portal(coders["2.36"].url, shared, prefix="/coder-portal", more=more) as url:
        yield url


@pytest.fixture
def coder(coders: dict[str, SimulatedCoder]) -> SimulatedCoder:
    """The Coder behind them, without workspaces."""
    coders["2.36"].reset()
    return coders["2.36"]


@pytest.fixture
def enter(site: str, coder: SimulatedCoder) -> Iterator[Enter]:
    """Signs somebody in with a browser of their own, at the portal unless another is named."""
    with BrowserSessions() as browsers:

        def enter(name: str = "alice", at: str = site) -> httpx.Client:
            browser, status = browsers.sign_in(at, {"email": f"{name}@example.com", "password": PASSWORD})
            assert status == 302
            browser.base_url = httpx.URL(at)
            coder.clear_requests()
            return browser

        yield enter


@pytest.fixture
def alice(enter: Enter) -> httpx.Client:
    """Alice's browser."""
    return enter()
