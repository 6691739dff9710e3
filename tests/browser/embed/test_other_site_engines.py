"""Frames on a page of another site in each of the three engines. WebKit keeps no cookie there: the frame says so."""

import pytest
from selenium.webdriver.common.by import By

from tests.browser.embed.host_site import CARD, LIST, HostSite, show
from tests.browser.embed.host_tab import HostTab
from tests.browser.embed.test_engines import ALL_BUILDS_S
from tests.browser.engine_tab import IS_LOADED
from tests.portal import SimulatedCoder
from tests.views.create_form import find_template

KEEPS_COOKIES = pytest.mark.parametrize("driver", ["chromium", "firefox"], indirect=True)


def open_other_site(tab: HostTab, host: HostSite, portal_url: str, body: str) -> None:
    """Open a page of the other site, and go on in its first frame once it knows that it is there."""
    tab.open_host(show(host, portal_url, body).replace(host.url, host.other_url))
    tab.enter_frame()
    tab.wait_for("#sign-in[data-handoff], #frame:not([data-signed-out])")


def press_sign_in(tab: HostTab) -> str:
    """Press the button of the frame, go on in the window, and return the handle of the page."""
    page = tab.driver.current_window_handle
    tab.click("#sign-in")
    tab.wait_for_other_window()
    return page


def sign_in(tab: HostTab, host: HostSite, portal_url: str, body: str) -> None:
    """Sign Alice in through the window of the first frame, and go on in that frame."""
    open_other_site(tab, host, portal_url, body)
    if not tab.run("return document.querySelector('#sign-in')"):
        return  # the partition's cookie of the test before
    page = press_sign_in(tab)
    tab.wait_until(f"return location.pathname === '/login/' && {IS_LOADED}")
    tab.submit_sign_in()
    tab.wait_for_text("#origin", host.other_url)
    tab.wait_for("#allow:enabled")
    tab.click("#allow")
    tab.wait(lambda: tab.driver.window_handles == [page])
    tab.driver.switch_to.window(page)
    tab.enter_frame()
    tab.wait_for("#frame:not([data-signed-out])")


@KEEPS_COOKIES
def test_frames_are_signed_in_by_the_window_and_live(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web", "stopped")
    sign_in(tab, host, portal_url, LIST + CARD)
    tab.click("button[value=start]")
    tab.wait_for("li[data-status=starting], li[data-status=pending]")
    coder.server.advance(ALL_BUILDS_S)
    tab.wait_for("li[data-status=running]")
    tab.leave_frame()
    tab.enter_frame(1)
    tab.wait_for("#frame[data-status=running]")


@KEEPS_COOKIES
def test_short_form_creates_a_workspace(tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    template = find_template(coder, "plain")
    sign_in(tab, host, portal_url, f'<coder-create template="{template.id}"></coder-create>')
    tab.click("input[name=name]")
    tab.fill("input[name=name]", "web")
    tab.click("#frame form .btn-primary")
    tab.wait_for("#frame[data-workspace]")
    tab.wait_for_text("h1", "web")


@pytest.mark.parametrize("driver", ["webkit"], indirect=True)
def test_frame_without_cookies_says_so_and_offers_the_portal(tab: HostTab, host: HostSite, portal_url: str) -> None:
    open_other_site(tab, host, portal_url, LIST)
    page = press_sign_in(tab)
    tab.wait_for_text("#handoff-state", "does not store")
    tab.driver.close()
    tab.driver.switch_to.window(page)
    tab.enter_frame()
    tab.wait_for("[data-handoff-text='not-kept']:not([hidden])")
    link = tab.driver.find_element(By.CSS_SELECTOR, "[data-handoff-text='not-kept'] a")
    assert link.get_property("href") == f"{portal_url}/workspaces/"
