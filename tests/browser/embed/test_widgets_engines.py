"""The three widgets on one page of the same site in each of the three engines: sizes, theme, many, Coder away."""

from functools import partial

import pytest

from tests.browser.embed.host_site import LIST, HostSite, all_widgets, show
from tests.browser.embed.host_tab import LOAD_AGAIN, HostTab
from tests.portal import SimulatedCoder
from tests.views.create_form import find_template

CONTENTS = ("li[data-status=running]", "#frame[data-status=running]", "input[name=name]")  # of the three widgets
WIDTHS = (280, 400, 800)  # px
# Unfolds everything, and returns by how many pixels the content is too wide.
MEASURE_OVERFLOW = """for (const details of document.querySelectorAll("details")) details.open = true;
return document.documentElement.scrollWidth - innerWidth;"""
MEASURE_HEIGHT = "return Math.ceil(document.body.getBoundingClientRect().height)"
SET_THEME = """for (const frame of document.querySelectorAll("iframe"))
  frame.parentElement.setAttribute("theme", arguments[0]);"""
# Calls back with the number of slots for streams that are held.
COUNT_SLOTS = """const done = arguments[0];
navigator.locks.query().then(({held}) => done(held.filter(({name}) => name.startsWith("coder-portal-live")).length));"""


def open_widgets(tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    """Sign Alice in, and open a page with the three widgets."""
    tab.sign_in()
    tab.open_host(show(host, portal_url, all_widgets(find_template(coder))))


def has_own_height(tab: HostTab, number: int) -> bool:
    """Return whether a frame is as high as its content."""
    height = tab.run("return Number(document.querySelectorAll('iframe')[arguments[0]].height)", number)
    tab.enter_frame(number)
    content_height = tab.run(MEASURE_HEIGHT)
    tab.leave_frame()
    return bool(height == content_height)


def test_widgets_fit_their_width_and_get_their_height(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("a-workspace-with-a-long-name-of-32", "stopped")
    coder.place("web", template="dev")
    open_widgets(tab, host, portal_url, coder)
    too_wide = []
    for width in WIDTHS:
        tab.run("document.body.style.width = `${arguments[0]}px`", width)
        for number in range(3):
            tab.enter_frame(number)
            tab.wait_until("return innerWidth === arguments[0]", width)
            overflow = tab.run(MEASURE_OVERFLOW)
            too_wide += [(width, number, overflow)] if overflow > 0 else []
            tab.leave_frame()
            tab.wait(partial(has_own_height, tab, number))
    assert too_wide == []


def test_change_of_the_theme_colors_the_widgets(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    open_widgets(tab, host, portal_url, coder)
    colors = {}
    for theme in ("light", "dark"):
        tab.run(SET_THEME, theme)
        for number in range(3):
            tab.enter_frame(number)
            tab.wait_for(f"html[data-theme={theme}]")
            colors[theme, number] = tab.run("return getComputedStyle(document.body).color")
            tab.leave_frame()
    assert len({colors["light", number] for number in range(3)}) == 1
    assert len({colors["dark", number] for number in range(3)}) == 1
    assert colors["light", 0] != colors["dark", 0]


def test_ten_frames_hold_four_streams_and_all_show_their_rows(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    tab.sign_in()
    tab.open_host(show(host, portal_url, LIST * 10))
    tab.run("document.body.style.cssText = 'display: grid; grid-template-columns: repeat(5, 1fr)'")  # all on the screen
    for number in range(10):
        tab.enter_frame(number)
        tab.wait_for("li[data-status=running]")
        tab.leave_frame()
    tab.enter_frame()
    tab.wait(lambda: tab.driver.execute_async_script(COUNT_SLOTS) == 4)


@pytest.mark.parametrize("ignored_console_lines", ["503 \\(Service Unavailable\\)$"])  # Chromium's
def test_widgets_that_are_loaded_while_coder_is_unreachable_say_since_when_until_it_is_back(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    open_widgets(tab, host, portal_url, coder)
    for number in range(3):
        tab.enter_frame(number)
        tab.leave_frame()
    coder.server.add_fault("refuse")
    tab.run(LOAD_AGAIN)
    for number, content in enumerate(CONTENTS):
        tab.enter_frame(number)
        tab.wait_for(content)
        if number < 2:
            tab.wait_for_text("#frame-messages", "Coder has been unreachable since ")
        tab.leave_frame()
    coder.server.clear_faults()
    for number, content in enumerate(CONTENTS[:2]):
        tab.enter_frame(number)
        tab.wait_until("return !document.querySelector('main').innerText.includes('unreachable')")
        tab.wait_for(content)
        tab.leave_frame()
