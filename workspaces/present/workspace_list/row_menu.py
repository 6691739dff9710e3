"""The menu of a row of the list: what can be opened and done with a workspace."""

from dataclasses import dataclass
from uuid import UUID

from workspaces.coder.agent_types import DeploymentSSH
from workspaces.coder.types import Agent, Workspace
from workspaces.present.agent_health import iter_agents
from workspaces.present.agents.app_links import AppLink, make_app_groups
from workspaces.present.agents.connections import ssh_command
from workspaces.present.page_models import Row, Viewer
from workspaces.present.workspace_list.rows import make_row


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEntries:
    """What can be opened on one agent."""

    id: UUID
    name: str
    apps: tuple[AppLink, ...]
    ssh_command: str  # "" if the template hides it, or while the agent is not connected


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMenu:
    """The menu."""

    row: Row
    agents: tuple[AgentEntries, ...]
    coder_url: str  # this workspace in Coder's own dashboard


def make_row_menu(workspace: Workspace, viewer: Viewer, ssh: DeploymentSSH | None) -> RowMenu:
    """Return the menu of a workspace; `ssh` is None if Coder's settings could not be read."""
    is_running = workspace.latest_build.status == "running"
    entries = [make_agent_entries(workspace, viewer, agent, ssh) for agent in iter_agents(workspace) if is_running]
    return RowMenu(
        row=make_row(workspace, viewer),
        agents=tuple(each for each in entries if each.apps or each.ssh_command),
        coder_url=f"{viewer.public_url}/@{workspace.owner_name}/{workspace.name}",
    )


def make_agent_entries(workspace: Workspace, viewer: Viewer, agent: Agent, ssh: DeploymentSSH | None) -> AgentEntries:
    """Return what can be opened on an agent; an app that cannot be opened stands with its reason."""
    rights = viewer.rights_for(workspace)
    apps = [app for group in make_app_groups(workspace, viewer, rights, agent) for app in group.apps]
    has_ssh = rights.connect and "ssh_helper" in (agent.display_apps or ()) and agent.status == "connected"
    return AgentEntries(
        id=agent.id,
        name=agent.name,
        apps=tuple(apps),
        ssh_command=ssh_command(workspace, viewer, agent, ssh) if has_ssh else "",
    )
