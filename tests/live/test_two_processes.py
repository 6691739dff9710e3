"""Two portal processes on one database: streams of one process report writes made through the other."""

from collections.abc import Iterator

import httpx
import pytest

from tests.live.sse_client import of, opened
from tests.live.test_operations import begun
from tests.live.test_workspace import posted
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


@pytest.fixture
def elsewhere(alice: httpx.Client, other_site: str) -> Iterator[httpx.Client]:
    """Alice's browser, with the same session, before the other process."""
    cookies = httpx.Cookies()
    for cookie in alice.cookies.jar:
        cookies.set(cookie.name, str(cookie.value), domain=cookie.domain, path="/coder-portal/")
    with httpx.Client(base_url=other_site, trust_env=False, timeout=30, cookies=cookies) as browser:
        yield browser


def test_start_in_one_process_is_sent_to_page_and_list_of_another(
    alice: httpx.Client, elsewhere: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    with opened(alice, of(web)) as page, opened(alice, "/live/workspaces/?q=") as listed:
        page.until('data-status="stopped"'), listed.until('data-status="stopped"')
        posted(elsewhere, f"workspaces/{web.id}/builds/", transition="start")
        page.until('data-status="starting"')
        listed.until(f'hx-target="#w-{web.id}"', 'data-status="starting"')


def test_operation_progress_in_one_process_is_sent_by_another(
    alice: httpx.Client, elsewhere: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    with opened(alice, of(web)) as page:
        page.until('data-status="running"')
        operation = begun(elsewhere, str(web.id))
        page.until(f"/operations/{operation}/")
        with opened(alice, f"/live/operations/{operation}/") as tab:
            tab.until("Stopping")
            posted(elsewhere, f"operations/{operation}/cancel/")
            tab.until("Canceled")
            assert tab.next() == ("over", "")
