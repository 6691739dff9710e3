"""Another site in the tests: a server on a port of its own, whose pages show the portal's widgets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from playwright.sync_api import FrameLocator, Page

LIST = '<coder-workspaces q="owner:me"><a href="{url}/workspaces/">Workspaces</a></coder-workspaces>'
# What Chromium says of a frame that it refuses to show.
REFUSED = "^error: (Framing|Refused)|^warning: Failed to execute 'postMessage'"
# Records what the page hears, and what its Content-Security-Policy forbids.
RECORDER = """window.statuses = []; window.refused = [];
addEventListener("coder:status", event => statuses.push(event.detail));
addEventListener("securitypolicyviolation", event => refused.push(event.violatedDirective));"""


@dataclass
class HostSite:
    """The pages of the site by path, each with its Content-Security-Policy."""

    url: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    opener_policy: str = ""  # of all pages

    @property
    def other_url(self) -> str:
        """The same pages on another site than the portal's: another name of this machine."""
        return self.url.replace("127.0.0.1", "localhost")

    def add_page(self, path: str, body: str, portal_url: str, *, head: str = "", policy: str = "") -> str:
        """Add a page and return its URL. Its policy forbids all but the portal's script and frames."""
        policy = policy or (
            f"default-src 'none'; script-src {portal_url}; frame-src {portal_url}; require-trusted-types-for 'script'"
        )
        html = f'<!doctype html><html lang="en"><title>Intranet</title><link rel="icon" href="data:,">{head}{body}'
        self.pages[path] = (html, f"{policy}; img-src data:")
        return self.url + path


@contextmanager
def run_host_site() -> Iterator[HostSite]:
    """Serve the site on 127.0.0.1 within the context."""
    site = HostSite("")

    class Handler(BaseHTTPRequestHandler):
        """Answer with a page of the site."""

        def do_GET(self) -> None:
            html, policy = site.pages.get(urlsplit(self.path).path, ("", ""))
            self.send_response(200 if html else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            if site.opener_policy:
                self.send_header("Cross-Origin-Opener-Policy", site.opener_policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def show(site: HostSite, portal_url: str, body: str = LIST, path: str = "/", **options: str) -> str:
    """Add a page with this body and the portal's script to the site, and return its URL. `{url}`: the portal's."""
    body = body.replace("{url}", portal_url)
    return site.add_page(path, f'{body}<script src="{portal_url}/embed/host.js"></script>', portal_url, **options)


def frame(page: Page) -> FrameLocator:
    """Return the content of the page's first frame."""
    return page.frame_locator("iframe").first
