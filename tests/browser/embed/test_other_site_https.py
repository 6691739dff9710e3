"""Frames on another site with https: the cookie with its prefix, and WebKit, which grants access to cookies."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import nginx
from tests.browser.embed import test_other_site
from tests.browser.embed.host_site import LIST, HostSite, frame
from tests.browser.embed.host_tab import HostTab
from tests.browser.embed.test_other_site_engines import open_other_site, sign_in
from tests.chromium import open_context
from tests.portal import SimulatedCoder
from tests.server import free_port, run_portal


@pytest.fixture(scope="session")
def portal_url(host_site: HostSite, coders: dict[str, SimulatedCoder], folder: Path) -> Iterator[str]:
    """Run a portal with https that the other site may frame."""
    nginx.require_nginx()
    data = folder / "embed-https"
    data.mkdir()
    port, portal_port = free_port(), free_port()
    url = f"https://127.0.0.1:{port}"
    env = {
        "CODER_PUBLIC_URL": coders["2.36"].url,
        "EMBED_ALLOWED_ORIGINS": host_site.other_url,
        "PORTAL_URL": url,
        "PORTAL_TRUSTED_PROXIES": "127.0.0.1",
    }
    with (
        run_portal(coders["2.36"].url, data, port=portal_port, extra_env=env),
        nginx.run_nginx(data, port, [portal_port], uses_tls=True),
    ):
        yield url


def test_chromium_keeps_a_cookie_of_this_host_for_this_site(
    whole_chromium: Browser, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    with open_context(whole_chromium, ignore_https_errors=True) as context:
        page = context.new_page()
        test_other_site.sign_in(page, host, portal_url)
        expect(frame(page).locator("li[data-status=running]")).to_have_count(1)
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    own = cookies["__Host-portal-embed"]
    assert (own["path"], own["secure"], own["httpOnly"], own["sameSite"]) == ("/", True, True, "None")
    assert own["partitionKey"] == "http://localhost"
    others = [cookie for name, cookie in cookies.items() if name != "__Host-portal-embed"]
    assert len(others) > 1
    assert {(cookie["sameSite"], cookie.get("partitionKey", "")) for cookie in others} == {("Lax", "")}


@pytest.mark.parametrize("driver", ["webkit"], indirect=True)
def test_webkit_grants_access_to_the_cookie_of_the_window_and_frame_stays_signed_in(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    sign_in(tab, host, portal_url, LIST)
    tab.wait_for("li[data-status=running]")
    open_other_site(tab, host, portal_url, LIST)
    tab.wait_for("li[data-status=running]")
