"""What the agents of a workspace say while somebody looks at them: their measurements, and the log of one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from django.template.loader import render_to_string

from workspaces.coder.sources import AgentLogPoll, AgentMetadataStream
from workspaces.coder.types import Agent, Workspace
from workspaces.creation.pages import parse_uuid
from workspaces.live.fragments import fragments_event, hx_partial
from workspaces.live.streams import encode_event
from workspaces.live.subscribers import rendering_context
from workspaces.present.agent_health import iter_agents
from workspaces.present.agents.apps import agent_of
from workspaces.present.agents.connections import measure
from workspaces.present.agents.logs import TAIL
from workspaces.present.agents.logs import log as log_of
from workspaces.present.page_models import Viewer

if TYPE_CHECKING:
    from workspaces.live.topics import Looking

WRITING = frozenset({"created", "starting", "shutting_down"})  # lifecycles in which scripts run
MOST_LOGS = 8  # of one page that are followed


class FollowMeasures:
    """What the agents measure: a stream of Coder's each, as far as there is room for them."""

    __slots__ = ("_at", "followed", "looking", "silent")

    def __init__(self, looking: "Looking") -> None:
        self.looking = looking
        self.followed: dict[UUID, AgentMetadataStream] = {}
        self.silent: frozenset[UUID] = frozenset()  # they measure nothing: templates say so once and for all
        self._at: dict[UUID, int] = {}

    def news(self, workspace: Workspace, viewer: Viewer) -> Iterator[bytes]:
        """What was measured since."""
        self.silent |= {each for each, source in self.followed.items() if source.has_state and not source.state}
        wanted = {agent.id for agent in iter_agents(workspace) if measures(workspace, agent)} - self.silent
        for gone in self.followed.keys() - wanted:
            self.looking.leave(self.followed.pop(gone))
        for agent in wanted - self.followed.keys():
            if self.looking.server.hub.has_watch_capacity(self.looking.visitor.access.fingerprint):
                self.followed[agent] = self.looking.join(AgentMetadataStream, agent)
        other = [each for each, source in self.followed.items() if source.version != self._at.get(each, 0)]
        if other:
            self._at |= {each: self.followed[each].version for each in other}
            with rendering_context(self.looking.visitor.language):
                yield fragments_event(*(self.shown(each, viewer) for each in other))

    def shown(self, agent: UUID, viewer: Viewer) -> str:
        """The measurements of an agent, in their place in its card."""
        told = tuple(measure(viewer, each) for each in self.followed[agent].state or ())
        html = render_to_string("workspaces/agents.html#measured", {"agent_id": agent, "measures": told})
        return hx_partial(f"#measures-{agent}", html)


def measures(workspace: Workspace, agent: Agent) -> bool:
    """Whether an agent may measure something now."""
    return workspace.latest_build.status == "running" and agent.status == "connected"


class FollowLog:
    """The log of one agent: its page asks for itself again when there are other lines."""

    def __init__(self, looking: "Looking") -> None:
        self.looking = looking
        self.agent = parse_uuid(looking.asked.get("agent", ""))
        self.log: AgentLogPoll | None = None
        self._lines = -1

    def news(self, workspace: Workspace) -> Iterator[bytes]:
        """That there are other lines."""
        agent = agent_of(workspace, self.agent) if self.agent else None
        if agent is None:
            return
        self.log = self.log or self.looking.join(AgentLogPoll, agent.id, 0)
        self.log.scripts_ended = agent.lifecycle_state not in WRITING
        if self.log.has_state and len(self.log.entries) != self._lines:
            self._lines = len(self.log.entries)
            yield encode_event("stale")


class FollowTails:
    """The ends of the logs of those agents whose logs are open in their cards."""

    def __init__(self, looking: "Looking") -> None:
        self.looking = looking
        asked = looking.asked.get("logs", "").split(",")[:MOST_LOGS]
        self.wanted = [agent for each in asked if (agent := parse_uuid(each))]
        self.followed: dict[UUID, AgentLogPoll] = {}
        self._at: dict[UUID, int] = {}

    def news(self, workspace: Workspace, viewer: Viewer) -> Iterator[bytes]:
        """What was written since."""
        for agent in filter(None, (agent_of(workspace, each) for each in self.wanted)):
            if agent.id not in self.followed:
                self.followed[agent.id] = self.looking.join(AgentLogPoll, agent.id, 0)
            log = self.followed[agent.id]
            log.scripts_ended = agent.lifecycle_state not in WRITING
            if log.version != self._at.get(agent.id, 0):
                self._at[agent.id] = log.version
                with rendering_context(self.looking.visitor.language):
                    shown = {"log": log_of(agent, log.entries, viewer, most=TAIL)}
                    html = render_to_string("workspaces/agent_log.html#tail", {"page": shown})
                yield fragments_event(hx_partial(f"#agent-log-{agent.id}", html, "innerMorph"))
