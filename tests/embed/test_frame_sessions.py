"""Test what ends the session of frames on another site: its age, and its person."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.embed.conftest import INTRANET
from tests.embed.handoff import Frame, allow, signed_in_frame
from tests.portal import FakeClock, SimulatedCoder, sign_in
from tests.views.html import Html
from workspaces.auth import sessions
from workspaces.auth.session_store import hash_session_key
from workspaces.models import PortalSession, TokenRevocation
from workspaces.operations import session_end

pytestmark = pytest.mark.django_db


def revoked(coder: SimulatedCoder) -> int:
    """Return how often Coder was asked to end a token."""
    return coder.request_lines().count("POST /users/logout")


def test_session_ends_after_its_own_time_without_use(alice: Client, settings: Settings, fake_clock: FakeClock) -> None:
    settings.EMBED_SESSION_IDLE = 3600
    frame = signed_in_frame(alice)
    fake_clock.advance(3500)
    assert frame.is_signed_in()
    fake_clock.advance(3601)
    assert not frame.is_signed_in()
    assert alice.get("/workspaces/").status_code == 200


def test_session_ends_at_its_own_age_while_in_use(alice: Client, settings: Settings, fake_clock: FakeClock) -> None:
    settings.EMBED_SESSION_AGE = 3600
    frame = signed_in_frame(alice)
    fake_clock.advance(1801)
    assert frame.is_signed_in()
    fake_clock.advance(1801)
    assert not frame.is_signed_in()
    assert alice.get("/workspaces/").status_code == 200


def test_cleanup_knows_the_ages_of_both_kinds_of_session(alice: Client, settings: Settings) -> None:
    signed_in_frame(alice)
    settings.EMBED_SESSION_AGE, settings.SESSION_AGE = 0, 3600
    assert {row.frame_origins for row in sessions.expired_sessions()} == {INTRANET}
    settings.EMBED_SESSION_AGE, settings.SESSION_AGE = 3600, 0
    assert {row.frame_origins for row in sessions.expired_sessions()} == {""}


def test_signing_out_ends_frames_that_the_session_has_allowed_and_the_token(
    alice: Client, coder: SimulatedCoder
) -> None:
    frame = signed_in_frame(alice)
    phone = Client()
    sign_in(phone)
    others = signed_in_frame(phone)
    coder.clear_requests()
    alice.post("/logout/")
    assert revoked(coder) == 1
    assert not frame.is_signed_in()
    assert others.is_signed_in()


def test_signing_out_ends_frames_of_a_session_that_has_expired(
    alice: Client, settings: Settings, fake_clock: FakeClock
) -> None:
    settings.SESSION_AGE = 3600
    frame = signed_in_frame(alice)
    fake_clock.advance(3601)
    session_end.end_expired_sessions()
    PortalSession.objects.filter(frame_origins="").delete()
    assert frame.is_signed_in()
    sign_in(alice)
    alice.post("/logout/")
    assert not frame.is_signed_in()


def test_signing_out_of_a_session_that_is_too_old_ends_its_frames(
    alice: Client, settings: Settings, fake_clock: FakeClock
) -> None:
    settings.SESSION_AGE = 3600
    frame = signed_in_frame(alice)
    fake_clock.advance(3601)
    alice.post("/logout/")
    assert not frame.is_signed_in()


def test_signing_out_everywhere_ends_frames(alice: Client, coder: SimulatedCoder) -> None:
    frame = signed_in_frame(alice)
    coder.clear_requests()
    alice.post("/account/sessions/end/")
    assert revoked(coder) == 1
    assert not frame.is_signed_in()


def test_frame_is_listed_with_its_origin_and_ended_by_itself(alice: Client, coder: SimulatedCoder) -> None:
    frame = signed_in_frame(alice)
    item = Html(alice.get("/account/")).one("ul", class_="sessions").all("li")[1]
    assert f"Frames on {INTRANET}" in item.text
    coder.clear_requests()
    response: Any = alice.post(
        "/account/sessions/end-one/", {"session": item.one("button", name="session").get("value")}, follow=True
    )
    assert "its frames are signed out" in Html(response).one("div", id="messages").text
    assert not frame.is_signed_in()
    assert alice.get("/workspaces/").status_code == 200
    assert revoked(coder) == 0


def test_token_of_an_ended_frame_is_revoked_with_the_main_session(alice: Client, coder: SimulatedCoder) -> None:
    frame = signed_in_frame(alice)
    alice.post("/account/sessions/end-one/", {"session": hash_session_key(frame.key)})
    assert TokenRevocation.objects.filter(due_at=None).count() == 1
    coder.clear_requests()
    alice.post("/logout/")
    assert revoked(coder) == 1
    assert not TokenRevocation.objects.exists()


def test_ending_another_session_ends_the_frames_that_it_has_allowed(alice: Client) -> None:
    phone = Client()
    sign_in(phone)
    frame = signed_in_frame(phone)
    key = phone.cookies["coder_portal_session"].value or "?"
    alice.post("/account/sessions/end-one/", {"session": hash_session_key(key)})
    assert not frame.is_signed_in()


def test_frame_ends_when_coder_rejects_its_token(alice: Client, coder: SimulatedCoder) -> None:
    frame = signed_in_frame(alice)
    coder.server.add_fault("signed_out")
    assert not frame.is_signed_in()
    coder.server.clear_faults()
    assert not frame.is_signed_in()


def test_claim_by_a_frame_that_is_signed_in_ends_its_session_before(alice: Client) -> None:
    frame = signed_in_frame(alice)
    key = frame.key
    assert frame.claim(allow(alice, frame.ticket())).status_code == 200
    other = Frame()
    other.client.cookies["portal-embed"] = key
    assert not other.is_signed_in()
    assert PortalSession.objects.exclude(frame_origins="").count() == 1
