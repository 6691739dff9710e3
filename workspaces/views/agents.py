"""The agents of one workspace, with the data that takes further calls; their logs and shared ports."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import batched, chain
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import agent_calls, calls
from workspaces.coder.agent_types import PortShare
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError, NotFound
from workspaces.coder.types import Agent, Workspace
from workspaces.forms.agents import LogForm, PortForm
from workspaces.gateway import connection
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.agents.apps import find_agent, uses_subdomain
from workspaces.present.agents.cards import AgentCard
from workspaces.present.agents.connections import AgentConnections, AgentResponses, make_agent_connections
from workspaces.present.agents.logs import AgentLogView, make_agent_log
from workspaces.present.workspace.header import Header, make_header
from workspaces.views.responses import invalid_request, render_page, render_part, write_and_respond

type Loader = Callable[[], Any]
METADATA_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsPage:
    """The page of the agents: each card with its connections, if they were loaded."""

    header: Header
    cards: tuple[tuple[AgentCard, AgentConnections | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """The page of an agent's log; `source` is the id of the script that was selected, if any."""

    header: Header
    agent_id: UUID
    log: AgentLogView
    path: str
    source: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """The result of a loader; or None, and the text of its error."""

    value: Any = None
    error: str = ""


@require_safe
@sign_in_required
def agents(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Show all agents with ports, metadata and connections; for htmx, what the workspace's page lacks of that."""
    unavailable = _("Ports, metadata, and SSH settings could not be loaded.")
    load = partial(load_agents_page, request, workspace_id)
    return render_part(request, "workspaces/agents.html", "agents_more", "", unavailable, load)


@require_safe
@sign_in_required
def log(request: PortalRequest, workspace_id: UUID, agent_id: UUID) -> HttpResponse:
    """Show the output of an agent's scripts: `source` selects one, `all` shows a long log whole, `tail` its end."""
    form = LogForm(request.GET)
    if not form.is_valid():
        raise NotFound("This log has no such source.", status=404)
    query = form.cleaned_data
    workspace, logs = gather(
        lambda: request.coder.send(calls.workspace(workspace_id)),
        lambda: request.coder.send(agent_calls.agent_logs(agent_id)),
    )
    agent = find_agent(workspace, agent_id)
    if agent is None:
        raise NotFound("This workspace has no such agent.", status=404)
    viewer = rights.viewer_for(request, [workspace])
    source = query.get("source")
    page = LogPage(
        header=make_header(workspace, viewer),
        agent_id=agent_id,
        log=make_agent_log(agent, logs or (), viewer, source=source, limit=form.max_lines()),
        path=request.path,
        source=source,
    )
    return render_page(request, "workspaces/agent_log.html", "tail" if query.get("tail") else "log", page)


@require_POST
@sign_in_required
def ports(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Share a port of an agent, or stop sharing it."""
    form = PortForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    port, level = form.cleaned_data["port"], form.cleaned_data["level"]
    agent, protocol = form.cleaned_data["agent"], form.cleaned_data["protocol"] or "http"
    if level == "owner":
        call: calls.Call[Any] = agent_calls.unshare_port(workspace_id, agent, port)
        text = _("Port %(port)d of %(name)s is private again.")
    else:
        call = agent_calls.share_port(workspace_id, agent, port, level, protocol)
        text = _("Port %(port)d of %(name)s is shared.")
    return write_and_respond(request, workspace_id, call, text % {"port": port, "name": "%(name)s"})


def load_agents_page(request: PortalRequest, workspace_id: UUID) -> AgentsPage:
    """Return the page, loaded in parallel. The place of what cannot be read shows the error. Raises CoderError."""
    workspace = request.coder.send(calls.workspace(workspace_id))
    viewer = rights.viewer_for(request, [workspace])
    cards = make_header(workspace, viewer).agents.cards
    reachable = [agent for each in cards if each.has_details and (agent := find_agent(workspace, each.id))]
    may_connect = viewer.rights[workspace.id].connect
    agent_loaders = [
        (listening_ports_loader(request, agent, may_connect=may_connect), metadata_loader(request, agent))
        for agent in reachable
    ]
    loaders = [*shared_loaders(request, workspace, reachable), *chain.from_iterable(agent_loaders)]
    host, ssh, shares, *agent_results = gather(*(partial(load_or_error, loader) for loader in loaders))
    viewer = replace(viewer, app_host=viewer.app_host if host.value is None else host.value)
    reaches = {
        agent.id: make_agent_connections(
            workspace, viewer, agent, agent_data(ports, metadata, shares), ssh.value, shares.value
        )
        for agent, (ports, metadata) in zip(reachable, batched(agent_results, 2), strict=True)
    }
    header = make_header(workspace, viewer)
    return AgentsPage(header=header, cards=tuple((card, reaches.get(card.id)) for card in header.agents.cards))


def load_or_error(loader: Loader) -> LoadResult:
    """Return the result of a loader, or the text of its error. Raises SessionEnded."""
    try:
        return LoadResult(value=loader())
    except CoderError as error:
        message = error_message_for(error, write=False)
        return LoadResult(error=" ".join(filter(None, (message.description, message.cause))))


def shared_loaders(
    request: PortalRequest, workspace: Workspace, reachable: list[Agent]
) -> tuple[Loader, Loader, Loader]:
    """Return the loaders of what all agents share: the host of apps and ports, SSH settings, shared ports."""
    display_apps = {name for agent in reachable for name in agent.display_apps or ()}
    fingerprint = request.person.fingerprint
    needs_host = "port_forwarding_helper" in display_apps or any(
        uses_subdomain(app) for each in reachable for app in each.apps or ()
    )
    return (
        partial(connection.get_app_host, request.coder, fingerprint) if needs_host else skip,
        partial(connection.get_ssh_settings, request.coder, fingerprint) if "ssh_helper" in display_apps else skip,
        partial(load_port_shares, request, workspace) if "port_forwarding_helper" in display_apps else skip,
    )


def listening_ports_loader(request: PortalRequest, agent: Agent, *, may_connect: bool) -> Loader:
    """Return the loader of the ports on which a process listens, if the viewer may open them."""
    may_open = may_connect and "port_forwarding_helper" in (agent.display_apps or ())
    return (lambda: request.coder.send(agent_calls.listening_ports(agent.id)).ports or ()) if may_open else skip


def metadata_loader(request: PortalRequest, agent: Agent) -> Loader:
    """Return the loader of the agent's latest metadata."""
    return lambda: (
        request.coder.first_event(agent_calls.watch_agent_metadata(agent.id), within_s=METADATA_TIMEOUT_S) or ()
    )


def load_port_shares(request: PortalRequest, workspace: Workspace) -> tuple[PortShare, ...]:
    """Return the shared ports of all agents."""
    return request.coder.send(agent_calls.port_shares(workspace.id)).shares or ()


def skip() -> None:
    """Load nothing: the page does not show it."""


def agent_data(ports: LoadResult, metadata: LoadResult, shares: LoadResult) -> AgentResponses:
    """Return what was loaded for one agent."""
    return AgentResponses(
        ports=ports.value,
        metadata=metadata.value,
        errors={"listening": ports.error, "measured": metadata.error, "shares": shares.error},
    )
