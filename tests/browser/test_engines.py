"""The main ways through the portal, in each of the three engines: Chromium, Firefox and WebKit."""

from dataclasses import replace

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browser.engine_tab import EngineTab
from tests.browser.tabs import OtherClient
from tests.portal import SimulatedCoder
from tests.views.create_form import find_template

ALL_BUILDS_S = 7200.0  # every build has ended by then, and no token has expired


@pytest.fixture
def tab(driver: WebDriver, portal_url: str, coder: SimulatedCoder) -> EngineTab:
    """Return a tab in which Alice is signed in."""
    tab = EngineTab(driver, portal_url)
    tab.forget()
    tab.sign_in()
    return tab


def test_sign_in_leads_to_list_of_workspaces(tab: EngineTab, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    tab.open("/workspaces/")
    tab.wait_for_text(f"#w-{web.id}", "Running")
    tab.wait_until_live()
    assert tab.recorded("logged") == ""


def test_start_is_shown_live_in_list_until_running(tab: EngineTab, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    tab.open("/workspaces/")
    tab.wait_until_live()
    tab.click(f"#w-{web.id} button.btn-quiet[value=start], #w-{web.id} button[value=start]")
    tab.wait_for(f"#w-{web.id}[data-status=starting], #w-{web.id}[data-status=pending]")
    coder.server.advance(ALL_BUILDS_S)
    tab.wait_for(f"#w-{web.id}[data-status=running]")
    assert "web: Running" in tab.recorded("said")


def test_change_made_elsewhere_is_shown_live_on_workspace_page(
    tab: EngineTab, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web")
    tab.open("/@alice/web/")
    tab.wait_until_live()
    other_client.create_build(web, "stop")
    coder.server.advance(ALL_BUILDS_S)
    tab.wait_for(f"#w-{web.id}[data-status=stopped]")


def test_form_creates_workspace(tab: EngineTab, coder: SimulatedCoder) -> None:
    tab.open("/workspaces/")
    tab.click("a[href='/workspaces/new/']")
    tab.click(f"a[href='/workspaces/new/{find_template(coder).id}/']")
    tab.fill("#id_name", "web")
    tab.click("input[type=radio][value=us-east]")
    tab.fill("[data-parameter=project] input", "ABC-123")
    tab.click("#new .btn-primary")
    tab.wait_for_page("/@alice/web/")
    assert coder.last_request("POST /users/alice/workspaces")["body"]["name"] == "web"


def test_setting_is_saved_on_settings_page(tab: EngineTab, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    tab.open("/@alice/web/settings/")
    tab.click("#set-rename summary")
    tab.fill("#set-rename input[name=name]", "web-2")
    tab.click("#set-rename form button")
    tab.wait_for_text("h1", "web-2")
    assert web.name == "web-2"


def test_back_shows_live_list_without_any_message(tab: EngineTab, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    tab.open("/workspaces/")
    tab.wait_until_live()
    tab.click(f"#w-{web.id} a.name")
    tab.wait_for_page("/@alice/web/")
    tab.wait_until_live()
    tab.go_back()
    tab.wait_for_page("/workspaces/")
    tab.wait_until_live()
    assert (tab.recorded("said"), tab.recorded("shown"), tab.recorded("logged")) == ("", "", "")


def test_leaving_a_page_that_still_loads_a_part_shows_and_logs_no_error(tab: EngineTab, coder: SimulatedCoder) -> None:
    coder.place("web")
    tab.open("/@alice/web/")
    tab.wait_until_live()
    coder.clear_requests()
    coder.server.add_fault("delay", path="/workspace/web$", seconds=20, count=1)
    tab.run("htmx.ajax('GET', arguments[0], {target: '#main', swap: 'none'})", "/@alice/web/builds/")
    tab.wait(lambda: "GET /users/alice/workspace/web" in coder.request_lines())
    tab.click(".site-header .brand")
    tab.wait_for_page("/workspaces/")
    tab.go_back()
    tab.wait_for_page("/@alice/web/")
    tab.wait_until_live()
    assert tab.recorded("shown").strip() == ""  # lines without text: the region for messages was emptied
    assert tab.recorded("logged") == ""


def test_read_that_fails_just_after_the_page_is_shown_again_is_repeated(tab: EngineTab, coder: SimulatedCoder) -> None:
    coder.place("web")
    tab.open("/@alice/web/")
    tab.wait_until_live()
    tab.run("""addEventListener("pageshow", async () => {
        const {fetch} = window;
        window.fetch = () => {
            window.fetch = fetch;
            return new Promise((_, reject) => setTimeout(reject, 100, new TypeError("Load failed")));
        };
        await htmx.ajax("GET", location.pathname, {target: "#main", swap: "none"});
        sessionStorage.setItem("repeated", "yes");
    })""")
    tab.click(".site-header .brand")
    tab.wait_for_page("/workspaces/")
    tab.wait_until_live()
    tab.go_back()
    tab.wait_for_page("/@alice/web/")
    if tab.run("return window.recording"):  # else the engine has loaded the page anew
        tab.wait_until("return sessionStorage.getItem('repeated')")
    assert (tab.recorded("shown").strip(), tab.recorded("logged")) == ("", "")


def test_legend_of_parameters_is_within_their_card(tab: EngineTab, coder: SimulatedCoder) -> None:
    tab.open(f"/workspaces/new/{find_template(coder).id}/")
    card, legend, first = (
        tab.run(
            "const {top, bottom} = arguments[0].getBoundingClientRect(); return [top, bottom]", tab.wait_for(selector)
        )
        for selector in ("#parameters", "#parameters > legend", "#parameters > .field")
    )
    assert legend[0] - card[0] >= 10
    assert first[0] - legend[1] >= 10


def test_block_of_followed_log_counts_as_high_as_its_lines_before_it_is_laid_out(
    tab: EngineTab, coder: SimulatedCoder
) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped"))
    logs, ids = web.latest_build.job.logs, coder.server.world.log_ids
    tab.open("/@alice/web/")
    tab.wait_for("#log .log-block")
    for number in range(3):
        logs += [replace(logs[-1], id=next(ids), output=f"line {number}-{line}") for line in range(3)]
        tab.wait_for_text("#log", f"line {number}-2")
    heights = tab.run("""return [...document.querySelectorAll("#log .log-block")].map(block => {
        const {contentVisibility, containIntrinsicBlockSize} = getComputedStyle(block);
        const estimate = contentVisibility === "auto" ? containIntrinsicBlockSize.replace("auto ", "") : 0;
        return [block.querySelectorAll("li").length, parseFloat(estimate)];
    })""")
    assert [(lines, height) for lines, height in heights if height not in {0, 20 * lines + 1}] == []


def test_icon_of_one_color_is_neither_white_nor_black(tab: EngineTab, coder: SimulatedCoder) -> None:
    tab.open("/workspaces/")
    icon = "document.body.append(Object.assign(new Image(), {src: arguments[0]}))"
    tab.run(icon, f"{coder.url}/icon/terminal.svg?monochrome")
    assert tab.run("return getComputedStyle(document.body.lastChild).filter") == "grayscale(1) contrast(0)"
