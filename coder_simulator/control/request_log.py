"""The log of the requests that the server got, without any secret."""

import hashlib
import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl

SECRET_HEADERS = frozenset({"coder-session-token", "authorization", "cookie"})
SECRET_FIELDS = frozenset({"password"})
SECRET_QUERY = frozenset({"coder_session_token", "access_token"})
KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request: `token` is a short hash of the token it bore ("" without one); `at` is RFC 3339."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    token: str
    body: Any
    at: str


class Ledger:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def note(self, entry: Entry) -> None:
        """Add a request."""
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget them all."""
        self._entries.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All of them as JSON."""
        return [asdict(entry) for entry in self._entries]


def short_hash(token: str) -> str:
    """Return eight letters that stand for a token; "" for none."""
    return hashlib.sha256(token.encode()).hexdigest()[:8] if token else ""


def entry(scope: Any, body: bytes, at: str) -> Entry:
    """Describe a request of an ASGI scope."""
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    token = headers.get("coder-session-token") or headers.get("authorization", "").removeprefix("Bearer ")
    return Entry(
        method=scope["method"],
        path=scope["path"],
        query={k: "(hidden)" if k in SECRET_QUERY else v for k, v in query.items()},
        headers={k: "(hidden)" if k in SECRET_HEADERS else v for k, v in headers.items()},
        token=short_hash(token),
        body=_parsed(body),
        at=at,
    )


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        value = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {k: "(hidden)" if k in SECRET_FIELDS else v for k, v in value.items()}
    return value
