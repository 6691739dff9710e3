"""One simulated server: its world, its time and its jobs, put together."""

from coder_simulator.engine import Engine
from coder_simulator.jobs import Jobs
from coder_simulator.lifecycle import Lifecycle
from coder_simulator.world import World

VERSIONS = {"2.19": "v2.19.1", "2.36": "v2.36.0"}


class Server:
    """What the routes work on. `latency_ms` delays each answer, `rate_limit` refuses too many requests,
    `trust_proxy` takes the address of a browser from X-Forwarded-For."""

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
        """The version as `X-Coder-Build-Version` and /buildinfo say it."""
        return VERSIONS[self.world.version]
