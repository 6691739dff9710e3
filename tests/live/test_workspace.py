"""The workspace stream: first event, updates and end."""

import re
import time
from html import unescape

import httpx
import pytest

from coder_simulator.state import Workspace
from tests.external_services.browsers import post_form
from tests.external_services.servers import wait_for
from tests.live.conftest import SignIn
from tests.live.sse_client import connect, connect_live, workspace_stream_url
from tests.portal import SimulatedCoder, create_token

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals

ROUNDED = 0.01  # s: two clocks with ms resolution
APART = 1.0  # s: a busy portal may read the two clocks at different times
STARRED = 'aria-pressed="true"'
HOSTILE = "<img src=x onerror=alert(1)>\r\n\r\nevent: ended\rdata: x\r\r"


def shown_etag(browser: httpx.Client, workspace: Workspace) -> str:
    """Return the etag that a workspace's page shows once its template is cached."""
    browser.get(f"/@{workspace.owner.username}/{workspace.name}/settings/")
    page = browser.get(f"/@{workspace.owner.username}/{workspace.name}/").text
    (etag,) = re.findall(r'data-etag="([^"]*)"', page)
    return unescape(etag)


def assert_unwatched(coder: SimulatedCoder, workspace: Workspace) -> None:
    """Raise AssertionError while Coder has a watch of the workspace."""
    assert not coder.server.app.state.server.engine._watchers[workspace.id]


def assert_watched(coder: SimulatedCoder, workspace: Workspace) -> None:
    """Raise AssertionError while Coder has no watch of the workspace."""
    assert coder.server.app.state.server.engine._watchers[workspace.id]


def assert_call_count(call: str, calls: list[str], *, times: int) -> None:
    """Raise AssertionError unless the call was sent this many times."""
    assert calls.count(call) == times, calls


def post(browser: httpx.Client, path: str, **fields: str) -> None:
    """Send a form of the portal and assert that it succeeds."""
    assert post_form(browser, str(browser.base_url.join(path)), **fields).status_code == 302


