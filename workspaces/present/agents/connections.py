"""The details of an agent that take further calls: SSH, ports, and metadata."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.agent_types import DeploymentSSH, ListeningPort, Metadata, PortShare
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Agent, Workspace
from workspaces.present.agents.ports import Port, make_ports, port_forward_command
from workspaces.present.page_models import Viewer
from workspaces.present.times import Moment, make_optional_moment
from workspaces.schedule import nonzero_time

MAX_VALUE_LENGTH = 300  # characters of a value
MIN_STALE_AGE_S = 5  # no value is stale before
# By Coder's share level, the narrowest first: who may open a port.
LEVELS = {
    "owner": gettext_noop("Private"),
    "organization": gettext_noop("Organization"),
    "authenticated": gettext_noop("All Coder users"),
    "public": gettext_noop("Public"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMetadata:
    """The latest value of an item of metadata; `collected` is None before the first one."""

    label: str
    value: str
    error: str
    collected: Moment | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResponses:
    """Coder's responses about one agent; None for failed calls, with the reasons in `errors`."""

    ports: Sequence[ListeningPort] | None = None
    metadata: Sequence[Metadata] | None = None
    errors: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnections:
    """The details in an agent's card."""

    agent_id: UUID
    key: str  # as on its card
    agent: str
    ssh_command: str  # "" if the template hides it
    setup_commands: tuple[str, ...]  # to be run once on the person's computer before `ssh_command` works
    works_with_coder_connect: bool  # Coder Connect replaces the setup
    metadata: tuple[AgentMetadata, ...]
    metadata_error: str
    shows_ports: bool
    ports: tuple[Port, ...]
    ports_error: str
    has_port_urls: bool  # Coder serves ports under subdomains
    port_forward_command: str  # without the port's number
    can_share: bool
    share_levels: tuple[tuple[str, str], ...]  # in Coder's words, with their texts


def make_agent_connections(
    workspace: Workspace,
    viewer: Viewer,
    agent: Agent,
    responses: AgentResponses,
    ssh: DeploymentSSH | None,
    shares: Sequence[PortShare] | None,
) -> AgentConnections:
    """Return the details of a connected agent; `ssh` and `shares` are None if their calls failed."""
    rights = viewer.rights_for(workspace)
    display_apps, errors = agent.display_apps or (), responses.errors or {}
    own_shares = tuple(share for share in shares or () if share.agent_name == agent.name)
    command = ssh_command(workspace, viewer, agent, ssh)
    return AgentConnections(
        agent_id=agent.id,
        key=f"{agent.id}-{agent.status}",
        agent=agent.name,
        ssh_command=command if rights.connect and "ssh_helper" in display_apps else "",
        setup_commands=setup_commands(command, viewer),
        works_with_coder_connect=bool(ssh and ssh.hostname_suffix),
        metadata=tuple(make_metadata(viewer, each) for each in responses.metadata or ()),
        metadata_error=errors.get("measured", ""),
        shows_ports="port_forwarding_helper" in display_apps and (rights.connect or bool(own_shares)),
        ports=tuple(make_ports(workspace, viewer, agent, responses.ports, own_shares)),
        ports_error=errors.get("listening", "") or errors.get("shares", ""),
        has_port_urls=(viewer.app_host or "").startswith("*"),
        port_forward_command=port_forward_command(workspace, agent),
        can_share=rights.update,
        share_levels=tuple(make_share_levels(viewer)),
    )


def make_share_levels(viewer: Viewer) -> Iterator[tuple[str, str]]:
    """Yield the share levels that this version of Coder supports beyond the owner."""
    for level, text in LEVELS.items():
        if level != "owner" and (level != "organization" or viewer.capabilities.supports_organization_sharing):
            yield level, _(text)


def ssh_command(workspace: Workspace, viewer: Viewer, agent: Agent, ssh: DeploymentSSH | None) -> str:
    """Return the command that opens a shell on an agent.

    It has the host name from `coder config-ssh`: with a suffix since 2.36; before with a prefix, which is unambiguous
    only for one's own workspaces. Otherwise it is `coder ssh`, which always works.
    """
    if ssh and ssh.hostname_suffix:
        return f"ssh {agent.name}.{workspace.name}.{workspace.owner_name}.{ssh.hostname_suffix.removeprefix('.')}"
    if ssh and ssh.hostname_prefix and workspace.owner_id == viewer.id:
        return f"ssh {ssh.hostname_prefix}{workspace.name}.{agent.name}"
    return f"coder ssh {workspace.owner_name}/{workspace.name}.{agent.name}"


def setup_commands(command: str, viewer: Viewer) -> tuple[str, ...]:
    """Return what has to be run once, with Coder's CLI installed, before this SSH command works.

    The address is quoted for a shell: it is a setting of Coder's that may hold any character.
    """
    login = f"coder login {shlex.quote(viewer.public_url)}"
    return (login,) if command.startswith("coder ") else (login, "coder config-ssh")


def make_metadata(viewer: Viewer, metadata: Metadata) -> AgentMetadata:
    """Return an item of metadata; it is stale if two more values are overdue."""
    description, result = metadata.description, metadata.result
    collected = make_optional_moment(nonzero_time(result.collected_at), viewer.now, viewer.zone)
    value = sanitize_text(result.value).strip()
    stale_after_s = max(description.interval + 2 * description.timeout, MIN_STALE_AGE_S)
    return AgentMetadata(
        label=sanitize_text(description.display_name) or description.key,
        value=value if len(value) <= MAX_VALUE_LENGTH else value[: MAX_VALUE_LENGTH - 1] + "…",
        error=sanitize_text(result.error).strip(),
        collected=collected,
        stale=collected is not None and result.age > stale_after_s,
    )
