"""The widgets on a page of another port of this machine, which is the same site: what an intranet's page does."""

import re

import pytest
from playwright.sync_api import Browser, Frame, Page, Route, expect

from coder_simulator.world import PASSWORD
from tests.browser.embed.host_site import LIST, HostSite, frame, show
from tests.browser.sign_in import sign_in_by_request
from tests.browser.tabs import OtherClient
from tests.browser.test_view_transitions import RECORD
from tests.chromium import close_context
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import AXE, RULES
from tests.views.create_form import find_template

# Responses to the frame's requests arrive when the test calls `release`.
HOLD_RESPONSES = """() => { const send = fetch; window.fetch = async (...request) => {
  const html = await (await send(...request)).text();
  await new Promise(resolve => { window.release = resolve; document.body.dataset.held = "yes"; });
  return new Response(html);
}; }"""
# Records the status of the first row at each change of the content.
RECORD_STATUSES = """() => { window.shown = [];
  new MutationObserver(() => shown.push(document.querySelector("li").dataset.status))
    .observe(document.getElementById("frame-main"), {childList: true});
}"""
# The number of slots for streams that are held; it waits until there are four, for 600 frames of the screen at most.
COUNT_SLOTS = """async () => { for (let count = 0, i = 0; ; i++) {
  count = (await navigator.locks.query()).held.filter(({name}) => name.startsWith("coder-portal-live")).length;
  if (count === 4 || i === 600) return count;
  await new Promise(requestAnimationFrame);
} }"""


@pytest.fixture
def host(host: HostSite, portal_url: str) -> HostSite:
    """Return the other site with a page at / that has the list."""
    show(host, portal_url)
    return host


def overflow_and_findings(content: Frame, width: int) -> list[str]:
    """Return what axe finds in a frame, and whether it is wider than this many pixels."""
    content.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    overflow = content.evaluate("document.documentElement.scrollWidth") - width
    return axe_findings(content) + ([f"{overflow} px too wide"] if overflow > 0 else [])


def axe_findings(content: Frame) -> list[str]:
    """Return what axe finds in a frame. Its script runs in the frame alone, not in the page around it."""
    content.evaluate(f"() => {{ {AXE.read_text()} }}")
    run = "async rules => (await axe.run({runOnly: rules})).violations"
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in content.evaluate(run, RULES)]


