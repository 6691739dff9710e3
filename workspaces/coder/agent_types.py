"""Types of Coder's responses about agents: logs, metadata, ports and SSH.

As in types.py: Coder's field names, lists may be null, and fields that only 2.36 sends have a default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from workspaces.coder.scalars import Integer, Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLog:
    """A line of an agent's log; `source_id` refers to the agent's `log_sources`."""

    id: Integer
    created_at: Timestamp
    output: str
    level: str
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPort:
    """A port on which a process in the workspace listens."""

    port: Integer
    network: str = "tcp"
    process_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningPorts:
    """The ports on which processes in a workspace listen."""

    ports: tuple[ListeningPort, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortShare:
    """A port that is shared with other users."""

    workspace_id: UUID
    agent_name: str
    port: Integer
    share_level: str  # owner organization authenticated public
    protocol: str = "http"  # http https


@dataclass(frozen=True, slots=True, kw_only=True)
class PortShares:
    """The shared ports of a workspace."""

    shares: tuple[PortShare, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSSH:
    """The SSH configuration; `hostname_suffix` since 2.36."""

    hostname_prefix: str = ""
    hostname_suffix: str = ""
    ssh_config_options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataDescription:
    """The description of a metadata item. Times in s."""

    key: str
    display_name: str = ""
    script: str = ""
    interval: Integer = 0
    timeout: Integer = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataResult:
    """The latest value of a metadata item; `collected_at` is in year 1 before the first. `age` in s."""

    collected_at: Timestamp
    age: Integer = 0
    value: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A metadata item of an agent."""

    result: MetadataResult
    description: MetadataDescription
