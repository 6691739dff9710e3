"""What Coder says of an agent only when it is asked: how SSH reaches it, its ports, and what it measures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.agent_types import DeploymentSSH, ListeningPort, Metadata, PortShare
from workspaces.coder.types import Agent, Workspace
from workspaces.present.agents.app_links import SHARED
from workspaces.present.agents.apps import subdomain
from workspaces.present.page_models import Viewer
from workspaces.present.text import strip_control_codes
from workspaces.present.times import Moment, make_optional_moment
from workspaces.schedule import nonzero_time

FIRST_PORT = 1000  # Coder reads a shorter number at the head of a host's name as an app's name
LONGEST = 300  # letters of a measured value
SHORTEST_AGE = 5  # s: nothing is called old before
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
    level: str  # Coder's word
    sharing: str
    protocol: str
    listening: bool | None  # whether something does; None where Coder did not say

    @property
    def shared(self) -> bool:
        """Whether others than the owner may open it."""
        return self.level != "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What an agent measured last. Without a moment it was not measured yet."""

    label: str
    value: str
    error: str
    at: Moment | None
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What Coder said of one agent; None is what it did not say, and `untold` is why."""

    listening: Sequence[ListeningPort] | None = None
    measured: Sequence[Metadata] | None = None
    untold: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """All that an agent's card shows beside what the workspace's own answer holds."""

    agent_id: UUID
    key: str  # as on its card
    agent: str
    ssh: str  # the line to type; "" where the template hides it
    measures: tuple[Measure, ...]
    measures_untold: str
    shows_ports: bool
    ports: tuple[Port, ...]
    ports_untold: str
    has_addresses: bool  # Coder serves ports under names of their own
    forward: str  # the line that brings a port to the person's own machine
    may_share: bool
    levels: tuple[tuple[str, str], ...]  # for whom a port can be opened: Coder's word, and in words


def reach(
    workspace: Workspace,
    viewer: Viewer,
    agent: Agent,
    told: Told,
    ssh: DeploymentSSH | None,
    shares: Sequence[PortShare] | None,
) -> Reach:
    """One connected agent; `ssh` and `shares` are None where Coder did not say."""
    rights = viewer.rights_for(workspace)
    shown, untold = agent.display_apps or (), told.untold or {}
    own = tuple(share for share in shares or () if share.agent_name == agent.name)
    return Reach(
        agent_id=agent.id,
        key=f"{agent.id}-{agent.status}",
        agent=agent.name,
        ssh=ssh_line(workspace, viewer, agent, ssh) if rights.connect and "ssh_helper" in shown else "",
        measures=tuple(measure(viewer, each) for each in told.measured or ()),
        measures_untold=untold.get("measured", ""),
        shows_ports="port_forwarding_helper" in shown and (rights.connect or bool(own)),
        ports=tuple(ports(workspace, viewer, agent, told.listening, own)),
        ports_untold=untold.get("listening", "") or untold.get("shares", ""),
        has_addresses=(viewer.app_host or "").startswith("*"),
        forward=f"coder port-forward {workspace.owner_name}/{workspace.name}.{agent.name} --tcp",
        may_share=rights.update,
        levels=tuple(levels(viewer)),
    )


def levels(viewer: Viewer) -> Iterator[tuple[str, str]]:
    """For whom this Coder can open a port beyond its owner."""
    for level, words in LEVELS.items():
        if level != "owner" and (level != "organization" or viewer.capabilities.supports_organization_sharing):
            yield level, _(words)


def ssh_line(workspace: Workspace, viewer: Viewer, agent: Agent, ssh: DeploymentSSH | None) -> str:
    """The line that opens a shell on an agent.

    By the name that `coder config-ssh` gives it: since 2.36 with a suffix that names owner and agent too, before
    with a prefix, which is sure for one's own workspaces only. Else by Coder's own command, which always works.
    """
    if ssh and ssh.hostname_suffix:
        return f"ssh {agent.name}.{workspace.name}.{workspace.owner_name}.{ssh.hostname_suffix.removeprefix('.')}"
    if ssh and ssh.hostname_prefix and workspace.owner_id == viewer.id:
        return f"ssh {ssh.hostname_prefix}{workspace.name}.{agent.name}"
    return f"coder ssh {workspace.owner_name}/{workspace.name}.{agent.name}"


def ports(
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
            href=port_address(workspace, viewer, agent, number, protocol) if opens or level != "owner" else "",
            level=level,
            sharing=_(SHARED[level][0]) if level in SHARED else _("only its owner") if level == "owner" else level,
            protocol=protocol,
            listening=None if listening is None else number in heard,
        )


def port_address(workspace: Workspace, viewer: Viewer, agent: Agent, number: int, protocol: str) -> str:
    """Where a browser finds a port; "" where Coder serves it under no name.

    An `s` after the number says that what listens there speaks https.
    """
    if number < FIRST_PORT or not (viewer.app_host or "").startswith("*"):
        return ""
    secure = "s" if protocol == "https" else ""
    name = f"{number}{secure}--{agent.name}--{workspace.name}--{workspace.owner_name}"
    return subdomain(viewer, viewer.app_host or "", name)


def measure(viewer: Viewer, measured: Metadata) -> Measure:
    """One fact as the agent measured it; old where two more measurements should have come since."""
    facts, result = measured.description, measured.result
    at = make_optional_moment(nonzero_time(result.collected_at), viewer.now, viewer.zone)
    value = strip_control_codes(result.value).strip()
    due = max(facts.interval + 2 * facts.timeout, SHORTEST_AGE)
    return Measure(
        label=strip_control_codes(facts.display_name) or facts.key,
        value=value if len(value) <= LONGEST else value[: LONGEST - 1] + "…",
        error=strip_control_codes(result.error).strip(),
        at=at,
        stale=at is not None and timedelta(seconds=min(result.age, 10**9)) > timedelta(seconds=due),
    )
