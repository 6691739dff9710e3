"""API tokens of a person."""

from coder_simulator import sessions
from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import can
from coder_simulator.render import people as render
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Token, User
from coder_simulator.validation import valid_name

NANOSECONDS = 1_000_000_000
WEEK_SECONDS = 7 * 24 * 3600


def _owner(call: Call, action: str) -> User:
    person = call.person()
    if not can(call.user, action, "api_key", owner_id=person.id):
        raise not_found()
    return person


@route("GET", "/users/{user}/keys/tokens")
def tokens(call: Call) -> Reply:
    """List a person's tokens, without sessions; no token at all is null."""
    person = _owner(call, "read")
    found = [t for t in call.world.tokens.values() if t.user is person and t.login_type == "token"]
    return 200, [render.token(t) for t in found] or None


@route("POST", "/users/{user}/keys/tokens")
def create_token(call: Call) -> Reply:
    """Make a token; `lifetime` is in ns (0: a week). Its secret is shown here alone."""
    person = _owner(call, "create")
    fields = {"lifetime": "int64", "scope": "string", "token_name": "string"}
    body = call.body("CreateTokenRequest", fields)
    name, scope = body["token_name"] or "", body["scope"] or "all"
    if scope not in {"all", "application_connect"}:
        raise ApiError(400, "Validation failed.", validations=[("scope", f'unsupported scope "{scope}"')])
    if name and not valid_name(name):
        raise ApiError(400, "Failed to create API key.", "Token name is invalid.")
    if name and any(t.name == name and t.user is person for t in call.world.tokens.values()):
        already = "This value is already in use and should be unique."
        raise ApiError(409, f'A token with name "{name}" already exists.', validations=[("token_name", already)])
    lifetime = body["lifetime"] or 0
    if lifetime < 0:
        raise ApiError(
            400, "Failed to validate create API key request.", "lifetime must be positive number greater than 0"
        )
    seconds = lifetime // NANOSECONDS or WEEK_SECONDS
    token = sessions.create_token(call.world, person, name=name, login_type="token", seconds=seconds)
    return 201, {"key": sessions.token_value(token)}


@route("POST", "/users/{user}/keys")
def create_key(call: Call) -> Reply:
    """Make a session-like key, as the dashboard does for editors."""
    return 201, {"key": sessions.token_value(sessions.create_token(call.world, _owner(call, "create")))}


@route("GET", "/users/{user}/keys/{key}")
def key(call: Call) -> Reply:
    """Return one key, without its secret."""
    return 200, render.token(_token(call, "read"))


@route("DELETE", "/users/{user}/keys/{key}")
def delete_key(call: Call) -> Reply:
    """Revoke a key or token."""
    call.world.tokens.pop(_token(call, "delete").id)
    return 204, None


def _token(call: Call, action: str) -> Token:
    person = _owner(call, action)
    found = call.world.tokens.get(str(call.request.path_params["key"]))
    if found is None or found.user is not person:
        raise not_found()
    return found
