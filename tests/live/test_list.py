"""The stream of a list: one row for one change, the table for another order, and what that costs Coder."""

import re
from contextlib import ExitStack
from html import unescape

import httpx
import pytest

from tests.external_services.servers import wait_for
from tests.live.conftest import Enter
from tests.live.sse_client import opened
from tests.live.test_workspace import STARRED, expect, posted, somebody
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals

MINE = "/live/workspaces/?q=owner:me"


def seen(browser: httpx.Client) -> str:
    """The mark of what the list shows."""
    (found,) = re.findall(r'id="table"[^>]* data-seen="([^"]*)"', browser.get("/workspaces/").text)
    return unescape(found)


def asked(coder: SimulatedCoder) -> list[str]:
    """What Coder was asked with the newest token, with # for an id."""
    entries = coder.server.requests()
    token = next(each["token"] for each in entries if each["path"] == "/api/v2/workspaces")
    paths = [f"{each['method']} {each['path'].removeprefix('/api/v2')}" for each in entries if each["token"] == token]
    return [re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "#", path) for path in paths]


def test_a_list_opens_with_its_table_and_a_change_is_one_row(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, api = coder.place("web"), coder.place("api")
    with opened(alice, MINE) as tab:
        assert 'hx-target="#table"' in tab.until(str(web.id), str(api.id))
        posted(alice, f"workspaces/{web.id}/favorite/", favorite="true")
        told = tab.until(f'hx-target="#w-{web.id}"')
        assert str(api.id) not in told
        assert "#table" not in told


def test_a_start_by_somebody_elses_hand_is_a_row(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, _api = coder.place("web", "stopped"), coder.place("api", "stopped")
    with opened(alice, MINE, seen(alice)) as tab:
        wait_for(lambda: somebody(coder, web), AssertionError)
        coder.queued(web)
        told = tab.next()[1]
        assert 'data-status="starting"' in told or 'data-status="pending"' in told
        assert f'hx-target="#w-{web.id}"' in told


def test_a_list_that_shows_all_is_told_nothing_before_something_changes(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    with opened(alice, MINE, seen(alice)) as tab:
        wait_for(lambda: somebody(coder, web), AssertionError)
        posted(alice, f"workspaces/{web.id}/favorite/", favorite="true")
        assert f'hx-target="#w-{web.id}"' in tab.next()[1]


def test_a_second_tab_begins_with_what_the_first_has_been_told(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with opened(alice, MINE) as first:
        first.until('hx-target="#table"')
        wait_for(lambda: somebody(coder, web), AssertionError)
        coder.queued(web)
        first.until('data-status="starting"')
        with opened(alice, MINE) as second:
            assert 'data-status="starting"' in second.next()[1]


def test_a_table_is_as_old_as_the_question_for_it(alice: httpx.Client, coder: SimulatedCoder) -> None:
    with opened(alice, MINE) as first, opened(alice, MINE) as second:
        for tab in (first, second):
            tab.until('hx-target="#table"')
        assert second.read_ms == pytest.approx(first.read_ms, abs=2)  # two clocks, in whole ms


def test_a_list_that_was_read_after_the_stream_was_told_is_not_taken_back(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    with opened(alice, MINE) as early:
        early.until('hx-target="#table"')
        web.owner.favorites.add(web)  # and Coder tells it to nobody
        with opened(alice, MINE, seen(alice)) as late:
            early.until(STARRED)
            coder.queued(web)
            told = late.next()[1]
            assert STARRED in told
            assert re.search('data-status="(pending|starting)"', told)


def test_what_was_made_through_the_portal_stands_on_the_list_at_once(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    with opened(alice, MINE, seen(alice)) as tab:
        api = coder.place("api")
        posted(alice, f"workspaces/{web.id}/favorite/", favorite="true")
        assert 'hx-target="#table"' in tab.until(str(api.id))


def test_ten_tabs_on_one_list_cost_one_question_and_twenty_five_watches(enter: Enter, coder: SimulatedCoder) -> None:
    for number in range(30):
        coder.place(f"w{number}")
    browser = enter()
    posted(browser, "account/", zone="UTC", theme="", page_size="50")
    coder.forget()
    with ExitStack() as tabs:
        for _ in range(10):
            tabs.enter_context(opened(browser, MINE)).until('hx-target="#table"')
        wait_for(lambda: expect("GET /workspaces/#/watch", asked(coder), times=25), AssertionError)
        calls = asked(coder)
    assert calls.count("GET /workspaces") == 1
    others = [each for each in calls if each not in {"GET /workspaces", "GET /workspaces/#/watch"}]
    assert others == ["GET /templates"]


def test_of_others_workspaces_only_those_are_watched_that_move(enter: Enter, coder: SimulatedCoder) -> None:
    still, moves = coder.place("still", owner="bob"), coder.queued(coder.place("moves", "stopped", owner="bob"))
    admin = enter("admin")
    with opened(admin, "/live/workspaces/?q=") as tab:
        tab.until(str(still.id), str(moves.id))
        wait_for(lambda: expect(f"GET /workspaces/{moves.id}/watch", coder.asked(), times=1), AssertionError)
        expect(f"GET /workspaces/{still.id}/watch", coder.asked(), times=0)


def test_rows_beyond_those_that_are_watched_are_told_with_the_next_question_for_the_list(
    enter: Enter, coder: SimulatedCoder
) -> None:
    made = [coder.place(f"w{number:02}", "stopped") for number in range(30)]
    coder.place("y-hangs", "starting", template="hang")  # so that the next question comes within 5 s
    browser = enter()
    posted(browser, "account/", zone="UTC", theme="", page_size="50")
    with opened(browser, MINE) as tab:
        tab.until('hx-target="#table"')
        wait_for(lambda: expect("GET /workspaces/#/watch", asked(coder), times=25), AssertionError)
        watched = {each.split("/")[2] for each in coder.asked() if each.endswith("/watch")}
        (beyond, *_) = [each for each in made if each.id not in watched]
        coder.queued(beyond)
        told = tab.until(str(beyond.id))
        assert re.search(f'<tr[^>]*{beyond.id}[^>]* data-status="starting"', told)


def test_a_query_that_coder_refuses_ends_the_stream(alice: httpx.Client, coder: SimulatedCoder) -> None:
    with opened(alice, "/live/workspaces/?q=bad:search:here") as tab:
        assert tab.next()[0] == "over"
        assert tab.retry == 3_600_000


def test_a_search_that_coder_refuses_has_no_stream_and_one_that_is_asked_for_ends_without_a_word(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    refused = alice.get("/workspaces/", params={"q": "no-such-key:x"}).text
    assert "Coder did not take this search" in refused
    assert "data-live=" not in refused
    with opened(alice, "/live/workspaces/?q=no-such-key:x") as tab:
        assert tab.next() == ("over", "")
