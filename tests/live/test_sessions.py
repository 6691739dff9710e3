"""Streams end when their session ends."""

import httpx
import pytest

from tests.external_services.browsers import post_form
from tests.live.conftest import SignIn
from tests.live.sse_client import connect_live, workspace_stream_url
from tests.live.test_workspace import post
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals


def test_sign_out_ends_streams_of_its_session_only(sign_in: SignIn, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    leaves, stays = sign_in(), sign_in()
    with (
        connect_live(leaves, workspace_stream_url(web)) as page,
        connect_live(leaves, "/live/workspaces/?q=") as listed,
        connect_live(stays, workspace_stream_url(web)) as tab,
    ):
        for each in (page, listed, tab):
            each.wait_for("web")
        post(leaves, "logout/")
        for each in (page, listed):
            assert each.next_event() == ("session-expired", "")
            assert each.next_event() == ("", "")
            assert each.retry == 3_600_000
        coder.start_queued_build(web)
        tab.wait_for('data-status="starting"')


def test_ending_all_sessions_ends_their_streams(sign_in: SignIn, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    one, two = sign_in(), sign_in()
    with connect_live(one, workspace_stream_url(web)) as here, connect_live(two, workspace_stream_url(web)) as there:
        here.wait_for("web"), there.wait_for("web")
        post(one, "account/sessions/end/")
        assert [here.next_event(), there.next_event()] == [("session-expired", "")] * 2


def test_session_ended_in_another_process_ends_its_streams(
    sign_in: SignIn, other_site: str, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    browser = sign_in()
    with connect_live(browser, workspace_stream_url(web)) as tab:
        tab.wait_for("web")
        cookies = {cookie.name: str(cookie.value) for cookie in browser.cookies.jar}
        with httpx.Client(trust_env=False, timeout=30, cookies=cookies) as elsewhere:
            assert post_form(elsewhere, f"{other_site}/logout/").status_code == 302
        assert tab.next_event() == ("session-expired", "")
