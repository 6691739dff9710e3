"""The demo's intranet: a page of another origin that shows the portal's widgets between its news and its phone list."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}


@dataclass(frozen=True, slots=True)
class Response:
    """A file of the intranet."""

    status: int
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Intranet:
    """The intranet: the portal's address, and what its widgets show."""

    portal_url: str
    workspace: str  # owner/name
    template_id: str

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of a careful intranet: no inline scripts and styles, and Trusted Types."""
        portal = "{0.scheme}://{0.netloc}".format(urlsplit(self.portal_url))
        return (
            f"default-src 'none'; style-src 'self'; img-src data:; script-src 'self' {portal}; frame-src {portal}; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
        )

    def respond(self, path: str) -> Response:
        """Return the file at a path."""
        if path not in FILES:
            return Response(404, "text/plain; charset=utf-8", b"Not found\n")
        name, content_type = FILES[path]
        text = (FOLDER / name).read_text()
        for placeholder, value in self.placeholders.items():
            text = text.replace(placeholder, escape(value))
        return Response(200, content_type, text.encode())

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The values of the page by their placeholders."""
        return {"[portal]": self.portal_url, "[workspace]": self.workspace, "[template]": self.template_id}


class Handler(BaseHTTPRequestHandler):
    """Answer requests for the intranet's files."""

    def __init__(self, intranet: Intranet, *args: object) -> None:
        self.intranet = intranet
        super().__init__(*args)  # type: ignore[arg-type]  # request, client address and server

    def do_GET(self) -> None:
        """Send a file."""
        response = self.intranet.respond(urlsplit(self.path).path)
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.content)))
        self.send_header("Content-Security-Policy", self.intranet.policy)
        self.end_headers()
        self.wfile.write(response.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Log nothing."""


def serve(intranet: Intranet, port: int) -> ThreadingHTTPServer:
    """Serve the intranet on 127.0.0.1 in a thread that ends with the process, and return the server."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, intranet))
    Thread(target=server.serve_forever, daemon=True, name="intranet").start()
    return server
