"""The entry for the ASGI server: pages go to Django in one hop to a lasting thread pool.

Django's own async handler costs a page about 2 ms more, and no page
needs to be async: what stays open has a route of its own beside Django.
"""

import gc
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coder_portal.settings")

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from coder_portal.checks import setting_errors
from workspaces.gateway import connection

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

if wrong := [line for _, line in setting_errors()]:
    sys.exit("\n".join(["The portal does not start:", *wrong]))

django = get_wsgi_application()

from coder_portal import metrics  # noqa: E402  # Django must have loaded the apps
from workspaces.live.server import StreamApplication  # noqa: E402

live = StreamApplication()
metrics.STREAMS.read_counts = live.counts
pages = WSGIMiddleware(django, workers=settings.THREADS)  # type: ignore[arg-type]  # a2wsgi's own Environ is a dict too
SCHEME = "https" if settings.SECURE else "http"  # people's, whatever the proxy speaks to us
PREFIX = (settings.FORCE_SCRIPT_NAME or "").encode()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """One connection: the lifespan, a stream, or a page."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        scope = unprefixed(scope)
        if topic := live.match(scope):
            await live.serve(topic, scope, receive, send)
        else:
            await pages(scope, receive, send)  # type: ignore[arg-type]  # a2wsgi has TypedDicts of its own


async def lifespan(receive: Receive, send: Send) -> None:
    """Opens nothing that a first request would not open by itself; at the end streams and client are closed."""
    await receive()
    live.handle_sigterm()
    gc.freeze()  # what was loaded stays: going through it at each full collection would hold all streams up
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await live.close()
    connection.close_client()
    await send({"type": "lifespan.shutdown.complete"})


def unprefixed(scope: Scope) -> Scope:
    """The scope as Django wants it, behind proxies that cut the path's prefix and such that keep it.

    Headers with an underscore go: WSGI could not tell `X_Forwarded_For`, which anybody may send, from
    `X-Forwarded-For`, which a trusted proxy wrote.
    """
    path = scope["path"].encode()
    if PREFIX and (path == PREFIX or path.startswith(PREFIX + b"/")):
        path = path[len(PREFIX) :] or b"/"
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    return {**scope, "path": path.decode(), "root_path": "", "headers": headers, "scheme": SCHEME}
