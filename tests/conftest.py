"""Fixtures that several areas share: the simulated Coder, the portal in front of it, a signed-in user, a browser."""

import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import settings as hypothesis
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django.fixtures import Settings

from coder_portal import health
from coder_simulator.testing import run_server
from tests.chromium import CHROMIUM, CHROMIUM_ARGUMENTS, HEADLESS_SHELL, PLAYWRIGHT_ARGUMENTS
from tests.portal import FakeClock, SimulatedCoder, sign_in
from tests.server import collect_static_once
from workspaces.coder.clock import CLOCK
from workspaces.fleet import store as fleets
from workspaces.gateway import banners, connection, outage, snapshots
from workspaces.gateway.background import BackgroundValue

pytest_plugins = ["tests.failures"]

# Images of containers set PYTHONDONTWRITEBYTECODE, for one process. Here each worker and each portal that a test starts
# would compile all modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No deadline for examples: other workers and a browser share the machine.
hypothesis.register_profile("portal", deadline=None)
hypothesis.load_profile("portal")

# Twice the default timeout, because the machine may be busy.
expect.set_options(timeout=10_000)

# A staff page waits for its first rows, which take longer on a busy machine, or while an earlier test's reading ends.
# Tests of pages without rows set a short time.
fleets.FIRST_ROWS_S = 30.0


def pytest_sessionstart(session: pytest.Session) -> None:
    """Collect the static files before any worker starts; see tests/server.py."""
    if not hasattr(session.config, "workerinput"):
        collect_static_once()


@pytest.hookimpl(wrapper=True)  # before xdist reads the groups, and after others have ordered the tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Run the browser tests of a file in one worker, which starts a browser and its servers once for them.

    The largest groups run first: one that began last would leave the other worker without a test for minutes.
    """
    for item in items:
        if {"chromium", "whole_chromium", "driver"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(f"browser {item.path.relative_to(item.config.rootpath)}"))
    yield
    groups = {item: tuple(mark.args for mark in item.iter_markers("xdist_group")) for item in items}
    sizes = Counter(groups.values())
    items.sort(key=lambda item: -sizes[groups[item]] if groups[item] else 0)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Chromium's headless shell."""
    with launch_browser("chromium-headless-shell", HEADLESS_SHELL, CHROMIUM_ARGUMENTS) as browser:
        yield browser


@pytest.fixture(scope="module")
def whole_chromium() -> Iterator[Browser]:
    """Run the whole Chromium."""
    with launch_browser("chromium", CHROMIUM, PLAYWRIGHT_ARGUMENTS) as browser:
        yield browser


@contextmanager
def launch_browser(name: str, program: str | None, arguments: list[str]) -> Iterator[Browser]:
    """Run a browser. Without its program these tests are skipped, or fail where CI is set.

    Not for the session: while the browser runs, its event loop runs in this thread, where neither Django's database
    nor another event loop can be used.
    """
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(f"There is no {name} on the PATH.")
        pytest.skip(f"There is no {name} on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def coders() -> Iterator[dict[str, SimulatedCoder]]:
    """Run the simulated Coders of both versions in threads of this process, with the world of the recordings."""
    with ExitStack() as stack:
        yield {
            version: SimulatedCoder(stack.enter_context(run_server(version=version, world="contract", speed=0.01)))
            for version in ("2.19", "2.36")
        }


@pytest.fixture
def version() -> str:
    """Return the version of Coder; a test parametrized over `version` runs with both."""
    return "2.36"


@pytest.fixture
def coder(coders: dict[str, SimulatedCoder], version: str, settings: Settings) -> Iterator[SimulatedCoder]:
    """Return a simulated Coder without workspaces; the portal in front of it has empty caches."""
    simulated_coder = coders[version]
    simulated_coder.reset()
    reset_portal_state()
    settings.CODER_URL = simulated_coder.url
    yield simulated_coder
    reset_portal_state()


def reset_portal_state() -> None:
    """Reset what the portal keeps in its process; what it caches per token needs no reset, as tokens are new."""
    values: list[BackgroundValue[Any]] = [
        connection.REPORTED_URL,
        connection.AUTH_METHODS,
        banners.BANNERS,
        *health.CHECKS.values(),
    ]
    for value in values:
        if value.running_s:
            value.refresh().result(timeout=30)  # it would be counted in the next test
        value.forget()
    connection.close_client()
    cache.clear()
    outage.mark_reachable()
    CLOCK.reset()
    snapshots.STORE.clear()
    fleets.STORE.clear()


@pytest.fixture
def alice(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which Alice has just signed in; Coder's request log is empty again."""
    client = Client()
    sign_in(client)
    coder.clear_requests()
    return client


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Return a portal clock that the test advances."""
    return FakeClock(monkeypatch)
