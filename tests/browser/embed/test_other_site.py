"""Frames on a page of another site in Chromium, with third-party cookies blocked and allowed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from coder_simulator.world import PASSWORD
from tests.browser.embed.host_site import LIST, HostSite, frame, show
from tests.chromium import CHROMIUM, PLAYWRIGHT_ARGUMENTS, close_context
from tests.portal import SimulatedCoder
from tests.server import run_portal
from tests.views.create_form import find_template

ALL_BUILDS_S = 7200.0  # every build has ended by then, and no token has expired
CARD = '<coder-workspace name="alice/web"><a href="{url}/@alice/web/">web</a></coder-workspace>'
# Where third-party cookies are blocked, Chromium denies locks.
COUNT_STREAMS = """async () => {
  const held = await navigator.locks.query().then(({held}) => held.map(each => each.name), () => null);
  return held ? held.filter(name => name.startsWith("coder-portal-live-")).length
    : [...Array(parent.length).keys()].filter(number => parent[number].hasCoderStream).length;
}"""
ALLOWED = {"profile": {"block_third_party_cookies": False, "cookie_controls_mode": 0}}


@pytest.fixture(params=["blocked", "allowed"])
def context(
    request: pytest.FixtureRequest, whole_chromium: Browser, portal_url: str, coder: SimulatedCoder, tmp_path: Path
) -> Iterator[BrowserContext]:
    """Return a browser without cookies that blocks or allows third-party cookies."""
    if request.param == "blocked":
        context = whole_chromium.new_context()
    else:
        (tmp_path / "Default").mkdir()
        (tmp_path / "Default/Preferences").write_text(json.dumps(ALLOWED))
        options = {"executable_path": CHROMIUM, "args": PLAYWRIGHT_ARGUMENTS}
        context = whole_chromium.browser_type.launch_persistent_context(tmp_path, **options)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    yield context
    close_context(context)


@pytest.fixture
def lines() -> list[str]:
    """Return the lines that the page's console has."""
    return []


@pytest.fixture
def page(context: BrowserContext, lines: list[str]) -> Page:
    """Return a tab that records its console."""
    page = context.new_page()
    page.on("console", lambda message: lines.append(f"{message.type}: {message.text}"))
    return page


def other(host: HostSite, url: str) -> str:
    """Return the address of a page of the host on the other site."""
    return url.replace(host.url, host.other_url)


def open_window(page: Page, widget: FrameLocator) -> Page:
    """Press the button of a frame, and return the window that it opens."""
    with page.expect_popup() as opened:
        widget.locator("#sign-in[data-handoff]").click()
    return opened.value


def fill_sign_in(window: Page) -> None:
    """Sign Alice in."""
    window.get_by_label("Email").fill("alice@example.com")
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Sign in", exact=True).click()


def allow(window: Page) -> None:
    """Allow the frame. The window closes."""
    with window.expect_event("close"):
        window.locator("#allow").click()


def ticket_of(page: Page, host: HostSite, portal_url: str) -> str:
    """Return a ticket that another browser gets for its own frame."""
    browser = page.context.browser or page.context
    stranger = browser.new_page()
    stranger.goto(other(host, show(host, portal_url, path="/stranger")))
    expect(frame(stranger).locator("#sign-in[data-handoff]")).to_be_visible()
    ticket = stranger.frames[1].evaluate(
        """async page => {
      const {token} = await (await fetch("/embed/cookies/")).json();
      const body = new URLSearchParams({csrfmiddlewaretoken: token, page});
      return (await (await fetch("/embed/ticket/", {method: "POST", body})).json()).ticket;
    }""",
        host.other_url,
    )
    stranger.close()
    return str(ticket)


def sign_in(page: Page, host: HostSite, portal_url: str, body: str = LIST) -> None:
    """Open a page of the other site, and sign in through the window of its first frame."""
    page.goto(other(host, show(host, portal_url, body)))
    window = open_window(page, frame(page))
    fill_sign_in(window)
    expect(window.locator("#origin")).to_have_text(host.other_url)
    allow(window)


def test_frames_are_signed_in_by_the_window_and_live(
    page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder, lines: list[str]
) -> None:
    coder.place("web", "stopped")
    sign_in(page, host, portal_url, LIST + CARD)
    widgets = page.locator("iframe")
    rows, card = (widgets.nth(number).content_frame for number in range(2))
    expect(card.locator("h1")).to_contain_text("web")
    rows.locator("button[value=start]").click()
    expect(rows.locator("li[data-status=starting], li[data-status=pending]")).to_have_count(1)
    coder.server.advance(ALL_BUILDS_S)
    expect(rows.locator("li[data-status=running]")).to_have_count(1)
    expect(card.locator("#frame")).to_have_attribute("data-status", "running")
    page.reload()
    expect(rows.locator("li[data-status=running]")).to_have_count(1)
    assert page.evaluate("refused") == []
    assert lines == []


