"""Log the requests that the server received, without secrets."""

import hashlib
import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl

SECRET_HEADERS = frozenset({"coder-session-token", "authorization", "cookie"})
SECRET_FIELDS = frozenset({"password"})
SECRET_QUERY = frozenset({"coder_session_token", "access_token"})
MAX_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request: `token` is a short hash of its token ("" without one); `at` is RFC 3339."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    token: str
    body: Any
    at: str


class RequestLog:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=MAX_REQUESTS)

    def add(self, request: LoggedRequest) -> None:
        """Add a request."""
        self._requests.append(request)

    def clear(self) -> None:
        """Remove all requests."""
        self._requests.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """Return all requests as JSON."""
        return [asdict(entry) for entry in self._requests]


def short_hash(token: str) -> str:
    """Return eight hexadecimal digits that identify a token; "" for none."""
    return hashlib.sha256(token.encode()).hexdigest()[:8] if token else ""


def describe_request(scope: Any, body: bytes, at: str) -> LoggedRequest:
    """Return the log entry for a request of an ASGI scope."""
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    token = headers.get("coder-session-token") or headers.get("authorization", "").removeprefix("Bearer ")
    return LoggedRequest(
        method=scope["method"],
        path=scope["path"],
        query={k: "(hidden)" if k in SECRET_QUERY else v for k, v in query.items()},
        headers={k: "(hidden)" if k in SECRET_HEADERS else v for k, v in headers.items()},
        token=short_hash(token),
        body=_parse_body(body),
        at=at,
    )


def _parse_body(body: bytes) -> Any:
    if not body:
        return None
    try:
        value = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {k: "(hidden)" if k in SECRET_FIELDS else v for k, v in value.items()}
    return value
