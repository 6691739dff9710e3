"""Create sessions and API tokens, find them in a request and check them."""

import secrets
import string
from datetime import timedelta

from starlette.requests import Request

from coder_simulator.clock import format_rfc3339
from coder_simulator.errors import SIGNED_OUT_MESSAGE, ApiError
from coder_simulator.state import Token, User
from coder_simulator.world import World

TOKEN_CHARACTERS = string.ascii_letters + string.digits
SESSION_SECONDS = 24 * 3600
SESSION_COOKIE = "coder_session_token"
TOKEN_HEADER = "Coder-Session-Token"  # noqa: S105 - the name of a header
CSRF_HEADER = "X-CSRF-TOKEN"


def create_token(
    world: World, user: User, *, name: str = "", login_type: str = "password", seconds: int = SESSION_SECONDS
) -> Token:
    """Create a token of ten and 22 letters and digits, joined by a hyphen."""
    parts = ["".join(secrets.choice(TOKEN_CHARACTERS) for _ in range(length)) for length in (10, 22)]
    token = Token(
        id=parts[0],
        secret=parts[1],
        user=user,
        created_at=world.now(),
        expires_at=world.now() + timedelta(seconds=seconds),
        lifetime_seconds=seconds,
        name=name,
        login_type=login_type,
    )
    world.tokens[token.id] = token
    return token


def token_value(token: Token) -> str:
    """Return the token in the form that a client sends."""
    return f"{token.id}-{token.secret}"


def token_from_request(world: World, request: Request) -> str:
    """Return the token of a request from the places where Coder reads it; "" if there is none."""
    text = (
        request.cookies.get(SESSION_COOKIE)
        or request.query_params.get(SESSION_COOKIE)
        or request.headers.get(TOKEN_HEADER)
    )
    if not text and world.modern:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        text = value if scheme.lower() == "bearer" else request.query_params.get("access_token")
    return text or ""


class CsrfError(Exception):
    """Raised for an unsafe request that only a cookie authenticates."""


def check_csrf(request: Request) -> None:
    """Check that an unsafe request is not authenticated by a cookie alone; raise CsrfError."""
    safe = request.method in {"GET", "HEAD", "OPTIONS"} or request.url.path.endswith("/users/login")
    if (
        not safe
        and SESSION_COOKIE in request.cookies
        and not (request.headers.get(TOKEN_HEADER) or request.headers.get(CSRF_HEADER))
    ):
        raise CsrfError(
            "Something is wrong with your CSRF token. Please refresh the page. If this error persists, "
            "try clearing your cookies.\n"
        )


def authenticate(world: World, request: Request) -> Token:
    """Return the token of a request and extend it; raise ApiError (401)."""
    text = token_from_request(world, request)
    if not text:
        raise _signed_out(f'Cookie "{SESSION_COOKIE}" or query parameter must be provided.')
    token = world.tokens.get(_split_token(text)[0])
    if token is None:
        raise _signed_out("API key is invalid.")
    if token.secret != _split_token(text)[1]:
        raise _signed_out("API key secret is invalid.")
    now = world.now()
    if token.expires_at <= now:
        raise _signed_out(f'API key expired at "{format_rfc3339(token.expires_at)}".')
    if token.user.status == "suspended":
        message = f"User is not active (status = {token.user.status!r}). Contact an admin to reactivate your account."
        raise ApiError(401, message.replace("'", '"'))
    _record_use(world, token)
    return token


def _split_token(text: str) -> tuple[str, str]:
    parts = text.split("-")
    if len(parts) != 2:
        raise _signed_out(f"Invalid API key format: incorrect amount of API key parts, expected 2 got {len(parts)}")
    for name, part, length in (("ID", parts[0], 10), ("secret", parts[1], 22)):
        if len(part) != length:
            raise _signed_out(
                f"Invalid API key format: incorrect API key {name} length, expected {length} got {len(part)}"
            )
    return parts[0], parts[1]


def _record_use(world: World, token: Token) -> None:
    """Record a use, once an hour as Coder does: extend the session, update the user's last_seen_at."""
    now = world.now()
    if token.last_used is None or now - token.last_used > timedelta(hours=1):
        token.last_used = now
        token.user.last_seen_at = token.user.updated_at = now
        if token.login_type != "token":
            token.expires_at = now + timedelta(seconds=token.lifetime_seconds)


def _signed_out(detail: str) -> ApiError:
    return ApiError(401, SIGNED_OUT_MESSAGE, detail)
