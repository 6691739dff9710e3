"""Agents: one by id, its log, its ports."""

from coder_simulator.agent_health import agent_status
from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import may
from coder_simulator.render import agents as render
from coder_simulator.routing import Call, Reply, route


@route("GET", "/workspaceagents/{agent}")
def agent(call: Call) -> Reply:
    """Return one agent."""
    return 200, render.agent(call.world, call.agent(), call.world.now())


@route("GET", "/workspaceagents/{agent}/logs")
def agent_logs(call: Call) -> Reply:
    """Return an agent's log from `after` (a log's id) on."""
    text = call.query("after", "0")
    if not text.lstrip("-").isdigit() or int(text) < 0:
        detail = f'Query param "after" must be an integer greater than or equal to zero, not "{text}".'
        raise ApiError(400, 'Query param "after" must be greater than or equal to zero.', detail)
    return 200, [render.agent_log(one) for one in call.agent().logs if one.id > int(text)]


@route("GET", "/workspaceagents/{agent}/listening-ports")
def listening_ports(call: Call) -> Reply:
    """List the ports on which processes of the workspace listen; only a connected agent knows."""
    found = call.agent()
    if not may(call.user, "application_connect", found.workspace):
        raise not_found()
    status = agent_status(found, call.world.now())
    if status != "connected":
        raise ApiError(400, f'Agent state is "{status}", it must be in the "connected" state.')
    return 200, {
        "ports": [
            {"process_name": one.process_name, "network": one.network, "port": one.port} for one in found.plan.ports
        ]
    }
