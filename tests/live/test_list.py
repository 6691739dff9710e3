"""The list stream: one row for each change, the table for a new order, and the number of calls to Coder."""

import re
import time
from contextlib import ExitStack
from html import unescape

import httpx
import pytest

from coder_simulator.state import Workspace
from tests.external_services.servers import wait_for
from tests.live.conftest import SignIn
from tests.live.sse_client import connect_live
from tests.live.test_workspace import APART, ROUNDED, STARRED, assert_call_count, assert_watched, post
from tests.portal import SimulatedCoder, create_token

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals

ALL_BUILDS_S = 7200.0  # every build has ended by then
MINE = "/live/workspaces/?q=owner:me"


def shown_etag(browser: httpx.Client) -> str:
    """Return the etag that the list shows."""
    (etag,) = re.findall(r'id="table"[^>]* data-etag="([^"]*)"', browser.get("/workspaces/").text)
    return unescape(etag)


def request_paths(coder: SimulatedCoder) -> list[str]:
    """Return the requests to Coder with the newest token, with # for an id."""
    entries = coder.server.requests()
    token = next(each["token"] for each in entries if each["path"] == "/api/v2/workspaces")
    paths = [f"{each['method']} {each['path'].removeprefix('/api/v2')}" for each in entries if each["token"] == token]
    return [re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "#", path) for path in paths]