def test_frame_changes_the_star(page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped")
    sign_in(page, host, portal_url)
    frame(page).get_by_role("button", name="Favorite web").click()
    expect(frame(page).locator("#frame-messages")).to_contain_text("Added web to your favorites.")


def test_short_form_creates_a_workspace(page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    template = find_template(coder, "plain")
    sign_in(page, host, portal_url, f'<coder-create template="{template.id}"></coder-create>')
    form = frame(page)
    form.get_by_label("Name").fill("web")
    form.get_by_role("button", name="Create workspace").click()
    expect(form.locator("#frame[data-workspace] h1")).to_contain_text("web")


def test_person_who_is_signed_in_needs_a_click_only(
    page: Page, context: BrowserContext, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    tab = context.new_page()
    tab.goto(f"{portal_url}/login/")
    fill_sign_in(tab)
    page.goto(other(host, show(host, portal_url)))
    allow(open_window(page, frame(page)))
    expect(frame(page).locator("li[data-status=running]")).to_have_count(1)
    tab.goto(f"{portal_url}/account/")
    session = tab.locator(".sessions li", has_text=host.other_url).first
    session.get_by_role("button", name="Sign out").click()
    expect(frame(page).locator("#sign-in")).to_be_visible()


def test_allow_without_a_gesture_does_nothing(
    page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    page.goto(other(host, show(host, portal_url)))
    window = open_window(page, frame(page))
    fill_sign_in(window)
    expect(window.locator("#allow")).to_be_enabled()
    sent: list[str] = []
    window.on("request", lambda request: sent.append(request.method))
    window.evaluate("document.getElementById('allow').click()")
    window.evaluate("document.getElementById('allow').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    expect(frame(page).locator("#sign-in")).to_be_visible()
    assert sent == []
    allow(window)


def test_window_of_a_foreign_opener_asks_nobody(
    page: Page, context: BrowserContext, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    page.goto(other(host, show(host, portal_url, "<p>A page without frames</p>")))
    page.evaluate("window.heard = []; addEventListener('message', event => heard.push(event.data))")
    with page.expect_popup() as opened:
        page.evaluate("url => { window.child = open(url); }", f"{portal_url}/embed/handoff/")
    fill_sign_in(opened.value)
    expect(opened.value.locator("#handoff-state")).to_contain_text("Close this window and press the button again.")
    page.evaluate("url => child.postMessage(['handoff', 'ticket', 'x'], url)", portal_url)
    assert opened.value.locator("#allow").count() == 0
    page.evaluate(
        "url => { child.location = url; }", f"{portal_url}/embed/handoff/?ticket={ticket_of(page, host, portal_url)}"
    )
    expect(opened.value.locator("#origin")).to_have_text(host.other_url)
    expect(opened.value.locator("#handoff-state")).to_contain_text("Close this window and press the button again.")
    expect(opened.value.locator("#allow")).to_be_disabled()
    assert page.evaluate("heard") == []


def test_window_without_an_opener_says_so(
    context: BrowserContext, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    window = context.new_page()
    window.goto(f"{portal_url}/embed/handoff/")
    fill_sign_in(window)
    expect(window.locator("h1")).to_have_text("You are signed in")
    expect(window.locator("#handoff-state")).to_contain_text("Close this window and press the button again.")


def test_frame_hears_only_the_window_that_it_has_opened(
    page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    page.goto(other(host, show(host, portal_url)))
    window = open_window(page, frame(page))
    fill_sign_in(window)
    expect(window.locator("#allow")).to_be_enabled()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("url => frames[0].postMessage(['handoff', 'code', 'x'], url)", portal_url)
    other_window = page.context.new_page()
    other_window.goto(f"{portal_url}/embed/handoff/")
    window.evaluate("opener.postMessage(['handoff', 'nothing'], location.origin)")
    window.evaluate("opener.postMessage('code', location.origin)")
    expect(frame(page).locator("#sign-in")).to_be_visible()
    assert [url for url in sent if url.endswith("/claim/")] == []
    allow(window)


def test_window_is_not_shown_in_a_frame(page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    body = f'<iframe src="{portal_url}/embed/handoff/"></iframe>'
    page.goto(other(host, show(host, portal_url, body)))
    expect(page.locator("iframe")).to_have_count(1)
    page.wait_for_load_state("load")
    assert page.frame_locator("iframe").locator("#handoff").count() == 0


def test_frame_says_when_the_policy_of_the_page_separates_the_window(
    page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    host.opener_policy = "same-origin"
    page.goto(other(host, show(host, portal_url)))
    with page.context.expect_page() as opened:
        frame(page).locator("#sign-in[data-handoff]").click()
    fill_sign_in(opened.value)
    expect(opened.value.locator("#handoff-state")).to_contain_text("Close this window and press the button again.")
    expect(frame(page).locator("[data-handoff-text=no-window]")).to_be_visible()
    with page.context.expect_page() as check:
        frame(page).get_by_role("link", name="Frame check").click()
    expect(check.value.locator("section", has_text="cannot reach the frame")).to_be_visible()


def test_page_may_keep_its_windows_to_itself(
    page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    host.opener_policy = "same-origin-allow-popups"
    sign_in(page, host, portal_url)
    expect(frame(page).locator("li[data-status=running]")).to_have_count(1)


def test_ten_frames_hold_four_streams(page: Page, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    coder.place("web")
    page.set_viewport_size({"width": 900, "height": 6000})
    sign_in(page, host, portal_url, LIST * 10)
    for number in range(10):
        expect(page.locator("iframe").nth(number).content_frame.locator("li[data-status=running]")).to_have_count(1)
    page.frames[1].wait_for_function(f"async () => await ({COUNT_STREAMS})() === 4")


def test_hand_off_works_under_a_path_prefix(page: Page, host: HostSite, coder: SimulatedCoder, folder: Path) -> None:
    coder.place("web")
    data = folder / "embed-prefix"
    data.mkdir(exist_ok=True)
    env = {"CODER_PUBLIC_URL": coder.url, "EMBED_ALLOWED_ORIGINS": host.other_url}
    with run_portal(coder.url, data, prefix="/portal", extra_env=env) as url:
        page.goto(other(host, show(host, url)))
        window = open_window(page, frame(page))
        fill_sign_in(window)
        allow(window)
        expect(frame(page).locator("li[data-status=running]")).to_have_count(1)
