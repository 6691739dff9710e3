"""Frames on a page of another port of this machine, in each of the three engines."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from coder_simulator.world import PASSWORD
from tests.browser.embed.host_site import LIST, HostSite, show
from tests.browser.engine_tab import IS_LOADED, POLL_S, WAIT_S, EngineTab, delete_cookies
from tests.portal import SimulatedCoder
from tests.views.create_form import find_template

ALL_BUILDS_S = 7200.0  # every build has ended by then, and no token has expired
CARD = '<coder-workspace name="alice/web"><a href="{url}/@alice/web/">web</a></coder-workspace>'


class HostTab(EngineTab):
    """The only tab of a browser, on a page of the other site."""

    def open_host(self, address: str) -> None:
        """Open a page of the other site."""
        self.leave_frame()
        self.wait_until(f"return location.protocol === 'about:' || {IS_LOADED}")
        self.driver.get(address)
        self.wait_until(f"return {IS_LOADED}")

    def enter_frame(self, number: int = 0) -> None:
        """Go on in a frame of the page, once it has answered."""
        self.wait_until("return document.querySelectorAll('iframe').length > arguments[0]", number)
        self.driver.switch_to.frame(number)
        self.wait_for("#frame")
        self.wait_until(f"return {IS_LOADED}")

    def wait_for_other_window(self) -> None:
        """Go on in the window that the page has opened."""
        page = self.driver.current_window_handle
        WebDriverWait(self.driver, WAIT_S, POLL_S).until(lambda driver: len(driver.window_handles) > 1)
        self.driver.switch_to.window(next(each for each in self.driver.window_handles if each != page))

    def leave_frame(self) -> None:
        """Go on in the page around the frame."""
        self.driver.switch_to.default_content()


@pytest.fixture
def tab(driver: WebDriver, portal_url: str, coder: SimulatedCoder) -> Iterator[HostTab]:
    """Yield a tab in which Alice is signed in."""
    tab = HostTab(driver, portal_url)
    tab.sign_in()
    yield tab
    tab.leave_frame()
    tab.driver.get("about:blank")  # while its frames have their streams: the next test ends them


def test_list_starts_a_workspace_and_shows_it_live_with_its_card(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web", "stopped")
    tab.open_host(show(host, portal_url, LIST + CARD))
    tab.enter_frame(1)
    tab.wait_for_text("h1", "web")
    tab.leave_frame()
    tab.enter_frame()
    tab.click("button[value=start]")
    tab.wait_for("li[data-status=starting], li[data-status=pending]")
    coder.server.advance(ALL_BUILDS_S)
    tab.wait_for("li[data-status=running]")
    tab.leave_frame()
    tab.enter_frame(1)
    tab.wait_for("#frame[data-status=running]")
    tab.leave_frame()
    assert tab.run("return [...document.querySelectorAll('iframe')].map(frame => frame.height > 1)") == [True, True]


def test_short_form_creates_a_workspace(tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    template = find_template(coder, "plain")
    tab.open_host(show(host, portal_url, f'<coder-create template="{template.id}"></coder-create>'))
    tab.enter_frame()
    tab.click("input[name=name]")  # WebKit gives a frame of another origin the focus only then
    tab.fill("input[name=name]", "web")
    tab.click("#frame form .btn-primary")
    tab.wait_for("#frame[data-workspace]")
    tab.wait_for_text("h1", "web")
    assert coder.last_request("POST /users/alice/workspaces")["body"]["name"] == "web"


def test_signed_out_frame_comes_alive_after_the_sign_in(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    delete_cookies(tab.driver)
    tab.open_host(show(host, portal_url))
    page = tab.driver.current_window_handle
    tab.enter_frame()
    tab.click("#sign-in")
    tab.wait_for_other_window()
    tab.wait_until(f"return location.pathname === '/login/' && {IS_LOADED}")
    tab.fill("#id_email", "alice@example.com")
    tab.fill("#id_password", PASSWORD)
    tab.click("form button.btn-primary")
    tab.wait_for_page("/embed/login/")
    tab.driver.close()
    tab.driver.switch_to.window(page)
    tab.enter_frame()
    tab.wait_for("li[data-status=running]")
