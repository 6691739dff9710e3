"""Visual accessibility tests: axe findings and horizontal overflow, in both themes and at both widths."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import open_context
from tests.styleguide.sample_portal import state

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"  # axe-core 4.14.1, MPL 2.0
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
    "styleguide": "/styleguide/",
    "list": "/workspaces/?q=owner:me",
    "list without a workspace": "/workspaces/?case=none",
    "list without a match": "/workspaces/?case=no-match",
    "list beyond its end": "/workspaces/?case=beyond",
    "list refused": "/workspaces/?case=error",
    "running": "/@alice/api-server/",
    "failed": "/@dilip/broken-terraform/",
    "long name": "/@ben/a-name-of-thirty-two-letters-abc/",
    "sign in": "/login/",
    "account": "/account/",
    "not there": "/error/404/",
    "too many": "/error/429/",
    "away": "/error/503/",
    "the portal's own error": "/error/500/",
}
OUTSIDE = """() => [...document.querySelectorAll("body *")].filter(element => {
  const {left, right, width} = element.getBoundingClientRect();
  return width && (right > innerWidth + 1 || left < -1) && !element.closest(".skip-link, .visually-hidden");
}).map(element => element.outerHTML.slice(0, 100))"""


@pytest.fixture(params=[1280, 390])
def screen(chromium: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a wide and on a narrow screen."""
    state.reset()
    with open_context(
        chromium, base_url=site, viewport={"width": request.param, "height": 900}, reduced_motion="reduce"
    ) as context:
        yield context.new_page()


def test_vendored_axe_matches_published_checksum() -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
def test_page_passes_axe_and_fits_viewport(screen: Page, address: str) -> None:
    screen.goto(address)
    assert findings(screen) == []
    assert screen.evaluate(OUTSIDE) == []
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_open_menu_passes_axe_and_fits_viewport(screen: Page) -> None:
    screen.goto("/workspaces/?q=owner:me")
    for opener in (
        "button.btn-account",
        ".workspace-table tbody tr:nth-child(3) .btn-more",
    ):
        screen.locator(opener).click()
        assert screen.evaluate(OUTSIDE) == []
        assert findings(screen) == []
        screen.keyboard.press("Escape")


def test_invalid_form_shows_error_and_focuses_first_invalid_field(screen: Page) -> None:
    screen.goto("/login/")
    screen.get_by_label("Email").fill("not-an-address@x")
    screen.locator("form").first.evaluate("form => form.noValidate = true")
    screen.get_by_role("button", name="Sign in", exact=True).click()
    expect(screen.locator("#id_email_error")).to_be_visible()
    expect(screen.get_by_label("Email")).to_be_focused()
    expect(screen.get_by_label("Email")).to_have_value("not-an-address@x")
    assert findings(screen) == []


def test_token_form_stays_open_with_focus_when_token_is_missing(screen: Page) -> None:
    screen.goto("/login/")
    screen.locator("summary").click()
    screen.locator("details form").evaluate("form => form.noValidate = true")
    screen.get_by_role("button", name="Sign in with token").click()
    expect(screen.locator("#id_token_error")).to_be_visible()
    expect(screen.get_by_label("Token")).to_be_focused()
    assert findings(screen) == []


@pytest.mark.parametrize(("chosen", "wish"), [("dark", "light"), ("light", "dark")])
def test_chosen_theme_overrides_system_preference(
    chromium: Browser, site: str, chosen: str, wish: Literal["light", "dark"]
) -> None:
    state.reset()
    state.theme = chosen
    with open_context(chromium, base_url=site) as context:
        page = context.new_page()
        page.emulate_media(color_scheme=wish)
        page.goto("/workspaces/?q=owner:me")
        channel = page.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
    assert (channel < 128) == (chosen == "dark")


def findings(page: Page) -> list[tuple[str, str, str]]:
    """The rules that axe sees broken in either theme, each with the first element that breaks it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[tuple[str, str, str]] = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        result = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
        found += [(theme, broken["id"], broken["nodes"][0]["html"]) for broken in result["violations"]]
    return found
