"""The stream of the staff table: the rows that the browser shows, one event for each change."""

import re
from html import unescape

import httpx
import pytest

from tests.external_services.servers import wait_for
from tests.live.conftest import SignIn
from tests.live.sse_client import connect_live
from tests.live.test_workspace import assert_watched
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    """Return a browser session of an owner of the deployment."""
    return sign_in("admin")


def stream_path(browser: httpx.Client, query: str = "") -> str:
    """Return the path of the stream that the table names."""
    (path,) = re.findall(r'id="results"[^>]*\sdata-live="([^"]*)"', browser.get(f"/staff/workspaces/{query}").text)
    return unescape(path)


def test_fleet_stream_sends_only_the_row_that_changes(admin: httpx.Client, coder: SimulatedCoder) -> None:
    web, api = coder.place("web", "stopped"), coder.place("api", "stopped", owner="bob")
    with connect_live(admin, stream_path(admin)) as tab:
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        wait_for(lambda: assert_watched(coder, api), AssertionError)
        coder.start_queued_build(api)
        html = tab.wait_for(f'hx-target="#w-{api.id}"')
        assert str(web.id) not in html
        assert re.search('data-status="(starting|pending)"', html)


def test_fleet_stream_keeps_the_columns_of_the_page(admin: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    path = re.sub(r"columns=[^&]*", "columns=status,name,ttl", stream_path(admin))
    with connect_live(admin, path) as tab:
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        coder.start_queued_build(web)
        html = tab.wait_for(f'hx-target="#w-{web.id}"')
        assert re.findall(r'class="col-([a-z-]+)', html) == ["status", "name", "ttl"]


def test_table_shows_what_the_stream_has_reported(admin: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with connect_live(admin, stream_path(admin)) as tab:
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        coder.start_queued_build(web)
        tab.wait_for('data-status="starting"')
        coder.clear_requests()
        assert 'data-status="starting"' in admin.get("/staff/workspaces/").text
        assert "GET /workspaces" not in coder.request_lines()


def test_fleet_stream_survives_a_query_that_names_nothing(admin: httpx.Client, coder: SimulatedCoder) -> None:
    with connect_live(admin, "/live/staff/workspaces/?watch=x:y,,&columns=nothing") as tab:
        assert tab.retry


def test_fleet_stream_of_a_workspace_without_access_sends_nothing(alice: httpx.Client, coder: SimulatedCoder) -> None:
    api = coder.place("api", "stopped", owner="bob")
    web = coder.place("web", "stopped")
    with connect_live(alice, f"/live/staff/workspaces/?watch={api.id}:0,{web.id}:0&columns=name") as tab:
        html = tab.wait_for(str(web.id))
        assert str(api.id) not in html
