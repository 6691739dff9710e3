"""Coder's calls about the agents of a workspace: one of them, its log, its ports, how SSH reaches it."""

from uuid import UUID

from workspaces.coder.agent_types import AgentLog, DeploymentSSH, ListeningPorts, Metadata, PortShare, PortShares
from workspaces.coder.calls import Call, path
from workspaces.coder.types import Agent


def agent(agent_id: UUID) -> Call[Agent]:
    """One agent (chapter Agents: GET /workspaceagents/{id})."""
    return Call(method="GET", path=path("workspaceagents", agent_id), response_type=Agent)


def agent_logs(agent_id: UUID, *, after: int = 0) -> Call[tuple[AgentLog, ...] | None]:
    """The lines of an agent's log after the one with id `after` (chapter Agents: GET /workspaceagents/{id}/logs)."""
    query = {"after": str(after)} if after else {}
    segments = path("workspaceagents", agent_id, "logs")
    return Call(method="GET", path=segments, response_type=tuple[AgentLog, ...] | None, query=query)


def listening_ports(agent_id: UUID) -> Call[ListeningPorts]:
    """On which ports processes listen (chapter Agents: GET /workspaceagents/{id}/listening-ports).

    Refused with 400 while the agent is not connected.
    """
    return Call(method="GET", path=path("workspaceagents", agent_id, "listening-ports"), response_type=ListeningPorts)


def metadata(agent_id: UUID) -> Call[tuple[Metadata, ...] | None]:
    """What an agent measures (chapter Agents: GET /workspaceagents/{id}/watch-metadata), a stream of events.

    The first comes at once, with what was measured last: read it by `Coder.first_event`.
    """
    segments = path("workspaceagents", agent_id, "watch-metadata")
    return Call(method="GET", path=segments, response_type=tuple[Metadata, ...] | None)


def port_shares(workspace_id: UUID) -> Call[PortShares]:
    """The ports that others may open (chapter Port Sharing: GET /workspaces/{id}/port-share)."""
    return Call(method="GET", path=path("workspaces", workspace_id, "port-share"), response_type=PortShares)


def share_port(workspace_id: UUID, agent_name: str, port: int, level: str, protocol: str) -> Call[PortShare]:
    """Let others open a port (chapter Port Sharing: POST /workspaces/{id}/port-share).

    `level`: organization (2.36), authenticated or public. `protocol`: http or https.
    """
    body = {"agent_name": agent_name, "port": port, "share_level": level, "protocol": protocol}
    return Call(
        method="POST",
        path=path("workspaces", workspace_id, "port-share"),
        response_type=PortShare,
        body=body,
        audited=("agent_name", "port", "share_level", "protocol"),
        action="share port",
    )


def unshare_port(workspace_id: UUID, agent_name: str, port: int) -> Call[None]:
    """Let nobody else open a port any longer (chapter Port Sharing: DELETE /workspaces/{id}/port-share)."""
    body = {"agent_name": agent_name, "port": port}
    return Call(
        method="DELETE",
        path=path("workspaces", workspace_id, "port-share"),
        response_type=None,
        body=body,
        audited=("agent_name", "port"),
        action="unshare port",
    )


def deployment_ssh() -> Call[DeploymentSSH]:
    """How SSH names workspaces (chapter General: GET /deployment/ssh)."""
    return Call(method="GET", path=path("deployment", "ssh"), response_type=DeploymentSSH)
