"""Pages whose origin or sandbox keeps a frame from working: each says why, or leaves the link."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.embed.host_site import REFUSED, HostSite, frame, run_host_site, show
from tests.portal import SimulatedCoder

SANDBOXED = '<iframe title="Workspaces" sandbox="{flags}" src="{url}/embed/workspaces/"></iframe>'
WORKING = "allow-scripts allow-same-origin allow-forms"


@pytest.fixture(scope="module")
def chromium(whole_chromium: Browser) -> Browser:
    """Run the whole browser: the headless shell shows no page that says why it refuses another one."""
    return whole_chromium


def expect_link_and_check(page: Page, portal_url: str, origin: str) -> None:
    """Wait until a page shows the link, and one to the check of its origin, instead of the frame."""
    page.clock.run_for(10_500)
    expect(page.get_by_role("link", name="Workspaces")).to_be_visible()
    check = page.get_by_role("link", name="Why is this not shown?")
    expect(check).to_have_attribute("href", f"{portal_url}/embed/check/?origin={origin}")
    assert page.locator("iframe").count() == 0
    assert page.evaluate("statuses.at(-1).state") == "unreachable"


@pytest.mark.parametrize("ignored_console_lines", [REFUSED])
def test_page_of_an_origin_that_is_not_allowed_shows_the_link_and_the_check(
    alice: Page, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    with run_host_site() as other:
        alice.clock.install()
        alice.goto(show(other, portal_url))
        expect_link_and_check(alice, portal_url, other.url)


@pytest.mark.parametrize("ignored_console_lines", [REFUSED])
def test_page_without_an_origin_shows_the_link_and_the_check(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    alice.clock.install()
    policy = f"script-src {host.url} {portal_url}; frame-src {portal_url}; sandbox allow-scripts"
    alice.goto(show(host, portal_url, policy=policy))
    expect_link_and_check(alice, portal_url, "null")


@pytest.mark.parametrize("ignored_console_lines", ["."])  # a sandbox without the origin refuses what a frame tries
def test_frame_without_its_origin_says_so(alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.goto(show(host, portal_url, SANDBOXED.replace("{flags}", "allow-scripts allow-popups")))
    expect(frame(alice).locator("main")).to_contain_text(
        "The page around this frame does not let it use your session (sandbox without allow-same-origin)."
    )


def test_sandboxed_frame_is_live_and_opens_tabs_with_all_that_it_needs(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web", "stopped")
    flags = f"{WORKING} allow-popups allow-popups-to-escape-sandbox"
    with alice.expect_response(lambda response: "/embed/live/" in response.url):
        alice.goto(show(host, portal_url, SANDBOXED.replace("{flags}", flags)))
    with alice.expect_popup() as opened:
        frame(alice).get_by_role("link", name="web", exact=True).click()
    expect(opened.value.locator("h1")).to_have_text("web")
    frame(alice).get_by_role("button", name="Start web").click()
    expect(frame(alice).locator("#frame-messages")).to_contain_text("Starting web…")


@pytest.mark.parametrize("ignored_console_lines", ["^error: Blocked opening"])
def test_frame_that_may_not_open_tabs_says_so_with_the_address(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web")
    alice.goto(show(host, portal_url, SANDBOXED.replace("{flags}", WORKING)))
    frame(alice).get_by_role("link", name="web", exact=True).click()
    notice = frame(alice).get_by_role("alert")
    expect(notice).to_contain_text("does not let it open tabs (sandbox without allow-popups)")
    expect(notice).to_contain_text(f"{portal_url}/@alice/web/")


def test_sandboxed_tab_of_a_frame_is_refused_by_the_browser_and_the_frame_works(
    alice: Page, host: HostSite, portal_url: str, coder: SimulatedCoder
) -> None:
    coder.place("web", "stopped")
    alice.goto(show(host, portal_url, SANDBOXED.replace("{flags}", f"{WORKING} allow-popups")))
    with alice.expect_popup() as opened:
        frame(alice).get_by_role("link", name="web", exact=True).click()
    expect(opened.value.locator("body")).to_contain_text("is blocked")  # as docs/embedding.md says
    frame(alice).get_by_role("button", name="Start web").click()
    expect(frame(alice).locator("#frame-messages")).to_contain_text("Starting web…")
