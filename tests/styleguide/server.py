"""The HTTP server of the sample portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from unittest.mock import patch
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test.utils import override_settings


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """Answer each request in a thread of its own: a browser opens several connections."""

    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    """Handle requests without logging them."""

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def serve_samples(port: int = 0) -> Iterator[str]:
    """Serve the sample portal on 127.0.0.1 and yield its URL; port 0 is any free port.

    Within the context, the sample portal's URLs replace those of the portal.
    """
    with (
        override_settings(ROOT_URLCONF="tests.styleguide.sample_portal", ALLOWED_HOSTS=["127.0.0.1", "localhost"]),
        patch("workspaces.context.visible_announcements", lambda _request: []),  # there is no database
    ):
        server = make_server("127.0.0.1", port, StaticFilesHandler(WSGIHandler()), ThreadingServer, SilentHandler)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
