"""Count the clicks and keystrokes of frequent tasks. Text that is typed into a field counts as nothing."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.tabs import expect_status
from tests.portal import SimulatedCoder


class Hand:
    """Somebody who clicks and presses keys, and counts both."""

    def __init__(self, page: Page, path: str) -> None:
        page.goto(path)
        self.page = page
        self.count = 0

    def click(self, target: Locator) -> None:
        """Click something that can be seen."""
        expect(target).to_be_visible()
        target.click()
        self.count += 1

    def press(self, key: str) -> None:
        """Press a key, or several at a time."""
        self.page.keyboard.press(key)
        self.count += 1


def row_of(page: Page, name: str) -> Locator:
    """Return the row of a workspace in the list."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def test_terminal_of_running_workspace_takes_1(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev").agents[0].apps[:] = []
    hand = Hand(alice, "/workspaces/")
    with alice.context.expect_page() as popup:
        hand.click(row_of(alice, "web").get_by_role("link", name=re.compile("^Terminal")))
    assert popup.value.url.startswith(f"{coder.url}/@alice/web")
    assert popup.value.url.endswith("/terminal")
    assert hand.count <= 1


def test_start_takes_1(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    hand = Hand(alice, "/workspaces/")
    hand.click(row_of(alice, "web").get_by_role("button", name="Start web"))
    expect_status(alice, web, "pending|starting|running")
    assert hand.count <= 1


def test_stop_takes_1(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    hand = Hand(alice, "/@alice/web/")
    hand.click(alice.get_by_role("button", name="Stop web"))
    expect_status(alice, web, "pending|stopping|stopped")
    assert hand.count <= 1


def test_hour_more_takes_1(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", deadline_in_hours=3)
    hand = Hand(alice, "/@alice/web/")
    hand.click(alice.get_by_role("button", name="Extend by 1 hour"))
    expect(alice.locator("#stop-menu-button")).to_contain_text("in 4 h")
    assert hand.count <= 1


def test_reason_of_failed_build_takes_2(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", "failed", error="terraform apply: exit status 1")
    hand = Hand(alice, "/workspaces/")
    hand.click(alice.get_by_role("link", name="web", exact=True))
    hand.click(alice.get_by_role("link", name="View the failing line in the log"))
    expect(alice.get_by_text("terraform apply: exit status 1").first).to_be_visible()
    assert hand.count <= 2


def test_creation_with_defaults_takes_3(alice: Page, coder: SimulatedCoder) -> None:
    hand = Hand(alice, "/workspaces/")
    hand.click(alice.get_by_role("link", name="Create workspace").first)
    hand.click(
        alice.locator("main a[href^='/workspaces/new/']").filter(has_text=re.compile("plain", re.IGNORECASE)).first
    )
    hand.click(alice.get_by_role("button", name="Create workspace"))
    expect(alice).to_have_url(re.compile("/@alice/plain/$"))
    assert hand.count <= 3


def test_autostart_on_weekdays_takes_4(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped", template="dev")
    hand = Hand(alice, "/@alice/web/")
    hand.click(alice.locator("#tabs").get_by_role("link", name="Settings"))
    hand.click(alice.locator("#set-autostart summary").first)
    time = alice.get_by_label("Time", exact=True)
    hand.click(time)
    time.fill("08:30")
    hand.press("Enter")
    expect(alice.locator("#says-autostart")).to_contain_text("Starts Monday to Friday at 08:30")
    assert hand.count <= 4


def test_copy_of_ssh_command_takes_2(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    hand = Hand(alice, "/@alice/web/")
    hand.click(alice.get_by_role("button", name="All apps and SSH for web"))
    hand.click(alice.locator("#row-menu").get_by_role("button", name="Copy SSH command"))
    expect(alice.locator("#sr-announcer")).to_contain_text(re.compile("Copied|Selected|copying"))
    assert hand.count <= 2


def test_other_workspace_by_keyboard_takes_3(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("zeta")
    hand = Hand(alice, "/@alice/web/")
    hand.press("Control+k")
    expect(alice.locator("dialog.palette")).to_be_visible()
    hand.press("z")
    expect(alice.locator(".palette-entry").first).to_contain_text("zeta")
    hand.press("Enter")
    expect(alice).to_have_url(re.compile("/@alice/zeta/$"))
    assert hand.count <= 3


def test_deletion_takes_3_and_the_name(alice: Page, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped")
    hand = Hand(alice, "/@alice/web/")
    hand.click(alice.get_by_label("Actions for web"))
    hand.click(alice.locator(".menu:popover-open").get_by_role("link", name=re.compile("^Delete")))
    alice.locator("#id_confirm").fill("web")
    hand.click(alice.get_by_role("button", name="Delete workspace"))
    expect(alice.get_by_text(re.compile("Deleting web|web was deleted")).first).to_be_visible()
    assert hand.count <= 3
