"""Render resources, agents, apps, scripts and metadata as JSON."""

from datetime import datetime, timedelta
from typing import Any

from coder_simulator.agent_health import agent_problem, agent_status
from coder_simulator.clock import format_rfc3339
from coder_simulator.state import Agent, AgentLog, App, Resource, Script
from coder_simulator.version_plans import AgentMetadataPlan
from coder_simulator.world import World

Json = dict[str, Any]

NANOSECONDS = 1_000_000_000
NEVER_AGE_SECONDS = 9_223_372_036  # Go's longest duration: the age of a value that was never collected
LATENCY_MS = 12.5


def render_resource(world: World, resource: Resource, now: datetime) -> Json:
    """Return a resource (WorkspaceResource)."""
    plan = resource.plan
    body: Json = {
        "id": resource.id,
        "created_at": format_rfc3339(resource.created_at),
        "job_id": resource.build.job.id,
        "workspace_transition": resource.build.transition,
        "type": plan.type,
        "name": plan.name,
        "hide": plan.hide,
        "icon": plan.icon,
    }
    if resource.agents:
        body["agents"] = [render_agent(world, each, now) for each in resource.agents]
    if plan.metadata:
        body["metadata"] = [{"key": m.key, "value": m.value, "sensitive": m.sensitive} for m in plan.metadata]
    return body | {"daily_cost": plan.daily_cost}


def render_agent(world: World, agent: Agent, now: datetime) -> Json:
    """Return an agent (WorkspaceAgent)."""
    plan, connected = agent.plan, agent_status(agent, now) == "connected"
    body: Json = {"id": agent.id}
    if world.modern:
        siblings = (each for each in agent.resource.agents if each.plan.name == plan.parent_name)
        body["parent_id"] = next((each.id for each in siblings), None)
    body |= {"created_at": format_rfc3339(agent.created_at), "updated_at": format_rfc3339(agent.updated_at)}
    body |= _agent_times(agent, now)
    body |= {
        "status": agent_status(agent, now),
        "lifecycle_state": agent.lifecycle,
        "name": plan.name,
        "resource_id": agent.resource.id,
        "architecture": plan.architecture,
        "environment_variables": plan.environment_variables,
        "operating_system": plan.operating_system,
        "logs_length": sum(len(log.output.encode()) for log in agent.logs),
        "logs_overflowed": agent.logs_overflowed,
        "directory": plan.directory,
    }
    if agent.started_at and plan.directory:  # an agent reports its own data when it starts
        body["expanded_directory"] = plan.directory
    api_version = "2.10" if world.modern else "2.3"
    body |= {
        "version": f"v{'2.36.0' if world.modern else '2.19.1'}" if agent.started_at else "",
        "api_version": api_version if agent.started_at else "",
        "apps": [render_app(world, agent, each) for each in agent.apps],
    }
    if connected and agent.started_at:
        body["latency"] = {"Coder Embedded Relay": {"preferred": True, "latency_ms": LATENCY_MS}}
    problem = agent_problem(agent, now, modern=world.modern)
    return body | {
        "connection_timeout_seconds": plan.connection_timeout_seconds,
        "troubleshooting_url": plan.troubleshooting_url,
        "subsystems": [],
        "health": {"healthy": False, "reason": problem} if problem else {"healthy": True},
        "display_apps": list(plan.display_apps),
        "log_sources": [_render_log_source(agent, each) for each in agent.scripts],
        "scripts": [render_script(world, each) for each in agent.scripts],
        "startup_script_behavior": plan.startup_script_behavior,
    }


def _agent_times(agent: Agent, now: datetime) -> Json:
    """Return the times that an agent has; a connected agent sends a heartbeat every 15 s."""
    last = agent.disconnected_at
    if agent.first_connected_at and not last:
        since = (now - agent.first_connected_at) // timedelta(seconds=15)
        last = agent.first_connected_at + max(since, 0) * timedelta(seconds=15)
    moments = {
        "first_connected_at": agent.first_connected_at,
        "last_connected_at": last,
        "disconnected_at": agent.disconnected_at,
        "started_at": agent.started_at,
        "ready_at": agent.ready_at,
    }
    return {name: format_rfc3339(moment) for name, moment in moments.items() if moment}


