"""Organisations, their members, quotas."""

from coder_simulator import quota
from coder_simulator.errors import ApiError
from coder_simulator.permissions import can
from coder_simulator.render import people as render
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import User


@route("GET", "/organizations")
def organizations(call: Call) -> Reply:
    """List the organisations that a person may see."""
    found = [
        o for o in call.world.organizations.values() if can(call.user, "read", "organization", organization_id=o.id)
    ]
    return 200, [render.organization(call.world, o) for o in found]


@route("GET", "/organizations/{organization}")
def organization(call: Call) -> Reply:
    """Return one organisation."""
    return 200, render.organization(call.world, call.organization())


@route("GET", "/organizations/{organization}/members")
def members(call: Call) -> Reply:
    """List the members that a person may read; nothing orders them, so who was last written about comes last."""
    one = call.organization()
    found = [m for m in one.members if can(call.user, "read", "organization_member", owner_id=m.id)]
    found.sort(key=lambda m: m.updated_at or m.created_at)
    return 200, [render.member(call.world, one, m) for m in found]


@route("GET", "/organizations/{organization}/members/{user}/workspaces/available-users")
def available_users(call: Call) -> Reply:
    """List those for whom a person may create workspaces, by name; `q` is a part of the name (2.36)."""
    one, text = call.organization(), call.query("q").lower()
    limit, offset = call.page()
    if not call.world.modern:
        raise ApiError(404, "Route not found.")
    found = [m for m in one.members if not m.is_system and can(call.user, "create", "workspace", owner_id=m.id)]
    found = sorted((m for m in found if text in m.username.lower()), key=lambda m: m.username.lower())
    return 200, [render.minimal_user(call.world, m) for m in found[offset : offset + limit if limit else None]]


@route("GET", "/organizations/{organization}/members/{user}/workspace-quota")
def member_quota(call: Call) -> Reply:
    """Return what a member's workspaces cost and may cost."""
    call.organization()
    return _quota(call, call.person())


@route("GET", "/workspace-quota/{user}")
def person_quota(call: Call) -> Reply:
    """Return what a person's workspaces cost and may cost (the older address)."""
    return _quota(call, call.person())


def _quota(call: Call, person: User) -> Reply:
    used = quota.consumed(call.world, person) if call.world.licensed else 0
    return 200, {"credits_consumed": used, "budget": quota.budget(call.world, person)}
