"""Browser tests for selecting workspaces and acting on them: ranges, live rows, confirmation, progress."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from coder_portal import local_portal
from coder_simulator.testing import run_server
from tests.browser.sign_in import sign_in_by_request
from tests.browser.tabs import OtherClient
from tests.browser.test_actions import with_and_without_javascript
from tests.portal import SimulatedCoder
from tests.server import free_port, portal_environment, run_manage_command

PATIENCE_MS = 120_000  # an interrupted step resumes when its lease of one minute has expired


def ticks(page: Page) -> list[bool]:
    """Return which rows are selected, in their order."""
    return [tick.is_checked() for tick in page.locator("input[name=workspace]").all()]


def place_several(coder: SimulatedCoder, count: int) -> None:
    """Add running workspaces: web-0, web-1, ..."""
    for number in range(count):
        coder.place(f"web-{number}")


def test_bar_appears_with_first_selected_row_and_counts(alice: Page, coder: SimulatedCoder) -> None:
    place_several(coder, 3)
    alice.goto("/workspaces/")
    bar = alice.get_by_role("group", name="Selected workspaces")
    expect(bar).to_be_hidden()
    alice.get_by_label("Select web-1").check()
    expect(bar).to_be_visible()
    count = "getComputedStyle(document.querySelector('.bulk-count'), '::after').content"
    assert "counter(selected)" in alice.evaluate(count)
    alice.get_by_label("Select web-0").check()
    expect(alice.locator("#sr-announcer")).to_have_text("2 selected")
    bar.get_by_role("button", name="Clear selection").click()
    expect(bar).to_be_hidden()
    assert ticks(alice) == [False, False, False]


def test_shift_selects_a_range_by_mouse_and_by_keyboard(alice: Page, coder: SimulatedCoder) -> None:
    place_several(coder, 6)
    alice.goto("/workspaces/")
    alice.get_by_label("Select web-1").check()
    expect(alice.locator("#sr-announcer")).to_have_text("1 selected")
    alice.get_by_label("Select web-3").click(modifiers=["Shift"])
    assert ticks(alice) == [False, True, True, True, False, False]
    alice.keyboard.press("Shift+ArrowDown")
    assert ticks(alice) == [False, True, True, True, True, False]
    expect(alice.get_by_label("Select web-4")).to_be_focused()
    alice.get_by_label("Select web-2").click(modifiers=["Shift"])
    assert ticks(alice) == [False, True, False, False, False, False]


def test_enter_on_a_row_sends_nothing(alice: Page, coder: SimulatedCoder) -> None:
    place_several(coder, 2)
    alice.goto("/workspaces/")
    alice.get_by_label("Select web-1").check()
    expect(alice.locator("#sr-announcer")).to_have_text("1 selected")
    alice.keyboard.press("Enter")
    alice.keyboard.press("Shift+ArrowUp")
    assert ticks(alice) == [True, True]
    expect(alice).to_have_url(re.compile("/workspaces/$"))


def test_selected_row_stays_selected_when_the_stream_replaces_it(
    alice: Page, coder: SimulatedCoder, other_client: OtherClient
) -> None:
    place_several(coder, 3)
    alice.goto("/workspaces/")
    expect(alice.locator("#live-status")).to_have_attribute("data-state", "live")
    alice.get_by_label("Select web-1").check()
    for workspace in coder.server.world.workspaces.list_with_deleted():
        if workspace.name in {"web-1", "web-2"}:
            other_client.create_build(workspace, "stop")
    changed = alice.locator("tr[data-status=stopping], tr[data-status=pending]")
    expect(changed).to_have_count(2)
    assert sorted(ticks(alice)) == [False, False, True]
    expect(alice.get_by_label("Select web-1")).to_be_checked()


@with_and_without_javascript
def test_all_that_match_are_confirmed_beyond_the_page(alice: Page, coder: SimulatedCoder, *, javascript: bool) -> None:
    place_several(coder, 30)
    alice.goto("/workspaces/?q=owner:me+status:running")
    alice.get_by_label("Select web-1", exact=True).check()
    alice.get_by_label("All 30 that match").check()
    alice.get_by_role("button", name="Stop", exact=True).last.click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Stop 30 workspaces")
    alice.get_by_role("link", name="Cancel").click()
    expect(alice).to_have_url(re.compile(r"/workspaces/\?scope=mine&q=status%3Arunning$"))


@pytest.mark.parametrize(("version", "javascript"), [("2.19", False), ("2.36", True)])
def test_forty_are_stopped_two_refused_and_retried_although_the_worker_is_killed(
    chromium: Browser, tmp_path: Path, version: str, *, javascript: bool
) -> None:
    with run_server(version=version, world="contract", speed=20) as server:
        coder = SimulatedCoder(server)
        several = [coder.place(f"web-{number:02}") for number in range(40)]
        for workspace in several[7:9]:
            refusal = {"status": 400, "body": {"message": f"No tools for {workspace.name}."}}
            server.add_fault("answer", path=f"{workspace.id}/builds$", method="POST", **refusal)
        port = free_port()
        env = portal_environment(server.url, tmp_path, port)
        run_manage_command("migrate", env)
        portal, worker = local_portal.start_portal(env, port), local_portal.start_worker(env)
        try:
            local_portal.wait_until_ready(f"{env['PORTAL_URL']}/healthz", portal)
            context = chromium.new_context(base_url=env["PORTAL_URL"], java_script_enabled=javascript)
            page = context.new_page()
            sign_in_by_request(page)
            page.goto("/workspaces/")
            page.get_by_label("Select web-00").check()
            page.get_by_label("All 40 that match").check()
            page.get_by_role("button", name="Stop", exact=True).last.click()
            page.get_by_role("button", name="Stop 40 workspaces").click()
            operation = page.url
            page.close()
            worker.kill()
            worker.wait()
            worker = local_portal.start_worker(env)
            page = context.new_page()
            page.goto(operation)
            wait_for_end(page, javascript=javascript)
            expect(page.locator("[data-count=done]")).to_have_text("38 done")
            expect(page.locator("[data-count=refused]")).to_have_text("2 rejected")
            rejected = page.locator("li[data-state=refused]")
            expect(rejected).to_contain_text(["No tools for web-07.", "No tools for web-08."])
            expect(page.locator("li.operation").first).to_have_attribute("data-state", "refused")
            server.clear_faults()
            page.get_by_role("button", name="Retry").click()
            wait_for_end(page, javascript=javascript)
            expect(page.locator("[data-count=done]")).to_have_text("2 done")
            context.close()
        finally:
            local_portal.terminate([portal, worker])
        assert all([build.transition for build in each.builds].count("stop") == 1 for each in several)


def wait_for_end(page: Page, *, javascript: bool) -> None:
    """Wait until the operation has ended: by its stream, or by reloading."""
    ended = page.get_by_text(re.compile("Ended today"))
    if javascript:
        expect(ended).to_be_visible(timeout=PATIENCE_MS)
        return
    for _ in range(PATIENCE_MS // 1000):
        if ended.is_visible():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError("the operation does not end")
