"""JSON of people and organisations."""

from datetime import timedelta
from typing import Any

from coder_simulator.clock import ZERO_TIME, rfc3339
from coder_simulator.state import Organization, Token, User
from coder_simulator.world import World

ROLE_NAMES = {
    "owner": "Owner",
    "template-admin": "Template Admin",
    "auditor": "Auditor",
    "user-admin": "User Admin",
}

JOINED_AFTER = timedelta(milliseconds=25)  # a person is there before the membership is

Json = dict[str, Any]


def roles(user: User) -> list[Json]:
    """A person's site roles (SlimRole)."""
    return [{"name": role, "display_name": ROLE_NAMES.get(role, role)} for role in user.roles]


def user(world: World, person: User) -> Json:
    """A person (User)."""
    body: Json = {"id": person.id, "username": person.username}
    if person.avatar_url or not world.modern:
        body["avatar_url"] = person.avatar_url
    body |= {
        "name": person.name,
        "email": person.email,
        "created_at": rfc3339(person.created_at),
        "updated_at": rfc3339(person.updated_at),
        "last_seen_at": rfc3339(person.last_seen_at or ZERO_TIME),
        "status": person.status,
        "login_type": person.login_type,
    }
    if not world.modern:
        body["theme_preference"] = person.theme_preference
    body |= {"organization_ids": [o.id for o in person.organizations], "roles": roles(person)}
    return body | ({"has_ai_seat": False} if world.modern else {})


def minimal_user(world: World, person: User) -> Json:
    """A person as others' records name them (MinimalUser)."""
    body: Json = {"id": person.id, "username": person.username}
    if world.modern:
        body["name"] = person.name
    if person.avatar_url or not world.modern:
        body["avatar_url"] = person.avatar_url
    return body


def organization(world: World, one: Organization) -> Json:
    """An organisation."""
    body: Json = {
        "id": one.id,
        "name": one.name,
        "display_name": one.display_name,
        "icon": one.icon,
        "description": one.description,
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.created_at),
        "is_default": one.is_default,
    }
    return body | ({"default_org_member_roles": ["organization-workspace-access"]} if world.modern else {})


def member(world: World, one: Organization, person: User) -> Json:
    """A person as a member of an organisation (OrganizationMemberWithUserData)."""
    body: Json = {"username": person.username, "name": person.name}
    if person.avatar_url or not world.modern:
        body["avatar_url"] = person.avatar_url
    body["email"] = person.email
    if world.modern:
        body |= {
            "status": person.status,
            "login_type": person.login_type,
            "last_seen_at": rfc3339(person.last_seen_at or ZERO_TIME),
            "user_created_at": rfc3339(person.created_at),
            "user_updated_at": rfc3339(person.updated_at),
        }
    body["global_roles"] = roles(person)
    if world.modern:
        body["has_ai_seat"] = False
    joined = rfc3339(person.created_at + JOINED_AFTER)
    return body | {
        "user_id": person.id,
        "organization_id": one.id,
        "created_at": joined,
        "updated_at": joined,
        "roles": [],
    }


def token(one: Token) -> Json:
    """An API key, without its secret (APIKey)."""
    return {
        "id": one.id,
        "user_id": one.user.id,
        "last_used": rfc3339(one.last_used or ZERO_TIME),
        "expires_at": rfc3339(one.expires_at),
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.created_at),
        "login_type": one.login_type,
        "scope": "all",
        "token_name": one.name,
        "lifetime_seconds": one.lifetime_seconds,
    }
