"""The way into a running workspace: its main app, else the terminal."""

from collections.abc import Iterator

from workspaces.coder.addresses import url_scheme
from workspaces.coder.types import App, Workspace
from workspaces.present.agent_health import iter_agents
from workspaces.present.agents.app_links import AppLink, make_app_link, make_builtin_links
from workspaces.present.page_models import Viewer, WayIn


def make_way_in(workspace: Workspace, viewer: Viewer) -> WayIn | None:
    """Return the first app in Coder's order that can be opened now, else the terminal; None if nothing can be.

    A link to another site is no way into the workspace, and an editor on the viewer's machine may not be installed.
    """
    if workspace.latest_build.status != "running" or workspace.dormant_at is not None:
        return None
    link = next((each for each in candidate_links(workspace, viewer) if each.href or each.needs_lookup), None)
    if link is None:
        return None
    return WayIn(
        label=link.label,
        icon="terminal" if link.name == "terminal" else "external-link",
        href=link.href,
        agent_id=link.agent_id,
        app=link.name,
        target=link.target,
    )


def candidate_links(workspace: Workspace, viewer: Viewer) -> Iterator[AppLink]:
    """Yield the apps of all agents in Coder's order, then the terminals."""
    rights = viewer.rights_for(workspace)
    agents = tuple(iter_agents(workspace))
    for agent in agents:
        for app in agent.apps or ():
            if not app.hidden and not leads_elsewhere(app):
                yield make_app_link(workspace, viewer, rights, agent, app)
    for agent in agents:
        links = make_builtin_links(workspace, viewer, rights, agent)
        yield from (link for link in links if link.name == "terminal")


def leads_elsewhere(app: App) -> bool:
    """Return whether an app is a link to another site."""
    return app.external and url_scheme(app.url) in {"http", "https"}
