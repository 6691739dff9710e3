"""The addresses under /_control that steer a simulated server: requests, faults, clock, world."""

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coder_simulator.clock import rfc3339
from coder_simulator.gojson import parse_time


async def control_requests(request: Request) -> Response:
    """GET: the requests so far; DELETE: forget them."""
    if request.method == "DELETE":
        request.app.state.request_log.clear()
        return Response(status_code=204)
    return JSONResponse(request.app.state.request_log.as_json())


async def control_faults(request: Request) -> Response:
    """GET: the faults that are set; POST: set one; DELETE: take all away."""
    fault_list = request.app.state.faults
    if request.method == "DELETE":
        fault_list.clear()
        return Response(status_code=204)
    if request.method == "POST":
        try:
            fault = fault_list.add(await request.json())
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        return JSONResponse({"id": fault.id}, status_code=201)
    return JSONResponse(fault_list.as_json())


async def control_clock(request: Request) -> Response:
    """GET: the server's moment; POST {"advance": seconds} or {"set": moment}: move it, and let all due happen."""
    server = request.app.state.server
    if request.method == "POST":
        try:
            server.engine.move_to(_requested_time(await request.json(), server.world.now()))
        except (KeyError, TypeError, ValueError):
            words = 'Send {"advance": seconds} or {"set": an RFC 3339 moment}.'
            return JSONResponse({"message": words}, status_code=400)
    return JSONResponse({"now": rfc3339(server.world.now())})


def _requested_time(body: dict[str, Any], now: datetime) -> datetime:
    if "set" in body:
        return parse_time(str(body["set"]))
    return now + timedelta(seconds=float(body["advance"]))


async def control_world(request: Request) -> Response:
    """GET: the people, with their passwords, and the workspaces by owner, name and status."""
    state = request.app.state.server.world
    people = [
        {"username": u.username, "name": u.name, "email": u.email, "password": u.password, "roles": list(u.roles)}
        for u in state.users.values()
        if not u.is_system
    ]
    workspaces = [
        {"id": w.id, "owner": w.owner.username, "name": w.name, "status": w.latest_build.status}
        for w in state.workspaces.everyone()
    ]
    return JSONResponse({"version": state.version, "people": people, "workspaces": workspaces})


ROUTES = [
    Route("/_control/requests", control_requests, methods=["GET", "DELETE"]),
    Route("/_control/faults", control_faults, methods=["GET", "POST", "DELETE"]),
    Route("/_control/clock", control_clock, methods=["GET", "POST"]),
    Route("/_control/world", control_world, methods=["GET"]),
]
