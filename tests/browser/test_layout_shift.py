"""Test in Chromium that nothing moves after the first paint, on the list, a workspace, and the form for a new one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.layout_shift import LAYOUT_SHIFTS, paint_when_parsed
from tests.browser.sign_in import sign_in_by_request
from tests.chromium import open_context

PAGES = {
    "list": "/workspaces/",
    "list of all": "/workspaces/?scope=all&sort=name",
    "templates": "/workspaces/new/",
    "form": "/workspaces/new/",  # of the first template
    "running workspace": "/@alice/payments-api/",
    "workspace with a failed script": "/@alice/grpc-gateway/",
    "failed workspace": "/@alice/release-tooling/",
    "stopped workspace": "/@alice/mobile-backend/",
    "builds": "/@alice/payments-api/builds/",
    "builds of a failed workspace": "/@alice/release-tooling/builds/",
    "settings": "/@alice/payments-api/settings/",
    "parameters": "/@alice/payments-api/parameters/",
}


@pytest.fixture(params=[1280, 390])
def demo_page(chromium: Browser, demo_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a page of the demo portal in a wide or a narrow viewport, in which Alice is signed in."""
    viewport = {"width": request.param, "height": 900}
    with open_context(chromium, base_url=demo_url, viewport=viewport, reduced_motion="reduce") as context:
        page = context.new_page()
        sign_in_by_request(page)
        paint_when_parsed(page)
        yield page


def test_nothing_moves_after_first_paint(demo_page: Page) -> None:
    shifts_by_name = {}
    for name, path in PAGES.items():
        demo_page.goto(path)
        if name == "form":
            demo_page.goto(demo_page.locator("main a[href^='/workspaces/new/']").first.get_attribute("href") or "")
        expect(demo_page.locator(".htmx-request")).to_have_count(0)
        shifts_by_name[name] = demo_page.evaluate(LAYOUT_SHIFTS)
    assert {name: shifts for name, shifts in shifts_by_name.items() if shifts} == {}
