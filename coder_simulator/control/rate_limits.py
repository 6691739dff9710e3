"""Coder's rate limits: so many requests a minute for each key and path, told in headers on each answer."""

import re
from collections import defaultdict
from datetime import datetime

from starlette.types import Scope

from coder_simulator.control.request_log import Entry
from coder_simulator.server import Server

WINDOW_SECONDS = 60
LIMITS = ((re.compile(r"/users/login$"), 60), (re.compile(r"/files(/|$)"), 12))
LIMIT = 512
BYPASS = "x-coder-bypass-ratelimit"


class RateLimits:
    """Counts requests. 2.19 counts by address, as it does not know the person yet; 2.36 counts by person."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._counts: defaultdict[tuple[str, str, int], int] = defaultdict(int)

    def count(self, request: Entry, scope: Scope, token: str) -> tuple[dict[str, str], bool]:
        """Count a request; return its headers and whether it is one too many."""
        now = self._server.world.now()
        limit = next((n for path, n in LIMITS if path.search(request.path)), LIMIT)
        window = int(now.timestamp()) // WINDOW_SECONDS
        key = (self._key(request, scope, token), request.path, window)
        bypassed = self._bypassed(request, token)
        if not bypassed:
            self._counts[key] += 1
        self._forget(window)
        left, reset = max(limit - self._counts[key], 0), (window + 1) * WINDOW_SECONDS
        headers = {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(reset),
        }
        refused = self._server.rate_limit and not bypassed and self._counts[key] > limit
        return headers | ({"retry-after": _seconds(reset, now)} if refused else {}), refused

    def _key(self, request: Entry, scope: Scope, token: str) -> str:
        known = self._server.world.tokens.get(token.partition("-")[0])
        if self._server.world.modern and known:
            return known.user.id
        forwarded = request.headers.get("x-forwarded-for", "") if self._server.trust_proxy else ""
        peer = scope.get("client") or ("", 0)
        return forwarded.split(",")[0].strip() or str(peer[0])

    def _bypassed(self, request: Entry, token: str) -> bool:
        known = self._server.world.tokens.get(token.partition("-")[0])
        return request.headers.get(BYPASS) == "true" and known is not None and "owner" in known.user.roles

    def _forget(self, window: int) -> None:
        if len(self._counts) > 50_000:
            for key in [k for k in self._counts if k[2] < window]:
                del self._counts[key]


def _seconds(reset: int, now: datetime) -> str:
    return str(max(int(reset - now.timestamp()), 1))
