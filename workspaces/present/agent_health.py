"""Faults of the agents of a running workspace.

An agent that is still starting or connecting is no fault: Coder 2.36 counts an agent that has not connected yet as
unhealthy, and therefore every workspace that has just been started.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.types import Agent, Workspace
from workspaces.datetimes import make_span
from workspaces.present.page_models import Tone
from workspaces.schedule import nonzero_time

DEFAULT_CONNECTION_TIMEOUT = timedelta(minutes=5)  # for agents whose template sets none


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault."""

    key: str
    tone: Tone
    title: str
    text: str
    url: str  # the template's troubleshooting page, or ""
    log_agent_id: UUID | None = None  # the agent whose log has details


SCRIPT_FAULTS = frozenset({"start_error", "start_timeout", "shutdown_error", "shutdown_timeout"})
# By key: tone, title and text. `%(agent)s` is the agent's name.
FAULTS: dict[str, tuple[Tone, str, str]] = {
    "timeout": (
        "warn",
        gettext_noop("Agent %(agent)s is taking too long to connect"),
        gettext_noop(
            "The workspace is running, but you cannot open apps or connect to it. If this persists, restart the "
            "workspace."
        ),
    ),
    "disconnected": (
        "bad",
        gettext_noop("Agent %(agent)s is disconnected"),
        gettext_noop("It may reconnect automatically. If it does not, restart the workspace."),
    ),
    "start_error": (
        "bad",
        gettext_noop("A startup script failed on agent %(agent)s"),
        gettext_noop("The workspace is running, but its setup may be incomplete. Check the script output."),
    ),
    "start_timeout": (
        "warn",
        gettext_noop("A startup script on agent %(agent)s is taking longer than expected"),
        gettext_noop("The script is still running. The setup may be incomplete until it ends."),
    ),
    "shutting_down": (
        "warn",
        gettext_noop("Agent %(agent)s is shutting down"),
        gettext_noop("Running programs are being closed."),
    ),
    "shutdown_timeout": (
        "warn",
        gettext_noop("A shutdown script on agent %(agent)s is taking longer than expected"),
        gettext_noop("The agent waits for the script before it shuts down."),
    ),
    "shutdown_error": (
        "bad",
        gettext_noop("A shutdown script failed on agent %(agent)s"),
        gettext_noop("Data that the script saves may be lost. Check the script output."),
    ),
    "off": (
        "warn",
        gettext_noop("Agent %(agent)s is off"),
        gettext_noop(
            "The workspace is running, but you cannot open apps or connect to it. Restart the workspace to start "
            "the agent."
        ),
    ),
}


def iter_agents(workspace: Workspace) -> Iterator[Agent]:
    """Yield the agents of the latest build."""
    for resource in workspace.latest_build.resources or ():
        yield from resource.agents or ()


def top_level_agents(workspace: Workspace) -> Iterator[Agent]:
    """Return the agents that count for health: not those inside another agent."""
    return (agent for agent in iter_agents(workspace) if agent.parent_id is None)


def find_faults(workspace: Workspace, now: datetime) -> tuple[Fault, ...]:
    """Return the faults of a running workspace; empty for one that does not run."""
    if workspace.latest_build.status != "running":
        return ()
    agents = list(top_level_agents(workspace))
    faults = [fault for agent in agents if (fault := find_agent_fault(agent, now))]
    failing = set(workspace.health.failing_agents or ()) - {agent.id for agent in iter_agents(workspace)}
    if not faults and not workspace.health.healthy and (failing or not agents):
        faults.append(
            Fault(
                key="unhealthy",
                tone="warn",
                title=_("This workspace is unhealthy"),
                text=_("Coder gave no reason."),
                url="",
            )
        )
    return tuple(faults)


def find_agent_fault(agent: Agent, now: datetime) -> Fault | None:
    """Return the fault of one agent, by its connection and then by its lifecycle."""
    key = agent.lifecycle_state if agent.status == "connected" else agent.status
    if key == "connecting" and is_connection_overdue(agent, now):
        key = "timeout"
    if key in FAULTS:
        tone, title, text = FAULTS[key]
        return Fault(
            key=key,
            tone=tone,
            title=_(title) % {"agent": agent.name},
            text=_(text),
            url=troubleshooting_url(agent),
            log_agent_id=agent.id if key in SCRIPT_FAULTS else None,
        )
    if key == "connecting" or agent.health.healthy:
        return None
    return Fault(
        key="unhealthy",
        tone="warn",
        title=_("Agent %(agent)s is unhealthy") % {"agent": agent.name},
        text=_("Coder reports: %(reason)s") % {"reason": agent.health.reason or agent.status},
        url=troubleshooting_url(agent),
    )


def is_connection_overdue(agent: Agent, now: datetime) -> bool:
    """Return whether an agent exceeds its template's connection timeout."""
    timeout = make_span(seconds=agent.connection_timeout_seconds) or DEFAULT_CONNECTION_TIMEOUT
    created = nonzero_time(agent.created_at)
    return created is not None and now - created > timeout


def startup_phase(workspace: Workspace) -> str:
    """Return what a running workspace still waits for: "connecting", "starting" (its scripts run) or ""."""
    if workspace.latest_build.status != "running":
        return ""
    for agent in top_level_agents(workspace):
        if agent.status == "connecting":
            return "connecting"
        if agent.status == "connected" and agent.lifecycle_state in {"created", "starting"}:
            return "starting"
    return ""


def troubleshooting_url(agent: Agent) -> str:
    """Return the template's troubleshooting URL for an agent; "" unless it is an http(s) URL."""
    url = agent.troubleshooting_url
    return url if url.startswith(("https://", "http://")) else ""
