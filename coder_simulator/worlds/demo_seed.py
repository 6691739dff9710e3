"""How the demo world's workspaces are placed: by the names of their owner and template, and with long logs."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from coder_simulator.clock import ZERO_TIME
from coder_simulator.quota import cost_of
from coder_simulator.seed import LOG_STAGES, seed_workspace, set_agent_state
from coder_simulator.state import Log, PortShare, Template, TemplateVersion, User, Workspace
from coder_simulator.world import World

DAY = 24.0  # h
KEEPS_COST = frozenset({"running", "stopped"})


@dataclass(frozen=True, slots=True)
class Company:
    """The world with its people by username and its templates by name."""

    world: World
    people: dict[str, User]
    templates: dict[str, Template]

    def put(self, owner: str, name: str, template: str, version: str = "", **how: Any) -> Workspace:
        """Place a workspace of `owner` in `template`, in its active or the named version; `how` as in `place`."""
        one = self.templates[template]
        workspace = seed_workspace(
            self.world,
            owner=self.people[owner],
            template=one,
            name=name,
            version=self.version(template, version) if version else None,
            **how,
        )
        build = workspace.latest_build
        if self.world.licensed and build.status in KEEPS_COST:
            build.daily_cost = cost_of(build)
        return workspace

    def version(self, template: str, name: str) -> TemplateVersion:
        """Return a version of a template by name."""
        return next(v for v in self.templates[template].versions if v.name == name)

    def say(self, workspace: Workspace, *output: str, level: str = "info") -> None:
        """Add lines to the log of a workspace's newest build, where its main stage ends."""
        build = workspace.latest_build
        logs, stage = build.job.logs, LOG_STAGES[build.transition]
        end = max(number for number, line in enumerate(logs) if line.stage == stage) + 1
        ended, after = logs[end - 1].created_at, logs[end:]
        logs[end:] = [
            Log(
                id=next(self.world.log_ids),
                created_at=ended + timedelta(microseconds=number),
                source="provisioner",
                level=level,
                stage=stage,
                output=line,
            )
            for number, line in enumerate(output)
        ]
        logs += [replace(line, id=next(self.world.log_ids)) for line in after]

    def share_port(self, workspace: Workspace, port: int, level: str) -> None:
        """Let others open a port of a workspace's first agent."""
        agent = workspace.agents[0].plan.name
        share = PortShare(workspace_id=workspace.id, agent_name=agent, port=port, share_level=level, protocol="http")
        self.world.port_shares.append(share)

    def fail(self, workspace: Workspace, *output: str) -> None:
        """Let the log of a workspace's newest build end with these lines of an error, not with a success."""
        logs = workspace.latest_build.job.logs
        under_way = max(number for number, line in enumerate(logs) if line.output.endswith("..."))
        end = logs[-1].created_at
        del logs[under_way + 1 :]
        logs += [
            Log(
                id=next(self.world.log_ids),
                created_at=end,
                source="provisioner",
                level="error",
                stage=logs[-1].stage,
                output=line,
            )
            for line in output
        ]

    def set_agent(self, workspace: Workspace, name: str, state: str) -> None:
        """Bring one agent of a workspace of several into a state of its own."""
        build = workspace.latest_build
        agent = next(a for a in workspace.agents if a.plan.name == name)
        set_agent_state(self.world, agent, state, build.job.completed_at or build.created_at)


def never_used(workspace: Workspace) -> None:
    """Say that a workspace was never used: Coder sends Go's zero moment then."""
    workspace.last_used_at = ZERO_TIME


def make_unhealthy(workspace: Workspace, app: str) -> None:
    """Let the health check of an app fail."""
    for agent in workspace.agents:
        for one in agent.apps:
            if one.plan.slug == app:
                one.health = "unhealthy"
