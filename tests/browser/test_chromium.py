"""The whole Chromium of some browser tests: what it leaves out to start pages faster, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession

from tests.chromium import ADDRESS_BAR_PAGES, open_context


@pytest.fixture
def devtools(whole_chromium: Browser) -> Iterator[CDPSession]:
    """Return a session of Chromium's own protocol, with one window open."""
    with open_context(whole_chromium) as context:
        context.new_page()
        yield whole_chromium.new_browser_cdp_session()


def test_playwrights_own_disabled_features_stay_disabled(devtools: CDPSession) -> None:
    processes = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    (main,) = [process["id"] for process in processes if process["type"] == "browser"]
    command = Path(f"/proc/{main}/cmdline").read_text().replace("\0", " ").split()
    playwright, ours = [set(word.partition("=")[2].split(",")) for word in command if "--disable-features=" in word]
    assert ours - playwright == set(ADDRESS_BAR_PAGES)
    assert playwright - ours == set()


def test_window_loads_no_pages_of_its_own(devtools: CDPSession) -> None:
    targets = devtools.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
    assert {target["type"] for target in targets} <= {"page", "tab"}
