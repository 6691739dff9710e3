"""Render workspaces as JSON."""

from typing import Any

from coder_simulator.agent_health import agent_problem
from coder_simulator.clock import format_rfc3339
from coder_simulator.lifecycle import effective_ttl
from coder_simulator.render.builds import render_build
from coder_simulator.state import User, Workspace
from coder_simulator.world import World

Json = dict[str, Any]


def render_workspace(world: World, workspace: Workspace, viewer: User, *, fresh: bool = False) -> Json:
    """Return a workspace as `viewer` sees it (Workspace), or the response to its creation (`fresh`)."""
    template, latest = workspace.template, workspace.latest_build
    body: Json = {
        "id": workspace.id,
        "created_at": format_rfc3339(workspace.created_at),
        "updated_at": format_rfc3339(workspace.updated_at),
        "owner_id": workspace.owner.id,
        "owner_name": workspace.owner.username,
        "owner_avatar_url": workspace.owner.avatar_url,
        "organization_id": template.organization.id,
        "organization_name": template.organization.name,
        "template_id": template.id,
        "template_name": template.name,
        "template_display_name": template.display_name,
        "template_icon": template.icon,
        "template_allow_user_cancel_workspace_jobs": template.allow_user_cancel_workspace_jobs,
        "template_active_version_id": template.active_version.id,
        "template_require_active_version": world.licensed and template.require_active_version,
    }
    if world.modern:
        body["template_use_classic_parameter_flow"] = template.use_classic_parameter_flow
    body["latest_build"] = render_build(world, latest, fresh=fresh)
    if world.modern:
        body["latest_app_status"] = None
    body |= {"outdated": latest.version is not template.active_version, "name": workspace.name}
    if workspace.autostart_schedule is not None:
        body["autostart_schedule"] = workspace.autostart_schedule
    ttl_ms = effective_ttl(world, workspace)
    if ttl_ms is not None:
        body["ttl_ms"] = ttl_ms
    failing = failing_agents(world, workspace)
    body |= {
        "last_used_at": format_rfc3339(workspace.last_used_at),
        "deleting_at": format_rfc3339(workspace.deleting_at),
        "dormant_at": format_rfc3339(workspace.dormant_at),
        "health": {"healthy": not failing, "failing_agents": failing},
        "automatic_updates": workspace.automatic_updates,
        "allow_renames": world.allow_renames,
        "favorite": viewer is workspace.owner and workspace in viewer.favorites,
        "next_start_at": format_rfc3339(workspace.next_start_at),
    }
    if world.modern:
        body |= {"is_prebuild": workspace.is_prebuild, "task_id": None}
        if workspace.shared_with:
            body["shared_with"] = [_render_share(world, *entry) for entry in workspace.shared_with.items()]
    return body


def failing_agents(world: World, workspace: Workspace) -> list[str]:
    """Return the ids of a workspace's unhealthy agents, without those in dev containers."""
    now = world.now()
    top_level = (agent for agent in workspace.agents if not agent.plan.parent_name)
    return [agent.id for agent in top_level if agent_problem(agent, now, modern=world.modern)]


def _render_share(world: World, user_id: str, role: str) -> Json:
    user = world.users[user_id]
    return {
        "id": user.id,
        "actor_type": "user",
        "name": user.username,
        "avatar_url": user.avatar_url,
        "roles": [role],
    }
