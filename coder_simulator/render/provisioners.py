"""Render provisioners and their jobs as JSON."""

from datetime import datetime
from typing import Any

from coder_simulator.clock import format_rfc3339
from coder_simulator.gojson import NIL_UUID
from coder_simulator.provisioner_jobs import JobEntry
from coder_simulator.render.builds import queue_position, render_job
from coder_simulator.state import Organization, Provisioner
from coder_simulator.world import World

Json = dict[str, Any]

BUILT_IN_KEY_ID = f"{NIL_UUID[:-1]}1"  # of the provisioners in the server's own process


def render_provisioner(world: World, organization: Organization, daemon: Provisioner, now: datetime) -> Json:
    """Return a provisioner without its jobs (ProvisionerDaemon), as in /debug/health."""
    return {
        "id": daemon.id,
        "organization_id": organization.id,
        "key_id": BUILT_IN_KEY_ID,
        "created_at": format_rfc3339(daemon.created_at),
        "last_seen_at": format_rfc3339(daemon.last_seen_at(now)),
        "name": daemon.name,
        "version": "v2.36.0" if world.modern else "v2.19.1",
        "api_version": "1.18" if world.modern else "1.2",
        "provisioners": sorted({template.provisioner for template in world.templates.values()}),
        "tags": daemon.tags,
        "key_name": None,
        "status": None,
        "current_job": None,
        "previous_job": None,
    }


def render_working_provisioner(
    world: World, organization: Organization, daemon: Provisioner, current: JobEntry | None, previous: JobEntry | None
) -> Json:
    """Return a provisioner with its status, its current job and its last one (ProvisionerDaemon)."""
    return render_provisioner(world, organization, daemon, world.now()) | {
        "key_name": "built-in",
        "status": provisioner_status(daemon),
        "current_job": _render_short_job(world, current),
        "previous_job": _render_short_job(world, previous),
    }


def provisioner_status(daemon: Provisioner) -> str:
    """Return idle or busy; the simulator's provisioners are never offline."""
    return "busy" if daemon.job else "idle"


def _render_short_job(world: World, entry: JobEntry | None) -> Json | None:
    if entry is None:
        return None
    body: Json = {"id": entry.job.id, "status": entry.job.status}
    if world.modern:
        template = entry.version.template
        body |= {
            "template_name": template.name,
            "template_icon": template.icon,
            "template_display_name": template.display_name,
        }
    return body


def render_provisioner_job(world: World, entry: JobEntry) -> Json:
    """Return a job with what it is for (ProvisionerJob)."""
    job, template, build = entry.job, entry.version.template, entry.build
    job_input = {"workspace_build_id": build.id} if build else {"template_version_id": entry.version.id}
    body = render_job(world, job, template, job_input, queue_position(world, build) if build else (0, 0))
    if not world.modern:
        return body
    rendered: Json = {}
    for key, value in body.items():
        rendered[key] = value
        if key == "worker_id" and (name := _worker_name(world, job.worker_id)):
            rendered["worker_name"] = name
    return rendered | {"metadata": _render_metadata(entry)}


def _worker_name(world: World, worker_id: str) -> str:
    return next((daemon.name for daemon in world.provisioners if daemon.id == worker_id), "")


def _render_metadata(entry: JobEntry) -> Json:
    template, build = entry.version.template, entry.build
    metadata: Json = {
        "template_version_name": entry.version.name,
        "template_id": template.id,
        "template_name": template.name,
        "template_display_name": template.display_name,
        "template_icon": template.icon,
    }
    if build:
        metadata |= {
            "workspace_id": build.workspace.id,
            "workspace_name": build.workspace.name,
            "workspace_build_transition": build.transition,
        }
    return metadata
