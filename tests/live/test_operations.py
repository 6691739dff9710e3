"""The operation stream: each step and the end of the stream; the operation on the workspace page and in the list."""

import re

import httpx
import pytest

from tests.live.conftest import Enter
from tests.live.sse_client import of, opened
from tests.live.test_workspace import posted
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


def begun(browser: httpx.Client, workspace_id: str) -> str:
    """The id of a restart that has just been asked for; no worker takes it here."""
    posted(browser, f"workspaces/{workspace_id}/builds/", transition="restart")
    (found, *_) = re.findall(r"/operations/([0-9a-f-]{36})/", browser.get("/operations/").text)
    return str(found)


def test_operation_stream_sends_each_step_and_ends_when_canceled(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    operation = begun(alice, str(web.id))
    with opened(alice, f"/live/operations/{operation}/") as tab:
        tab.until('hx-target="#operation"', "Stopping")
        posted(alice, f"operations/{operation}/cancel/")
        tab.until('hx-target="#operation"', "Canceled")
        assert tab.next() == ("over", "")
        assert tab.retry == 3_600_000


def test_second_tab_receives_current_operation_state(alice: httpx.Client, coder: SimulatedCoder) -> None:
    operation = begun(alice, str(coder.place("web").id))
    with opened(alice, f"/live/operations/{operation}/") as tab:
        tab.until('hx-target="#operation"', "Stopping")
        with opened(alice, f"/live/operations/{operation}/") as other:
            other.until('hx-target="#operation"', "Stopping")


def test_running_operation_appears_on_workspace_page_and_row(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    with opened(alice, of(web)) as page, opened(alice, "/live/workspaces/?q=") as listed:
        page.until("web"), listed.until("web")
        operation = begun(alice, str(web.id))
        page.until(f"/operations/{operation}/")
        listed.until(f'hx-target="#w-{web.id}"', "Being restarted")


def test_operation_stream_sends_nothing_to_another_user(enter: Enter, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice, bob = enter(), enter("bob")
    operation = begun(alice, str(web.id))
    with (
        opened(bob, f"/live/operations/{operation}/") as theirs,
        opened(alice, f"/live/operations/{operation}/") as own,
    ):
        own.until("Stopping")
        posted(alice, f"operations/{operation}/cancel/")
        own.until("Canceled")
        posted(bob, "logout/")
        assert theirs.next() == ("session-expired", "")  # and no event before it
