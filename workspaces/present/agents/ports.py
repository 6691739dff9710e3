"""The ports of an agent: those that a browser can open, and the command that reaches the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from workspaces.coder.agent_types import ListeningPort, PortShare
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Agent, Workspace
from workspaces.present.agents.app_links import SHARING_TEXTS
from workspaces.present.agents.apps import subdomain_url
from workspaces.present.page_models import Viewer

MIN_PORT = 1000  # Coder takes a shorter number in a host name for an app's name
FIRST_UNPRIVILEGED_PORT = 1024  # an ordinary user cannot listen on a smaller one
LOCAL_OFFSET = 10_000  # from a privileged port to the one on the person's computer
# Services that do not answer HTTP, by their registered port and by the name of their process.
NOT_HTTP_PORTS = frozenset(
    {
        *(21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995),  # files, shells, mail, names, directories
        *(1433, 1521, 3306, 5432, 6432, 9042, 27017, 33060, 50000),  # SQL Server, Oracle, MySQL, PostgreSQL, others
        *(4222, 5671, 5672, 6379, 6380, 9092, 11211, 1883, 2181, 26379),  # queues, caches, ZooKeeper
        *(2375, 3389, 5900, 5901),  # remote desktops; Docker is of no use in a browser
    }
)
NOT_HTTP_PROCESSES = frozenset(
    {
        *("sshd", "dropbear", "dnsmasq", "slapd", "vsftpd", "postfix", "exim4"),
        *("postgres", "postgresql", "postmaster", "pgbouncer", "mysqld", "mariadbd", "mongod", "mongos", "sqlservr"),
        *("redis-server", "redis-sentinel", "valkey-server", "memcached", "nats-server", "mosquitto", "xrdp", "Xvnc"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of an agent. `href` is "" if a browser cannot open it; then `forward_command` may reach it."""

    number: int
    process: str
    href: str
    forward_command: str  # "" if it has a URL, or the viewer may not connect
    share_level: str  # in Coder's words
    sharing: str
    protocol: str
    is_listening: bool | None  # None if it is unknown

    @property
    def is_shared(self) -> bool:
        """Whether others than the owner may open it."""
        return self.share_level != "owner"


def make_ports(
    workspace: Workspace,
    viewer: Viewer,
    agent: Agent,
    listening: Sequence[ListeningPort] | None,
    shares: Sequence[PortShare],
) -> Iterator[Port]:
    """Yield the listening and the shared ports by number."""
    may_connect = viewer.rights_for(workspace).connect
    forward = port_forward_command(workspace, agent)
    by_port = {each.port: each for each in listening or ()}
    shared = {each.port: each for each in shares}
    for number in sorted({*by_port, *shared}):
        share = shared.get(number)
        level, protocol = (share.share_level, share.protocol) if share else ("owner", "http")
        process = sanitize_text(by_port[number].process_name) if number in by_port else ""
        may_open = may_connect or level != "owner"
        has_url = may_open and (share is not None or speaks_http(number, process))
        href = port_url(workspace, viewer, agent, number, protocol) if has_url else ""
        yield Port(
            number=number,
            process=process,
            href=href,
            forward_command=f"{forward} {local_port(number)}" if may_connect and not href else "",
            share_level=level,
            sharing=_(SHARING_TEXTS[level][0])
            if level in SHARING_TEXTS
            else _("Private")
            if level == "owner"
            else level,
            protocol=protocol,
            is_listening=None if listening is None else number in by_port,
        )


def port_url(workspace: Workspace, viewer: Viewer, agent: Agent, number: int, protocol: str) -> str:
    """Return the URL of a port; "" if Coder serves none.

    An `s` after the number stands for https.
    """
    if number < MIN_PORT or not (viewer.app_host or "").startswith("*"):
        return ""
    secure = "s" if protocol == "https" else ""
    name = f"{number}{secure}--{agent.name}--{workspace.name}--{workspace.owner_name}"
    return subdomain_url(viewer, viewer.app_host or "", name)


def speaks_http(number: int, process: str) -> bool:
    """Return whether a port may be for a browser: neither its number nor its process is known for another use."""
    return number not in NOT_HTTP_PORTS and process not in NOT_HTTP_PROCESSES


def port_forward_command(workspace: Workspace, agent: Agent) -> str:
    """Return the command that forwards ports of an agent, without the ports."""
    return f"coder port-forward {workspace.owner_name}/{workspace.name}.{agent.name} --tcp"


def local_port(number: int) -> str:
    """Return what the command says of a port: its number, after the local one where that differs."""
    return str(number) if number >= FIRST_UNPRIVILEGED_PORT else f"{number + LOCAL_OFFSET}:{number}"
