"""Provide the demo world, in which every state of a workspace occurs, to the tests of pages."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from coder_simulator.testing import run_server
from tests.conftest import reset_portal_state
from tests.portal import SimulatedCoder


@pytest.fixture(scope="session")
def demos() -> Iterator[dict[str, SimulatedCoder]]:
    """Run the demo world in both versions of Coder. No test changes it.

    The clock is frozen: workspaces of the demo stop and builds end within minutes, so pages would depend on the time.
    """
    with ExitStack() as stack:
        coders = {}
        for version in ("2.19", "2.36"):
            server = stack.enter_context(run_server(version=version, world="demo", licensed=True))
            server.world.clock.freeze()
            coders[version] = SimulatedCoder(server)
        yield coders


@pytest.fixture
def demo(
    db: None,
    demos: dict[str, SimulatedCoder],
    version: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SimulatedCoder]:
    """Return the demo Coder of `version`, with a portal that has empty caches and the same clock."""
    yield from use_frozen_coder(demos[version], settings, monkeypatch)


def use_frozen_coder(
    coder: SimulatedCoder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimulatedCoder]:
    """Yield a Coder with a frozen clock, with a portal that has empty caches and the same clock."""
    monkeypatch.setattr(timezone, "now", coder.server.world.now)
    reset_portal_state()
    settings.CODER_URL = coder.url
    coder.server.retire_tokens()
    yield coder
    reset_portal_state()


@pytest.fixture
def require_concurrent_requests(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function of path patterns: a matching request is sent once one request per pattern has arrived.

    Each pattern is a regular expression. Sequential requests time out and fail."""

    def require(*patterns: str) -> None:
        barrier = threading.Barrier(len(patterns), timeout=10)
        original = httpx.HTTPTransport.handle_request

        def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            if any(re.search(pattern, request.url.path) for pattern in patterns):
                barrier.wait()
            return original(transport, request)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle_request)

    return require
