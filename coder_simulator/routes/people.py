"""Signing in and out, people, their roles."""

import re
from typing import Any

from coder_simulator.errors import ApiError, failed_tag, not_found, validation_failed
from coder_simulator.permissions import can
from coder_simulator.render import people as render
from coder_simulator.routing import Call, Reply, route
from coder_simulator.search import split_outside_quotes
from coder_simulator.sessions import SESSION_COOKIE, create_token, token_value
from coder_simulator.state import User

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WRONG = "Incorrect email or password."
USER_KEYS = frozenset(
    {"search", "status", "role", "last_seen_before", "last_seen_after", "created_before", "created_after"}
)


@route("GET", "/users/authmethods", anonymous=True)
def auth_methods(call: Call) -> Reply:
    """Say how people may sign in."""
    github: dict[str, Any] = {"enabled": call.world.modern}
    if call.world.modern:
        github["default_provider_configured"] = True
    oidc = {"enabled": False, "signInText": "", "iconUrl": ""}
    return 200, {"password": {"enabled": True}, "github": github, "oidc": oidc}


@route("POST", "/users/login", anonymous=True)
def login(call: Call) -> Reply:
    """Sign in by e-mail and password; answers a session token."""
    body = call.body("LoginWithPasswordRequest", {"email": "string", "password": "string"})
    email, password = body["email"] or "", body["password"] or ""
    faults = [] if EMAIL.fullmatch(email) else [failed_tag("email", "email" if email else "required", email)]
    if not password:
        faults.append(failed_tag("password", "required", ""))
    if faults:
        raise validation_failed(*faults)
    user = call.world.find_user_by_email(email)
    if user is None or user.is_system or user.password != password:
        raise ApiError(401, WRONG)
    if user.login_type != "password":
        words = f'Incorrect login type, attempting to use "password" but user is of login type "{user.login_type}"'
        raise ApiError(403, words)
    if user.status == "suspended":
        raise ApiError(401, "Your account is suspended. Contact an admin to reactivate your account.")
    token = token_value(create_token(call.world, user))
    call.headers["set-cookie"] = f"{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"
    return 201, {"session_token": token}


@route("POST", "/users/logout")
def logout(call: Call) -> Reply:
    """End the session that asks."""
    if call.token:
        call.world.tokens.pop(call.token.id, None)
    return 200, {"message": "Logged out!"}


@route("GET", "/users")
def users(call: Call) -> Reply:
    """List people that the asking one may read, by name."""
    limit, offset = call.page()
    found = [u for u in _search(call) if can(call.user, "read", "user", owner_id=u.id)]
    page = found[offset : offset + limit if limit else None]
    return 200, {"users": [render.user(call.world, u) for u in page], "count": len(found)}


def _search(call: Call) -> list[User]:
    terms: dict[str, str] = {}
    faults = []
    for element in filter(None, split_outside_quotes(call.query("q").strip().lower(), " ")):
        key, colon, value = element.partition(":")
        key, value = (key, value) if colon else ("search", key)
        if key not in USER_KEYS:
            faults.append((key, f'"{key}" is not a valid query param'))
        if key == "status" and value not in {"active", "suspended", "dormant"}:
            faults.append((key, f'Query param "status" has invalid values: "{value}" is not a valid value'))
        terms[key] = value.strip('"')
    if faults:
        raise ApiError(400, "Invalid user search query.", validations=faults)
    people = sorted(call.world.users.values(), key=lambda u: u.username.lower())
    return [u for u in people if not u.is_system and _matches(u, terms)]


def _matches(user: User, terms: dict[str, str]) -> bool:
    text = terms.get("search", "")
    return (
        (text in user.username.lower() or text in user.email.lower() or text in user.name.lower())
        and terms.get("status", user.status) == user.status
        and ("role" not in terms or terms["role"] in user.roles)
    )


@route("GET", "/users/{user}")
def user(call: Call) -> Reply:
    """Return one person."""
    return 200, render.user(call.world, call.person())


@route("GET", "/users/{user}/roles")
def roles(call: Call) -> Reply:
    """Return a person's roles, of the site and of each organisation."""
    person = call.person()
    return 200, {"roles": list(person.roles), "organization_roles": {o.id: [] for o in person.organizations}}


@route("GET", "/users/{user}/organizations")
def organizations(call: Call) -> Reply:
    """List a person's organisations."""
    return 200, [render.organization(call.world, o) for o in call.person().organizations]


@route("PUT", "/users/{user}/status/suspend")
def suspend(call: Call) -> Reply:
    """Suspend a person; their workspaces stop and start no more by themselves."""
    return _set_status(call, "suspended")


@route("PUT", "/users/{user}/status/activate")
def activate(call: Call) -> Reply:
    """Make a suspended person active again."""
    return _set_status(call, "active")


def _set_status(call: Call, status: str) -> Reply:
    person = call.person()
    if not can(call.user, "update", "user"):
        raise not_found()
    person.status = status
    for workspace in call.world.workspaces.owned_by(person):
        call.server.lifecycle.reset_timer(workspace)
    return 200, render.user(call.world, person)
