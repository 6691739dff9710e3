"""Two portal processes on one database: streams of one process report writes made through the other."""

from collections.abc import Iterator

import httpx
import pytest

from tests.live.sse_client import connect_live, workspace_stream_url
from tests.live.test_operations import start_restart
from tests.live.test_workspace import post
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


@pytest.fixture
def other_browser(alice: httpx.Client, other_site: str) -> Iterator[httpx.Client]:
    """Return a browser with Alice's session at the other process."""
    cookies = httpx.Cookies()
    for cookie in alice.cookies.jar:
        cookies.set(cookie.name, str(cookie.value), domain=cookie.domain, path="/coder-portal/")
    with httpx.Client(base_url=other_site, trust_env=False, timeout=30, cookies=cookies) as browser:
        yield browser


def test_start_in_one_process_is_sent_to_page_and_list_of_another(
    alice: httpx.Client, other_browser: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, workspace_stream_url(web)) as page, connect_live(alice, "/live/workspaces/?q=") as listed:
        page.wait_for('data-status="stopped"'), listed.wait_for('data-status="stopped"')
        post(other_browser, f"workspaces/{web.id}/builds/", transition="start")
        page.wait_for('data-status="starting"')
        listed.wait_for(f'hx-target="#w-{web.id}"', 'data-status="starting"')


def test_operation_progress_in_one_process_is_sent_by_another(
    alice: httpx.Client, other_browser: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    with connect_live(alice, workspace_stream_url(web)) as page:
        page.wait_for('data-status="running"')
        operation = start_restart(other_browser, str(web.id))
        page.wait_for(f"/operations/{operation}/")
        with connect_live(alice, f"/live/operations/{operation}/") as tab:
            tab.wait_for("Stopping")
            post(other_browser, f"operations/{operation}/cancel/")
            tab.wait_for("Canceled")
            assert tab.next_event() == ("ended", "")
