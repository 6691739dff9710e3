"""Accessibility tests for the real pages of the demo: axe findings and horizontal overflow."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.styleguide.test_accessibility import OUTSIDE, findings

PAGES = {
    "list": "/workspaces/",
    "list of everybody": "/workspaces/?q=",
    "search without a match": "/workspaces/?q=owner:me+nothing-of-this-name",
    "search that Coder refuses": "/workspaces/?q=bad:search:here",
    "running": "/@alice/payments-api/",
    "failed": "/@alice/release-tooling/",
    "starting": "/@alice/ml-experiments/",
    "name of 32 letters": "/@alice/customer-4711-reproduction-case2/",
    "account": "/account/",
    "not there": "/@alice/there-is-no-such-workspace/",
}


@pytest.fixture(params=[1280, 390])
def screen(chromium: Browser, demo: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on a wide and on a narrow screen, before the portal of the demo."""
    viewport = {"width": request.param, "height": 900}
    context = chromium.new_context(base_url=demo, viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]  # a ViewportSize
    with closing(context):
        yield context.new_page()


def test_sign_in_page_passes_axe_and_fits_viewport(screen: Page) -> None:
    screen.goto("/login/")
    assert findings(screen) == []
    screen.get_by_text("Sign in with a token").first.click()
    assert findings(screen) == []
    assert screen.evaluate(OUTSIDE) == []


def test_every_page_passes_axe_and_fits_viewport(screen: Page) -> None:
    sign_in_by_request(screen, "admin")
    wrong = {}
    for name, address in PAGES.items():
        screen.goto(address)
        expect(screen.get_by_role("heading", level=1)).to_have_count(1)
        wrong[name] = [*findings(screen), *screen.evaluate(OUTSIDE)]
    assert {name: found for name, found in wrong.items() if found} == {}


def test_changed_row_and_message_pass_axe_and_fit_viewport(screen: Page) -> None:
    sign_in_by_request(screen)
    screen.goto("/workspaces/?q=owner:me+status:stopped")
    screen.get_by_role("button", name="Star data-pipeline").click()
    expect(screen.get_by_role("status")).to_contain_text("data-pipeline: ")
    assert [*findings(screen), *screen.evaluate(OUTSIDE)] == []
    screen.get_by_role("button", name="Star data-pipeline").click()
    expect(screen.get_by_role("status")).to_contain_text("data-pipeline: ")
