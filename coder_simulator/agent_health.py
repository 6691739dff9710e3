"""Derive the status and health of an agent from its times."""

from datetime import datetime, timedelta

from coder_simulator.state import Agent

SHUTDOWN_STATES = frozenset({"shutting_down", "shutdown_timeout", "shutdown_error", "off"})


def agent_status(agent: Agent, now: datetime) -> str:
    """Return connecting, timeout, connected or disconnected."""
    if agent.first_connected_at is None:
        limit = agent.plan.connection_timeout_seconds
        late = limit > 0 and now - agent.created_at > timedelta(seconds=limit)
        return "timeout" if late else "connecting"
    return "disconnected" if agent.disconnected_at else "connected"


def agent_problem(agent: Agent, now: datetime, *, modern: bool) -> str:
    """Return the reason why an agent is unhealthy; "" if it is healthy."""
    status = agent_status(agent, now)
    if status == "connecting":
        return "agent has not yet connected" if modern else ""
    if status != "connected" and agent.lifecycle == "off":
        return "agent is not running"
    if status == "timeout":
        return "agent is taking too long to connect"
    if status == "disconnected":
        return "agent has lost connection"
    if agent.lifecycle == "start_error":
        return "agent startup script exited with an error"
    return "agent is shutting down" if agent.lifecycle in SHUTDOWN_STATES else ""
