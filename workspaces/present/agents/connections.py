"""What Coder says of an agent only when it is asked: how SSH reaches it, its ports, and what it measures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.agent_types import DeploymentSSH, ListeningPort, Metadata, PortShare
from workspaces.coder.types import Agent, Workspace
from workspaces.present.agents.app_links import SHARING_TEXTS
from workspaces.present.agents.apps import subdomain_url
from workspaces.present.page_models import Viewer
from workspaces.present.text import strip_control_codes
from workspaces.present.times import Moment, make_optional_moment
from workspaces.schedule import nonzero_time

MIN_PORT = 1000  # Coder reads a shorter number at the head of a host's name as an app's name
MAX_VALUE_LENGTH = 300  # letters of a measured value
MIN_STALE_AGE_S = 5  # s: nothing is called old before
# Who may open a port, by Coder's word, from the narrowest on.
LEVELS = {
    "owner": gettext_noop("Only its owner"),
    "organization": gettext_noop("Everybody in its organization"),
    "authenticated": gettext_noop("Everybody who signs in to Coder"),
    "public": gettext_noop("Everybody who knows its address"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of an agent. `href` is "" where it has no address."""

    number: int
    process: str
    href: str
    share_level: str  # Coder's word
    sharing: str
    protocol: str
    is_listening: bool | None  # whether something does; None where Coder did not say

    @property
    def is_shared(self) -> bool:
        """Whether others than the owner may open it."""
        return self.share_level != "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMetadata:
    """What an agent measured last. Without a moment it was not measured yet."""

    label: str
    value: str
    error: str
    collected: Moment | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResponses:
    """What Coder said of one agent; None is what it did not say, and `untold` is why."""

    ports: Sequence[ListeningPort] | None = None
    metadata: Sequence[Metadata] | None = None
    errors: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnections:
    """All that an agent's card shows beside what the workspace's own answer holds."""

    agent_id: UUID
    key: str  # as on its card
    agent: str
    ssh_command: str  # the line to type; "" where the template hides it
    metadata: tuple[AgentMetadata, ...]
    metadata_error: str
    shows_ports: bool
    ports: tuple[Port, ...]
    ports_error: str
    has_port_urls: bool  # Coder serves ports under names of their own
    port_forward_command: str  # the line that brings a port to the person's own machine
    can_share: bool
    share_levels: tuple[tuple[str, str], ...]  # for whom a port can be opened: Coder's word, and in words


def make_agent_connections(
    workspace: Workspace,
    viewer: Viewer,
    agent: Agent,
    responses: AgentResponses,
    ssh: DeploymentSSH | None,
    shares: Sequence[PortShare] | None,
) -> AgentConnections:
    """One connected agent; `ssh` and `shares` are None where Coder did not say."""
    rights = viewer.rights_for(workspace)
    shown, untold = agent.display_apps or (), responses.errors or {}
    own = tuple(share for share in shares or () if share.agent_name == agent.name)
    return AgentConnections(
        agent_id=agent.id,
        key=f"{agent.id}-{agent.status}",
        agent=agent.name,
        ssh_command=ssh_command(workspace, viewer, agent, ssh) if rights.connect and "ssh_helper" in shown else "",
        metadata=tuple(make_metadata(viewer, each) for each in responses.metadata or ()),
        metadata_error=untold.get("measured", ""),
        shows_ports="port_forwarding_helper" in shown and (rights.connect or bool(own)),
        ports=tuple(make_ports(workspace, viewer, agent, responses.ports, own)),
        ports_error=untold.get("listening", "") or untold.get("shares", ""),
        has_port_urls=(viewer.app_host or "").startswith("*"),
        port_forward_command=f"coder port-forward {workspace.owner_name}/{workspace.name}.{agent.name} --tcp",
        can_share=rights.update,
        share_levels=tuple(make_share_levels(viewer)),
    )


def make_share_levels(viewer: Viewer) -> Iterator[tuple[str, str]]:
    """For whom this Coder can open a port beyond its owner."""
    for level, words in LEVELS.items():
        if level != "owner" and (level != "organization" or viewer.capabilities.supports_organization_sharing):
            yield level, _(words)


def ssh_command(workspace: Workspace, viewer: Viewer, agent: Agent, ssh: DeploymentSSH | None) -> str:
    """The line that opens a shell on an agent.

    By the name that `coder config-ssh` gives it: since 2.36 with a suffix that names owner and agent too, before
    with a prefix, which is sure for one's own workspaces only. Else by Coder's own command, which always works.
    """
    if ssh and ssh.hostname_suffix:
        return f"ssh {agent.name}.{workspace.name}.{workspace.owner_name}.{ssh.hostname_suffix.removeprefix('.')}"
    if ssh and ssh.hostname_prefix and workspace.owner_id == viewer.id:
        return f"ssh {ssh.hostname_prefix}{workspace.name}.{agent.name}"
    return f"coder ssh {workspace.owner_name}/{workspace.name}.{agent.name}"


def make_ports(
    workspace: Workspace,
    viewer: Viewer,
    agent: Agent,
    listening: Sequence[ListeningPort] | None,
    shares: Sequence[PortShare],
) -> Iterator[Port]:
    """The ports on which something listens, and those that are shared, by number."""
    opens = viewer.rights_for(workspace).connect
    heard = {each.port: each for each in listening or ()}
    shared = {each.port: each for each in shares}
    for number in sorted({*heard, *shared}):
        share = shared.get(number)
        level, protocol = (share.share_level, share.protocol) if share else ("owner", "http")
        yield Port(
            number=number,
            process=strip_control_codes(heard[number].process_name) if number in heard else "",
            href=port_url(workspace, viewer, agent, number, protocol) if opens or level != "owner" else "",
            share_level=level,
            sharing=_(SHARING_TEXTS[level][0])
            if level in SHARING_TEXTS
            else _("only its owner")
            if level == "owner"
            else level,
            protocol=protocol,
            is_listening=None if listening is None else number in heard,
        )


def port_url(workspace: Workspace, viewer: Viewer, agent: Agent, number: int, protocol: str) -> str:
    """Where a browser finds a port; "" where Coder serves it under no name.

    An `s` after the number says that what listens there speaks https.
    """
    if number < MIN_PORT or not (viewer.app_host or "").startswith("*"):
        return ""
    secure = "s" if protocol == "https" else ""
    name = f"{number}{secure}--{agent.name}--{workspace.name}--{workspace.owner_name}"
    return subdomain_url(viewer, viewer.app_host or "", name)


def make_metadata(viewer: Viewer, measured: Metadata) -> AgentMetadata:
    """One fact as the agent measured it; old where two more measurements should have come since."""
    facts, result = measured.description, measured.result
    at = make_optional_moment(nonzero_time(result.collected_at), viewer.now, viewer.zone)
    value = strip_control_codes(result.value).strip()
    due = max(facts.interval + 2 * facts.timeout, MIN_STALE_AGE_S)
    return AgentMetadata(
        label=strip_control_codes(facts.display_name) or facts.key,
        value=value if len(value) <= MAX_VALUE_LENGTH else value[: MAX_VALUE_LENGTH - 1] + "…",
        error=strip_control_codes(result.error).strip(),
        collected=at,
        stale=at is not None and timedelta(seconds=min(result.age, 10**9)) > timedelta(seconds=due),
    )
