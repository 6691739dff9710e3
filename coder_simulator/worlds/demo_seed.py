"""Seed the demo world's workspaces by the names of their owners and templates, with long logs."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from coder_simulator.clock import ZERO_TIME
from coder_simulator.quota import daily_cost_of
from coder_simulator.seed import LOG_STAGES, seed_workspace, set_agent_state
from coder_simulator.state import Log, PortShare, Template, TemplateVersion, User, Workspace
from coder_simulator.world import World

DAY = 24.0  # h
COST_STATUSES = frozenset({"running", "stopped"})


@dataclass(frozen=True, slots=True)
class Company:
    """The world with its users by username and its templates by name."""

    world: World
    people: dict[str, User]
    templates: dict[str, Template]

    def add_workspace(self, owner: str, name: str, template: str, version: str = "", **options: Any) -> Workspace:
        """Add a workspace of the template's active or named version; `options` as in `seed_workspace`."""
        workspace_template = self.templates[template]
        workspace = seed_workspace(
            self.world,
            owner=self.people[owner],
            template=workspace_template,
            name=name,
            version=self.version(template, version) if version else None,
            **options,
        )
        build = workspace.latest_build
        if self.world.licensed and build.status in COST_STATUSES:
            build.daily_cost = daily_cost_of(build)
        return workspace

    def version(self, template: str, name: str) -> TemplateVersion:
        """Return a version of a template by name."""
        return next(v for v in self.templates[template].versions if v.name == name)

    def add_log_lines(self, workspace: Workspace, *output: str, level: str = "info") -> None:
        """Add lines to the log of the newest build, at the end of its main stage."""
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
        """Share a port of a workspace's first agent."""
        agent = workspace.agents[0].plan.name
        share = PortShare(workspace_id=workspace.id, agent_name=agent, port=port, share_level=level, protocol="http")
        self.world.port_shares.append(share)

    def end_startup_with(self, workspace: Workspace, *output: str, level: str = "info") -> None:
        """Let the first script of the first agent end with this output, and the others succeed."""
        agent = workspace.agents[0]
        first, *others = agent.scripts
        lines = [line for line in agent.logs if line.source_id == first.log_source_id][: len(output)]
        for line, text in zip(lines, output, strict=True):
            line.level, line.output = level, text
        agent.logs[:] = [*lines, *(line for line in agent.logs if line.source_id != first.log_source_id)]
        for script in others:
            script.status, script.exit_code = "ok", 0

    def end_log_with_error(self, workspace: Workspace, *output: str) -> None:
        """Replace what the newest build logged after its last step by the lines of an error."""
        self._replace_log_end(workspace, "...", "error", output)

    def end_log_by_cancellation(self, workspace: Workspace) -> None:
        """Replace what the newest build logged after its last step by Terraform's reaction to a cancellation."""
        output = ("Interrupt received.", "Please wait for Terraform to exit or data loss may occur.")
        self._replace_log_end(workspace, "...", "info", (*output, "Gracefully shutting down..."))

    def end_log_by_quota(self, workspace: Workspace, *, cost: int, budget: int, consumed: int) -> None:
        """End the newest build's log after its plan, because the build's cost exceeds the budget (credits a day)."""
        self._replace_log_end(workspace, "to destroy.", "info", ())
        facts = (("Build cost", cost), ("Budget", budget), ("Credits consumed", consumed))
        output = tuple(f"{name:<16} —   {number}" for name, number in facts)
        self._append_log(workspace, "Commit quota", "info", output)
        self._append_log(workspace, "Commit quota", "warn", ("Insufficient quota, can't continue build",))

    def _replace_log_end(self, workspace: Workspace, last_ending: str, level: str, output: tuple[str, ...]) -> None:
        """Replace the lines after the last one that ends with `last_ending`."""
        logs = workspace.latest_build.job.logs
        last = max(number for number, line in enumerate(logs) if line.output.endswith(last_ending))
        del logs[last + 1 :]
        self._append_log(workspace, logs[-1].stage, level, output)

    def _append_log(self, workspace: Workspace, stage: str, level: str, output: tuple[str, ...]) -> None:
        """Append lines to the newest build's log, at the time of its end."""
        job = workspace.latest_build.job
        end = job.completed_at or job.logs[-1].created_at
        job.logs += [
            Log(
                id=next(self.world.log_ids),
                created_at=end,
                source="provisioner",
                level=level,
                stage=stage,
                output=line,
            )
            for line in output
        ]

    def set_agent_state(self, workspace: Workspace, name: str, state: str) -> None:
        """Set the state of one agent of a workspace with several."""
        build = workspace.latest_build
        agent = next(a for a in workspace.agents if a.plan.name == name)
        set_agent_state(self.world, agent, state, build.job.completed_at or build.created_at)


def mark_never_used(workspace: Workspace) -> None:
    """Mark a workspace as never used: Coder sends Go's zero time."""
    workspace.last_used_at = ZERO_TIME


def set_app_unhealthy(workspace: Workspace, app: str) -> None:
    """Set the health of an app to unhealthy."""
    for agent in workspace.agents:
        for agent_app in agent.apps:
            if agent_app.plan.slug == app:
                agent_app.health = "unhealthy"
