"""JSON of workspaces."""

from typing import Any

from coder_simulator.agent_health import agent_problem
from coder_simulator.clock import rfc3339
from coder_simulator.lifecycle import effective_ttl
from coder_simulator.render.builds import build
from coder_simulator.state import User, Workspace
from coder_simulator.world import World

Json = dict[str, Any]


def workspace(world: World, one: Workspace, viewer: User, *, fresh: bool = False) -> Json:
    """A workspace as `viewer` sees it (Workspace); `fresh` is the answer to the call that made it."""
    template, latest = one.template, one.latest_build
    body: Json = {
        "id": one.id,
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.updated_at),
        "owner_id": one.owner.id,
        "owner_name": one.owner.username,
        "owner_avatar_url": one.owner.avatar_url,
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
    body["latest_build"] = build(world, latest, fresh=fresh)
    if world.modern:
        body["latest_app_status"] = None
    body |= {"outdated": latest.version is not template.active_version, "name": one.name}
    if one.autostart_schedule is not None:
        body["autostart_schedule"] = one.autostart_schedule
    ttl_ms = effective_ttl(world, one)
    if ttl_ms is not None:
        body["ttl_ms"] = ttl_ms
    failing = failing_agents(world, one)
    body |= {
        "last_used_at": rfc3339(one.last_used_at),
        "deleting_at": rfc3339(one.deleting_at),
        "dormant_at": rfc3339(one.dormant_at),
        "health": {"healthy": not failing, "failing_agents": failing},
        "automatic_updates": one.automatic_updates,
        "allow_renames": world.allow_renames,
        "favorite": viewer is one.owner and one in viewer.favorites,
        "next_start_at": rfc3339(one.next_start_at),
    }
    if world.modern:
        body |= {"is_prebuild": one.is_prebuild, "task_id": None}
        if one.shared_with:
            body["shared_with"] = [_shared(world, *entry) for entry in one.shared_with.items()]
    return body


def failing_agents(world: World, one: Workspace) -> list[str]:
    """Return the ids of a workspace's agents that count as unhealthy; those inside another one do not count."""
    now = world.now()
    counted = (agent for agent in one.agents if not agent.plan.parent_name)
    return [agent.id for agent in counted if agent_problem(agent, now, modern=world.modern)]


def _shared(world: World, user_id: str, role: str) -> Json:
    person = world.users[user_id]
    return {
        "id": person.id,
        "actor_type": "user",
        "name": person.username,
        "avatar_url": person.avatar_url,
        "roles": [role],
    }
