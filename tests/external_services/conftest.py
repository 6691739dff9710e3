"""What is tested of PostgreSQL and Redis themselves is collected where they run: python -m tests.external_services."""

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
    """A Redis that a test may take away."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Its address."""
        return servers.redis_url(self.folder)

    def client(self) -> redis.Redis:
        """A connection to it, beside the portal's."""
        return redis.from_url(self.url, decode_responses=True)

    def list_keys(self) -> list[str]:
        """Under which something lies there."""
        return [str(key) for key in self.client().keys("*")]

    def suspend(self) -> None:
        """It stands still: nothing is refused, nothing is answered, nothing is forgotten."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """It is gone, with all that it kept."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """It is there, empty where it was gone."""
        self.process = servers.start_redis(self.folder)
        servers.wait_for(lambda: self.client().ping(), redis.ConnectionError)


@pytest.fixture
def browsers() -> Iterator[BrowserSessions]:
    """Browsers, which are closed when the test is over."""
    with BrowserSessions() as made:
        yield made


@pytest.fixture(scope="module")
def redis_of_a_module() -> Iterator[TemporaryRedis]:
    """A Redis for the tests of one module."""
    with tempfile.TemporaryDirectory(prefix="portal-", ignore_cleanup_errors=True) as name:
        servers.grant_write_access(Path(name))
        made = TemporaryRedis(Path(name), servers.start_redis(Path(name)))
        try:
            servers.wait_for(lambda: made.client().ping(), redis.ConnectionError)
            yield made
        finally:
            made.kill()


@pytest.fixture
def own_redis(redis_of_a_module: TemporaryRedis) -> Iterator[TemporaryRedis]:
    """It, running and empty."""
    redis_of_a_module.client().flushall()
    yield redis_of_a_module
    redis_of_a_module.resume()
    if redis_of_a_module.process.poll() is not None:
        redis_of_a_module.restart()