def render_app(world: World, agent: Agent, app: App) -> Json:
    """Return an app of an agent (WorkspaceApp)."""
    plan, workspace = app.plan, agent.workspace
    body: Json = {"id": app.id}
    if plan.url or not world.modern:
        body["url"] = plan.url
    body |= {"external": plan.external, "slug": plan.slug}
    if plan.display_name or not world.modern:
        body["display_name"] = plan.display_name
    if plan.icon:
        body["icon"] = plan.icon
    body |= {
        "subdomain": plan.subdomain,
    }
    if plan.subdomain:
        names = [plan.slug, *([] if world.modern else [agent.plan.name]), workspace.name, workspace.owner.username]
        body["subdomain_name"] = "--".join(names)
    body |= {
        "sharing_level": plan.sharing_level,
        "healthcheck": {
            "url": plan.healthcheck_url,
            "interval": plan.healthcheck_interval,
            "threshold": plan.healthcheck_threshold,
        },
        "health": app.health,
        "hidden": plan.hidden,
        "open_in": plan.open_in,
    }
    if world.modern:
        body |= {key: text for key, text in (("group", plan.group), ("tooltip", plan.tooltip)) if text}
        body["statuses"] = []
    return body


def render_script(world: World, script: Script) -> Json:
    """Return a script of an agent (WorkspaceAgentScript); 2.36 adds the result of its last run."""
    plan = script.plan
    body: Json = {
        "id": script.id,
        "log_source_id": script.log_source_id,
        "log_path": plan.log_path,
        "script": plan.script,
        "cron": plan.cron,
        "run_on_start": plan.run_on_start,
        "run_on_stop": plan.run_on_stop,
        "start_blocks_login": plan.start_blocks_login,
        "timeout": plan.timeout_s * NANOSECONDS,
        "display_name": plan.display_name,
    }
    if world.modern and script.status:
        body |= {"exit_code": script.exit_code, "status": script.status}
    return body


def _render_log_source(agent: Agent, script: Script) -> Json:
    return {
        "workspace_agent_id": agent.id,
        "id": script.log_source_id,
        "created_at": format_rfc3339(script.created_at),
        "display_name": script.plan.display_name,
        "icon": script.plan.icon,
    }


def render_agent_log(log: AgentLog) -> Json:
    """Return a line of an agent's log (WorkspaceAgentLog)."""
    return {
        "id": log.id,
        "created_at": format_rfc3339(log.created_at),
        "output": log.output,
        "level": log.level,
        "source_id": log.source_id,
    }


def render_metadata(agent: Agent, plan: AgentMetadataPlan, now: datetime) -> Json:
    """Return a metadata item of an agent (WorkspaceAgentMetadata), renewed each `interval` (s)."""
    value, collected, age = "", "0001-01-01T00:00:00Z", NEVER_AGE_SECONDS
    if agent.started_at and plan.interval:
        until = agent.disconnected_at or now
        turn = max(int((until - agent.started_at).total_seconds()) // plan.interval, 0)
        moment = agent.started_at + timedelta(seconds=turn * plan.interval)
        collected = format_rfc3339(moment) or ""
        age = max(int((now - moment).total_seconds()), 0)
        value = plan.values[turn % len(plan.values)] if plan.values and not plan.error else ""
    return {
        "result": {
            "collected_at": collected,
            "age": age,
            "value": value,
            "error": plan.error if agent.started_at else "",
        },
        "description": {
            "display_name": plan.display_name,
            "key": plan.key,
            "script": plan.script,
            "interval": plan.interval,
            "timeout": plan.timeout,
        },
    }
