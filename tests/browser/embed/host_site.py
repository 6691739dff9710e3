"""Another site in the tests: a server on a port of its own, whose pages show the portal's widgets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from playwright.sync_api import FrameLocator, Page

from coder_simulator.state import Template
from workspaces.coder.addresses import origin_of

# The three widgets; `{url}` is the portal's, `{template}` the id of a template.
LIST = '<coder-workspaces q="owner:me"><a href="{url}/workspaces/">Workspaces</a></coder-workspaces>'
CARD = '<coder-workspace name="alice/web"><a href="{url}/@alice/web/">web</a></coder-workspace>'
CREATE = '<coder-create template="{template}"><a href="{url}/workspaces/new/">New</a></coder-create>'
# What Chromium says of a frame that it refuses to show.
REFUSED = "^error: (Framing|Refused)|^warning: Failed to execute 'postMessage'"
# Records what the page hears, what its Content-Security-Policy forbids, and the errors of its scripts and its frames'.
RECORDER = """window.statuses = []; window.refused = []; window.errors = [];
addEventListener("coder:status", event => statuses.push(event.detail));
addEventListener("securitypolicyviolation", event => refused.push(event.violatedDirective));
addEventListener("error", event => errors.push(event.message));
addEventListener("unhandledrejection", event => errors.push(String(event.reason)));
addEventListener("message", ({data}) => { if (data.error) errors.push(data.error); });"""
# Makes a frame report the errors of its scripts to the page from now on.
FORWARD_ERRORS = """const forward = error => parent.postMessage({error}, "*");
addEventListener("error", event => forward(event.message));
addEventListener("unhandledrejection", event => forward(String(event.reason)));"""
RECORDER_PATH, REPORTS_PATH = "/recorder.js", "/reports"


@dataclass
class HostSite:
    """The pages of the site by path, each with its Content-Security-Policy."""

    url: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    opener_policy: str = ""  # of all pages
    reports: list[str] = field(default_factory=list)  # what browsers report that a Content-Security-Policy forbids

    @property
    def other_url(self) -> str:
        """The same pages on another site than the portal's: another name of this machine."""
        return self.url.replace("127.0.0.1", "localhost")

    def add_page(self, path: str, body: str, portal_url: str, *, head: str = "", policy: str = "") -> str:
        """Add a page and return its URL. Its policy allows the recorder, and the portal's script and frames."""
        portal = origin_of(portal_url)
        policy = policy or (
            f"default-src 'none'; script-src 'self' {portal}; frame-src {portal}; "
            f"require-trusted-types-for 'script'; report-uri {REPORTS_PATH}"
        )
        head = f'<link rel="icon" href="data:,"><script src="{RECORDER_PATH}"></script>{head}'
        html = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Intranet</title>{head}{body}'
        self.pages[path] = (html, f"{policy}; img-src data:")
        return self.url + path


@contextmanager
def run_host_site() -> Iterator[HostSite]:
    """Serve the site on 127.0.0.1 within the context."""
    site = HostSite("")

    class Handler(BaseHTTPRequestHandler):
        """Answer with a page of the site."""

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            kind = "javascript" if path == RECORDER_PATH else "html"
            html, policy = (RECORDER, "") if path == RECORDER_PATH else site.pages.get(path, ("", ""))
            self.send_response(200 if html else 404)
            self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            if site.opener_policy:
                self.send_header("Cross-Origin-Opener-Policy", site.opener_policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def do_POST(self) -> None:
            report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["csp-report"]
            site.reports.append(f"{report['document-uri']}: {report['violated-directive']}")
            self.send_response(204)
            self.end_headers()

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


def all_widgets(template: Template) -> str:
    """Return a list, a card of the workspace `web`, and the short form of a template."""
    return LIST + CARD + CREATE.replace("{template}", str(template.id))


def frame(page: Page) -> FrameLocator:
    """Return the content of the page's first frame."""
    return page.frame_locator("iframe").first
