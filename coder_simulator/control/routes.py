"""Serve the control API under /_control: request log, faults, clock, world."""

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coder_simulator.clock import format_rfc3339
from coder_simulator.control.faults import FaultList
from coder_simulator.control.request_log import RequestLog
from coder_simulator.gojson import parse_time
from coder_simulator.server import Server
from coder_simulator.world import World


async def control_requests(request: Request) -> Response:
    """GET: list the logged requests; DELETE: clear the log."""
    request_log: RequestLog = request.app.state.request_log
    if request.method == "DELETE":
        request_log.clear()
        return Response(status_code=204)
    return JSONResponse(request_log.as_json())


async def control_faults(request: Request) -> Response:
    """GET: list the faults; POST: add one; DELETE: remove all."""
    faults: FaultList = request.app.state.faults
    if request.method == "DELETE":
        faults.clear()
        return Response(status_code=204)
    if request.method == "POST":
        try:
            fault = faults.add(await request.json())
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({"id": fault.id}, status_code=201)
    return JSONResponse(faults.as_json())


async def control_clock(request: Request) -> Response:
    """GET: return the time; POST {"advance": seconds} or {"set": time}: move the clock and run all due work."""
    server: Server = request.app.state.server
    if request.method == "POST":
        try:
            server.engine.advance_to(_requested_time(await request.json(), server.world.now()))
        except (KeyError, TypeError, ValueError):
            message = 'Send {"advance": seconds} or {"set": an RFC 3339 time}.'
            return JSONResponse({"message": message}, status_code=400)
    return JSONResponse({"now": format_rfc3339(server.world.now())})


def _requested_time(body: dict[str, Any], now: datetime) -> datetime:
    if "set" in body:
        return parse_time(str(body["set"]))
    return now + timedelta(seconds=float(body["advance"]))


async def control_world(request: Request) -> Response:
    """GET: list the people with their passwords, and the workspaces by owner, name and status."""
    world: World = request.app.state.world
    people = [
        {"username": u.username, "name": u.name, "email": u.email, "password": u.password, "roles": list(u.roles)}
        for u in world.users.values()
        if not u.is_system
    ]
    workspaces = [
        {"id": w.id, "owner": w.owner.username, "name": w.name, "status": w.latest_build.status}
        for w in world.workspaces.list_all()
    ]
    return JSONResponse({"version": world.version, "people": people, "workspaces": workspaces})


ROUTES = [
    Route("/_control/requests", control_requests, methods=["GET", "DELETE"]),
    Route("/_control/faults", control_faults, methods=["GET", "POST", "DELETE"]),
    Route("/_control/clock", control_clock, methods=["GET", "POST"]),
    Route("/_control/world", control_world, methods=["GET"]),
]
