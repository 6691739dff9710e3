"""Combine the world, the engine and the jobs of one simulated server."""

from coder_simulator.engine import Engine
from coder_simulator.jobs import Jobs
from coder_simulator.lifecycle import Lifecycle
from coder_simulator.world import World

VERSIONS = {"2.19": "v2.19.1", "2.36": "v2.36.0"}


class Server:
    """Hold what the routes need.

    `latency_ms` (ms) delays each response, `rate_limit` rejects excess requests, `trust_proxy` takes the client's
    address from X-Forwarded-For.
    """

    def __init__(
        self,
        world: World,
        *,
        speed: float = 1.0,
        latency_ms: float = 0.0,
        rate_limit: bool = False,
        trust_proxy: bool = False,
    ) -> None:
        self.world = world
        self.engine = Engine(world, speed=speed)
        self.lifecycle = Lifecycle(world, self.engine)
        self.jobs = Jobs(world, self.engine, self.lifecycle)
        self.latency_ms = latency_ms
        self.rate_limit = rate_limit
        self.trust_proxy = trust_proxy

    @property
    def build_version(self) -> str:
        """Return the version for `X-Coder-Build-Version` and /buildinfo."""
        return VERSIONS[self.world.version]
