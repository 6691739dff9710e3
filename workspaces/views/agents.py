"""The agents of one workspace, with what Coder says of them only when it is asked."""

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
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import agent_calls, calls
from workspaces.coder.agent_types import PortShare
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError, NotFound
from workspaces.coder.types import Agent, Workspace
from workspaces.forms.agents import LogForm, PortForm
from workspaces.gateway import connection
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.agents.apps import agent_of, wants_host
from workspaces.present.agents.cards import AgentCard
from workspaces.present.agents.connections import Reach, Told, reach
from workspaces.present.agents.logs import Log
from workspaces.present.agents.logs import log as log_of
from workspaces.present.workspace.header import Header, make_header
from workspaces.views.responses import invalid_request, render_page, render_part, write_and_respond

type Loader = Callable[[], Any]
METADATA_TIMEOUT_S = 2.0  # how long what an agent measures is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsPage:
    """The agents' own page: each card, with what was told of it."""

    header: Header
    cards: tuple[tuple[AgentCard, Reach | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """The page of an agent's log; `source` is the one that was asked for."""

    header: Header
    agent_id: UUID
    log: Log
    path: str
    source: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What Coder said to one question; or None, and why."""

    value: Any = None
    error: str = ""


@require_safe
@signed_in
def agents(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """All agents with their ports, measurements and ways in; as a fragment, what the workspace's page lacks of them."""
    return render_part(
        request, "workspaces/agents.html", "agents_more", "", partial(load_agents_page, request, workspace_id)
    )


@require_safe
@signed_in
def log(request: PortalRequest, workspace_id: UUID, agent_id: UUID) -> HttpResponse:
    """What the scripts of an agent wrote: `source` picks one, `all` shows a long log whole, `tail` its end alone."""
    form = LogForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    workspace, logs = gather(
        lambda: request.coder.send(calls.workspace(workspace_id)),
        lambda: request.coder.send(agent_calls.agent_logs(agent_id)),
    )
    agent = agent_of(workspace, agent_id)
    if agent is None:
        raise NotFound("This workspace has no such agent.", status=404)
    viewer = rights.viewer_for(request, [workspace])
    source = asked.get("source")
    page = LogPage(
        header=make_header(workspace, viewer),
        agent_id=agent_id,
        log=log_of(agent, logs or (), viewer, source=source, most=form.most()),
        path=request.path,
        source=source,
    )
    return render_page(request, "workspaces/agent_log.html", "tail" if asked.get("tail") else "log", page)


@require_POST
@signed_in
def ports(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Let others open a port of an agent, or its owner alone."""
    form = PortForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    port, level = form.cleaned_data["port"], form.cleaned_data["level"]
    agent, protocol = form.cleaned_data["agent"], form.cleaned_data["protocol"] or "http"
    if level == "owner":
        call: calls.Call[Any] = agent_calls.unshare_port(workspace_id, agent, port)
        return write_and_respond(
            request, workspace_id, call, _("Port %(port)d is its owner’s alone again.") % {"port": port}
        )
    call = agent_calls.share_port(workspace_id, agent, port, level, protocol)
    return write_and_respond(request, workspace_id, call, _("Port %(port)d is shared.") % {"port": port})


def load_agents_page(request: PortalRequest, workspace_id: UUID) -> AgentsPage:
    """The page, asked side by side: whatever Coder does not say, its place on the page says why."""
    workspace = request.coder.send(calls.workspace(workspace_id))
    viewer = rights.viewer_for(request, [workspace])
    cards = make_header(workspace, viewer).agents.cards
    reachable = [agent for each in cards if each.asks and (agent := agent_of(workspace, each.id))]
    opens = viewer.rights[workspace.id].connect
    each_asked = [
        (listening_ports_loader(request, agent, opens=opens), metadata_loader(request, agent)) for agent in reachable
    ]
    in_common = shared_loaders(request, workspace, reachable)
    host, ssh, shares, *told = gather(
        *(partial(load_or_error, one) for one in (*in_common, *chain.from_iterable(each_asked)))
    )
    viewer = replace(viewer, app_host=viewer.app_host if host.what is None else host.what)
    reaches = {
        agent.id: reach(workspace, viewer, agent, told_of(ports, facts, shares), ssh.what, shares.what)
        for agent, (ports, facts) in zip(reachable, batched(told, 2), strict=True)
    }
    header = make_header(workspace, viewer)
    return AgentsPage(header=header, cards=tuple((card, reaches.get(card.id)) for card in header.agents.cards))


def load_or_error(question: Loader) -> Loaded:
    """The answer to a question, or why there is none. Raises SessionEnded."""
    try:
        return Loaded(value=question())
    except CoderError as error:
        told = error_message_for(error, write=False)
        return Loaded(error=" ".join(filter(None, (told.description, told.detail))))


def shared_loaders(
    request: PortalRequest, workspace: Workspace, reachable: list[Agent]
) -> tuple[Loader, Loader, Loader]:
    """What is the same for all agents: where apps and ports have their addresses, how SSH names them, shared ports."""
    shown = {name for agent in reachable for name in agent.display_apps or ()}
    fingerprint = request.person.fingerprint
    hosted = "port_forwarding_helper" in shown or any(wants_host(app) for each in reachable for app in each.apps or ())
    return (
        partial(connection.get_app_host, request.coder, fingerprint) if hosted else skip,
        partial(connection.get_ssh_settings, request.coder, fingerprint) if "ssh_helper" in shown else skip,
        partial(load_port_shares, request, workspace) if "port_forwarding_helper" in shown else skip,
    )


def listening_ports_loader(request: PortalRequest, agent: Agent, *, opens: bool) -> Loader:
    """On which ports something listens, for whoever may open them."""
    wanted = opens and "port_forwarding_helper" in (agent.display_apps or ())
    return (lambda: request.coder.send(agent_calls.listening_ports(agent.id)).ports or ()) if wanted else skip


def metadata_loader(request: PortalRequest, agent: Agent) -> Loader:
    """What an agent measured last."""
    return lambda: request.coder.first_event(agent_calls.metadata(agent.id), within_s=METADATA_TIMEOUT_S) or ()


def load_port_shares(request: PortalRequest, workspace: Workspace) -> tuple[PortShare, ...]:
    """The ports of all agents that others may open."""
    return request.coder.send(agent_calls.port_shares(workspace.id)).shares or ()


def skip() -> None:
    """No question: nobody would see the answer."""


def told_of(ports: Loaded, facts: Loaded, shared: Loaded) -> Told:
    """What was said of one agent."""
    return Told(
        listening=ports.value,
        measured=facts.value,
        untold={"listening": ports.error, "measured": facts.error, "shares": shared.error},
    )
