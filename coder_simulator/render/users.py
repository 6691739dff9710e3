"""Render users and organizations as JSON."""

from datetime import timedelta
from typing import Any

from coder_simulator.clock import ZERO_TIME, format_rfc3339
from coder_simulator.state import Organization, Token, User
from coder_simulator.world import World

ROLE_NAMES = {
    "owner": "Owner",
    "template-admin": "Template Admin",
    "auditor": "Auditor",
    "user-admin": "User Admin",
}

JOINED_AFTER = timedelta(milliseconds=25)  # Coder creates the user before the membership

Json = dict[str, Any]


def render_roles(user: User) -> list[Json]:
    """Return a user's site roles (SlimRole)."""
    return [{"name": role, "display_name": ROLE_NAMES.get(role, role)} for role in user.roles]


def render_user(world: World, user: User) -> Json:
    """Return a user (User)."""
    body: Json = {"id": user.id, "username": user.username}
    if user.avatar_url or not world.modern:
        body["avatar_url"] = user.avatar_url
    body |= {
        "name": user.name,
        "email": user.email,
        "created_at": format_rfc3339(user.created_at),
        "updated_at": format_rfc3339(user.updated_at),
        "last_seen_at": format_rfc3339(user.last_seen_at or ZERO_TIME),
        "status": user.status,
        "login_type": user.login_type,
    }
    if not world.modern:
        body["theme_preference"] = user.theme_preference
    body |= {"organization_ids": [o.id for o in user.organizations], "roles": render_roles(user)}
    return body | ({"has_ai_seat": False} if world.modern else {})


def render_minimal_user(world: World, user: User) -> Json:
    """Return a user as part of other objects (MinimalUser)."""
    body: Json = {"id": user.id, "username": user.username}
    if world.modern:
        body["name"] = user.name
    if user.avatar_url or not world.modern:
        body["avatar_url"] = user.avatar_url
    return body


def render_organization(world: World, organization: Organization) -> Json:
    """Return an organization (Organization)."""
    body: Json = {
        "id": organization.id,
        "name": organization.name,
        "display_name": organization.display_name,
        "icon": organization.icon,
        "description": organization.description,
        "created_at": format_rfc3339(organization.created_at),
        "updated_at": format_rfc3339(organization.created_at),
        "is_default": organization.is_default,
    }
    return body | ({"default_org_member_roles": ["organization-workspace-access"]} if world.modern else {})


def render_member(world: World, organization: Organization, user: User) -> Json:
    """Return a user as a member of an organization (OrganizationMemberWithUserData)."""
    body: Json = {"username": user.username, "name": user.name}
    if user.avatar_url or not world.modern:
        body["avatar_url"] = user.avatar_url
    body["email"] = user.email
    if world.modern:
        body |= {
            "status": user.status,
            "login_type": user.login_type,
            "last_seen_at": format_rfc3339(user.last_seen_at or ZERO_TIME),
            "user_created_at": format_rfc3339(user.created_at),
            "user_updated_at": format_rfc3339(user.updated_at),
        }
    body["global_roles"] = render_roles(user)
    if world.modern:
        body["has_ai_seat"] = False
    joined = format_rfc3339(user.created_at + JOINED_AFTER)
    return body | {
        "user_id": user.id,
        "organization_id": organization.id,
        "created_at": joined,
        "updated_at": joined,
        "roles": [],
    }


def render_token(token: Token) -> Json:
    """Return an API key without its secret (APIKey)."""
    return {
        "id": token.id,
        "user_id": token.user.id,
        "last_used": format_rfc3339(token.last_used or ZERO_TIME),
        "expires_at": format_rfc3339(token.expires_at),
        "created_at": format_rfc3339(token.created_at),
        "updated_at": format_rfc3339(token.created_at),
        "login_type": token.login_type,
        "scope": "all",
        "token_name": token.name,
        "lifetime_seconds": token.lifetime_seconds,
    }
