"""Serve agents by id, their logs and their ports."""

from coder_simulator.agent_health import agent_status
from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import is_allowed_on_workspace
from coder_simulator.render.agents import render_agent, render_agent_log
from coder_simulator.routing import Call, Reply, route


@route("GET", "/workspaceagents/{agent}")
def get_agent(call: Call) -> Reply:
    """Return one agent."""
    return 200, render_agent(call.world, call.path_agent(), call.world.now())


@route("GET", "/workspaceagents/{agent}/logs")
def list_agent_logs(call: Call) -> Reply:
    """Return the log of an agent after the line with the id `after`."""
    text = call.query("after", "0")
    if not text.lstrip("-").isdigit() or int(text) < 0:
        detail = f'Query param "after" must be an integer greater than or equal to zero, not "{text}".'
        raise ApiError(400, 'Query param "after" must be greater than or equal to zero.', detail)
    return 200, [render_agent_log(log) for log in call.path_agent().logs if log.id > int(text)]


@route("GET", "/workspaceagents/{agent}/listening-ports")
def list_listening_ports(call: Call) -> Reply:
    """List the ports on which processes listen; the agent must be connected."""
    agent = call.path_agent()
    if not is_allowed_on_workspace(call.world, call.user, "application_connect", agent.workspace):
        raise not_found()
    status = agent_status(agent, call.world.now())
    if status != "connected":
        raise ApiError(400, f'Agent state is "{status}", it must be in the "connected" state.')
    return 200, {
        "ports": [
            {"process_name": port.process_name, "network": port.network, "port": port.port} for port in agent.plan.ports
        ]
    }
