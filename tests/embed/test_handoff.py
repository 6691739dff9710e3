"""Test the hand-off of a session to a frame on a page of another site, and each misuse of it."""

from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from pytest_django.fixtures import Settings

from tests.embed.conftest import INTRANET, SUBDOMAIN, frame_ancestors
from tests.embed.handoff import Frame, allow, signed_in_frame
from tests.portal import FakeClock, SimulatedCoder, signed_in
from tests.views.html import Html
from workspaces.auth import handoff
from workspaces.auth.session_store import hash_session_key
from workspaces.embed.origins import AllowedOrigins, parse_allowed_origins
from workspaces.models import AuditEntry, FrameCode, PortalSession
from workspaces.operations import cleanup

pytestmark = pytest.mark.django_db


def test_frame_is_signed_in_with_a_new_key_by_a_code(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    frame = Frame()
    assert not frame.is_signed_in()
    ticket, key_before = frame.ticket(), frame.key
    response = frame.claim(allow(alice, ticket))
    assert response.status_code == 200
    assert frame.key != key_before
    assert frame.is_signed_in()
    assert PortalSession.objects.filter(session_key=hash_session_key(frame.key), frame_origins=INTRANET).exists()
    assert not PortalSession.objects.filter(session_key=hash_session_key(key_before)).exists()


def test_frame_without_hand_off_stores_no_session(client: Client, coder: SimulatedCoder) -> None:
    frame = Frame()
    frame.load()
    frame.ticket()
    frame.post("/embed/workspaces/5f2c0e9a-7d41-4b63-9c1e-000000000001/builds/", transition="stop")
    assert PortalSession.objects.count() == 0


def test_code_is_stored_as_hash_for_a_minute(alice: Client) -> None:
    code = allow(alice, Frame().ticket())
    row = FrameCode.objects.get()
    assert row.code_sha256 == handoff.hash_code(code)
    assert code not in str(row.__dict__)
    assert 55 < (row.expires_at - handoff.current_time()).total_seconds() <= handoff.CODE_MAX_AGE_S == 60


def test_code_is_not_accepted_from_another_browser(alice: Client) -> None:
    frame, other = Frame(), Frame()
    code = allow(alice, frame.ticket())
    other.ticket()
    assert other.claim(code).status_code == 403
    assert not other.is_signed_in()
    assert frame.claim(code).status_code == 403  # somebody else has had it


def test_code_is_not_accepted_twice(alice: Client) -> None:
    frame = Frame()
    code = allow(alice, frame.ticket())
    assert [frame.claim(code).status_code for _ in range(2)] == [200, 403]


def test_code_is_not_accepted_late(alice: Client, fake_clock: FakeClock) -> None:
    frame = Frame()
    code = allow(alice, frame.ticket())
    fake_clock.advance(handoff.CODE_MAX_AGE_S)
    assert frame.claim(code).status_code == 403


def test_code_is_not_accepted_with_another_key(alice: Client) -> None:
    frame = Frame()
    code = allow(alice, frame.ticket())
    frame.client.cookies.clear()
    assert frame.claim(code).status_code == 403


def test_code_is_not_accepted_without_the_frames_cookie(alice: Client) -> None:
    code = allow(alice, Frame().ticket())
    assert alice.post("/embed/claim/", {"code": code}).status_code == 403


def test_code_ends_with_the_session_that_allowed_it(alice: Client) -> None:
    frame = Frame()
    code = allow(alice, frame.ticket())
    alice.post("/logout/")
    assert frame.claim(code).status_code == 403


def test_cleanup_deletes_codes_that_nobody_has_claimed(alice: Client, coder: SimulatedCoder) -> None:
    allow(alice, Frame().ticket())
    allow(signed_in(coder, "bob"), Frame().ticket())
    bob = FrameCode.objects.get(approved_by=PortalSession.objects.latest("signed_in_at").session_key)
    FrameCode.objects.exclude(pk=bob.pk).update(expires_at=handoff.current_time())
    cleanup.clean_up()
    assert FrameCode.objects.get() == bob


def test_next_code_of_a_session_replaces_the_one_before(alice: Client) -> None:
    frame = Frame()
    codes = [allow(alice, frame.ticket()) for _ in range(2)]
    assert FrameCode.objects.count() == 1
    assert [frame.claim(code).status_code for code in codes] == [403, 200]


@pytest.mark.parametrize("origin", ["", "null", "https://evil.test", f"{INTRANET}.evil.test", f"{INTRANET}/path"])
def test_origin_that_is_not_allowed_gets_no_ticket(alice: Client, origin: str) -> None:
    frame = Frame()
    frame.read_cookies()
    assert frame.post("/embed/ticket/", page=origin).status_code == 403


def test_ticket_of_another_maker_or_too_old_is_not_accepted(alice: Client, fake_clock: FakeClock) -> None:
    ticket = Frame().ticket()
    assert alice.post("/embed/handoff/", {"ticket": f"{ticket}x"}).status_code == 403
    fake_clock.advance(handoff.TICKET_MAX_AGE_S + 1)
    assert alice.post("/embed/handoff/", {"ticket": ticket}).status_code == 403
    html = Html(alice.get("/embed/handoff/", {"ticket": ticket}))
    assert html.all("button", id="allow") == []


def test_window_names_the_origin_and_what_the_frame_may_do(alice: Client) -> None:
    html = Html(alice.get("/embed/handoff/", {"ticket": Frame().ticket()}))
    assert html.one("bdi", id="origin").text == INTRANET
    assert "Start and stop workspaces" in html.one("main").text
    html = Html(alice.get("/embed/handoff/", {"ticket": Frame().ticket(SUBDOMAIN)}))
    assert html.one("bdi", id="origin").text == SUBDOMAIN
    assert "Start and stop workspaces" not in html.one("main").text


def test_window_names_no_origin_of_a_parameter(alice: Client) -> None:
    html = Html(alice.get("/embed/handoff/", {"origin": INTRANET, "ticket": ""}))
    assert html.all("button", id="allow") == []
    assert INTRANET not in html.one("main").text


def test_window_may_not_be_framed(alice: Client) -> None:
    for url in ("/embed/handoff/", f"/embed/handoff/?ticket={Frame().ticket()}", "/embed/window/"):
        response: Any = alice.get(url, headers={"Referer": f"{INTRANET}/"})
        assert frame_ancestors(response) == ["'none'"]
        assert response.headers["X-Frame-Options"] == "DENY"


def test_window_takes_the_csrf_token_of_the_main_session(coder: SimulatedCoder) -> None:
    window, frame = Client(enforce_csrf_checks=True), Frame()
    assert window.post("/embed/handoff/", {"ticket": frame.ticket()}).status_code == 403
    assert FrameCode.objects.count() == 0


def test_signed_out_window_leads_to_the_sign_in_and_back(client: Client) -> None:
    response: Any = client.get("/embed/handoff/")
    assert response.headers["Location"] == "/login/?next=%2Fembed%2Fhandoff%2F"
    assert response.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.parametrize(
    ("url", "policy"),
    [
        ("/embed/handoff/", "unsafe-none"),
        ("/embed/window/", "unsafe-none"),
        ("/login/?next=/embed/handoff/", "unsafe-none"),
        ("/login/?next=/embed/handoff/?ticket=1", "unsafe-none"),
        ("/login/", "same-origin"),
        ("/login/?next=/embed/login/", "same-origin"),
        ("/login/?next=/workspaces/", "same-origin"),
        ("/login/?next=//evil.test/embed/handoff/", "same-origin"),
        ("/workspaces/?next=/embed/handoff/", "same-origin"),
        ("/embed/login/", "same-origin"),
        ("/embed/check/", "same-origin"),
        ("/account/", "same-origin"),
        ("/nothing/?next=/embed/handoff/", "same-origin"),
    ],
)
def test_only_the_windows_of_a_hand_off_keep_their_opener(alice: Client, url: str, policy: str) -> None:
    assert alice.get(url).headers["Cross-Origin-Opener-Policy"] == policy


def test_sign_in_form_of_the_hand_off_keeps_its_opener(client: Client, coder: SimulatedCoder) -> None:
    fields = {"email": "alice@example.com", "password": "wrong", "next": "/embed/handoff/"}
    for password in ("wrong", coder.user("alice").password):
        response = client.post("/login/", fields | {"password": password})
        assert response.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


def test_no_page_keeps_its_opener_without_allowed_origins(alice: Client, settings: Settings) -> None:
    settings.EMBED_ALLOWED_ORIGINS = AllowedOrigins()
    response = alice.get("/login/?next=/embed/handoff/")
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_session_of_a_frame_ends_when_its_origin_leaves_the_setting(alice: Client, settings: Settings) -> None:
    frame = signed_in_frame(alice)
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins("https://other.example.com")
    assert not frame.is_signed_in()
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins(INTRANET)
    assert not frame.is_signed_in()
    assert not PortalSession.objects.exclude(frame_origins="").exists()


def test_code_is_not_accepted_when_its_origin_has_left_the_setting(alice: Client, settings: Settings) -> None:
    frame = Frame()
    code = allow(alice, frame.ticket())
    frame.read_cookies()
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins("https://other.example.com")
    assert frame.claim(code).status_code == 403


def test_frame_on_another_page_of_the_site_asks_again_and_signs_out_none(alice: Client, settings: Settings) -> None:
    wiki = "https://wiki.example.com"
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins(f"{INTRANET}, {wiki}")
    frame = signed_in_frame(alice)
    assert Html(frame.load(site=wiki)).all("a", id="sign-in")
    assert frame.claim(allow(alice, frame.ticket(wiki))).status_code == 200
    for page in (INTRANET, wiki):
        assert Html(frame.load(site=page)).all("a", id="sign-in") == []
    assert PortalSession.objects.filter(frame_origins=f"{wiki} {INTRANET}").count() == 1


def test_origins_of_another_person_are_not_taken_over(alice: Client, settings: Settings, coder: SimulatedCoder) -> None:
    wiki = "https://wiki.example.com"
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins(f"{INTRANET}, {wiki}")
    frame = signed_in_frame(alice)
    assert frame.claim(allow(signed_in(coder, "bob"), frame.ticket(wiki))).status_code == 200
    assert Html(frame.load(site=INTRANET)).all("a", id="sign-in")
    assert PortalSession.objects.filter(frame_origins=wiki).count() == 1


def test_frame_has_the_time_zone_of_the_browser(alice: Client) -> None:
    frame = Frame()
    frame.claim(allow(alice, frame.ticket()), zone="Asia/Tokyo")
    assert PortalSession.objects.exclude(frame_origins="").get().get_decoded()["preferences"]["zone"] == "Asia/Tokyo"
    frame.claim(allow(alice, frame.ticket()), zone="Nowhere/Else")
    assert PortalSession.objects.exclude(frame_origins="").get().get_decoded()["preferences"]["zone"] == ""


def test_allowed_origin_is_in_the_audit_log_and_a_refused_one_is_not(alice: Client) -> None:
    frame = Frame()
    assert allow(alice, frame.ticket())
    alice.post("/embed/handoff/", {"ticket": "of nobody"})
    entry = AuditEntry.objects.get()
    assert (entry.username, entry.action, entry.details) == ("alice", "allow frame", {"origin": INTRANET})
    assert f"Allow frames on a site : {INTRANET}" in Html(alice.get("/activity/")).text


def frame_with_cookie_of(window: Client) -> Frame:
    """Return a frame in a browser that has one cookie for a window and for the frames of all sites."""
    frame, name = Frame(), portal_settings.EMBED_COOKIE_NAME
    frame.client.cookies[name] = window.cookies[name].value or "?"
    return frame


def test_second_site_signs_out_none_where_a_browser_has_one_cookie_for_all(alice: Client, settings: Settings) -> None:
    wiki = "https://wiki.example.org"
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins(f"{INTRANET}, {wiki}")
    alice.post("/embed/window/")
    for page in (INTRANET, wiki):
        alice.post("/embed/handoff/", {"ticket": frame_with_cookie_of(alice).ticket(page)})
    for page in (INTRANET, wiki):
        assert Html(frame_with_cookie_of(alice).load(site=page)).all("a", id="sign-in") == []
    assert PortalSession.objects.exclude(frame_origins="").get().frame_origins == f"{wiki} {INTRANET}"


def test_browser_that_has_one_cookie_for_both_gets_the_session_without_a_code(alice: Client) -> None:
    alice.post("/embed/window/")
    name = portal_settings.EMBED_COOKIE_NAME
    frame = frame_with_cookie_of(alice)
    response: Any = alice.post("/embed/handoff/", {"ticket": frame.ticket()})
    assert response.json() == {"code": ""}
    cookie = response.cookies[name]
    assert (cookie["samesite"], cookie["secure"], cookie.get("partitioned", "")) == ("None", True, "")
    frame.client.cookies[name] = cookie.value
    assert frame.is_signed_in()
    assert FrameCode.objects.count() == 0


def test_cookie_for_all_sites_is_set_only_by_the_form_of_the_window() -> None:
    window, name = Client(enforce_csrf_checks=True), portal_settings.EMBED_COOKIE_NAME
    token = Html(window.get("/embed/window/")).one("form", id="set-cookie").one("input").get("value")
    assert window.post("/embed/window/").status_code == 403
    assert name not in window.cookies
    window.post("/embed/window/", {"csrfmiddlewaretoken": token})
    assert (window.cookies[name]["samesite"], window.cookies[name].get("partitioned", "")) == ("None", "")


@pytest.mark.parametrize("state", ["asks", "has no ticket", "has an old ticket"])
def test_window_says_without_javascript_that_the_sign_in_needs_it(alice: Client, state: str) -> None:
    tickets = {"asks": Frame().ticket(), "has no ticket": "", "has an old ticket": "old"}
    page = Html(alice.get("/embed/handoff/", {"ticket": tickets[state]}))
    assert "Signing in to a frame requires JavaScript." in page.one("noscript").text
