"""What tests of several areas need: a simulated Coder, the portal before it, somebody signed in, and a browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import settings as hypothesis
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django.fixtures import Settings

from coder_simulator.testing import run_server
from tests.portal import FakeClock, SimulatedCoder, sign_in
from tests.server import collect_static_once
from workspaces.gateway import connection, outage

# How long an example takes is the machine's business: other workers and a browser run beside it.
hypothesis.register_profile("portal", deadline=None)
hypothesis.load_profile("portal")

# What is waited for is waited for twice as long as usual: a machine may have other work.
expect.set_options(timeout=10_000)

CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Collect the static files before any worker starts; see tests/server.py."""
    if not hasattr(session.config, "workerinput"):
        collect_static_once()


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests with a browser run in one worker, so that one of them has the servers and the processor."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. Without one these tests are skipped; where CI is set, that is a failure.

    Not for the session: as long as it runs, its event loop runs in this thread, in which neither Django's database
    nor another loop can be used.
    """
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("There is no chromium on the PATH.")
        pytest.skip("There is no chromium on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def coders() -> Iterator[dict[str, SimulatedCoder]]:
    """The simulated Coders of both versions, in threads of this process, with the world of the recordings."""
    with ExitStack() as stack:
        yield {
            version: SimulatedCoder(stack.enter_context(run_server(version=version, world="contract", speed=0.01)))
            for version in ("2.19", "2.36")
        }


@pytest.fixture
def version() -> str:
    """Which Coder it is; a test that is parametrised over `version` meets both."""
    return "2.36"


@pytest.fixture
def coder(coders: dict[str, SimulatedCoder], version: str, settings: Settings) -> Iterator[SimulatedCoder]:
    """A simulated Coder without workspaces, and the portal before it, which knows nothing of it yet."""
    found = coders[version]
    found.reset()
    reset_portal_state()
    settings.CODER_URL = found.url
    yield found
    reset_portal_state()


def reset_portal_state() -> None:
    """The portal's process as if it had just begun; what it keeps of a page, it keeps by token, and those are new."""
    connection.close_client()
    cache.clear()
    outage.mark_reachable()


@pytest.fixture
def alice(db: None, coder: SimulatedCoder) -> Client:
    """The browser of Alice, who has just signed in; Coder's log of requests is empty again."""
    client = Client()
    sign_in(client)
    coder.clear_requests()
    return client


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The portal's clock in the hand of the test."""
    return FakeClock(monkeypatch)
