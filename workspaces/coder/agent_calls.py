"""Calls of Coder's API about agents: their logs, metadata, ports and SSH."""

from uuid import UUID

from workspaces.coder.agent_types import AgentLog, DeploymentSSH, ListeningPorts, Metadata, PortShare, PortShares
from workspaces.coder.calls import Call, path


def agent_logs(agent_id: UUID, *, after: int = 0) -> Call[tuple[AgentLog, ...] | None]:
    """Read the log after the line `after` (chapter Agents: GET /workspaceagents/{workspaceagent}/logs)."""
    query = {"after": str(after)} if after else {}
    segments = path("workspaceagents", agent_id, "logs")
    return Call(method="GET", path=segments, response_type=tuple[AgentLog, ...] | None, query=query)


def listening_ports(agent_id: UUID) -> Call[ListeningPorts]:
    """List listening ports (chapter Agents: GET /workspaceagents/{workspaceagent}/listening-ports).

    400 while the agent is not connected.
    """
    return Call(method="GET", path=path("workspaceagents", agent_id, "listening-ports"), response_type=ListeningPorts)


def watch_agent_metadata(agent_id: UUID) -> Call[tuple[Metadata, ...] | None]:
    """Stream an agent's metadata (chapter Agents: GET /workspaceagents/{workspaceagent}/watch-metadata).

    The first event comes at once with the latest values. Use `Coder.first_event` or `AsyncCoder.stream`.
    """
    segments = path("workspaceagents", agent_id, "watch-metadata")
    return Call(method="GET", path=segments, response_type=tuple[Metadata, ...] | None)


def port_shares(workspace_id: UUID) -> Call[PortShares]:
    """List shared ports (chapter Port Sharing: GET /workspaces/{workspace}/port-share)."""
    return Call(method="GET", path=path("workspaces", workspace_id, "port-share"), response_type=PortShares)


def share_port(workspace_id: UUID, agent_name: str, port: int, level: str, protocol: str) -> Call[PortShare]:
    """Share a port (chapter Port Sharing: POST /workspaces/{workspace}/port-share).

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
    """Stop sharing a port (chapter Port Sharing: DELETE /workspaces/{workspace}/port-share)."""
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
    """Read the SSH configuration (chapter General: GET /deployment/ssh)."""
    return Call(method="GET", path=path("deployment", "ssh"), response_type=DeploymentSSH)
