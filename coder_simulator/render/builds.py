"""JSON of builds, their jobs, logs and timings."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from coder_simulator.clock import ZERO_TIME, rfc3339
from coder_simulator.gojson import NIL_UUID
from coder_simulator.render.agents import resource
from coder_simulator.state import Agent, Build, Job, Log, Template
from coder_simulator.world import World

Json = dict[str, Any]
EXTERNAL = "coder_external_agent"  # the type of a resource whose agent somebody starts by hand

NO_METADATA = {
    "template_version_name": "",
    "template_id": NIL_UUID,
    "template_name": "",
    "template_display_name": "",
    "template_icon": "",
}


def job(world: World, one: Job, template: Template, input_: Json, queue: tuple[int, int] = (0, 0)) -> Json:
    """A provisioner's job for a template (ProvisionerJob); `queue` is its place in the queue and the queue's length."""
    moments = {"started_at": one.started_at, "completed_at": one.completed_at, "canceled_at": one.canceled_at}
    body: Json = {"id": one.id, "created_at": rfc3339(one.created_at)}
    body |= {name: rfc3339(moment) for name, moment in moments.items() if moment}
    if one.error:
        body["error"] = one.error
    if one.error_code:
        body["error_code"] = one.error_code
    body["status"] = one.status
    if one.worker_id:
        body["worker_id"] = one.worker_id
    body |= {
        "file_id": one.file_id,
        "tags": one.tags,
        "queue_position": queue[0],
        "queue_size": queue[1],
        "organization_id": template.organization.id,
    }
    if world.modern:
        body["initiator_id"] = one.initiator.id
    body |= {"input": input_, "type": one.type}
    return body | ({"metadata": NO_METADATA, "logs_overflowed": one.logs_overflowed} if world.modern else {})


def build(world: World, one: Build, *, fresh: bool = False) -> Json:
    """A build (WorkspaceBuild); `fresh` is the answer to the call that made it, which knows less."""
    workspace, now = one.workspace, world.now()
    body: Json = {
        "id": one.id,
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.updated_at),
        "workspace_id": workspace.id,
        "workspace_name": workspace.name,
        "workspace_owner_id": workspace.owner.id,
        "workspace_owner_name": workspace.owner.username,
    }
    if workspace.owner.avatar_url or not world.modern:
        body["workspace_owner_avatar_url"] = workspace.owner.avatar_url
    queue = (0, 0) if fresh else queue_place(world, one)
    body |= {
        "template_version_id": one.version.id,
        "template_version_name": "" if fresh else one.version.name,
        "build_number": one.build_number,
        "transition": one.transition,
        "initiator_id": one.initiator.id,
        "initiator_name": one.initiator.username,
        "job": job(world, one.job, workspace.template, {"workspace_build_id": one.id}, queue),
        "reason": one.reason,
        "resources": [resource(world, each, now) for each in one.resources],
        "deadline": rfc3339(one.deadline),
        "max_deadline": rfc3339(one.max_deadline),
        "status": one.status,
        "daily_cost": one.daily_cost,
        "matched_provisioners": matched_provisioners(world, one),
    }
    if world.modern:
        body["template_version_preset_id"] = one.preset_id
        if one.job.status == "succeeded":
            outside = any(each.plan.type == EXTERNAL for each in one.resources)
            body |= {"has_ai_task": False, "has_external_agent": outside}
    return body


def queue_place(world: World, one: Build) -> tuple[int, int]:
    """Return a build's place in the queue and the queue's length; 2.36 counts only what provisioners can take."""
    if one.job.status != "pending":
        return 0, 0
    waiting = world.pending
    if world.modern:
        waiting = [b for b in waiting if _matching(world, b.job) and b.job.tags == one.job.tags]
    return (waiting.index(one) + 1, len(waiting)) if one in waiting else (0, 0)


def matched_provisioners(world: World, one: Build) -> Json:
    """Say how many provisioners could take a pending job; of others Coder says nothing."""
    if one.job.status != "pending":
        return {"count": 0, "available": 0, "most_recently_seen": None}
    moments = _matching(world, one.job)
    latest = max(moments, default=None)
    return {"count": len(moments), "available": len(moments), "most_recently_seen": rfc3339(latest)}


def _matching(world: World, one: Job) -> list[datetime]:
    now = world.now()
    return [p.last_seen_at(now) for p in world.provisioners if p.tags.items() >= one.tags.items()]


def parameters(world: World, one: Build) -> list[Json]:
    """The values of a build (WorkspaceBuildParameter); 2.36 keeps them in an order that changes with the build."""
    names = list(one.parameters)
    if world.modern:
        names.sort(key=lambda name: sha256(f"{one.id} {name}".encode()).digest())
    return [{"name": name, "value": one.parameters[name]} for name in names]


def log(one: Log) -> Json:
    """A line of a job's log (ProvisionerJobLog)."""
    return {
        "id": one.id,
        "created_at": rfc3339(one.created_at),
        "log_source": one.source,
        "log_level": one.level,
        "stage": one.stage,
        "output": one.output,
    }


def timings(world: World, one: Build) -> Json:
    """The spans of a build (WorkspaceBuildTimings); the provisioner's add up to the job's own duration."""
    agents = [agent for each in one.resources for agent in each.agents]
    return {
        "provisioner_timings": _provisioner_timings(one),
        "agent_script_timings": [span for agent in agents for span in _script_timings(agent)],
        "agent_connection_timings": [
            span for agent in agents for span in _connection_timings(agent, modern=world.modern)
        ],
    }


def _provisioner_timings(one: Build) -> list[Json]:
    started, ended, plans = one.job.started_at, one.job.completed_at, one.version.plan.timings
    if not (started and ended and plans) or one.transition != "start" or one.job.status != "succeeded":
        return []
    scale = (ended - started).total_seconds() / max(plan.ends for plan in plans)
    return [
        {
            "job_id": one.job.id,
            "started_at": rfc3339(started + timedelta(seconds=plan.starts * scale)),
            "ended_at": rfc3339(started + timedelta(seconds=plan.ends * scale)),
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
            "started_at": rfc3339(script.started_at),
            "ended_at": rfc3339(script.ended_at),
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
        return []  # 2.36 leaves out rows without an end; 2.19 sends Go's zero moment
    return [
        {
            "started_at": rfc3339(agent.created_at),
            "ended_at": rfc3339(agent.first_connected_at or ZERO_TIME),
            "stage": "connect",
            "workspace_agent_id": agent.id,
            "workspace_agent_name": agent.plan.name,
        }
    ]
