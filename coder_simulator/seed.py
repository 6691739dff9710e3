"""Seed workspaces with a history, in any status."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from coder_simulator.state import (
    Agent,
    AgentLog,
    App,
    Build,
    Job,
    Log,
    Resource,
    Script,
    Template,
    TemplateVersion,
    User,
    Workspace,
)
from coder_simulator.version_plans import AgentPlan, AppPlan, ScriptPlan
from coder_simulator.world import World

AGENT_STATES = {
    # value of `agent_state`: (connected, lifecycle)
    "connecting": (False, "created"),
    "timeout": (False, "created"),
    "starting": (True, "starting"),
    "start_timeout": (True, "start_timeout"),
    "start_error": (True, "start_error"),
    "ready": (True, "ready"),
    "disconnected": (True, "ready"),
    "shutting_down": (True, "shutting_down"),
    "shutdown_timeout": (True, "shutdown_timeout"),
    "shutdown_error": (True, "shutdown_error"),
    "off": (True, "off"),
}


def seed_workspace(
    world: World,
    *,
    owner: User,
    template: Template,
    name: str,
    status: str = "running",
    agent_state: str = "ready",
    version: TemplateVersion | None = None,
    age_hours: float = 72.0,
    built_hours_ago: float = 3.0,
    used_hours_ago: float | None = None,
    deadline_in_hours: float | None = None,
    parameters: dict[str, str] | None = None,
    error: str = "",
    error_code: str = "",
    reason: str = "initiator",
    initiator: User | None = None,
    previous_transitions: tuple[str, ...] = ("start",),
    favorite: bool = False,
    indexed: bool = True,
    **fields: Any,
) -> Workspace:
    """Add a workspace with a history and return it.

    `status` is one of Coder's ten, of the newest build; `agent_state` is a key of AGENT_STATES, for all agents.
    `previous_transitions` are those of the successful builds before it (a failed, canceled or pending newest build has
    the transition "start" unless `fields` has another). `parameters` override the defaults. Pass `indexed=False`
    to add many workspaces to the index at once afterwards. A running workspace stops after its TTL, or after
    `deadline_in_hours`. More `fields`: those of `state.Workspace` (autostart_schedule, ttl_ms, dormant_at,
    deleting_at, automatic_updates, shared_with).
    """
    now = world.now()
    created = now - timedelta(hours=max(age_hours, built_hours_ago))
    used = now - timedelta(hours=built_hours_ago if used_hours_ago is None else used_hours_ago)
    transition = fields.pop("transition", _transition_for(status))
    version = version or template.active_version
    fields = {"ttl_ms": template.default_ttl_ms or None, **fields}
    workspace = Workspace(
        name=name,
        owner=owner,
        template=template,
        created_at=created,
        updated_at=created,
        last_used_at=used,
        **fields,
    )
    values = {p.name: p.default_value for p in version.plan.parameters} | (parameters or {})
    moments = _spread_times(created, now - timedelta(hours=built_hours_ago), len(previous_transitions))
    for number, (past, moment) in enumerate(zip(previous_transitions, moments, strict=True), 1):
        old = _create_build(workspace, version, number, past, moment, owner, values)
        complete_build(world, old, moment + timedelta(seconds=40))
    build = _create_build(
        workspace,
        version,
        len(previous_transitions) + 1,
        transition,
        now - timedelta(hours=built_hours_ago),
        initiator or owner,
        values,
        reason=reason,
    )
    _set_build_status(world, build, status, error, error_code)
    if deadline_in_hours is not None:
        build.deadline = now + timedelta(hours=deadline_in_hours)
    for agent in workspace.agents:
        set_agent_state(world, agent, agent_state, build.job.completed_at or now)
    workspace.deleted = status == "deleted"
    if favorite:
        owner.favorites.add(workspace)
    if indexed:
        world.workspaces.add(workspace)
    for each in workspace.builds:
        world.builds[each.id] = each
    return workspace


def complete_build(world: World, build: Build, moment: datetime) -> None:
    """Complete a build successfully at `moment`, with its log, resources and agents."""
    build.job.started_at = build.job.started_at or build.created_at + timedelta(milliseconds=300)
    build.job.completed_at = build.updated_at = moment
    build.job.worker_id = build.job.worker_id or (world.provisioners[0].id if world.provisioners else "")
    if not build.job.logs:
        build.job.logs = _build_log(world, build, build.job.started_at, moment)
    duration_ms = (moment - build.job.started_at).total_seconds() * 1000
    build.workspace.template.durations_ms[build.transition].append(duration_ms)
    create_resources(world, build, moment)
    if build.workspace.ttl_ms:
        build.deadline = moment + timedelta(milliseconds=build.workspace.ttl_ms)


def create_resources(world: World, build: Build, moment: datetime) -> None:
    """Create the resources that the build's version declares for its transition.

    Each row is one microsecond later than the one before, as in Coder's database: all times are different and later
    than the job's end.
    """
    moments = (moment + timedelta(microseconds=number) for number in count(1))
    for plan in build.version.plan.resources:
        if build.transition in plan.transitions:
            resource = Resource(plan=plan, build=build, created_at=next(moments))
            resource.agents = [_create_agent(world, resource, agent_plan, moments) for agent_plan in plan.agents]
            build.resources.append(resource)


def set_agent_state(world: World, agent: Agent, state: str, since: datetime) -> None:
    """Set an agent to one of AGENT_STATES, reached shortly after `since`."""
    connected, agent.lifecycle = AGENT_STATES[state]
    if state == "timeout":
        agent.created_at = world.now() - timedelta(seconds=agent.plan.connection_timeout_seconds + 600)
    if not connected:
        return
    agent.first_connected_at = since + timedelta(seconds=4)
    agent.updated_at = agent.first_connected_at + timedelta(microseconds=100)
    agent.started_at = agent.first_connected_at + timedelta(milliseconds=100)
    if state != "starting":
        agent.ready_at = since + timedelta(seconds=20)
    if state == "disconnected":
        agent.disconnected_at = world.now() - timedelta(minutes=12)
    for script in agent.scripts:
        _seed_script_run(world, agent, script, since + timedelta(seconds=5), state)
    for app in agent.apps:
        if app.health == "initializing" and state not in {"starting", "start_error", "start_timeout"}:
            app.health = app.plan.health


def _create_agent(world: World, resource: Resource, plan: AgentPlan, moments: Iterator[datetime]) -> Agent:
    moment = next(moments)
    agent = Agent(plan=plan, resource=resource, created_at=moment, updated_at=moment)
    agent.apps = [_create_app(app_plan) for app_plan in plan.apps]
    agent.scripts = [Script(plan=script_plan, created_at=next(moments)) for script_plan in plan.scripts]
    world.agents[agent.id] = agent
    return agent


def _create_app(plan: AppPlan) -> App:
    return App(plan=plan, health="initializing" if plan.healthcheck_url else "disabled")


def _seed_script_run(world: World, agent: Agent, script: Script, moment: datetime, state: str) -> None:
    plan: ScriptPlan = script.plan
    if plan.run_on_start:
        script.started_at = moment
        if state not in {"starting"}:
            script.ended_at = moment + timedelta(seconds=plan.duration_seconds)
            script.exit_code = {"start_error": 1, "start_timeout": 255}.get(state, plan.exit_code)
            script.status = {"start_error": "exit_failure", "start_timeout": "timed_out"}.get(state, "ok")
        step = timedelta(seconds=plan.duration_seconds) / (len(plan.log) + 1)
        agent.logs += [
            AgentLog(
                id=next(world.agent_log_ids),
                created_at=moment + step * number,
                level="info",
                output=line,
                source_id=script.log_source_id,
            )
            for number, line in enumerate(plan.log, 1)
        ]


def _transition_for(status: str) -> str:
    return {"stopping": "stop", "stopped": "stop", "deleting": "delete", "deleted": "delete"}.get(status, "start")


def _spread_times(first: datetime, last: datetime, number: int) -> list[datetime]:
    return [first + (last - first) * i / max(number, 1) for i in range(number)]


def _create_build(
    workspace: Workspace,
    version: TemplateVersion,
    number: int,
    transition: str,
    moment: datetime,
    initiator: User,
    parameters: dict[str, str],
    *,
    reason: str = "initiator",
) -> Build:
    job = Job(created_at=moment, initiator=initiator, file_id=version.job.file_id, tags=dict(version.plan.tags))
    build = Build(
        workspace=workspace,
        version=version,
        build_number=number,
        transition=transition,
        initiator=initiator,
        job=job,
        created_at=moment,
        updated_at=moment,
        reason=reason,
        parameters=dict(parameters),
    )
    workspace.builds.append(build)
    return build


def _set_build_status(world: World, build: Build, status: str, error: str, error_code: str) -> None:
    job, moment, build_plan = build.job, build.created_at, build.version.plan.build_plan(build.transition)
    if status in {"running", "stopped", "deleted"}:
        complete_build(world, build, moment + timedelta(seconds=min(build_plan.duration_seconds, 60)))
        return
    if status == "pending":
        return
    job.started_at = moment + timedelta(seconds=1)
    job.worker_id = world.provisioners[0].id if world.provisioners else ""
    if status in {"failed", "canceling", "canceled"} or build_plan.hangs:
        job.logs = _build_log(world, build, job.started_at, job.started_at + timedelta(seconds=20))
    if status in {"canceling", "canceled"}:
        job.canceled_at = moment + timedelta(seconds=20)
    if status in {"failed", "canceled"}:
        job.completed_at = moment + timedelta(seconds=30)
    if status == "failed":
        job.error, job.error_code = error or build_plan.error or "terraform apply: exit status 1", error_code


LOG_STAGES = {"start": "Starting workspace", "stop": "Stopping workspace", "delete": "Deleting workspace"}


def _build_log(world: World, build: Build, start: datetime, end: datetime) -> list[Log]:
    """Return the log of a seeded build: the daemon's lines around those of its plan."""
    stage, build_plan = LOG_STAGES[build.transition], build.version.plan.build_plan(build.transition)
    lines = [("provisioner_daemon", "Setting up", "info", ""), ("provisioner_daemon", stage, "info", "")]
    lines += [("provisioner", stage, line.level, line.output) for line in build_plan.log]
    if not build_plan.hangs:
        lines.append(("provisioner_daemon", "Cleaning Up", "info", ""))
    step = (end - start) / len(lines)
    return [
        Log(
            id=next(world.log_ids),
            created_at=start + step * number,
            source=source,
            level=level,
            stage=stage_name,
            output=output,
        )
        for number, (source, stage_name, level, output) in enumerate(lines)
    ]
