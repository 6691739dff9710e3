"""Serve the API tokens of a user."""

from coder_simulator import sessions
from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import is_allowed
from coder_simulator.render.users import render_token
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Token, User
from coder_simulator.validation import is_valid_name

NANOSECONDS = 1_000_000_000
WEEK_SECONDS = 7 * 24 * 3600


def _path_token_owner(call: Call, action: str) -> User:
    user = call.path_user()
    if not is_allowed(call.world, call.user, action, "api_key", owner_id=user.id):
        raise not_found()
    return user


@route("GET", "/users/{user}/keys/tokens")
def list_tokens(call: Call) -> Reply:
    """List a user's tokens without sessions; respond null if there is none."""
    user = _path_token_owner(call, "read")
    tokens = [t for t in call.world.tokens.values() if t.user is user and t.login_type == "token"]
    return 200, [render_token(t) for t in tokens] or None


@route("POST", "/users/{user}/keys/tokens")
def create_token(call: Call) -> Reply:
    """Create a token; `lifetime` is in ns (0: a week). Only this response has its secret."""
    user = _path_token_owner(call, "create")
    fields = {"lifetime": "int64", "scope": "string", "token_name": "string"}
    body = call.read_body("CreateTokenRequest", fields)
    name, scope = body["token_name"] or "", body["scope"] or "all"
    if scope not in {"all", "application_connect"}:
        raise ApiError(400, "Validation failed.", validations=[("scope", f'unsupported scope "{scope}"')])
    if name and not is_valid_name(name):
        raise ApiError(400, "Failed to create API key.", "Token name is invalid.")
    if name and any(t.name == name and t.user is user for t in call.world.tokens.values()):
        detail = "This value is already in use and should be unique."
        raise ApiError(409, f'A token with name "{name}" already exists.', validations=[("token_name", detail)])
    lifetime = body["lifetime"] or 0
    if lifetime < 0:
        raise ApiError(
            400, "Failed to validate create API key request.", "lifetime must be positive number greater than 0"
        )
    seconds = lifetime // NANOSECONDS or WEEK_SECONDS
    token = sessions.create_token(call.world, user, name=name, login_type="token", seconds=seconds)
    return 201, {"key": sessions.token_value(token)}


@route("POST", "/users/{user}/keys")
def create_session_key(call: Call) -> Reply:
    """Create a session key, as the dashboard does for editors."""
    return 201, {"key": sessions.token_value(sessions.create_token(call.world, _path_token_owner(call, "create")))}


@route("GET", "/users/{user}/keys/{key}")
def get_key(call: Call) -> Reply:
    """Return one key without its secret."""
    return 200, render_token(_path_token(call, "read"))


@route("DELETE", "/users/{user}/keys/{key}")
def delete_key(call: Call) -> Reply:
    """Revoke a key or token."""
    call.world.tokens.pop(_path_token(call, "delete").id)
    return 204, None


def _path_token(call: Call, action: str) -> Token:
    user = _path_token_owner(call, action)
    token = call.world.tokens.get(str(call.request.path_params["key"]))
    if token is None or token.user is not user:
        raise not_found()
    return token
