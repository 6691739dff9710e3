"""The operation stream: each step and the end of the stream; the operation on the workspace page and in the list."""

import re

import httpx
import pytest

from tests.live.conftest import SignIn
from tests.live.sse_client import connect_live, workspace_stream_url
from tests.live.test_workspace import post
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


def start_restart(browser: httpx.Client, workspace_id: str) -> str:
    """Request a restart, which no worker executes here, and return the id of its operation."""
    post(browser, f"workspaces/{workspace_id}/builds/", transition="restart")
    (operation_id, *_) = re.findall(r"/operations/([0-9a-f-]{36})/", browser.get("/operations/").text)
    return str(operation_id)


def test_operation_stream_sends_each_step_and_ends_when_canceled(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    operation = start_restart(alice, str(web.id))
    with connect_live(alice, f"/live/operations/{operation}/") as tab:
        tab.wait_for('hx-target="#operation"', "Stopping")
        post(alice, f"operations/{operation}/cancel/")
        tab.wait_for('hx-target="#operation"', "Canceled")
        assert tab.next_event() == ("ended", "")
        assert tab.retry == 3_600_000


def test_second_tab_receives_current_operation_state(alice: httpx.Client, coder: SimulatedCoder) -> None:
    operation = start_restart(alice, str(coder.place("web").id))
    with connect_live(alice, f"/live/operations/{operation}/") as tab:
        tab.wait_for('hx-target="#operation"', "Stopping")
        with connect_live(alice, f"/live/operations/{operation}/") as other:
            other.wait_for('hx-target="#operation"', "Stopping")


def test_running_operation_appears_on_workspace_page_and_row(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    with connect_live(alice, workspace_stream_url(web)) as page, connect_live(alice, "/live/workspaces/?q=") as listed:
        page.wait_for("web"), listed.wait_for("web")
        operation = start_restart(alice, str(web.id))
        page.wait_for(f"/operations/{operation}/")
        listed.wait_for(f'hx-target="#w-{web.id}"', "Restarting")


def test_operation_stream_sends_nothing_to_another_user(sign_in: SignIn, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice, bob = sign_in(), sign_in("bob")
    operation = start_restart(alice, str(web.id))
    with (
        connect_live(bob, f"/live/operations/{operation}/") as theirs,
        connect_live(alice, f"/live/operations/{operation}/") as own,
    ):
        own.wait_for("Stopping")
        post(alice, f"operations/{operation}/cancel/")
        own.wait_for("Canceled")
        post(bob, "logout/")
        assert theirs.next_event() == ("session-expired", "")  # and no event before it
