"""The ASGI application: Django serves pages in a thread pool, `workspaces.live` serves event streams beside it.

Pages run in WSGI: Django's async handler takes about 2 ms more for each page, and no page needs to be async.
"""

import gc
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coder_portal.settings")

from django.conf import settings

from coder_portal.checks import setting_errors

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

if errors := [line for _, line in setting_errors()]:
    sys.exit("\n".join(["The portal does not start:", *errors]))

# These imports take most of the start; a wrong setting is reported before them.
from a2wsgi import WSGIMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

from workspaces.gateway import connection  # noqa: E402

django = get_wsgi_application()

from coder_portal import health, metrics  # noqa: E402  # Django must have loaded the apps
from workspaces.live.server import StreamApplication  # noqa: E402

streams = StreamApplication()
metrics.STREAMS.read_counts = streams.counts
pages = WSGIMiddleware(django, workers=settings.THREADS)  # type: ignore[arg-type]  # a2wsgi's own Environ is a dict too
SCHEME = "https" if settings.SECURE else "http"  # of the public address; a proxy may use another one for the portal
PREFIX = (settings.FORCE_SCRIPT_NAME or "").encode()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the lifespan, a health check, a stream or a page."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        scope = strip_prefix(scope)
        if scope["path"] in health.PROBES:
            await health.serve(scope, receive, send)
        elif make_topic := streams.match(scope):
            await streams.serve(make_topic, scope, receive, send)
        else:
            await pages(scope, receive, send)  # type: ignore[arg-type]  # a2wsgi has TypedDicts of its own


async def lifespan(receive: Receive, send: Send) -> None:
    """Prepare the process for streams and for the first pages; at shutdown end them and close the client."""
    await receive()
    streams.handle_sigterm()
    connection.read_ahead()
    gc.freeze()  # excludes loaded modules from full collections, which would delay all streams
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await streams.close()
    connection.close_client()
    await send({"type": "lifespan.shutdown.complete"})


def strip_prefix(scope: Scope) -> Scope:
    """Return the scope without the path's prefix, which some proxies keep and others remove.

    Headers with an underscore are dropped: in WSGI `X_Forwarded_For`, which any client can send, equals
    `X-Forwarded-For`, which a trusted proxy sets.
    """
    path = scope["path"].encode()
    if PREFIX and (path == PREFIX or path.startswith(PREFIX + b"/")):
        path = path[len(PREFIX) :] or b"/"
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    return {**scope, "path": path.decode(), "root_path": "", "headers": headers, "scheme": SCHEME}
