"""A restart survives a closed tab and a killed portal and worker, with real processes and Chromium."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from coder_portal import local_portal
from coder_simulator.testing import run_server
from coder_simulator.world import PASSWORD
from tests.chromium import close_context
from tests.portal import SimulatedCoder
from tests.server import free_port, portal_environment, run_manage_command

SPEED = 0.005  # a build lasts 20 s, twice as long as an expectation waits; the test itself ends it
PATIENCE_MS = 120_000  # an interrupted step resumes when its lease of one minute has expired


def test_restart_completes_when_tab_closes_and_processes_are_killed(chromium: Browser, tmp_path: Path) -> None:
    with run_server(version="2.19", world="contract", speed=SPEED) as server:
        SimulatedCoder(server).place("web")
        port = free_port()
        env = portal_environment(server.url, tmp_path, port)
        run_manage_command("migrate", env)
        processes = [local_portal.start_portal(env, port), local_portal.start_worker(env)]
        try:
            local_portal.wait_until_ready(f"{env['PORTAL_URL']}/healthz", processes[0])
            context = chromium.new_context(base_url=env["PORTAL_URL"])
            page = context.new_page()
            page.goto("/login/?next=/@alice/web/")
            page.get_by_label("Email").fill("alice@example.com")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.get_by_label("Actions for web").click()
            page.get_by_role("button", name="Restart").click()
            expect(page.get_by_role("status")).to_contain_text("Restarting")
            operation = page.locator("#messages").get_by_role("link", name="View progress").get_attribute("href")
            assert operation
            page.close()
            for process in processes:
                process.kill()
                process.wait()
            server.advance(60)  # the stop ends while no process runs
            processes = [local_portal.start_portal(env, port), local_portal.start_worker(env)]
            local_portal.wait_until_ready(f"{env['PORTAL_URL']}/healthz", processes[0])
            page = context.new_page()
            page.goto(operation)
            expect(page.locator("[data-state=done]")).to_be_visible(timeout=PATIENCE_MS)
            page.get_by_role("link", name="web", exact=True).click()
            expect(page.locator("section[data-workspace]")).to_have_attribute("data-status", "running")
            expect(page.get_by_role("link", name="#4", exact=True)).to_be_visible()
            close_context(context)
        finally:
            local_portal.terminate(processes)
