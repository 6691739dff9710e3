"""Health checks: liveness (/healthz) and readiness (/readyz).

They run on the event loop and before Django: they answer for any `Host` (load balancers probe by
IP address), when all threads for pages are busy, and when database, Redis or Coder do not respond. The checks run in
threads of their own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import Error as DatabaseError
from django.db import connection as database
from redis.exceptions import RedisError
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from coder_portal.cache import SharedCache
from workspaces.coder import calls
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.gateway import connection
from workspaces.gateway.background import BackgroundValue

CHECK_MAX_AGE_S = 5.0  # probes are frequent; Coder is asked once in this time
READINESS_TIMEOUT_S = 3.0  # a check that takes longer counts as failed
NO_STORE = {"Cache-Control": "no-store"}


def check_database() -> None:
    """Query the database. Raises django.db.Error."""
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        database.close()  # each check has a thread of its own, and Django a connection for each thread


def check_coder() -> None:
    """Send GET /buildinfo. Raises CoderError and SessionEnded."""
    connection.anonymous_client(budget_s=connection.OPTIONAL_CALL_BUDGET_S).send(calls.build_info())


def check_redis() -> None:
    """Ping Redis. Raises RedisError."""
    shared_cache().ping()


@lru_cache(maxsize=1)
def shared_cache() -> SharedCache:
    """Return a cache backend for the checks alone, so that not each thread of a check opens a connection."""
    backend = caches.create_connection("default")
    if not isinstance(backend, SharedCache):
        raise TypeError("The cache is not on Redis.")
    return backend


def make_checks() -> dict[str, BackgroundValue[None]]:
    """Return the checks by name, in the order of the responses."""
    options: dict[str, Any] = {"max_age_s": CHECK_MAX_AGE_S, "retry_s": CHECK_MAX_AGE_S}
    checks = {
        "database": BackgroundValue("database", check_database, expected_errors=(DatabaseError,), **options),
        "coder": BackgroundValue("coder", check_coder, expected_errors=(CoderError, SessionEnded), **options),
    }
    if settings.REDIS_URL:
        checks["redis"] = BackgroundValue("redis", check_redis, expected_errors=(RedisError,), **options)
    return checks


CHECKS = make_checks()


async def respond_healthz() -> Response:
    """Return 200 while the process responds, with the last known state of what it depends on.

    An outage of Coder must not restart the portal, so the state does not change the status. Does not wait; the checks
    run meanwhile for the next probe.
    """
    for check in CHECKS.values():
        check.get()
    states = {name: {"status": last_status(check), "age_s": rounded(check.age_s)} for name, check in CHECKS.items()}
    return JSONResponse({"portal": "ok", "last_known": states}, headers=NO_STORE)


async def respond_readyz() -> Response:
    """Return 200 if the database and Coder respond within READINESS_TIMEOUT_S, else 503, with the status of each.

    The status of Redis, if configured, does not count: pages work without it.
    """
    pending = {check.refresh() for name, check in CHECKS.items() if name != "coder" or check.is_old}
    await asyncio.wait([asyncio.wrap_future(each) for each in pending], timeout=READINESS_TIMEOUT_S)
    states = {name: last_status(check) for name, check in CHECKS.items()}
    return JSONResponse(states, status_code=readiness_status(states), headers=NO_STORE)


def readiness_status(states: Mapping[str, str]) -> int:
    """Return the status of /readyz for these states."""
    return 200 if all(state == "ok" for name, state in states.items() if name != "redis") else 503


def last_status(check: BackgroundValue[None]) -> str:
    """Return "ok", the class of the last error, "Timeout" while a check hangs, or "unknown" before the first one."""
    if check.running_s >= READINESS_TIMEOUT_S:
        return "Timeout"
    return "unknown" if check.age_s is None else check.error or "ok"


def rounded(seconds: float | None) -> float | None:
    """Return seconds with one decimal."""
    return None if seconds is None else round(seconds, 1)


PROBES: Mapping[str, Callable[[], Awaitable[Response]]] = {"/healthz": respond_healthz, "/readyz": respond_readyz}


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one probe, by GET or HEAD."""
    if scope["method"] in {"GET", "HEAD"}:
        response = await PROBES[scope["path"]]()
    else:
        response = PlainTextResponse("", status_code=405, headers={"Allow": "GET, HEAD"})
    await response(scope, receive, send)
