"""Serve sign-in and sign-out, users and their roles."""

import re
from typing import Any

from coder_simulator.errors import ApiError, failed_tag, not_found, validation_failed
from coder_simulator.permissions import is_allowed
from coder_simulator.render.users import render_organization, render_user
from coder_simulator.routing import Call, Reply, route
from coder_simulator.sessions import SESSION_COOKIE, create_token, token_value
from coder_simulator.state import User
from coder_simulator.user_search import search_users
from coder_simulator.world import World

EMAIL_PATTERN = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
BAD_CREDENTIALS_MESSAGE = "Incorrect email or password."


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
    if user.status == "dormant":
        user.status = "active"  # a visit ends dormancy
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
    """List the users that the authenticated user may read, by name; beyond the last page `count` is 0."""
    limit, offset = call.pagination()
    after_id = call.after_id()
    users = [
        u
        for u in search_users(call.world, call.query("q"))
        if is_allowed(call.world, call.user, "read", "user", owner_id=u.id)
    ]
    if after_id:
        users = _users_after(call.world, users, after_id)
    page = users[offset : offset + limit if limit else None]
    return 200, {"users": [render_user(call.world, u) for u in page], "count": len(users) if page else 0}


def _users_after(world: World, users: list[User], user_id: str) -> list[User]:
    last = world.users.get(user_id)
    return [u for u in users if u.username.lower() > last.username.lower()] if last else []


@route("GET", "/users/{user}")
def get_user(call: Call) -> Reply:
    """Return one user."""
    return 200, render_user(call.world, call.path_user())


@route("GET", "/users/{user}/roles")
def get_roles(call: Call) -> Reply:
    """Return a user's roles, of the site and of each organization; only who may read personal data may."""
    user = call.path_user()
    if not is_allowed(call.world, call.user, "read_personal", "user", owner_id=user.id):
        raise not_found()
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
    if not is_allowed(call.world, call.user, "update", "user"):
        raise not_found()
    user.status = status
    for workspace in call.world.workspaces.owned_by(user):
        call.server.lifecycle.reset_timer(workspace)
    return 200, render_user(call.world, user)
