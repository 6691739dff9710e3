"""Frames that get no answer, in each of the three engines: the page shows its links, and the widgets come back."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import nginx
from tests.browser.embed.host_site import HostSite, all_widgets, show
from tests.browser.embed.host_tab import LOAD_AGAIN, HostTab
from tests.portal import SimulatedCoder
from tests.server import free_port, run_portal
from tests.views.create_form import find_template

# Lets the page wait for this time at most, in ms.
LIMIT_TIMERS = """window.firstSetTimeout ??= window.setTimeout;
const limit = arguments[0];
window.setTimeout = (run, ms) => window.firstSetTimeout(run, Math.min(ms, limit));"""
NO_ANSWER_MS, ANSWER_MS = 200, 3000
VISIBLE_LINKS = "return [...document.links].filter(link => link.offsetParent).map(link => link.href)"


class Proxy:
    """A proxy that tests start and stop in a moment: while it is stopped, the portal is unreachable."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.portal_port = folder, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._running = ExitStack()

    def start(self) -> None:
        """Start the proxy and wait until it is ready."""
        self._running.enter_context(nginx.run_nginx(self.folder, self.port, [self.portal_port]))

    def stop(self) -> None:
        """Stop the proxy, if it runs."""
        self._running.close()


@pytest.fixture(scope="module")
def portal(coders: dict[str, SimulatedCoder], host_site: HostSite, folder: Path) -> Iterator[Proxy]:
    """Run a portal that one of the site's two origins may frame, and return the proxy in front of it."""
    nginx.require_nginx()
    data = folder / "embed-unanswered"
    data.mkdir()
    proxy = Proxy(data)
    env = {"EMBED_ALLOWED_ORIGINS": host_site.url, "PORTAL_URL": proxy.url, "PORTAL_TRUSTED_PROXIES": "127.0.0.1"}
    with run_portal(coders["2.36"].url, data, port=proxy.portal_port, extra_env=env):
        yield proxy


@pytest.fixture(autouse=True)  # before the tab, which visits the portal
def proxy(portal: Proxy) -> Iterator[Proxy]:
    """Run the proxy in front of the portal."""
    portal.start()
    yield portal
    portal.stop()


@pytest.fixture(scope="module")
def portal_url(portal: Proxy) -> str:
    """Return the portal's URL, which is the proxy's."""
    return portal.url


@pytest.fixture
def address(proxy: Proxy, host: HostSite, coder: SimulatedCoder) -> str:
    """Return the address of a page with the three widgets."""
    return show(host, proxy.url, all_widgets(find_template(coder)))


def expect_links_instead_of_frames(tab: HostTab, portal_url: str, origin: str) -> None:
    """Wait until the page shows the link of each widget, and one to the check of its origin."""
    check = f"{portal_url}/embed/check/?origin={origin}"
    links = [
        link for path in ("/workspaces/", "/@alice/web/", "/workspaces/new/") for link in (portal_url + path, check)
    ]
    tab.wait(lambda: tab.run(VISIBLE_LINKS) == links)
    assert tab.run("return statuses.slice(-3).map(({state}) => state)") == 3 * ["unreachable"]


@pytest.mark.parametrize("ignored_console_lines", ["'postMessage'"])  # Chromium's: its page of the error is no portal
def test_links_are_shown_while_the_portal_is_unreachable_and_the_frames_come_back(
    tab: HostTab, host: HostSite, address: str, proxy: Proxy
) -> None:
    tab.open_host(address)
    tab.wait_until("return statuses.length === 3")
    proxy.stop()
    tab.run(LIMIT_TIMERS, NO_ANSWER_MS)
    tab.run(LOAD_AGAIN)
    expect_links_instead_of_frames(tab, proxy.url, host.url)
    tab.run(LIMIT_TIMERS, ANSWER_MS)
    proxy.start()
    tab.wait(lambda: tab.run(VISIBLE_LINKS) == [])
    assert tab.run("return statuses.slice(-3).map(({state}) => state)") == 3 * ["signed-out"]


@pytest.mark.parametrize("ignored_console_lines", ["frame-ancestors|'postMessage'"])
def test_links_are_shown_on_a_page_of_an_origin_that_is_not_allowed(
    tab: HostTab, host: HostSite, address: str, proxy: Proxy
) -> None:
    tab.open_host(address.replace(host.url, host.other_url))
    tab.run(LIMIT_TIMERS, NO_ANSWER_MS)
    tab.run(LOAD_AGAIN)
    expect_links_instead_of_frames(tab, proxy.url, host.other_url)
    assert set(tab.run("return statuses.map(({state}) => state)")) == {"unreachable"}
