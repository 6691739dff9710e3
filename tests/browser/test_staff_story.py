"""A staff member stops the unused workspaces of a template in the demo's fleet, while the worker is killed."""

import csv
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coder_portal import local_portal
from coder_simulator.testing import run_server
from tests.browser.sign_in import sign_in_by_request
from tests.chromium import close_context
from tests.server import free_port, migrate, portal_environment

FLEET = 2000
PATIENCE_MS = 120_000  # an interrupted step resumes when its lease of one minute has expired
LOADED_MS = 60_000  # the simulator shares the processor with other tests


@dataclass
class Site:
    """A portal with a worker in front of the demo's fleet."""

    environment: dict[str, str]
    worker: "subprocess.Popen[bytes]"

    def kill_worker(self) -> None:
        """Kill the worker in the middle of what it does, and start another one."""
        self.worker.kill()
        self.worker.wait()
        self.worker = local_portal.start_worker(self.environment)


@pytest.fixture
def site(version: str, tmp_path: Path) -> Iterator[Site]:
    """Run the portal of the demo with FLEET=2000."""
    with run_server(version=version, world="demo", licensed=True, fleet=FLEET, speed=20) as coder:
        port = free_port()
        environment = portal_environment(coder.url, tmp_path, port)
        migrate(environment)
        portal = local_portal.start_portal(environment, port)
        site = Site(environment, local_portal.start_worker(environment))
        try:
            local_portal.wait_until_ready(f"{environment['PORTAL_URL']}/healthz", portal)
            yield site
        finally:
            local_portal.terminate([portal, site.worker])


@pytest.fixture
def context(chromium: Browser, site: Site, *, javascript: bool) -> Iterator[BrowserContext]:
    """Return a browser context of the portal."""
    context = chromium.new_context(base_url=site.environment["PORTAL_URL"], java_script_enabled=javascript)
    yield context
    close_context(context)


def open_idle_workspaces(page: Page) -> None:
    """Find the running workspaces of a template that nobody has used for a day, beginning at the list."""
    page.goto("/workspaces/")
    page.get_by_role("link", name="Staff").click()
    expect(page.get_by_text("Loading workspaces")).to_have_count(0, timeout=LOADED_MS)
    page.get_by_role("region", name="Running by template").get_by_role("link", name="Node.js service").click()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Idle for at least (days)").fill("1")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#count")).to_contain_text("40 workspaces")


@pytest.mark.parametrize(("version", "javascript"), [("2.19", False), ("2.36", True)])
def test_forty_idle_workspaces_are_stopped_two_are_refused_retried_and_all_exported(
    context: BrowserContext, site: Site, *, javascript: bool
) -> None:
    page = context.new_page()
    sign_in_by_request(page, "admin")
    open_idle_workspaces(page)
    page.locator("input[name=workspace]").first.check()
    page.get_by_label("All 40 that match").check()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile("saves up to"))).to_be_visible()
    page.get_by_role("button", name="Stop 40 workspaces").click()
    page.wait_for_url("**/operations/*/")  # Chromium may never close a page that navigates
    operation = page.url
    page.close()
    site.kill_worker()

    page = context.new_page()
    page.goto(operation)
    wait_for_end(page, javascript=javascript)
    expect(page.locator("[data-count=done]")).to_have_text("38 done")
    expect(page.locator("[data-count=refused]")).to_have_text("2 rejected")
    expect(page.locator("li[data-state=refused]").first).to_contain_text("Another build of this workspace")
    page.get_by_role("button", name="Retry").click()
    wait_for_end(page, javascript=javascript)
    expect(page.locator("[data-count=done]")).to_have_text("2 done")

    page.goto("/staff/workspaces/?template=Node.js+service")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    exported = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert f"{len(exported)} workspaces" in page.locator("#count").inner_text()
    assert {row["template"] for row in exported} == {"Node.js service"}


def wait_for_end(page: Page, *, javascript: bool) -> None:
    """Wait until the operation has ended: by its stream, or by reloading."""
    ended = page.get_by_text(re.compile("Ended (today|yesterday) at"))
    if javascript:
        expect(ended).to_be_visible(timeout=PATIENCE_MS)
        return
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not ended.is_visible():
        assert time.monotonic() < deadline, page.locator("main").inner_text()[:2000]
        page.wait_for_timeout(1000)
        page.reload()
