"""The agents of a workspace as cards: status, apps and scripts."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.actions.context import Rights
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Agent, Latency, Script, Workspace
from workspaces.present.agent_health import is_connection_overdue, troubleshooting_url
from workspaces.present.agents.app_links import (
    AppGroup,
    make_app_groups,
    reason_agent_not_ready,
    reason_login_blocked,
    reason_unavailable,
)
from workspaces.present.page_models import Status, Tone, Viewer
from workspaces.present.times import Moment, make_optional_moment

# By connection status or, if connected, by lifecycle state: the label, the tone, the icon.
AGENT_STATUSES: dict[str, tuple[str, Tone, str]] = {
    "connecting": (gettext_noop("Connecting"), "busy", "loader-circle"),
    "timeout": (gettext_noop("Connection timeout"), "warn", "unplug"),
    "disconnected": (gettext_noop("Disconnected"), "bad", "unplug"),
    "created": (gettext_noop("Starting"), "busy", "loader-circle"),
    "starting": (gettext_noop("Starting"), "busy", "loader-circle"),
    "start_timeout": (gettext_noop("Slow startup"), "warn", "hourglass"),
    "start_error": (gettext_noop("Startup failed"), "bad", "circle-x"),
    "ready": (gettext_noop("Ready"), "ok", "circle-check"),
    "shutting_down": (gettext_noop("Shutting down"), "busy", "loader-circle"),
    "shutdown_timeout": (gettext_noop("Slow shutdown"), "warn", "hourglass"),
    "shutdown_error": (gettext_noop("Shutdown failed"), "bad", "circle-x"),
    "off": (gettext_noop("Off"), "off", "circle-stop"),
}
# By Coder's status of a script (2.36): the label, the tone, the icon.
SCRIPT_STATUSES: dict[str, tuple[str, Tone, str]] = {
    "ok": (gettext_noop("done"), "ok", "circle-check"),
    "exit_failure": (gettext_noop("failed"), "bad", "circle-x"),
    "timed_out": (gettext_noop("timed out"), "warn", "hourglass"),
    "pipes_left_open": (gettext_noop("done, left pipes open"), "warn", "triangle-alert"),
}
SYSTEMS = {"linux": "Linux", "darwin": "macOS", "windows": "Windows"}
NANOSECONDS = 1_000_000_000
VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRun:
    """A script of an agent."""

    name: str
    triggers: str
    status: Status | None
    exit_code: int | None  # None for 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The latency between an agent and a relay."""

    name: str
    latency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCard:
    """One agent. `key` changes with its status: details of another status are discarded."""

    id: UUID
    key: str
    name: str
    parent_name: str  # of the agent whose dev container it is; "" for a top-level agent
    status: Status
    since: Moment | None  # time of the connection, or of its loss
    platform: str  # "Linux, amd64"
    version: str
    outdated_note: str  # "" unless it is older than Coder
    latency: str  # to its preferred relay
    relay: str
    other_relays: tuple[Relay, ...]  # without the preferred one
    directory: str
    connection_timeout: str  # "" if it is connected
    scripts: tuple[ScriptRun, ...]
    has_log: bool
    log_shows_error: bool  # a script failed
    log_truncated: bool
    help_url: str
    subsystems: tuple[str, ...]
    app_groups: tuple[AppGroup, ...]
    unavailable_reason: str  # why none of its apps can be opened now
    has_details: bool  # ports, metadata and SSH can be requested


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """All agents of a workspace, dev containers after their parents."""

    workspace_id: UUID
    cards: tuple[AgentCard, ...]
    absent_reason: str
    external: bool  # they run outside of Coder
    awaits_connection: bool  # an external agent has not connected
    coder_url: str
    has_details: bool


def make_agents(workspace: Workspace, viewer: Viewer) -> Agents:
    """Return the agents of the latest build as this viewer sees them."""
    rights = viewer.rights_for(workspace)
    build = workspace.latest_build
    resources = () if build.status == "deleted" else build.resources or ()
    agents = sort_agents([one for each in resources for one in each.agents or ()])
    names = {one.id: one.name for one in agents}
    cards = tuple(make_agent_card(workspace, viewer, rights, one, names) for one in agents)
    return Agents(
        workspace_id=workspace.id,
        cards=cards,
        absent_reason="" if cards else absent_reason(workspace),
        external=bool(build.has_external_agent),
        awaits_connection=bool(build.has_external_agent) and any(one.status != "connected" for one in agents),
        coder_url=f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}",
        has_details=any(each.has_details for each in cards),
    )


def sort_agents(agents: list[Agent]) -> list[Agent]:
    """Return the agents in Coder's order, with each dev container after its parent."""
    known_ids = {one.id for one in agents}
    outer = [one for one in agents if one.parent_id not in known_ids]
    return [each for one in outer for each in (one, *(inner for inner in agents if inner.parent_id == one.id))]


def absent_reason(workspace: Workspace) -> str:
    """Return why there is no agent, and when there will be one."""
    build = workspace.latest_build
    if build.status == "deleted":
        return ""
    if build.status == "running":
        return _("The template defines no agent, so there is nothing to open.")
    if build.transition == "start" and build.status in {"pending", "starting"}:
        return _("Agents and apps appear once the workspace has started.")
    return _("Agents and apps are available while the workspace is running.")


