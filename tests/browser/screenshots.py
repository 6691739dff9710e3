"""Take the screenshots in docs/screenshots: `make screenshots`."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from coder_simulator.testing import run_server
from tests.browser.sign_in import sign_in_by_request
from tests.chromium import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.server import ROOT, run_portal

FOLDER = ROOT / "docs" / "screenshots"
SIGNED_IN_PAGES = {
    "list": "/workspaces/",
    "header": "/@alice/payments-api/",
    "empty": "/workspaces/?q=owner:me+status:failed+nothing-of-this-name",
    "account": "/account/",
}
WORKSPACE_PAGES = {
    "agents": "/@alice/invoice-reconciliation-eu-west-1/",
    "failed": "/@alice/release-tooling/",
    "unhealthy": "/@alice/grpc-gateway/",
    "build": "/@alice/release-tooling/builds/3/",
    "delete": "/@alice/payments-api/delete/",
}
PARTS = {"history": "builds", "parameters": "parameters"}  # tabs of the workspace page
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1280, 390)
TWO_OF_FOUR = ((1280, "light"), (390, "dark"))  # for pages that look similar in the other two combinations


@contextmanager
def run_demo_portal() -> Iterator[str]:
    """Run a portal in front of the demo world, and yield its URL."""
    with (
        tempfile.TemporaryDirectory() as folder,
        run_server(version="2.36", world="demo", licensed=True) as coder,
        run_portal(coder.url, Path(folder), extra_env={"CODER_PUBLIC_URL": coder.url}) as url,
    ):
        yield url


def main() -> None:
    """Take all pages in both themes and at both widths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with run_demo_portal() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        for width in WIDTHS:
            for theme in THEMES:
                take_all(browser, url, width, theme)
        browser.close()


def take_all(browser: Browser, url: str, width: int, theme: Literal["light", "dark"]) -> None:
    """Take every page at one width and in one theme."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 860 if width > 600 else 844},
        color_scheme=theme,
        reduced_motion="reduce",
        timezone_id="Europe/Dublin",
    )
    page = context.new_page()
    page.goto("/login/")
    take_screenshot(page, "login", width, theme)
    sign_in_by_request(page)
    for name, address in SIGNED_IN_PAGES.items():
        page.goto(address)
        take_screenshot(page, name, width, theme)
    page.goto("/@alice/payments-api/settings/")
    take_settings(page, width, theme)
    if (width, theme) in TWO_OF_FOUR:
        take_forms(page, width, theme)
        for name, address in WORKSPACE_PAGES.items():
            page.goto(address)
            take_screenshot(page, name, width, theme)
        take_parts(page, width, theme)
    context.close()


def take_parts(page: Page, width: int, theme: str) -> None:
    """Take the tabs of a workspace's page beside the overview."""
    for name, part in PARTS.items():
        page.goto(f"/@alice/web-frontend/{part}/")
        take_screenshot(page, name, width, theme)


def take_settings(page: Page, width: int, theme: str) -> None:
    """Take the settings on the open workspace page, with all forms closed and with all forms open."""
    settings = page.locator("#settings")
    page.wait_for_load_state("networkidle")
    settings.screenshot(path=FOLDER / f"settings-closed-{theme}-{width}.png")
    settings.locator(".setting > details").evaluate_all("all => all.forEach(details => { details.open = true; })")
    settings.screenshot(path=FOLDER / f"settings-open-{theme}-{width}.png")


def take_forms(page: Page, width: int, theme: str) -> None:
    """Take full-page screenshots of the templates, a form with many parameters, and that form with errors."""
    page.goto("/workspaces/new/")
    take_screenshot(page, "templates", width, theme, full_page=True)
    page.get_by_role("link", name="Monorepo").click()
    page.locator("#folded > summary").click()
    take_screenshot(page, "new", width, theme, full_page=True)
    page.get_by_label("Name").fill("payments api")
    page.get_by_label("CPU cores").fill("99")
    page.get_by_role("button", name="Create workspace").click()
    page.locator(".summary-errors .error").wait_for()
    take_screenshot(page, "new-refused", width, theme, full_page=True)


def take_screenshot(page: Page, name: str, width: int, theme: str, *, full_page: bool = False) -> None:
    """Take a screenshot of the viewport or of the full page, after its icons have loaded or failed."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}-{theme}-{width}.png", full_page=full_page)


if __name__ == "__main__":
    main()
