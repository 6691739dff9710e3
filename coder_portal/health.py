"""Health checks: liveness (/healthz) and readiness (/readyz)."""

from django.conf import settings
from django.core.cache import cache, caches
from django.db import DatabaseError
from django.db import connection as database
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coder_portal.cache import SharedCache
from workspaces.coder import calls
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.gateway import connection

CODER_STATUS_MAX_AGE_S = 5  # probes are frequent; Coder is asked once in this time


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200 while the process responds. It checks nothing else, so that an outage of Coder restarts no portal."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 if the database and Coder respond, else 503. The JSON has the status of each.

    The status of Redis, if configured, does not count: pages work without it.
    """
    state = {
        "database": database_status(),
        "coder": cache.get_or_set("readyz.coder", coder_status, CODER_STATUS_MAX_AGE_S),
    }
    status = 200 if set(state.values()) == {"ok"} else 503
    return JsonResponse(state | ({"redis": redis_status()} if settings.REDIS_URL else {}), status=status)


def database_status() -> str:
    """Return "ok" or the error's class for a query to the database."""
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return "ok"


def redis_status() -> str:
    """Return "ok" or the error's class for a ping of Redis; "unused" where the cache is not on Redis."""
    shared = caches["default"]
    return shared.status() if isinstance(shared, SharedCache) else "unused"


def coder_status() -> str:
    """Return "ok" or the error's class for GET /buildinfo."""
    try:
        connection.anonymous_client().send(calls.build_info())
    except (CoderError, SessionEnded) as error:
        return type(error).__name__
    return "ok"
