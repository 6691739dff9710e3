"""The parts of a workspace's page about its agents: metadata, the log of one agent, the ends of several logs."""

from collections.abc import Iterator
from uuid import UUID

from django.template.loader import render_to_string

from workspaces.coder.sources import AgentLogPoll, AgentMetadataStream
from workspaces.coder.types import Agent, Workspace
from workspaces.creation.pages import parse_uuid
from workspaces.live.base_topic import BaseTopic
from workspaces.live.fragments import fragments_event, hx_partial
from workspaces.live.streams import encode_event
from workspaces.present.agent_health import iter_agents
from workspaces.present.agents.apps import find_agent
from workspaces.present.agents.connections import make_metadata
from workspaces.present.agents.logs import TAIL_LINES
from workspaces.present.agents.logs import make_agent_log as agent_log
from workspaces.present.page_models import Viewer

SCRIPT_STATES = frozenset({"created", "starting", "shutting_down"})  # lifecycle states in which scripts run
MAX_LOG_TAILS = 8  # of one page


class AgentMetadataPart:
    """The metadata of the workspace's agents: one of Coder's streams for each agent, within the hub's limits."""

    __slots__ = ("_sent_revisions", "agents_without_metadata", "streams", "topic")

    def __init__(self, topic: BaseTopic) -> None:
        self.topic = topic
        self.streams: dict[UUID, AgentMetadataStream] = {}  # by agent
        self.agents_without_metadata: frozenset[UUID] = frozenset()  # their template defines none
        self._sent_revisions: dict[UUID, int] = {}  # by agent

    def events(self, workspace: Workspace, viewer: Viewer) -> Iterator[bytes]:
        """Yield the metadata that changed."""
        self.agents_without_metadata |= {
            agent_id for agent_id, stream in self.streams.items() if stream.has_state and not stream.state
        }
        agent_ids = {agent.id for agent in iter_agents(workspace) if may_have_metadata(workspace, agent)}
        agent_ids -= self.agents_without_metadata
        for agent_id in self.streams.keys() - agent_ids:
            self.topic.unsubscribe(self.streams.pop(agent_id))
        for agent_id in agent_ids - self.streams.keys():
            if self.topic.context.hub.has_watch_capacity(self.topic.subscriber.access.fingerprint):
                self.streams[agent_id] = self.topic.subscribe(AgentMetadataStream, agent_id)
        changed = {
            agent_id: stream.revision
            for agent_id, stream in self.streams.items()
            if stream.revision != self._sent_revisions.get(agent_id, 0)
        }
        if changed:
            self._sent_revisions |= changed
            with self.topic.rendering():
                yield fragments_event(*(self.render(agent_id, viewer) for agent_id in changed))

    def render(self, agent_id: UUID, viewer: Viewer) -> str:
        """Render the metadata of one agent for its card."""
        measures = tuple(make_metadata(viewer, metadata) for metadata in self.streams[agent_id].state or ())
        html = render_to_string("workspaces/agents.html#metadata", {"agent_id": agent_id, "metadata": measures})
        return hx_partial(f"#measures-{agent_id}", html)


def may_have_metadata(workspace: Workspace, agent: Agent) -> bool:
    """Return whether an agent can send metadata now."""
    return workspace.latest_build.status == "running" and agent.status == "connected"


class AgentLogPart:
    """The page of one agent's log. The page reloads itself after an event `stale`."""

    def __init__(self, topic: BaseTopic) -> None:
        self.topic = topic
        self.agent_id = parse_uuid(topic.query.get("agent", ""))
        self.log: AgentLogPoll | None = None
        self._sent_lines = -1

    def events(self, workspace: Workspace) -> Iterator[bytes]:
        """Yield `stale` if there are new lines."""
        agent = find_agent(workspace, self.agent_id) if self.agent_id else None
        if agent is None:
            return
        self.log = self.log or self.topic.subscribe(AgentLogPoll, agent.id, 0)
        self.log.scripts_ended = agent.lifecycle_state not in SCRIPT_STATES
        if self.log.has_state and self.log.line_count != self._sent_lines:
            self._sent_lines = self.log.line_count
            yield encode_event("stale")


class AgentLogTailsPart:
    """The ends of the logs that are open in the agents' cards (query parameter `logs`: ids of agents)."""

    def __init__(self, topic: BaseTopic) -> None:
        self.topic = topic
        values = topic.query.get("logs", "").split(",")[:MAX_LOG_TAILS]
        self.agent_ids = [agent_id for value in values if (agent_id := parse_uuid(value))]
        self.logs: dict[UUID, AgentLogPoll] = {}  # by agent
        self._sent_revisions: dict[UUID, int] = {}  # by agent

    def events(self, workspace: Workspace, viewer: Viewer) -> Iterator[bytes]:
        """Yield the ends of the logs that have new lines."""
        for agent in filter(None, (find_agent(workspace, agent_id) for agent_id in self.agent_ids)):
            if agent.id not in self.logs:
                self.logs[agent.id] = self.topic.subscribe(AgentLogPoll, agent.id, 0)
            log = self.logs[agent.id]
            log.scripts_ended = agent.lifecycle_state not in SCRIPT_STATES
            if log.revision != self._sent_revisions.get(agent.id, 0):
                self._sent_revisions[agent.id] = log.revision
                with self.topic.rendering():
                    page = {"log": agent_log(agent, log.entries, viewer, limit=TAIL_LINES)}
                    html = render_to_string("workspaces/agent_log.html#tail", {"page": page})
                yield fragments_event(hx_partial(f"#agent-log-{agent.id}", html, "innerMorph"))
