"""The ASGI application: Django serves pages in a thread pool, `workspaces.live` serves event streams beside it.

Pages run in WSGI: Django's async handler takes about 2 ms more for each page, and no page needs to be async.
"""

import gc
import logging
import os
import sys
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coder_portal.settings")

from django.conf import settings

from coder_portal.checks import setting_errors
from coder_portal.heap import share_heap

if errors := [line for _, line in setting_errors()]:
    sys.exit("\n".join(["The portal does not start:", *errors]))

# With the 5 ms of Python, a thread that only takes a response of Coder from its socket waits for those that compute:
# reading 10,000 workspaces took 6 % longer.
SWITCH_INTERVAL_S = 0.0005

share_heap()  # before any thread starts
sys.setswitchinterval(SWITCH_INTERVAL_S)

# These imports take most of the start; a wrong setting is reported before them.
from django.core.wsgi import get_wsgi_application  # noqa: E402

from workspaces.gateway import connection  # noqa: E402

django = get_wsgi_application()

from coder_portal import health, metrics, server_check  # noqa: E402  # Django must have loaded the apps
from coder_portal.malformed import scope_error  # noqa: E402
from coder_portal.page_server import PageServer  # noqa: E402
from coder_portal.refusals import send_end, send_refusal  # noqa: E402
from coder_portal.request_body import (  # noqa: E402
    BodyReader,
    BodyRefused,
    ClientDisconnected,
    announced_length,
    discard,
    replace_length,
    replay,
)
from workspaces.live.server import StreamApplication  # noqa: E402

streams = StreamApplication()
metrics.STREAMS.read_counts = streams.counts
pages = PageServer(django, settings.THREADS)
bodies = BodyReader(settings.MAX_BODY)
SCHEME = "https" if settings.SECURE else "http"  # of the public address; a proxy may use another one for the portal
PREFIX = (settings.FORCE_SCRIPT_NAME or "").encode()
logger = logging.getLogger("portal.server")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the lifespan or a request."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        scope = strip_prefix(scope)
        if not server_check.has_limits(scope):
            logger.error(server_check.MISSING)
            await send_refusal(send, scope, HTTPStatus.INTERNAL_SERVER_ERROR)
        elif scope["path"] in health.PROBES:
            await health.serve(scope, receive, send)
        elif scope_error(scope):
            await send_refusal(send, scope, HTTPStatus.BAD_REQUEST)
        elif length := announced_length(scope["headers"]):
            await serve_with_body(length, scope, receive, send)
        else:
            await serve(scope, receive, send)


async def serve_with_body(length: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request once its body has arrived. `length`: of the body in bytes, or UNKNOWN."""
    make_topic = streams.match(scope)
    try:
        async with bodies.read(length, receive) as body:
            if make_topic is None:
                headers = replace_length(scope["headers"], len(body))
                await pages({**scope, "headers": headers}, replay(body, receive), send)
                return
            del body  # a stream has no use for it, and would hold its memory while it is open
        await streams.serve(make_topic, scope, replay(b"", receive), send)
    except ClientDisconnected:
        return
    except BodyRefused as refusal:
        await send_refusal(send, scope, refusal.status, more_body=True)
        await discard(receive)
        await send_end(send)


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a stream or a page."""
    if make_topic := streams.match(scope):
        await streams.serve(make_topic, scope, receive, send)
    else:
        await pages(scope, receive, send)


async def lifespan(receive: Receive, send: Send) -> None:
    """Prepare the process for streams and for the first pages; at shutdown end them and close the client."""
    await receive()
    if not server_check.is_protocol_loaded():
        await send({"type": "lifespan.startup.failed", "message": server_check.MISSING})
        return
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
