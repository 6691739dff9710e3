"""Run the lifecycle of agents after a start by their plan: connect, run scripts, become ready or fail."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from coder_simulator.engine import Engine
from coder_simulator.state import Agent, AgentLog, App, Script
from coder_simulator.world import World

LIFECYCLE_BY_OUTCOME = {
    "ready": "ready",
    "disconnects": "ready",
    "start_error": "start_error",
    "start_timeout": "start_timeout",
}
SCRIPT_STATUS_BY_OUTCOME = {"start_error": ("exit_failure", 1), "start_timeout": ("timed_out", 255)}
DISCONNECT_SECONDS = 30.0  # s at speed 1, after the agent is ready


def start_agent(world: World, engine: Engine, agent: Agent) -> None:
    """Schedule the connection of a new agent by the outcome of its plan."""
    if agent.plan.connection_timeout_seconds:
        _schedule(engine, agent, agent.plan.connection_timeout_seconds * engine.speed + 0.001, lambda: None)
    if agent.plan.outcome != "never":
        _schedule(engine, agent, agent.plan.connect_seconds, lambda: _connect(world, engine, agent))


def resume_agent(world: World, engine: Engine, agent: Agent) -> None:
    """Continue an agent that was seeded as connecting or starting."""
    if agent.plan.outcome == "never" or agent.lifecycle not in {"created", "starting"}:
        return
    if agent.first_connected_at is None:
        start_agent(world, engine, agent)
    else:
        _run_scripts(world, engine, agent)


def _schedule(engine: Engine, agent: Agent, seconds: float, callback: Callable[[], None]) -> None:
    """Schedule a callback for an agent, skipped if its build is no longer the newest; notify the watchers."""

    def run_if_current() -> None:
        if agent.resource.build is agent.workspace.latest_build:
            callback()
            engine.notify_watchers(agent.workspace)

    engine.schedule_after(seconds, run_if_current)


def _connect(world: World, engine: Engine, agent: Agent) -> None:
    agent.first_connected_at = world.now()
    agent.updated_at = agent.first_connected_at + timedelta(microseconds=100)  # Coder reads its clock again

    def start() -> None:
        agent.lifecycle, agent.started_at = "starting", world.now()
        _run_scripts(world, engine, agent)

    _schedule(engine, agent, 0.1, start)


def _run_scripts(world: World, engine: Engine, agent: Agent) -> None:
    scripts = [s for s in agent.scripts if s.plan.run_on_start]
    for line in agent.plan.log:
        _add_log(world, agent, line, agent.scripts[0].log_source_id if agent.scripts else agent.id)
    for script in scripts:
        _run_script(world, engine, agent, script)
    longest = max((s.plan.duration_seconds for s in scripts), default=0.0)
    _schedule(engine, agent, longest + 0.01, lambda: _finish_startup(world, engine, agent))


def _run_script(world: World, engine: Engine, agent: Agent, script: Script) -> None:
    plan = script.plan
    script.started_at = world.now()
    for number, line in enumerate(plan.log, 1):
        moment = plan.duration_seconds * number / (len(plan.log) + 1)
        _schedule(engine, agent, moment, partial(_add_log, world, agent, line, script.log_source_id))

    def end() -> None:
        script.ended_at = world.now()
        ended = "ok" if plan.exit_code == 0 else "exit_failure"
        script.status, script.exit_code = SCRIPT_STATUS_BY_OUTCOME.get(agent.plan.outcome, (ended, plan.exit_code))

    _schedule(engine, agent, plan.duration_seconds, end)


def _add_log(world: World, agent: Agent, line: str, source_id: str) -> None:
    agent.logs.append(
        AgentLog(id=next(world.agent_log_ids), created_at=world.now(), level="info", output=line, source_id=source_id)
    )


def _finish_startup(world: World, engine: Engine, agent: Agent) -> None:
    """Set the final lifecycle state after all scripts ended; schedule health checks of apps."""
    agent.lifecycle, agent.ready_at = LIFECYCLE_BY_OUTCOME[agent.plan.outcome], world.now()
    if any(s.exit_code for s in agent.scripts) and agent.plan.outcome == "ready":
        agent.lifecycle = "start_error"
    for app in agent.apps:
        if app.health == "initializing" and agent.lifecycle == "ready":
            checks = app.plan.healthcheck_threshold if app.plan.health == "unhealthy" else 1
            _schedule(engine, agent, app.plan.healthcheck_interval * checks, partial(_set_app_health, app))
    if agent.plan.outcome == "disconnects":
        _schedule(engine, agent, DISCONNECT_SECONDS, lambda: _disconnect(world, agent))


def _set_app_health(app: App) -> None:
    """Set an app's health by its plan, after one good or a threshold of failed health checks."""
    app.health = app.plan.health


def _disconnect(world: World, agent: Agent) -> None:
    agent.disconnected_at = agent.updated_at = world.now()
