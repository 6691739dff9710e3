"""Accessibility tests for the real pages of the demo: axe findings and horizontal overflow."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.chromium import open_context
from tests.styleguide.test_accessibility import OUTSIDE, findings

PAGES = {
    "list": "/workspaces/",
    "list of everybody": "/workspaces/?q=",
    "search without a match": "/workspaces/?q=owner:me+nothing-of-this-name",
    "search that Coder refuses": "/workspaces/?q=bad:search:here",
    "running": "/@alice/payments-api/",
    "failed": "/@alice/release-tooling/",
    "starting": "/@alice/ml-experiments/",
    "name of 32 letters": "/@alice/invoice-reconciliation-eu-west-1/",
    "account": "/account/",
    "saved searches": "/searches/",
    "staff": "/staff/",
    "staff, a part": "/staff/parts/activity/",
    "staff, all workspaces": "/staff/workspaces/",
    "staff, filtered and grouped": "/staff/workspaces/?idle=7&group=owner&sort=-daily-cost",
    "staff, wrong address": "/staff/workspaces/?nothing=1",
    "failed builds": "/staff/builds/?hours=168",
    "long builds": "/staff/builds/?show=long&hours=168",
    "builds, jobs": "/staff/builds/?source=jobs",
    "builds, wrong address": "/staff/builds/?hours=5",
    "templates": "/staff/templates/",
    "people": "/staff/people/",
    "people, search that Coder refuses": "/staff/people/?q=status:nothing",
    "person": "/staff/people/alice/",
    "announcements": "/staff/announcements/",
    "audit log": "/staff/audit/",
    "audit log, wrong filters": "/staff/audit/?from=never&person=alice&workspace=nothing",
    "not there": "/@alice/there-is-no-such-workspace/",
}


LOW_CONTROLS = """() => [...document.querySelectorAll(
  "main :is(button, select, .btn-primary, .btn-quiet, input:not([type=checkbox], [type=radio], [type=hidden]))")]
  .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map(each => `${each.className} ${each.textContent.trim()} ${each.getBoundingClientRect().height}`)"""


@pytest.fixture(params=[1280, 390])
def demo_page(chromium: Browser, demo_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a page of the demo portal in a wide or a narrow viewport."""
    viewport = {"width": request.param, "height": 900}
    with open_context(chromium, base_url=demo_url, viewport=viewport, reduced_motion="reduce") as context:
        yield context.new_page()


def test_sign_in_page_passes_axe_and_fits_viewport(demo_page: Page) -> None:
    demo_page.goto("/login/")
    assert findings(demo_page) == []
    demo_page.get_by_text("Sign in with a token").first.click()
    assert findings(demo_page) == []
    assert demo_page.evaluate(OUTSIDE) == []


def test_every_page_passes_axe_and_fits_viewport(demo_page: Page) -> None:
    sign_in_by_request(demo_page, "admin")
    problems_by_name = {}
    for name, address in PAGES.items():
        demo_page.goto(address)
        expect(demo_page.get_by_role("heading", level=1)).to_have_count(1)
        problems_by_name[name] = [*findings(demo_page), *demo_page.evaluate(OUTSIDE)]
    assert {name: problems for name, problems in problems_by_name.items() if problems} == {}


def test_controls_are_at_least_44_px_high_on_phone(chromium: Browser, demo_url: str) -> None:
    with open_context(chromium, base_url=demo_url, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        sign_in_by_request(page)
        low = {}
        workspace = "/@alice/payments-api/"
        for address in ("/workspaces/", workspace, f"{workspace}settings/", f"{workspace}parameters/", "/account/"):
            page.goto(address)
            page.wait_for_function("() => 'htmx' in window && !document.querySelector('.htmx-request')")
            page.locator("main details").evaluate_all("all => all.forEach(each => { each.open = true; })")
            low[address] = page.evaluate(LOW_CONTROLS)
        assert {address: controls for address, controls in low.items() if controls} == {}


def test_selection_confirmation_and_operation_pass_axe_and_fit_viewport(demo_page: Page) -> None:
    sign_in_by_request(demo_page)
    problems_by_name = {}
    for action in ("stop", "delete", "extend", "autostart", "ttl", "autoupdates"):
        demo_page.goto("/workspaces/?scope=all&q=")
        for tick in demo_page.locator("input[name=workspace]").all()[:3]:
            tick.check()
        if action == "stop":
            demo_page.evaluate("scrollTo(0, document.body.scrollHeight)")  # there the bar covers no row
            problems_by_name["selection"] = [*findings(demo_page), *demo_page.evaluate(OUTSIDE)]
        if not (button := demo_page.locator(f".bulk-bar button[value={action}]")).is_visible():
            demo_page.get_by_role("button", name="More actions", exact=True).click()
        button.click()
        expect(demo_page.locator("#confirm")).to_be_visible()
        problems_by_name[action] = [*findings(demo_page), *demo_page.evaluate(OUTSIDE)]
    demo_page.locator("#confirm button").last.click()
    expect(demo_page.locator("#operation")).to_be_visible()
    problems_by_name["operation"] = [*findings(demo_page), *demo_page.evaluate(OUTSIDE)]
    demo_page.get_by_role("button", name="Cancel operation").click()
    assert {name: problems for name, problems in problems_by_name.items() if problems} == {}


def test_changed_row_and_message_pass_axe_and_fit_viewport(demo_page: Page) -> None:
    sign_in_by_request(demo_page)
    demo_page.goto("/workspaces/?q=owner:me+status:stopped")
    demo_page.get_by_role("button", name="Favorite data-pipeline").click()
    expect(demo_page.get_by_role("status")).to_contain_text("data-pipeline")
    assert [*findings(demo_page), *demo_page.evaluate(OUTSIDE)] == []
    demo_page.get_by_role("button", name="Favorite data-pipeline").click()
    expect(demo_page.get_by_role("status")).to_contain_text("data-pipeline")
