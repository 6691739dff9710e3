"""Serve sign-in and sign-out, users and their roles."""

import re
from typing import Any

from coder_simulator.errors import ApiError, failed_tag, not_found, validation_failed
from coder_simulator.permissions import is_allowed
from coder_simulator.render.users import render_organization, render_user
from coder_simulator.routing import Call, Reply, route
from coder_simulator.search import split_outside_quotes
from coder_simulator.sessions import SESSION_COOKIE, create_token, token_value
from coder_simulator.state import User

EMAIL_PATTERN = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
BAD_CREDENTIALS_MESSAGE = "Incorrect email or password."
USER_KEYS = frozenset(
    {"search", "status", "role", "last_seen_before", "last_seen_after", "created_before", "created_after"}
)


@route("GET", "/users/authmethods", anonymous=True)
def get_auth_methods(call: Call) -> Reply:
    """Return the methods of signing in."""
    github: dict[str, Any] = {"enabled": call.world.modern}
    if call.world.modern:
        github["default_provider_configured"] = True
    oidc = {"enabled": False, "signInText": "", "iconUrl": ""}
    return 200, {"password": {"enabled": True}, "github": github, "oidc": oidc}


@route("POST", "/users/login", anonymous=True)
def log_in(call: Call) -> Reply:
    """Sign in by e-mail address and password; return a session token."""
    body = call.read_body("LoginWithPasswordRequest", {"email": "string", "password": "string"})
    email, password = body["email"] or "", body["password"] or ""
    validations = (
        [] if EMAIL_PATTERN.fullmatch(email) else [failed_tag("email", "email" if email else "required", email)]
    )
    if not password:
        validations.append(failed_tag("password", "required", ""))
    if validations:
        raise validation_failed(*validations)
    user = call.world.find_user_by_email(email)
    if user is None or user.is_system or user.password != password:
        raise ApiError(401, BAD_CREDENTIALS_MESSAGE)
    if user.login_type != "password":
        message = f'Incorrect login type, attempting to use "password" but user is of login type "{user.login_type}"'
        raise ApiError(403, message)
    if user.status == "suspended":
        raise ApiError(401, "Your account is suspended. Contact an admin to reactivate your account.")
    token = token_value(create_token(call.world, user))
    call.headers["set-cookie"] = f"{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"
    return 201, {"session_token": token}


@route("POST", "/users/logout")
def log_out(call: Call) -> Reply:
    """End the session of the request."""
    if call.token:
        call.world.tokens.pop(call.token.id, None)
    return 200, {"message": "Logged out!"}


@route("GET", "/users")
def list_users(call: Call) -> Reply:
    """List the users that the authenticated user may read, by name."""
    limit, offset = call.pagination()
    users = [u for u in _search_users(call) if is_allowed(call.user, "read", "user", owner_id=u.id)]
    page = users[offset : offset + limit if limit else None]
    return 200, {"users": [render_user(call.world, u) for u in page], "count": len(users)}


def _search_users(call: Call) -> list[User]:
    terms: dict[str, str] = {}
    validations = []
    for element in filter(None, split_outside_quotes(call.query("q").strip().lower(), " ")):
        key, colon, value = element.partition(":")
        key, value = (key, value) if colon else ("search", key)
        if key not in USER_KEYS:
            validations.append((key, f'"{key}" is not a valid query param'))
        if key == "status" and value not in {"active", "suspended", "dormant"}:
            validations.append((key, f'Query param "status" has invalid values: "{value}" is not a valid value'))
        terms[key] = value.strip('"')
    if validations:
        raise ApiError(400, "Invalid user search query.", validations=validations)
    users = sorted(call.world.users.values(), key=lambda u: u.username.lower())
    return [u for u in users if not u.is_system and _matches_terms(u, terms)]


def _matches_terms(user: User, terms: dict[str, str]) -> bool:
    text = terms.get("search", "")
    return (
        (text in user.username.lower() or text in user.email.lower() or text in user.name.lower())
        and terms.get("status", user.status) == user.status
        and ("role" not in terms or terms["role"] in user.roles)
    )


@route("GET", "/users/{user}")
def get_user(call: Call) -> Reply:
    """Return one user."""
    return 200, render_user(call.world, call.path_user())


@route("GET", "/users/{user}/roles")
def get_roles(call: Call) -> Reply:
    """Return a user's roles, of the site and of each organization."""
    user = call.path_user()
    return 200, {"roles": list(user.roles), "organization_roles": {o.id: [] for o in user.organizations}}


@route("GET", "/users/{user}/organizations")
def list_user_organizations(call: Call) -> Reply:
    """List a user's organizations."""
    return 200, [render_organization(call.world, o) for o in call.path_user().organizations]


@route("PUT", "/users/{user}/status/suspend")
def suspend_user(call: Call) -> Reply:
    """Suspend a user: the user's workspaces stop, and their autostart is off."""
    return _set_status(call, "suspended")


@route("PUT", "/users/{user}/status/activate")
def activate_user(call: Call) -> Reply:
    """Activate a suspended user."""
    return _set_status(call, "active")


def _set_status(call: Call, status: str) -> Reply:
    user = call.path_user()
    if not is_allowed(call.user, "update", "user"):
        raise not_found()
    user.status = status
    for workspace in call.world.workspaces.owned_by(user):
        call.server.lifecycle.reset_timer(workspace)
    return 200, render_user(call.world, user)