def test_list_is_shown_live_at_its_height_without_violations(
    alice: Page, host: HostSite, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web", "stopped")
    alice.goto(host.url)
    row = frame(alice).locator("li[data-workspace]")
    expect(row).to_have_attribute("data-status", "stopped")
    height = frame(alice).locator("body").evaluate("body => Math.ceil(body.getBoundingClientRect().height)")
    expect(alice.locator("iframe")).to_have_attribute("height", str(height))
    expect(alice.get_by_role("link", name="Workspaces")).to_be_hidden()
    other_client.create_build(web, "start")
    expect(row).to_have_attribute("data-status", re.compile("pending|starting"))
    assert alice.evaluate("refused") == []
    assert alice.evaluate("statuses[0]") == {"state": "ok", "status": "", "running": 0, "count": 1}


def test_button_in_frame_starts_workspace_and_stays_in_frame(
    alice: Page, host: HostSite, coder: SimulatedCoder
) -> None:
    coder.place("web", "stopped")
    alice.goto(host.url)
    frame(alice).get_by_role("button", name="Start web").click()
    expect(frame(alice).locator("#frame-messages")).to_contain_text("Starting web…")
    expect(frame(alice).locator("li")).to_have_attribute("data-status", re.compile("pending|starting"))
    assert alice.url == f"{host.url}/"


def test_late_response_to_a_button_does_not_undo_a_newer_event(
    alice: Page, host: HostSite, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    web = coder.place("web", "stopped")
    alice.goto(host.url)
    row = frame(alice).locator("li[data-workspace]")
    expect(row).to_have_attribute("data-status", "stopped")
    alice.frames[1].evaluate(HOLD_RESPONSES)
    frame(alice).get_by_role("button", name="Favorite web").click()
    expect(frame(alice).locator("body")).to_have_attribute("data-held", "yes")
    other_client.create_build(web, "start")
    expect(row).to_have_attribute("data-status", re.compile("pending|starting"))
    alice.frames[1].evaluate(RECORD_STATUSES)
    alice.frames[1].evaluate("release()")
    expect(frame(alice).locator("#frame-messages")).to_contain_text("Added web to your favorites.")
    assert "stopped" not in alice.frames[1].evaluate("shown")


def test_form_names_the_origin_after_a_button_where_the_browser_does_not_tell_it(
    alice: Page, host: HostSite, coder: SimulatedCoder
) -> None:
    def without_ancestors(route: Route) -> None:
        route.fulfill(
            body=route.fetch().text().replace("ancestorOrigins", "unknownProperty"), content_type="text/javascript"
        )

    coder.place("web", "stopped")
    alice.route(re.compile(r"/js/embed\b.*\.js"), without_ancestors)
    alice.goto(host.url)
    frame(alice).get_by_role("button", name="Favorite web").click()
    expect(frame(alice).locator("#frame-messages")).to_contain_text("Added web to your favorites.")
    expect(frame(alice).locator("#act [name=frame_origin]")).to_have_value(host.url)


def test_links_of_frame_open_a_tab(alice: Page, host: HostSite, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto(host.url)
    with alice.expect_popup() as opened:
        frame(alice).get_by_role("link", name="web", exact=True).click()
    expect(opened.value.locator("h1")).to_have_text("web")


def test_frame_comes_alive_after_sign_in_in_a_tab(page: Page, host: HostSite, coder: SimulatedCoder) -> None:
    coder.place("web")
    page.goto(host.url)
    with page.expect_popup() as opened:
        frame(page).get_by_role("link", name="Sign in").click()
    tab = opened.value
    tab.get_by_label("Email").fill("alice@example.com")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.locator("h1")).to_have_text("You are signed in")
    page.evaluate("document.querySelector('coder-workspaces').setAttribute('theme', 'dark')")
    tab.close()
    expect(frame(page).locator("li[data-workspace]")).to_have_count(1)
    expect(frame(page).locator("html")).to_have_attribute("data-theme", "dark")
    frame(page).get_by_role("button", name="Stop web").click()
    expect(frame(page).locator("#frame-messages")).to_contain_text("Stopping web…")


def test_theme_change_is_passed_on_without_a_reload(alice: Page, host: HostSite, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto(host.url)
    expect(frame(alice).locator("li")).to_have_count(1)
    alice.evaluate("document.querySelector('iframe').dataset.kept = 'yes'")
    alice.evaluate("document.querySelector('coder-workspaces').setAttribute('theme', 'dark')")
    expect(frame(alice).locator("html")).to_have_attribute("data-theme", "dark")
    expect(alice.locator("iframe")).to_have_attribute("data-kept", "yes")


def test_removed_element_removes_its_frame(alice: Page, host: HostSite, coder: SimulatedCoder) -> None:
    alice.goto(host.url)
    expect(frame(alice).locator("#frame")).to_be_visible()
    alice.evaluate("document.querySelector('coder-workspaces').remove()")
    assert len(alice.frames) == 1


def test_frame_off_screen_has_no_stream_until_it_is_scrolled_to(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    lines = "".join(f"<p>Line {number}</p>" for number in range(100))
    requests: list[str] = []
    alice.context.on("request", lambda request: requests.append(request.url))
    alice.goto(show(host, portal_url, lines + LIST))
    expect(frame(alice).locator("li")).to_have_count(1)
    alice.wait_for_load_state("networkidle")
    assert [url for url in requests if "/embed/live/" in url] == []
    with alice.context.expect_event("request", lambda request: "/embed/live/" in request.url):
        alice.locator("iframe").scroll_into_view_if_needed()


def test_ten_frames_on_a_page_hold_four_streams_and_all_show_their_rows(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    alice.set_viewport_size({"width": 1000, "height": 3000})
    alice.goto(show(host, portal_url, LIST * 10))
    for number in range(10):
        expect(alice.frame_locator("iframe").nth(number).locator("li")).to_have_count(1)
    assert alice.frames[1].evaluate(COUNT_SLOTS) == 4


@pytest.mark.parametrize("width", [280, 400, 800])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_frames_fit_their_width_and_are_accessible(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder, width: int, theme: str
) -> None:
    web = coder.place("a-workspace-with-a-long-name-of-32", "stopped")
    coder.place("web", template="dev")
    widgets = (
        f'<coder-workspaces theme="{theme}"></coder-workspaces>'
        f'<coder-workspace theme="{theme}" name="alice/{web.name}"></coder-workspace>'
        f'<coder-workspace theme="{theme}" name="alice/web"></coder-workspace>'
        f'<coder-create theme="{theme}" template="{find_template(coder).id}"></coder-create>'
    )
    alice.set_viewport_size({"width": width + 16, "height": 1600})
    alice.goto(show(host, portal_url, widgets))
    for number in range(4):
        expect(alice.frame_locator("iframe").nth(number).locator("#frame")).to_be_visible()
    assert {content.url: overflow_and_findings(content, width) for content in alice.frames[1:]} == {
        content.url: [] for content in alice.frames[1:]
    }


def test_short_form_creates_workspace_and_shows_it_live(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    template = find_template(coder, "plain")
    alice.goto(show(host, portal_url, f'<coder-create template="{template.id}"></coder-create>'))
    frame(alice).get_by_label("Name").fill("made-here")
    frame(alice).get_by_role("button", name="Create workspace").click()
    expect(frame(alice).locator("h1")).to_contain_text("made-here")
    expect(frame(alice).locator("#frame-messages")).to_contain_text("Creating made-here…")
    expect(frame(alice).locator("#frame")).to_have_attribute("data-status", re.compile("pending|starting"))


def test_values_of_the_host_page_open_the_form_of_the_portal_in_a_tab(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    template = find_template(coder, "dev")
    widget = f'<coder-create template="{template.id}" values="name=theirs&amp;param.dotfiles=https://evil.test"></coder-create>'
    alice.goto(show(host, portal_url, widget))
    with alice.expect_popup() as opened:
        frame(alice).get_by_role("link", name="Create workspace").click()
    expect(opened.value.get_by_label("Name", exact=True)).to_have_value("theirs")
    expect(opened.value.get_by_label("Dotfiles repository")).to_have_value("https://evil.test")


def test_check_finds_that_frame_height_session_and_stream_work(alice: Page, host: HostSite) -> None:
    alice.goto(f"/embed/check/?origin={host.url}")
    for name in ("frame", "height", "cookies", "stream"):
        expect(alice.locator(f"#check-{name}")).to_have_class("ok")
    expect(alice.locator(".check-list").first).to_contain_text("with buttons")
    expect(alice.locator(".check-list").first).to_contain_text("the host is the same")


def test_check_of_somebody_signed_out_says_so(page: Page, host: HostSite) -> None:
    page.goto("/embed/check/")
    for name, finding in (("frame", "ok"), ("height", "ok"), ("cookies", "skipped"), ("stream", "skipped")):
        expect(page.locator(f"#check-{name}")).to_have_class(finding)


def test_page_of_frame_follows_another_without_transition(
    chromium: Browser, portal_url: str, coder: SimulatedCoder
) -> None:
    context = chromium.new_context(base_url=portal_url, reduced_motion="no-preference")
    context.add_init_script(RECORD)
    page = context.new_page()
    sign_in_by_request(page)
    page.goto("/embed/workspaces/")
    page.evaluate("location.assign('?limit=2')")
    page.wait_for_url("**/?limit=2")
    assert page.evaluate("window.hasTransition") is False
    close_context(context)
