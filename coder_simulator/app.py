"""Create the ASGI application of the simulated Coder."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from importlib import import_module

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from coder_simulator import browser_pages, icons, routes
from coder_simulator.bulk_seed import add_workspaces
from coder_simulator.control import routes as control_routes
from coder_simulator.control.faults import FaultList
from coder_simulator.control.middleware import ControlMiddleware
from coder_simulator.control.request_log import RequestLog
from coder_simulator.routing import ROUTES, json_response
from coder_simulator.server import Server
from coder_simulator.world import World
from coder_simulator.worlds.demo_fleet import add_fleet

__all__ = ["create_app", "routes"]


def create_app(
    *,
    version: str = "2.36",
    world: str | Callable[[World], None] = "demo",
    speed: float = 1.0,
    latency_ms: float = 0.0,
    licensed: bool = False,
    workspaces: int = 0,
    fleet: int = 0,
    rate_limit: bool = False,
    trust_proxy: bool = False,
) -> Starlette:
    """Create a simulated server.

    `world` is the name of a module in `worlds`, or a function that fills an empty `World`. `speed` scales jobs, logs
    and agents; `latency_ms` (ms) delays each response; `licensed` enables the features that need a license;
    `workspaces` is the number of generated workspaces to add; `fleet` is the number of those to add to the demo world,
    in believable states. `app.state` has the attributes `server`, `world`,
    `request_log`, `faults` and `retired_tokens`: short hashes of tokens whose requests neither are logged nor get a
    fault.
    """
    simulated_world = World(version=version, licensed=licensed)
    build_world = import_module(f"coder_simulator.worlds.{world}").build if isinstance(world, str) else world
    build_world(simulated_world)
    add_workspaces(simulated_world, workspaces)
    if fleet:
        add_fleet(simulated_world, fleet)
    server = Server(simulated_world, speed=speed, latency_ms=latency_ms, rate_limit=rate_limit, trust_proxy=trust_proxy)
    request_log, faults, retired_tokens = RequestLog(), FaultList(), set[str]()
    app = Starlette(
        routes=[*ROUTES, *control_routes.ROUTES, *icons.ROUTES, *browser_pages.ROUTES],
        middleware=[Middleware(ControlMiddleware, server, request_log, faults, retired_tokens)],
        exception_handlers={404: _route_not_found, 405: _method_not_allowed},
        lifespan=_lifespan,
    )
    app.state.server, app.state.world = server, simulated_world
    app.state.request_log, app.state.faults = request_log, faults
    app.state.retired_tokens = retired_tokens
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Resume the seeded jobs and run the engine while the server is up."""
    server: Server = app.state.server
    server.jobs.resume()
    engine_task = asyncio.create_task(server.engine.run())
    try:
        yield
    finally:
        server.engine.close()
        engine_task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await engine_task


async def _route_not_found(_request: Request, _error: Exception) -> Response:
    return json_response(404, {"message": "Route not found."})


async def _method_not_allowed(_request: Request, _error: Exception) -> Response:
    return Response(status_code=405)
