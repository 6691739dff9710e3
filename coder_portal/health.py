"""Whether the portal is alive, and whether it can serve."""

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

CODER_STATUS_MAX_AGE_S = 5  # s: probes of many kinds ask often; Coder is asked once in this time


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: the process answers. Nothing else is asked, so that a fault of Coder's restarts no portal."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Able to serve: the database and Coder answer. 503 and the name of what does not, else.

    Whether Redis answers is told too, where there is one; pages do without it.
    """
    state = {
        "database": database_status(),
        "coder": cache.get_or_set("readyz.coder", coder_status, CODER_STATUS_MAX_AGE_S),
    }
    status = 200 if set(state.values()) == {"ok"} else 503
    return JsonResponse(state | ({"redis": redis_status()} if settings.REDIS_URL else {}), status=status)


def database_status() -> str:
    """ "ok", or the kind of error."""
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return "ok"


def redis_status() -> str:
    """ "ok", or the kind of error."""
    shared = caches["default"]
    return shared.status() if isinstance(shared, SharedCache) else "unused"


def coder_status() -> str:
    """ "ok", or the kind of error."""
    try:
        connection.anonymous_client().send(calls.build_info())
    except (CoderError, SessionEnded) as error:
        return type(error).__name__
    return "ok"
