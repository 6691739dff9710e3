"""Fixtures for PostgreSQL and Redis; without `python -m tests.external_services` no test here is collected."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from tests.external_services import servers
from tests.external_services.browsers import BrowserSessions

collect_ignore_glob = [] if "TEST_REDIS_URL" in os.environ else ["test_*.py"]


@dataclass
class TemporaryRedis:
    """A Redis that a test can suspend or kill."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Return its URL."""
        return servers.redis_url(self.folder)

    def client(self) -> redis.Redis:
        """Return a client other than the portal's."""
        return redis.from_url(self.url, decode_responses=True)

    def list_keys(self) -> list[str]:
        """Return all keys."""
        return [str(key) for key in self.client().keys("*")]

    def suspend(self) -> None:
        """Suspend the process: connections stay open, requests get no response, and data is kept."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume the suspended process."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the process; its data is lost."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start it again; it is empty after `kill`."""
        self.process = servers.start_redis(self.folder)
        servers.wait_for(lambda: self.client().ping(), redis.ConnectionError)


@pytest.fixture
def browsers() -> Iterator[BrowserSessions]:
    """Return the HTTP clients of a test, which are closed after it."""
    with BrowserSessions() as sessions:
        yield sessions


@pytest.fixture(scope="module")
def module_redis() -> Iterator[TemporaryRedis]:
    """Run a Redis for the tests of one module."""
    with tempfile.TemporaryDirectory(prefix="portal-", ignore_cleanup_errors=True) as name:
        servers.grant_write_access(Path(name))
        server = TemporaryRedis(Path(name), servers.start_redis(Path(name)))
        try:
            servers.wait_for(lambda: server.client().ping(), redis.ConnectionError)
            yield server
        finally:
            server.kill()


@pytest.fixture
def clean_redis(module_redis: TemporaryRedis) -> Iterator[TemporaryRedis]:
    """Return the module's Redis, running and empty."""
    module_redis.client().flushall()
    yield module_redis
    module_redis.resume()
    if module_redis.process.poll() is not None:
        module_redis.restart()
