"""What Coder answers about agents: their logs, their ports, and how one reaches them.

As in types.py: Coder's own field names, a list may be null, and what only 2.36 sends has a default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLog:
    """One line of an agent's log; `source_id` is one of the agent's `log_sources`."""

    id: int
    created_at: datetime
    output: str
    level: str
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPort:
    """A port on which a process of the workspace listens."""

    port: int
    network: str = "tcp"
    process_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPorts:
    """The ports on which processes of a workspace listen."""

    ports: tuple[ListeningPort, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortShare:
    """A port that others than the owner may open."""

    workspace_id: UUID
    agent_name: str
    port: int
    share_level: str  # owner organization authenticated public
    protocol: str = "http"  # http https


@dataclass(frozen=True, slots=True, kw_only=True)
class PortShares:
    """The shared ports of a workspace."""

    shares: tuple[PortShare, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSSH:
    """How SSH names workspaces: `hostname_prefix` since long, `hostname_suffix` since 2.36."""

    hostname_prefix: str = ""
    hostname_suffix: str = ""
    ssh_config_options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataDescription:
    """A fact that an agent measures again and again. Times in s."""

    key: str
    display_name: str = ""
    script: str = ""
    interval: int = 0
    timeout: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataResult:
    """What was measured last; year 1: nothing yet. `age` in s."""

    collected_at: datetime
    age: int = 0
    value: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A fact about a workspace as its agent measures it."""

    result: MetadataResult
    description: MetadataDescription
