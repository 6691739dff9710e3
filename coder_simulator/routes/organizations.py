"""Serve organizations, their members and quotas."""

from coder_simulator import quota
from coder_simulator.errors import forbidden
from coder_simulator.permissions import is_allowed
from coder_simulator.render.users import render_member, render_minimal_user, render_organization
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Organization, User
from coder_simulator.user_search import search_users, users_by_name


@route("GET", "/organizations")
def list_organizations(call: Call) -> Reply:
    """List the organizations that the user may read."""
    organizations = [
        o
        for o in call.world.organizations.values()
        if is_allowed(call.world, call.user, "read", "organization", organization_id=o.id)
    ]
    return 200, [render_organization(call.world, o) for o in organizations]


@route("GET", "/organizations/{organization}")
def get_organization(call: Call) -> Reply:
    """Return one organization."""
    return 200, render_organization(call.world, call.path_organization())


@route("GET", "/organizations/{organization}/members")
def list_members(call: Call) -> Reply:
    """List the members that the user may read, in Postgres's order: the last updated row is last."""
    organization = call.path_organization()
    members = sorted(_readable_members(call, organization), key=lambda m: m.updated_at or m.created_at)
    return 200, [render_member(call.world, organization, m) for m in members]


@route("GET", "/organizations/{organization}/paginated-members", since_2_36=True)
def list_members_by_page(call: Call) -> Reply:
    """List the members that the user may read, by name, by `q`, `limit` and `offset`."""
    organization = call.path_organization()
    limit, offset = call.pagination()
    members = search_users(call.world, call.query("q"), _readable_members(call, organization), subject="member")
    page = members[offset : offset + limit if limit else None]
    rows = [render_member(call.world, organization, m) for m in page]
    return 200, {"members": rows, "count": len(members) if page else 0}


def _readable_members(call: Call, organization: Organization) -> list[User]:
    return [
        m
        for m in organization.members
        if is_allowed(
            call.world,
            call.user,
            "read",
            "organization_member",
            owner_id=m.id,
            organization_id=organization.id,
        )
    ]


@route("GET", "/organizations/{organization}/members/{user}/workspaces/available-users", since_2_36=True)
def list_available_users(call: Call) -> Reply:
    """List the members, by name, to a user who may create workspaces for all; `q` filters names."""
    organization, text = call.path_organization(), call.query("q").lower()
    limit, offset = call.pagination()
    if not is_allowed(call.world, call.user, "create", "workspace", organization_id=organization.id):
        raise forbidden(modern=True)
    users = [m for m in users_by_name(call.world, organization.members) if text in m.username.lower()]
    return 200, [render_minimal_user(call.world, m) for m in users[offset : offset + limit if limit else None]]


@route("GET", "/organizations/{organization}/members/{user}/workspace-quota", enterprise=True)
def get_member_quota(call: Call) -> Reply:
    """Return the consumed credits and the budget of a member."""
    call.path_organization()
    return _render_quota(call, call.path_user())


@route("GET", "/workspace-quota/{user}", enterprise=True)
def get_user_quota(call: Call) -> Reply:
    """Return the consumed credits and the budget of a user (the older address)."""
    return _render_quota(call, call.path_user())


def _render_quota(call: Call, user: User) -> Reply:
    used = quota.consumed_credits(call.world, user) if call.world.licensed else 0
    return 200, {"credits_consumed": used, "budget": quota.budget_of(call.world, user)}
