"""Frames on a page of another port of this machine, in each of the three engines."""

from tests.browser.embed.host_site import CARD, CREATE, LIST, HostSite, all_widgets, show
from tests.browser.embed.host_tab import HostTab
from tests.browser.engine_tab import IS_LOADED
from tests.portal import SimulatedCoder
from tests.views.create_form import find_template

# The script of the frame raises a TypeError, and its policy forbids the style.
BREAK_FRAME = """document.body.setAttribute("style", "color: red");
document.getElementById("frame").remove();
window.dispatchEvent(new Event("focus"));"""
ALL_BUILDS_S = 7200.0  # every build has ended by then, and no token has expired


def test_list_starts_a_workspace_and_shows_it_live_with_its_card(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web", "stopped")
    tab.sign_in()
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
    tab.sign_in()
    tab.open_host(show(host, portal_url, CREATE.replace("{template}", str(template.id))))
    tab.enter_frame()
    tab.click("input[name=name]")  # WebKit gives a frame of another origin the focus only then
    tab.fill("input[name=name]", "web")
    tab.click("#frame form .btn-primary")
    tab.wait_for("#frame[data-workspace]")
    tab.wait_for_text("h1", "web")
    assert coder.last_request("POST /users/alice/workspaces")["body"]["name"] == "web"


def test_signed_out_widgets_come_alive_after_the_sign_in_of_one(
    tab: HostTab, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    tab.open_host(show(host, portal_url, all_widgets(find_template(coder))))
    page = tab.driver.current_window_handle
    tab.enter_frame()
    tab.click("#sign-in")
    tab.wait_for_other_window()
    tab.wait_until(f"return location.pathname === '/login/' && {IS_LOADED}")
    tab.submit_sign_in()
    tab.wait_for_page("/embed/login/")
    tab.driver.close()
    tab.driver.switch_to.window(page)
    for number, content in enumerate(("li[data-status=running]", "#frame[data-status=running]", "input[name=name]")):
        tab.enter_frame(number)
        tab.wait_for(content)
        tab.leave_frame()


def test_violations_and_errors_of_page_and_frame_are_counted(tab: HostTab, host: HostSite, portal_url: str) -> None:
    tab.open_host(show(host, portal_url, "<script>forbidden()</script>" + LIST))
    tab.enter_frame()
    tab.run(BREAK_FRAME)
    lines: list[str] = []

    def missing() -> list[str]:
        lines.extend(tab.console_lines())
        return [part for part in ("script-src", "style-src", "TypeError") if part not in "\n".join(lines)]

    tab.wait(lambda: not missing())
