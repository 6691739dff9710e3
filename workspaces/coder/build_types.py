"""What Coder answers about builds: their logs, and how long each part of one took.

As in types.py: Coder's own field names, a list may be null, and what only 2.36 sends has a default.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLog:
    """One line of a build's log. `stage` is the part of the work that it belongs to."""

    id: int
    created_at: datetime
    log_source: str  # provisioner_daemon provisioner
    log_level: str  # trace debug info warn error
    stage: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionerTiming:
    """How long the provisioner took for one resource in one stage. 2.19 may send year 1 for what did not happen."""

    job_id: UUID
    started_at: datetime
    ended_at: datetime
    stage: str  # init plan graph apply
    source: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTiming:
    """How long an agent's script ran."""

    started_at: datetime
    ended_at: datetime
    exit_code: int
    stage: str  # start stop cron
    status: str  # ok exit_failure timed_out pipes_left_open
    display_name: str
    workspace_agent_id: UUID
    workspace_agent_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTiming:
    """How long an agent took to connect; year 1 as the end: it has not yet (2.19)."""

    started_at: datetime
    ended_at: datetime
    stage: str  # connect
    workspace_agent_id: UUID
    workspace_agent_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long the parts of a build took (chapter Builds)."""

    provisioner_timings: tuple[ProvisionerTiming, ...] | None = None
    agent_script_timings: tuple[ScriptTiming, ...] | None = None
    agent_connection_timings: tuple[ConnectionTiming, ...] | None = None
