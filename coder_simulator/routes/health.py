"""Serve the report of the deployment's health for owners."""

from datetime import timedelta

from coder_simulator.errors import forbidden, not_found
from coder_simulator.permissions import is_allowed
from coder_simulator.render.health import render_health
from coder_simulator.routing import Call, Reply, route

MAX_AGE = timedelta(minutes=10)


@route("GET", "/debug/health")
def get_health(call: Call) -> Reply:
    """Return the health of the deployment, checked every ten minutes or if `force` is true."""
    world = call.world
    if not is_allowed(world, call.user, "read", "debug_info"):
        raise forbidden(modern=True) if world.modern else not_found()
    last = world.health_checked_at
    if last is None or last + MAX_AGE <= world.now() or call.query_flag("force"):
        last = world.health_checked_at = world.now()
    return 200, render_health(world, str(call.request.base_url).rstrip("/"), call.server.build_version, last)
