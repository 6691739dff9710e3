"""JSON of resources, agents, apps, scripts and what agents measure."""

from datetime import datetime, timedelta
from typing import Any

from coder_simulator.agent_health import agent_problem, agent_status
from coder_simulator.clock import rfc3339
from coder_simulator.state import Agent, AgentLog, App, Resource, Script
from coder_simulator.version_plans import AgentMetadataPlan
from coder_simulator.world import World

Json = dict[str, Any]

NANOSECONDS = 1_000_000_000
NEVER_AGE = 9_223_372_036  # s: Go's longest duration, the age of a value that was never measured
LATENCY_MS = 12.5


def resource(world: World, one: Resource, now: datetime) -> Json:
    """A resource (WorkspaceResource)."""
    plan = one.plan
    body: Json = {
        "id": one.id,
        "created_at": rfc3339(one.created_at),
        "job_id": one.build.job.id,
        "workspace_transition": one.build.transition,
        "type": plan.type,
        "name": plan.name,
        "hide": plan.hide,
        "icon": plan.icon,
    }
    if one.agents:
        body["agents"] = [agent(world, each, now) for each in one.agents]
    if plan.metadata:
        body["metadata"] = [{"key": m.key, "value": m.value, "sensitive": m.sensitive} for m in plan.metadata]
    return body | {"daily_cost": plan.daily_cost}


def agent(world: World, one: Agent, now: datetime) -> Json:
    """An agent (WorkspaceAgent)."""
    plan, connected = one.plan, agent_status(one, now) == "connected"
    body: Json = {"id": one.id}
    if world.modern:
        around = (each for each in one.resource.agents if each.plan.name == plan.parent_name)
        body["parent_id"] = next((each.id for each in around), None)
    body |= {"created_at": rfc3339(one.created_at), "updated_at": rfc3339(one.updated_at)}
    body |= _moments(one, now)
    body |= {
        "status": agent_status(one, now),
        "lifecycle_state": one.lifecycle,
        "name": plan.name,
        "resource_id": one.resource.id,
        "architecture": plan.architecture,
        "environment_variables": plan.environment_variables,
        "operating_system": plan.operating_system,
        "logs_length": sum(len(log.output.encode()) for log in one.logs),
        "logs_overflowed": one.logs_overflowed,
        "directory": plan.directory,
    }
    if one.started_at and plan.directory:  # what an agent says of itself comes with its start
        body["expanded_directory"] = plan.directory
    api_version = "2.10" if world.modern else "2.3"
    body |= {
        "version": f"v{'2.36.0' if world.modern else '2.19.1'}" if one.started_at else "",
        "api_version": api_version if one.started_at else "",
        "apps": [app(world, one, each) for each in one.apps],
    }
    if connected and one.started_at:
        body["latency"] = {"Coder Embedded Relay": {"preferred": True, "latency_ms": LATENCY_MS}}
    problem = agent_problem(one, now, modern=world.modern)
    return body | {
        "connection_timeout_seconds": plan.connection_timeout_seconds,
        "troubleshooting_url": plan.troubleshooting_url,
        "subsystems": [],
        "health": {"healthy": False, "reason": problem} if problem else {"healthy": True},
        "display_apps": list(plan.display_apps),
        "log_sources": [_log_source(one, each) for each in one.scripts],
        "scripts": [script(world, each) for each in one.scripts],
        "startup_script_behavior": plan.startup_script_behavior,
    }


def _moments(one: Agent, now: datetime) -> Json:
    """The moments that an agent has had; a connected one was heard at the last quarter of a minute."""
    last = one.disconnected_at
    if one.first_connected_at and not last:
        since = (now - one.first_connected_at) // timedelta(seconds=15)
        last = one.first_connected_at + max(since, 0) * timedelta(seconds=15)
    moments = {
        "first_connected_at": one.first_connected_at,
        "last_connected_at": last,
        "disconnected_at": one.disconnected_at,
        "started_at": one.started_at,
        "ready_at": one.ready_at,
    }
    return {name: rfc3339(moment) for name, moment in moments.items() if moment}


def app(world: World, agent: Agent, one: App) -> Json:
    """An app of an agent (WorkspaceApp)."""
    plan, workspace = one.plan, agent.workspace
    body: Json = {"id": one.id}
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
        "health": one.health,
        "hidden": plan.hidden,
        "open_in": plan.open_in,
    }
    if world.modern:
        body |= {key: text for key, text in (("group", plan.group), ("tooltip", plan.tooltip)) if text}
        body["statuses"] = []
    return body


def script(world: World, one: Script) -> Json:
    """A script of an agent (WorkspaceAgentScript); 2.36 says how its last run went."""
    plan = one.plan
    body: Json = {
        "id": one.id,
        "log_source_id": one.log_source_id,
        "log_path": plan.log_path,
        "script": plan.script,
        "cron": plan.cron,
        "run_on_start": plan.run_on_start,
        "run_on_stop": plan.run_on_stop,
        "start_blocks_login": plan.start_blocks_login,
        "timeout": plan.timeout_s * NANOSECONDS,
        "display_name": plan.display_name,
    }
    if world.modern and one.status:
        body |= {"exit_code": one.exit_code, "status": one.status}
    return body


def _log_source(one: Agent, each: Script) -> Json:
    return {
        "workspace_agent_id": one.id,
        "id": each.log_source_id,
        "created_at": rfc3339(each.created_at),
        "display_name": each.plan.display_name,
        "icon": each.plan.icon,
    }


def agent_log(one: AgentLog) -> Json:
    """A line of an agent's log (WorkspaceAgentLog)."""
    return {
        "id": one.id,
        "created_at": rfc3339(one.created_at),
        "output": one.output,
        "level": one.level,
        "source_id": one.source_id,
    }


def metadata(one: Agent, plan: AgentMetadataPlan, now: datetime) -> Json:
    """A value that an agent measured last (WorkspaceAgentMetadata); a fresh one each `interval` seconds."""
    value, collected, age = "", "0001-01-01T00:00:00Z", NEVER_AGE
    if one.started_at and plan.interval:
        until = one.disconnected_at or now
        turn = max(int((until - one.started_at).total_seconds()) // plan.interval, 0)
        moment = one.started_at + timedelta(seconds=turn * plan.interval)
        collected = rfc3339(moment) or ""
        age = max(int((now - moment).total_seconds()), 0)
        value = plan.values[turn % len(plan.values)] if plan.values and not plan.error else ""
    return {
        "result": {
            "collected_at": collected,
            "age": age,
            "value": value,
            "error": plan.error if one.started_at else "",
        },
        "description": {
            "display_name": plan.display_name,
            "key": plan.key,
            "script": plan.script,
            "interval": plan.interval,
            "timeout": plan.timeout,
        },
    }
