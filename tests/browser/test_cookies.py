"""Cookies in a real browser, which refuses a prefix that does not fit, before nginx with TLS."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from coder_portal import local_portal
from tests import nginx
from tests.browser.sign_in import sign_in_by_form
from tests.chromium import close_context
from tests.portal import SimulatedCoder
from tests.server import collect_static_once, free_port, migrate, portal_environment


@contextmanager
def run_https_portal(coder_url: str, folder: Path, prefix: str) -> Iterator[str]:
    """Run a portal behind nginx with TLS and return its URL."""
    port, portal_port = free_port(), free_port()
    url = f"https://127.0.0.1:{port}{prefix}"
    env = portal_environment(coder_url, folder, portal_port) | {
        "PORTAL_URL": url,
        "PORTAL_TRUSTED_PROXIES": "127.0.0.1",
    }
    migrate(env)
    collect_static_once()
    portal = local_portal.start_portal(env, portal_port)
    try:
        local_portal.wait_until_ready(f"http://127.0.0.1:{portal_port}{prefix}/healthz", portal)
        with nginx.run_nginx(folder, port, [portal_port], prefix, uses_tls=True):
            yield url
    finally:
        local_portal.terminate([portal])


@pytest.mark.parametrize(
    ("prefix", "name_prefix"), [("", "__Host-"), ("/coder-portal", "__Secure-")], ids=["at the root", "under a path"]
)
def test_browser_accepts_all_cookies_over_https(
    chromium: Browser, coder: SimulatedCoder, tmp_path: Path, prefix: str, name_prefix: str
) -> None:
    nginx.require_nginx()
    with run_https_portal(coder.url, tmp_path, prefix) as url:
        context = chromium.new_context(ignore_https_errors=True, timezone_id="Asia/Tokyo")
        page = context.new_page()
        sign_in_by_form(page, address=f"{url}/login/")
        page.goto(f"{url}/workspaces/")
        expect(page.get_by_role("banner")).to_contain_text("Times in Asia/Tokyo")
        cookies = {cookie["name"]: (cookie["path"], cookie["secure"]) for cookie in context.cookies()}
        names = ("coder_portal_session", "coder_portal_csrf", "tz")
        assert cookies == {name_prefix + name: (f"{prefix}/", True) for name in names}
        close_context(context)