def make_agent_card(
    workspace: Workspace, viewer: Viewer, rights: Rights, agent: Agent, names: dict[UUID, str]
) -> AgentCard:
    """Return the card of an agent. `names` has all agents' names by id."""
    preferred, others = make_relays(agent)
    status = make_agent_status(agent, viewer.now)
    connected = agent.status == "connected"
    is_running = workspace.latest_build.status == "running"
    return AgentCard(
        id=agent.id,
        key=f"{agent.id}-{agent.status}",
        name=agent.name,
        parent_name=names.get(agent.parent_id, "") if agent.parent_id else "",
        status=status,
        since=status_since(agent, viewer),
        platform=platform_text(agent),
        version=agent.version,
        outdated_note=outdated_note(agent.version, viewer.coder_version),
        latency=preferred.latency if preferred else "",
        relay=preferred.name if preferred else "",
        other_relays=others,
        directory=sanitize_text(agent.expanded_directory or agent.directory),
        connection_timeout="" if connected else timeout_text(agent.connection_timeout_seconds),
        scripts=tuple(make_script_run(one) for one in agent.scripts or ()),
        has_log=bool(agent.logs_length or agent.scripts or agent.log_sources),
        log_shows_error=status.key in {"start_error", "start_timeout", "shutdown_error"},
        log_truncated=agent.logs_overflowed,
        help_url=troubleshooting_url(agent),
        subsystems=tuple(agent.subsystems or ()),
        app_groups=make_app_groups(workspace, viewer, rights, agent),
        unavailable_reason=reason_unavailable(workspace, rights, agent, None) or reason_login_blocked(agent),
        has_details=is_running and connected and not reason_agent_not_ready(agent),
    )


def make_agent_status(agent: Agent, now: datetime) -> Status:
    """Return the status of an agent; an unknown one has Coder's word as its label."""
    key = agent.lifecycle_state if agent.status == "connected" else agent.status
    if key == "connecting" and is_connection_overdue(agent, now):
        key = "timeout"
    label, tone, icon = AGENT_STATUSES.get(key, (key, "off", "circle-question-mark"))
    return Status(key=key, label=_(label) if key in AGENT_STATUSES else label, tone=tone, icon=icon, tooltip="")


def status_since(agent: Agent, viewer: Viewer) -> Moment | None:
    """Return since when an agent is connected or disconnected."""
    times = {"connected": agent.first_connected_at, "disconnected": agent.disconnected_at or agent.last_connected_at}
    return make_optional_moment(times.get(agent.status), viewer.now, viewer.zone)


def platform_text(agent: Agent) -> str:
    """Return operating system and architecture."""
    name = SYSTEMS.get(agent.operating_system, agent.operating_system)
    return ", ".join(filter(None, (name, agent.architecture)))


def make_relays(agent: Agent) -> tuple[Relay | None, tuple[Relay, ...]]:
    """Return the preferred relay of an agent, and the others by latency."""
    latencies = sorted((agent.latency or {}).items(), key=lambda each: (not each[1].preferred, each[1].latency_ms))
    relays = [Relay(name=name, latency=latency_text(latency)) for name, latency in latencies]
    return (relays[0], tuple(relays[1:])) if relays else (None, ())


def latency_text(latency: Latency) -> str:
    """Format a latency in ms."""
    return _("%(n)s ms") % {"n": f"{latency.latency_ms:.0f}" if latency.latency_ms >= 1 else "< 1"}


def outdated_note(version: str, coder: str) -> str:
    """Return a note for an agent that is older than Coder; "" for others, and for one without a version."""
    own, current = VERSION.match(version), VERSION.match(coder)
    if not own or not current or own.group(0) == "v0.0.0":
        return ""
    is_older = tuple(map(int, own.groups())) < tuple(map(int, current.groups()))
    text = _("older than Coder %(version)s; restart the workspace to update the agent")
    return text % {"version": f"v{'.'.join(current.groups())}"} if is_older else ""


def timeout_text(seconds: int) -> str:
    """Format a timeout in s; "" for none."""
    if seconds <= 0:
        return ""
    if seconds % 86_400 == 0:
        return _("%(n)d d") % {"n": seconds // 86_400}
    if seconds % 60 == 0:
        return _("%(n)d min") % {"n": seconds // 60}
    return _("%(n)d s") % {"n": seconds}


def make_script_run(script: Script) -> ScriptRun:
    """Return a script with its status."""
    label, tone, icon = SCRIPT_STATUSES.get(script.status or "", (script.status or "", "off", "circle-question-mark"))
    failed = script.exit_code if script.exit_code else None
    status = Status(key=script.status, label=_(label), tone=tone, icon=icon, tooltip="") if script.status else None
    return ScriptRun(
        name=sanitize_text(script.display_name) or _("Script"),
        triggers=triggers_text(script),
        status=status,
        exit_code=failed,
    )


def triggers_text(script: Script) -> str:
    """Return when a script runs, whether it blocks logins, and its timeout."""
    parts = [
        _("at start") if script.run_on_start else "",
        _("at stop") if script.run_on_stop else "",
        _("on the schedule %(cron)s") % {"cron": script.cron} if script.cron else "",
        _("blocks login until it ends") if script.start_blocks_login else "",
        _("timeout %(time)s") % {"time": timeout_text(script.timeout // NANOSECONDS)}
        if script.timeout >= NANOSECONDS
        else "",
    ]
    return ", ".join(filter(None, parts))
