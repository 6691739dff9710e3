"""Types of Coder's responses about builds: logs and timings.

As in types.py: Coder's field names, lists may be null, and fields that only 2.36 sends have a default.
"""

from dataclasses import dataclass
from uuid import UUID

from workspaces.coder.scalars import Integer, Timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLog:
    """A line of a build's log. `stage` is the part of the build that it belongs to."""

    id: Integer
    created_at: Timestamp
    log_source: str  # provisioner_daemon provisioner
    log_level: str  # trace debug info warn error
    stage: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionerTiming:
    """The timing of a resource in a stage. 2.19 may send year 1 for times that are missing."""

    job_id: UUID
    started_at: Timestamp
    ended_at: Timestamp
    stage: str  # init plan graph apply
    source: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTiming:
    """The timing of an agent's script."""

    started_at: Timestamp
    ended_at: Timestamp
    exit_code: Integer
    stage: str  # start stop cron
    status: str  # ok exit_failure timed_out pipes_left_open
    display_name: str
    workspace_agent_id: UUID
    workspace_agent_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionTiming:
    """The timing of an agent's connection; `ended_at` is in year 1 while it is not connected (2.19)."""

    started_at: Timestamp
    ended_at: Timestamp
    stage: str  # connect
    workspace_agent_id: UUID
    workspace_agent_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """The timings of a build (chapter Builds)."""

    provisioner_timings: tuple[ProvisionerTiming, ...] | None = None
    agent_script_timings: tuple[ScriptTiming, ...] | None = None
    agent_connection_timings: tuple[ConnectionTiming, ...] | None = None
