"""The streams of frames: the list and the card as one piece, with the look and the rights of their frame."""

import re
from html import unescape

import httpx
import pytest

from tests.external_services.servers import wait_for
from tests.live.conftest import SignIn
from tests.live.sse_client import connect_live
from tests.live.test_workspace import assert_watched, post
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals

FRAME = "/embed/workspaces/"
LIVE = "/embed/live/workspaces/"


def shown_etag(browser: httpx.Client, path: str) -> str:
    """Return what a frame tells its stream of what it shows."""
    html = browser.get(path).text
    (etag,), (read,) = (re.findall(rf'data-{name}="([^"]*)"', html) for name in ("etag", "read"))
    return f"{unescape(etag)}.{read}"


def test_list_stream_sends_list_when_build_starts_outside_portal(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, api = coder.place("web", "stopped"), coder.place("api", "stopped")
    with connect_live(alice, LIVE) as tab:
        tab.wait_for('id="frame"', str(web.id), str(api.id), f"/embed/workspaces/{web.id}/builds/")
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        coder.start_queued_build(web)
        html = tab.wait_for("data-transition")
        assert str(api.id) in html


def test_list_stream_sends_nothing_before_change_when_frame_is_current(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    with connect_live(alice, LIVE, shown_etag(alice, FRAME)) as tab:
        post(alice, f"workspaces/{web.id}/favorite/", favorite="true")
        assert 'aria-pressed="true"' in tab.next_event()[1]


@pytest.mark.parametrize("address", [LIVE, "/embed/live/workspaces/{}/"])
def test_stream_of_frame_without_actions_sends_no_buttons(
    alice: httpx.Client, coder: SimulatedCoder, address: str
) -> None:
    web = coder.place("web")
    with connect_live(alice, address.format(web.id) + "?actions=none") as tab:
        assert "<button" not in tab.wait_for('id="frame"')


def test_list_stream_has_limit_and_columns_of_its_frame(alice: httpx.Client, coder: SimulatedCoder) -> None:
    for name in ("one", "two", "three"):
        coder.place(name)
    with connect_live(alice, f"{LIVE}?limit=2&columns=name") as tab:
        html = tab.wait_for('id="frame"')
        assert html.count("<li") == 2
        assert "frame-status" not in html
        assert "3 workspaces" in html


def test_card_stream_sends_card_on_change_and_nothing_before(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    etag = shown_etag(alice, "/embed/@alice/web/")
    with connect_live(alice, f"/embed/live/workspaces/{web.id}/", etag) as tab:
        wait_for(lambda: assert_watched(coder, web), AssertionError)
        coder.start_queued_build(web)
        assert 'class="frame-card' in tab.wait_for("data-transition")


def test_stream_of_frame_ends_with_session(sign_in: SignIn, coder: SimulatedCoder) -> None:
    browser = sign_in()
    coder.place("web")
    with connect_live(browser, LIVE) as tab:
        tab.wait_for('id="frame"')
        post(browser, "logout/")
        assert tab.next_event()[0] == "session-expired"


def test_streams_of_frames_do_not_exist_without_allowed_origins(
    sign_in: SignIn, other_site: str, coder: SimulatedCoder
) -> None:
    browser, web = sign_in(at=other_site), coder.place("web")
    for path in ("embed/live/workspaces/", f"embed/live/workspaces/{web.id}/"):
        assert browser.get(f"{other_site}/{path}").status_code == 404
