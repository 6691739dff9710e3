"""Render builds, their jobs, logs and timings as JSON."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from coder_simulator.clock import ZERO_TIME, format_rfc3339
from coder_simulator.gojson import NIL_UUID
from coder_simulator.render.agents import render_resource
from coder_simulator.state import Agent, Build, Job, Log, Template
from coder_simulator.world import World

Json = dict[str, Any]
EXTERNAL_AGENT_TYPE = "coder_external_agent"  # the type of a resource whose agent is started by hand

NO_METADATA = {
    "template_version_name": "",
    "template_id": NIL_UUID,
    "template_name": "",
    "template_display_name": "",
    "template_icon": "",
}


def render_job(world: World, job: Job, template: Template, job_input: Json, queue: tuple[int, int] = (0, 0)) -> Json:
    """Return a job for a template (ProvisionerJob); `queue` is its position and the queue's length."""
    moments = {"started_at": job.started_at, "completed_at": job.completed_at, "canceled_at": job.canceled_at}
    body: Json = {"id": job.id, "created_at": format_rfc3339(job.created_at)}
    body |= {name: format_rfc3339(moment) for name, moment in moments.items() if moment}
    if job.error:
        body["error"] = job.error
    if job.error_code:
        body["error_code"] = job.error_code
    body["status"] = job.status
    if job.worker_id:
        body["worker_id"] = job.worker_id
    body |= {
        "file_id": job.file_id,
        "tags": job.tags,
        "queue_position": queue[0],
        "queue_size": queue[1],
        "organization_id": template.organization.id,
    }
    if world.modern:
        body["initiator_id"] = job.initiator.id
    body |= {"input": job_input, "type": job.type}
    return body | ({"metadata": NO_METADATA, "logs_overflowed": job.logs_overflowed} if world.modern else {})


def render_build(world: World, build: Build, *, fresh: bool = False) -> Json:
    """Return a build (WorkspaceBuild); the response to its creation (`fresh`) has less data."""
    workspace, now = build.workspace, world.now()
    body: Json = {
        "id": build.id,
        "created_at": format_rfc3339(build.created_at),
        "updated_at": format_rfc3339(build.updated_at),
        "workspace_id": workspace.id,
        "workspace_name": workspace.name,
        "workspace_owner_id": workspace.owner.id,
        "workspace_owner_name": workspace.owner.username,
    }
    if workspace.owner.avatar_url or not world.modern:
        body["workspace_owner_avatar_url"] = workspace.owner.avatar_url
    queue = (0, 0) if fresh else queue_position(world, build)
    body |= {
        "template_version_id": build.version.id,
        "template_version_name": "" if fresh else build.version.name,
        "build_number": build.build_number,
        "transition": build.transition,
        "initiator_id": build.initiator.id,
        "initiator_name": build.initiator.username,
        "job": render_job(world, build.job, workspace.template, {"workspace_build_id": build.id}, queue),
        "reason": build.reason,
        "resources": [render_resource(world, each, now) for each in build.resources],
        "deadline": format_rfc3339(build.deadline),
        "max_deadline": format_rfc3339(build.max_deadline),
        "status": build.status,
        "daily_cost": build.daily_cost,
        "matched_provisioners": render_matched_provisioners(world, build),
    }
    if world.modern:
        body["template_version_preset_id"] = build.preset_id
        if build.job.status == "succeeded":
            has_external_agent = any(each.plan.type == EXTERNAL_AGENT_TYPE for each in build.resources)
            body |= {"has_ai_task": False, "has_external_agent": has_external_agent}
    return body


def queue_position(world: World, build: Build) -> tuple[int, int]:
    """Return a build's position and the queue's length; 2.36 counts only jobs that a provisioner can run."""
    if build.job.status != "pending":
        return 0, 0
    waiting = world.pending
    if world.modern:
        waiting = [b for b in waiting if _matching_heartbeats(world, b.job) and b.job.tags == build.job.tags]
    return (waiting.index(build) + 1, len(waiting)) if build in waiting else (0, 0)


def render_matched_provisioners(world: World, build: Build) -> Json:
    """Return how many provisioners can run a pending job; Coder returns zeros for others."""
    if build.job.status != "pending":
        return {"count": 0, "available": 0, "most_recently_seen": None}
    moments = _matching_heartbeats(world, build.job)
    latest = max(moments, default=None)
    return {"count": len(moments), "available": len(moments), "most_recently_seen": format_rfc3339(latest)}


def _matching_heartbeats(world: World, job: Job) -> list[datetime]:
    now = world.now()
    return [p.last_seen_at(now) for p in world.provisioners if p.tags.items() >= job.tags.items()]


def render_parameters(world: World, build: Build) -> list[Json]:
    """Return the values of a build (WorkspaceBuildParameter); their order differs by build in 2.36."""
    names = list(build.parameters)
    if world.modern:
        names.sort(key=lambda name: sha256(f"{build.id} {name}".encode()).digest())
    return [{"name": name, "value": build.parameters[name]} for name in names]


def render_log(log: Log) -> Json:
    """Return a line of a job's log (ProvisionerJobLog)."""
    return {
        "id": log.id,
        "created_at": format_rfc3339(log.created_at),
        "log_source": log.source,
        "log_level": log.level,
        "stage": log.stage,
        "output": log.output,
    }


def render_timings(world: World, build: Build) -> Json:
    """Return the timings of a build (WorkspaceBuildTimings), scaled to the job's duration."""
    agents = [agent for each in build.resources for agent in each.agents]
    return {
        "provisioner_timings": _provisioner_timings(build),
        "agent_script_timings": [span for agent in agents for span in _script_timings(agent)],
        "agent_connection_timings": [
            span for agent in agents for span in _connection_timings(agent, modern=world.modern)
        ],
    }


def _provisioner_timings(build: Build) -> list[Json]:
    started, ended, plans = build.job.started_at, build.job.completed_at, build.version.plan.timings
    if not (started and ended and plans) or build.transition != "start" or build.job.status != "succeeded":
        return []
    scale = (ended - started).total_seconds() / max(plan.ends for plan in plans)
    return [
        {
            "job_id": build.job.id,
            "started_at": format_rfc3339(started + timedelta(seconds=plan.starts * scale)),
            "ended_at": format_rfc3339(started + timedelta(seconds=plan.ends * scale)),
            "stage": plan.stage,
            "source": plan.source,
            "action": plan.action,
            "resource": plan.resource,
        }
        for plan in plans
    ]


def _script_timings(agent: Agent) -> list[Json]:
    return [
        {
            "started_at": format_rfc3339(script.started_at),
            "ended_at": format_rfc3339(script.ended_at),
            "exit_code": script.exit_code,
            "stage": "start",
            "status": script.status,
            "display_name": script.plan.display_name,
            "workspace_agent_id": agent.id,
            "workspace_agent_name": agent.plan.name,
        }
        for script in agent.scripts
        if script.started_at and script.ended_at
    ]


def _connection_timings(agent: Agent, *, modern: bool) -> list[Json]:
    if modern and agent.first_connected_at is None:
        return []  # 2.36 omits rows without an end; 2.19 sends Go's zero time
    return [
        {
            "started_at": format_rfc3339(agent.created_at),
            "ended_at": format_rfc3339(agent.first_connected_at or ZERO_TIME),
            "stage": "connect",
            "workspace_agent_id": agent.id,
            "workspace_agent_name": agent.plan.name,
        }
    ]
