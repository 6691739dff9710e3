"""Count requests by Coder's rate limits, per minute, key and path, and report them in headers."""

import re
from collections import defaultdict
from datetime import datetime

from starlette.types import Scope

from coder_simulator.control.request_log import LoggedRequest
from coder_simulator.server import Server

WINDOW_SECONDS = 60
LIMITS_BY_PATH = ((re.compile(r"/users/login$"), 60), (re.compile(r"/files(/|$)"), 12))
DEFAULT_LIMIT = 512
BYPASS_HEADER = "x-coder-bypass-ratelimit"


class RateLimiter:
    """Count requests: 2.19 by address, before it knows the user; 2.36 by user."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._counts: defaultdict[tuple[str, str, int], int] = defaultdict(int)

    def count(self, request: LoggedRequest, scope: Scope, token: str) -> tuple[dict[str, str], bool]:
        """Count a request; return its headers and whether it exceeds the limit."""
        now = self._server.world.now()
        limit = next((n for path, n in LIMITS_BY_PATH if path.search(request.path)), DEFAULT_LIMIT)
        window = int(now.timestamp()) // WINDOW_SECONDS
        key = (self._client_key(request, scope, token), request.path, window)
        is_bypassed = self._is_bypassed(request, token)
        if not is_bypassed:
            self._counts[key] += 1
        self._drop_old_windows(window)
        remaining, reset = max(limit - self._counts[key], 0), (window + 1) * WINDOW_SECONDS
        headers = {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": str(reset),
        }
        over_limit = self._server.rate_limit and not is_bypassed and self._counts[key] > limit
        return headers | ({"retry-after": _retry_after(reset, now)} if over_limit else {}), over_limit

    def _client_key(self, request: LoggedRequest, scope: Scope, token: str) -> str:
        session = self._server.world.tokens.get(token.partition("-")[0])
        if self._server.world.modern and session:
            return session.user.id
        forwarded = request.headers.get("x-forwarded-for", "") if self._server.trust_proxy else ""
        peer = scope.get("client") or ("", 0)
        return forwarded.split(",")[0].strip() or str(peer[0])

    def _is_bypassed(self, request: LoggedRequest, token: str) -> bool:
        session = self._server.world.tokens.get(token.partition("-")[0])
        return request.headers.get(BYPASS_HEADER) == "true" and session is not None and "owner" in session.user.roles

    def _drop_old_windows(self, window: int) -> None:
        if len(self._counts) > 50_000:
            for key in [k for k in self._counts if k[2] < window]:
                del self._counts[key]


def _retry_after(reset: int, now: datetime) -> str:
    return str(max(int(reset - now.timestamp()), 1))
