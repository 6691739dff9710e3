"""What is wrong with the agents of a running workspace, in words.

A lifecycle or a connection that is still on its way is no fault: Coder 2.36 counts an agent that has not
connected yet as unhealthy, and so every workspace that has just been started.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.types import Agent, Workspace
from workspaces.present.page_models import Tone
from workspaces.schedule import nonzero_time

DEFAULT_CONNECTION_TIMEOUT = timedelta(minutes=5)  # for an agent whose template sets no time to connect


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    key: str
    tone: Tone
    title: str
    text: str
    url: str  # the template's own help, or ""
    log_agent_id: UUID | None = None  # the agent whose log says more


SCRIPT_FAULTS = frozenset({"start_error", "start_timeout", "shutdown_error", "shutdown_timeout"})
# By key: tone, title and text. `%(agent)s` is the agent's name.
FAULTS: dict[str, tuple[Tone, str, str]] = {
    "timeout": (
        "warn",
        gettext_noop("The agent %(agent)s takes too long to connect"),
        gettext_noop("The workspace runs, but nothing can be opened on it. If that lasts, restart it."),
    ),
    "disconnected": (
        "bad",
        gettext_noop("The agent %(agent)s has lost its connection"),
        gettext_noop("It may come back by itself. If it does not, restart the workspace."),
    ),
    "start_error": (
        "bad",
        gettext_noop("A startup script failed on %(agent)s"),
        gettext_noop("The workspace runs, but what the script sets up may be missing. Its log says what went wrong."),
    ),
    "start_timeout": (
        "warn",
        gettext_noop("A startup script on %(agent)s takes longer than expected"),
        gettext_noop("It still runs; what it sets up may be missing until it ends."),
    ),
    "shutting_down": (
        "warn",
        gettext_noop("The agent %(agent)s is shutting down"),
        gettext_noop("Open programs on it are being closed."),
    ),
    "shutdown_timeout": (
        "warn",
        gettext_noop("A shutdown script on %(agent)s takes longer than expected"),
        gettext_noop("The agent is shutting down and waits for the script to end."),
    ),
    "shutdown_error": (
        "bad",
        gettext_noop("A shutdown script failed on %(agent)s"),
        gettext_noop("What the script was to save may be lost. Its log says what went wrong."),
    ),
    "off": (
        "warn",
        gettext_noop("The agent %(agent)s is switched off"),
        gettext_noop("The workspace runs, but nothing can be opened on it. Restart it to switch the agent on."),
    ),
}


def iter_agents(workspace: Workspace) -> Iterator[Agent]:
    """The agents of the latest build."""
    for resource in workspace.latest_build.resources or ():
        yield from resource.agents or ()


def top_level_agents(workspace: Workspace) -> Iterator[Agent]:
    """Those that count: one that lives inside another stands and falls with it."""
    return (agent for agent in iter_agents(workspace) if agent.parent_id is None)


def find_faults(workspace: Workspace, now: datetime) -> tuple[Fault, ...]:
    """All that is wrong with a running workspace; nothing is wrong with one that does not run."""
    if workspace.latest_build.status != "running":
        return ()
    known = list(top_level_agents(workspace))
    found = [fault for agent in known if (fault := find_agent_fault(agent, now))]
    failing = set(workspace.health.failing_agents or ()) - {agent.id for agent in iter_agents(workspace)}
    if not found and not workspace.health.healthy and (failing or not known):
        found.append(
            Fault(
                key="unhealthy",
                tone="warn",
                title=_("Coder says that this workspace is unhealthy"),
                text=_("It does not say why."),
                url="",
            )
        )
    return tuple(found)


def find_agent_fault(agent: Agent, now: datetime) -> Fault | None:
    """What is wrong with one agent, by its connection and then by its lifecycle."""
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
        title=_("The agent %(agent)s is unhealthy") % {"agent": agent.name},
        text=_("Coder says: %(reason)s") % {"reason": agent.health.reason or agent.status},
        url=troubleshooting_url(agent),
    )


def is_connection_overdue(agent: Agent, now: datetime) -> bool:
    """Whether an agent that has not connected should have, by its template's own measure."""
    patience = timedelta(seconds=agent.connection_timeout_seconds) or DEFAULT_CONNECTION_TIMEOUT
    since = nonzero_time(agent.created_at)
    return since is not None and now - since > patience


def startup_phase(workspace: Workspace) -> str:
    """What a running workspace still waits for: "connecting", "starting" (its scripts run) or ""."""
    if workspace.latest_build.status != "running":
        return ""
    for agent in top_level_agents(workspace):
        if agent.status == "connecting":
            return "connecting"
        if agent.status == "connected" and agent.lifecycle_state in {"created", "starting"}:
            return "starting"
    return ""


def troubleshooting_url(agent: Agent) -> str:
    """The address of the template's help for an agent in trouble, where it is one of the web."""
    url = agent.troubleshooting_url
    return url if url.startswith(("https://", "http://")) else ""