def test_workspace_stream_opens_with_state_and_sends_changes(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        assert f'hx-target="#w-{web.id}" hx-swap="outerMorph"' in tab.wait_for('data-status="stopped"')
        coder.start_queued_build(web)
        tab.wait_for(f'hx-target="#w-{web.id}"', 'data-status="starting"')


def test_workspace_stream_sends_nothing_before_change_when_page_is_current(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, workspace_stream_url(web), shown_etag(alice, web)) as tab:
        coder.start_queued_build(web)
        assert 'data-status="stopped"' not in tab.next_event()[1]


def test_workspace_stream_does_not_revert_page_newer_than_shared_state(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    with connect_live(alice, workspace_stream_url(web)) as early:
        early.wait_for('data-status="stopped"')
        web.owner.favorites.add(web)  # Coder sends no event for this
        with connect_live(alice, workspace_stream_url(web), shown_etag(alice, web)) as late:
            early.wait_for(STARRED)
            coder.start_queued_build(web)
            data = late.next_event()[1]
            assert STARRED in data
            assert re.search('data-status="(pending|starting)"', data)


def test_change_is_sent_when_it_happens_during_template_request(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("delay", path=f"/templates/{web.template.id}$", seconds=1)
    with connect_live(alice, workspace_stream_url(web)) as tab:
        wait_for(
            lambda: assert_call_count(f"GET /templates/{web.template.id}", coder.request_lines(), times=1),
            AssertionError,
        )
        coder.start_queued_build(web)
        tab.wait_for('data-status="starting"')


def test_event_id_is_the_time_its_state_was_read(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    before = time.time()
    with connect_live(alice, workspace_stream_url(web)) as tab:
        tab.wait_for('data-status="stopped"')
        assert before - APART <= tab.read_ms / 1000 <= time.time() + ROUNDED


def test_stream_response_is_uncacheable_unbuffered_and_sets_no_cookie(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        headers = tab.response.headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in headers
        assert "set-cookie" not in headers


def test_stream_reports_expired_session_and_long_retry_when_signed_out(site: str, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    coder.clear_requests()
    with (
        httpx.Client(base_url=site, trust_env=False, timeout=30) as nobody,
        connect(nobody, workspace_stream_url(web)) as tab,
    ):
        assert tab.next_event() == ("session-expired", "")
        assert tab.next_event() == ("", "")
        assert tab.retry == 3_600_000
    assert coder.request_lines() == []


def test_stream_ends_when_workspace_belongs_to_another_user(sign_in: SignIn, coder: SimulatedCoder) -> None:
    web = coder.place("web", owner="bob")
    with connect_live(sign_in("alice"), workspace_stream_url(web)) as tab:
        assert tab.next_event() == ("ended", "You no longer have access to this workspace.")
        assert tab.next_event() == ("", "")
        assert tab.retry == 3_600_000


def test_stream_ends_when_workspace_is_deleted(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    coder.server.add_fault("answer", path=f"{web.id}/watch", status=410, body={"message": "Gone."})
    with connect_live(alice, workspace_stream_url(web)) as tab:
        assert tab.next_event() == ("ended", "This workspace was deleted.")


def test_hostile_template_name_is_escaped_and_stream_continues(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    before, web.template.display_name = web.template.display_name, HOSTILE
    try:
        with connect_live(alice, workspace_stream_url(web)) as tab:
            data = tab.wait_for("&lt;img src=x")
            assert "<img" not in data
            coder.start_queued_build(web)
            tab.wait_for('data-status="starting"')
    finally:
        web.template.display_name = before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("favorite", {"favorite": "true"}),
        ("ttl", {"ttl_hours": "6"}),
        ("autostart", {}),
        ("autoupdates", {"automatic_updates": "always"}),
        ("dormant", {"dormant": "true"}),
    ],
)
def test_other_tab_updates_at_once_when_coder_sends_no_event_for_write(
    alice: httpx.Client, coder: SimulatedCoder, path: str, fields: dict[str, str]
) -> None:
    web = coder.place("web")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        tab.wait_for(web.name)
        post(alice, f"workspaces/{web.id}/{path}/", **fields)
        tab.wait_for(f'hx-target="#w-{web.id}"')


def test_outage_and_recovery_are_each_sent_once(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("stream_end", path="/watch$", count=1)
    coder.server.add_fault("bad_gateway", path="/watch$", count=2)
    with connect_live(alice, workspace_stream_url(web), shown_etag(alice, web)) as tab:
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        coder.server.advance(16)  # to the next ping, instead of which the stream ends
        name, data = tab.next_event()
        assert name == "coder"
        assert re.fullmatch(r"Coder has been unreachable since \d\d:\d\d", data)
        assert tab.next_event() == ("coder", "")
        coder.start_queued_build(web)
        tab.wait_for('data-status="starting"')


def test_upstream_watch_closes_when_its_last_tab_closes(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, api = coder.place("web"), coder.place("api")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        tab.wait_for("web")
        with connect_live(alice, workspace_stream_url(api)) as other:
            other.wait_for("api")
        wait_for(lambda: assert_unwatched(coder, api), AssertionError)  # 3 s after the tab has closed
        coder.start_queued_build(web)
        tab.wait_for('data-status="starting"')


def test_tabs_of_one_session_share_upstream_watch_and_sessions_do_not(sign_in: SignIn, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    one, two = sign_in(), sign_in()
    with (
        connect_live(one, workspace_stream_url(web)) as tab,
        connect_live(one, workspace_stream_url(web)) as same,
        connect_live(two, workspace_stream_url(web)) as other,
    ):
        for each in (tab, same, other):
            each.wait_for('data-status="running"')
    assert coder.request_lines().count(f"GET /workspaces/{web.id}/watch") == 2


def test_fragment_urls_include_prefix_when_portal_runs_under_prefix(
    sign_in: SignIn, other_site: str, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    browser = sign_in(at=other_site)
    with connect_live(browser, f"{other_site}{workspace_stream_url(web)}") as tab:
        data = tab.wait_for('data-status="stopped"')
    ours = re.findall(r'(?:href|src|action|formaction|data-live)="(/[^"]*)"', data)
    assert ours
    assert [each for each in ours if not each.startswith("/coder-portal/")] == []


def test_stream_answers_busy_when_user_exceeds_stream_limit(
    sign_in: SignIn, other_site: str, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    one, two, bob = sign_in(at=other_site), sign_in(at=other_site), sign_in("bob", at=other_site)
    with connect_live(one, f"{other_site}{workspace_stream_url(web)}"):
        with connect(two, f"{other_site}{workspace_stream_url(web)}") as tab:
            assert tab.next_event() == ("busy", "")
            assert tab.next_event() == ("", "")
            assert tab.retry == 60_000
        with connect_live(bob, f"{other_site}{workspace_stream_url(web)}"):
            pass
    # A closed tab frees its stream for the next one.
    while True:
        with connect(two, f"{other_site}{workspace_stream_url(web)}") as tab:
            if tab.next_event()[0] == "live":
                break


def test_revoked_token_ends_its_own_streams_only(sign_in: SignIn, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    first = sign_in()
    (revoked,) = coder.server.world.tokens
    second = sign_in()
    with (
        connect_live(first, workspace_stream_url(web)) as ends,
        connect_live(second, workspace_stream_url(web)) as stays,
    ):
        ends.wait_for("stopped"), stays.wait_for("stopped")
        del coder.server.world.tokens[revoked]
        post_form(first, str(first.base_url.join(f"workspaces/{web.id}/favorite/")), favorite="true")
        assert ends.next_event() == ("session-expired", "")
        coder.start_queued_build(web)
        stays.wait_for('data-status="starting"')


def test_stream_reports_expired_session_when_coder_rejects_token_for_watch(
    sign_in: SignIn, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    coder.server.add_fault("signed_out", path="/watch$")
    with connect_live(sign_in(), workspace_stream_url(web)) as tab:
        assert tab.next_event() == ("session-expired", "")
    assert create_token(coder)  # Coder still accepts sign-ins


def test_stream_reports_expired_session_when_template_request_is_rejected(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    coder.server.add_fault("signed_out", path="/templates/")
    with connect_live(alice, workspace_stream_url(web)) as tab:
        assert tab.next_event() == ("session-expired", "")