def test_list_stream_opens_with_table_and_sends_one_row_on_change(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, api = coder.place("web"), coder.place("api")
    with connect_live(alice, MINE) as tab:
        assert 'hx-target="#table"' in tab.wait_for(str(web.id), str(api.id))
        post(alice, f"workspaces/{web.id}/favorite/", favorite="true")
        html = tab.wait_for(f'hx-target="#w-{web.id}"')
        assert str(api.id) not in html
        assert "#table" not in html


def test_list_stream_sends_row_when_build_starts_outside_portal(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, _api = coder.place("web", "stopped"), coder.place("api", "stopped")
    with connect_live(alice, MINE) as tab:
        tab.wait_for('hx-target="#table"')  # a change before the first list response is sent as the table
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        coder.start_queued_build(web)
        html = tab.next_event()[1]
        assert 'data-status="starting"' in html or 'data-status="pending"' in html
        assert f'hx-target="#w-{web.id}"' in html


def test_list_stream_sends_nothing_before_change_when_page_is_current(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, MINE) as first:
        first.wait_for('hx-target="#table"')  # the next tab finds the list in the cache
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        with connect_live(alice, MINE, shown_etag(alice)) as tab:
            post(alice, f"workspaces/{web.id}/favorite/", favorite="true")
            assert f'hx-target="#w-{web.id}"' in tab.next_event()[1]


def test_second_tab_opens_with_state_already_sent_to_first_tab(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, MINE) as first:
        first.wait_for('hx-target="#table"')
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        coder.start_queued_build(web)
        first.wait_for('data-status="starting"')
        with connect_live(alice, MINE) as second:
            assert 'data-status="starting"' in second.next_event()[1]


def test_table_event_has_time_of_list_request_when_tabs_share_it(alice: httpx.Client, coder: SimulatedCoder) -> None:
    before = time.time()
    with connect_live(alice, MINE) as first:
        first.wait_for('hx-target="#table"')
        between = time.time()
        with connect_live(alice, MINE) as second:
            second.wait_for('hx-target="#table"')
    for tab in (first, second):
        assert before - APART <= tab.read_ms / 1000 <= between + ROUNDED


def test_list_stream_does_not_revert_page_newer_than_shared_state(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, MINE) as early:
        early.wait_for('hx-target="#table"')
        web.owner.favorites.add(web)  # Coder sends no event for this
        with connect_live(alice, MINE, shown_etag(alice)) as late:
            early.wait_for(STARRED)
            coder.start_queued_build(web)
            html = late.next_event()[1]
            assert STARRED in html
            assert re.search('data-status="(pending|starting)"', html)


def test_list_stream_sends_table_with_new_workspace_after_portal_write(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    with connect_live(alice, MINE, shown_etag(alice)) as tab:
        api = coder.place("api")
        post(alice, f"workspaces/{web.id}/favorite/", favorite="true")
        assert 'hx-target="#table"' in tab.wait_for(str(api.id))


def test_ten_tabs_share_one_list_request_and_25_watches(sign_in: SignIn, coder: SimulatedCoder) -> None:
    for number in range(30):
        coder.place(f"w{number}")
    browser = sign_in()
    post(browser, "account/", zone="UTC", theme="", page_size="50")
    coder.clear_requests()
    with ExitStack() as tabs:
        for _ in range(10):
            tabs.enter_context(connect_live(browser, MINE)).wait_for('hx-target="#table"')
        wait_for(lambda: assert_call_count("GET /workspaces/#/watch", request_paths(coder), times=25), AssertionError)
        calls = request_paths(coder)
    assert calls.count("GET /workspaces") == 1
    others = [each for each in calls if each not in {"GET /workspaces", "GET /workspaces/#/watch"}]
    assert others == ["GET /templates"]


@pytest.mark.parametrize("filters", ["", "&filters=status:running"])
def test_workspace_that_left_page_is_back_at_once_when_started_elsewhere(
    sign_in: SignIn, coder: SimulatedCoder, filters: str
) -> None:
    for number in range(25):
        coder.place(f"a{number}", "stopped")
    last = coder.place("z")  # the running ones come first
    browser = sign_in()
    post(browser, "account/", zone="UTC", theme="", page_size="25")
    with connect_live(browser, MINE + filters) as tab:
        tab.wait_for('hx-target="#table"', str(last.id))
        wait_for(lambda: assert_watched(coder, last), AssertionError)
        create_build(coder, last, "stop")
        while str(last.id) in tab.wait_for('hx-target="#table"'):
            pass
        started = time.monotonic()
        create_build(coder, last, "start")
        tab.wait_for('hx-target="#table"', str(last.id))
        assert time.monotonic() - started < 10  # s; the next poll is due after 30


def create_build(coder: SimulatedCoder, workspace: Workspace, transition: str) -> None:
    """Create a build outside of the portal and let it end."""
    response = coder.server.http.post(
        f"/api/v2/workspaces/{workspace.id}/builds",
        json={"transition": transition},
        headers={"Coder-Session-Token": create_token(coder)},
    )
    response.raise_for_status()
    coder.server.advance(ALL_BUILDS_S)


def test_list_watches_other_owners_workspaces_only_during_builds(sign_in: SignIn, coder: SimulatedCoder) -> None:
    still, moves = (
        coder.place("still", owner="bob"),
        coder.start_queued_build(coder.place("moves", "stopped", owner="bob")),
    )
    admin = sign_in("admin")
    with connect_live(admin, "/live/workspaces/?q=") as tab:
        tab.wait_for(str(still.id), str(moves.id))
        wait_for(
            lambda: assert_call_count(f"GET /workspaces/{moves.id}/watch", coder.request_lines(), times=1),
            AssertionError,
        )
        assert_call_count(f"GET /workspaces/{still.id}/watch", coder.request_lines(), times=0)


def test_unwatched_row_is_sent_after_next_list_poll(sign_in: SignIn, coder: SimulatedCoder) -> None:
    made = [coder.place(f"w{number:02}", "stopped") for number in range(30)]
    coder.place("y-hangs", "starting", template="hang")  # makes the next list poll come within 5 s
    browser = sign_in()
    post(browser, "account/", zone="UTC", theme="", page_size="50")
    with connect_live(browser, MINE) as tab:
        tab.wait_for('hx-target="#table"')
        wait_for(lambda: assert_call_count("GET /workspaces/#/watch", request_paths(coder), times=25), AssertionError)
        watched = {each.split("/")[2] for each in coder.request_lines() if each.endswith("/watch")}
        (beyond, *_) = [each for each in made if each.id not in watched]
        coder.start_queued_build(beyond)
        html = tab.wait_for(str(beyond.id))
        assert re.search(f'<tr[^>]*{beyond.id}[^>]* data-status="(pending|starting)"', html)


def test_list_stream_ends_when_coder_rejects_query(alice: httpx.Client, coder: SimulatedCoder) -> None:
    with connect_live(alice, "/live/workspaces/?q=bad:search:here") as tab:
        assert tab.next_event()[0] == "ended"
        assert tab.retry == 3_600_000


def test_list_stream_ends_without_a_call_when_search_is_too_long(alice: httpx.Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    with connect_live(alice, f"/live/workspaces/?q={'x' * 2001}") as tab:
        assert tab.next_event() == ("ended", "")
        assert tab.retry == 3_600_000
    assert not [line for line in coder.request_lines() if line.startswith("GET /workspaces")]


def test_list_page_has_no_stream_url_when_coder_rejects_query(alice: httpx.Client, coder: SimulatedCoder) -> None:
    refused = alice.get("/workspaces/", params={"q": "no-such-key:x"}).text
    assert "Invalid search" in refused
    assert "data-live=" not in refused
    with connect_live(alice, "/live/workspaces/?q=no-such-key:x") as tab:
        assert tab.next_event() == ("ended", "")
