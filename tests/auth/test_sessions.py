"""Test the lifetime of a session, its expiry and signing out."""

import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as portal_settings
from django.db import OperationalError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from tests.portal import FakeClock, SimulatedCoder, create_token, htmx_headers, sign_in
from tests.views.html import Html
from workspaces.auth import drafts, sessions
from workspaces.auth.session_store import hash_session_key
from workspaces.auth.sessions import TOUCH_INTERVAL_S
from workspaces.embed.origins import parse_allowed_origins
from workspaces.live.subscribers import identify_subscriber
from workspaces.models import PortalSession
from workspaces.operations import session_end

pytestmark = pytest.mark.django_db


def sign_in_redirect(answer: HttpResponseBase) -> tuple[str, list[str], bool]:
    """Of an answer that sends to the sign-in page: its path, the way back, and whether it says that a session ended."""
    to = urlsplit(answer.headers.get("Location") or answer.headers["HX-Redirect"])
    query = parse_qs(to.query)
    return to.path, query["next"], "ended" in query


def test_session_expires_after_idle_timeout(alice: Client, settings: Settings, fake_clock: FakeClock) -> None:
    settings.SESSION_COOKIE_AGE = 3600
    fake_clock.advance(3601)
    assert sign_in_redirect(alice.get("/workspaces/?page=2")) == ("/login/", ["/workspaces/?page=2"], True)


def test_session_in_use_does_not_expire_by_idle_timeout(
    alice: Client, settings: Settings, fake_clock: FakeClock
) -> None:
    settings.SESSION_COOKIE_AGE = 3600
    for _ in range(3):
        fake_clock.advance(1800)
        assert alice.get("/workspaces/").status_code == 200


def test_session_expires_at_maximum_age_even_when_in_use(
    alice: Client, settings: Settings, fake_clock: FakeClock
) -> None:
    settings.SESSION_COOKIE_AGE, settings.SESSION_AGE = 3600, 7200
    for _ in range(4):
        fake_clock.advance(1790)
        assert alice.get("/workspaces/").status_code == 200
    fake_clock.advance(1000)
    assert sign_in_redirect(alice.get("/workspaces/")) == ("/login/", ["/workspaces/"], True)
    assert not PortalSession.objects.filter(person__isnull=False).exists()


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_revoked_token_ends_session_and_keeps_return_address(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.world.tokens.clear()
    answer = alice.get("/workspaces/?q=status%3Arunning")
    assert sign_in_redirect(answer) == ("/login/", ["/workspaces/?q=status%3Arunning"], True)
    assert "Session expired." in Html(alice.get(answer.headers["Location"])).one("main").text
    assert not PortalSession.objects.filter(person__isnull=False).exists()


def test_fragment_with_revoked_token_redirects_whole_page_to_sign_in_and_back(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    coder.server.world.tokens.clear()
    headers = htmx_headers(f"tr#w-{web.id}", page_path="/workspaces/?q=web")
    answer = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=headers)
    assert answer.status_code == 401
    assert answer.content == b""
    assert sign_in_redirect(answer) == ("/login/", ["/workspaces/?q=web"], True)


def test_form_with_revoked_token_redirects_to_sign_in_and_back_to_its_page(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    coder.server.world.tokens.clear()
    answer = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop", "next": "/@alice/web/"})
    assert sign_in_redirect(answer) == ("/login/", ["/@alice/web/"], True)


def test_session_ends_when_stored_token_cannot_be_decrypted(alice: Client, settings: Settings) -> None:
    settings.TOKEN_KEYS = ["YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcy4="]
    assert sign_in_redirect(alice.get("/workspaces/")) == ("/login/", ["/workspaces/"], True)


def test_anonymous_user_is_redirected_without_session_expired_notice(client: Client, coder: SimulatedCoder) -> None:
    assert sign_in_redirect(client.get("/workspaces/")) == ("/login/", ["/workspaces/"], False)


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_sign_out_ends_session_revokes_token_and_clears_browser_cache(alice: Client, coder: SimulatedCoder) -> None:
    answer = alice.post("/logout/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "prefetchCache"'
    assert coder.request_lines() == ["POST /users/logout"]
    assert coder.server.world.tokens == {}
    assert alice.get("/workspaces/").status_code == 302


@pytest.mark.parametrize(("fields", "ends_there"), [({}, False), ({"revoke": "on"}, True)], ids=["kept", "revoked"])
def test_sign_out_revokes_pasted_token_only_when_requested(
    client: Client, coder: SimulatedCoder, fields: dict[str, str], *, ends_there: bool
) -> None:
    client.post("/login/", {"token": create_token(coder)})
    assert Html(client.get("/workspaces/")).all("input", name="revoke")
    client.post("/logout/", fields)
    assert ("POST /users/logout" in coder.request_lines()) is ends_there
    assert (coder.server.world.tokens == {}) is ends_there
    assert client.get("/workspaces/").status_code == 302


def test_sign_out_succeeds_with_warning_when_coder_is_unreachable(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("refuse")
    answer = alice.post("/logout/")
    assert answer.headers["Location"] == "/login/"
    assert "Coder has not revoked your token yet" in Html(alice.get("/login/")).one("div", id="messages").text


def test_second_sign_out_redirects_to_sign_in(alice: Client) -> None:
    alice.post("/logout/")
    assert alice.post("/logout/").headers["Location"] == "/login/"


def test_sign_out_rejects_get_and_keeps_session(alice: Client) -> None:
    assert alice.get("/logout/").status_code == 405
    assert alice.get("/workspaces/").status_code == 200


def test_sign_out_everywhere_ends_all_sessions_of_this_user_only(alice: Client, coder: SimulatedCoder) -> None:
    phone, bob = Client(), Client()
    sign_in(phone)
    sign_in(bob, "bob")
    answer = alice.post("/account/sessions/end/")
    assert (answer.headers["Location"], answer.headers["Clear-Site-Data"]) == ("/login/", '"cache", "prefetchCache"')
    assert [client.get("/workspaces/").status_code for client in (alice, phone, bob)] == [302, 302, 200]


def test_cookie_value_is_stored_as_hash_only(alice: Client) -> None:
    key = alice.cookies["coder_portal_session"].value
    assert [row.session_key for row in PortalSession.objects.all()] == [hash_session_key(key)]


def test_async_session_methods_store_hash_and_end_session() -> None:
    store = import_string(f"{portal_settings.SESSION_ENGINE}.SessionStore")
    session = store()
    session["browser"] = "async"
    async_to_sync(session.asave)()
    key = session.session_key
    assert PortalSession.objects.get().session_key == hash_session_key(key)
    assert async_to_sync(store(key).aload)() == {"browser": "async"}
    async_to_sync(store(key).adelete)()
    assert not async_to_sync(store().aexists)(key)
    assert async_to_sync(store(key).aload)() == {}


def test_late_response_to_old_cookie_does_not_delete_new_one(alice: Client, coder: SimulatedCoder) -> None:
    late = Client()
    late.cookies["coder_portal_session"] = alice.cookies["coder_portal_session"].value or "?"
    coder.server.world.tokens.clear()
    alice.get("/workspaces/")
    sign_in(alice)
    answer = late.get("/workspaces/")
    assert answer.status_code == 302
    assert "coder_portal_session" not in answer.cookies


def test_request_whose_session_ends_meanwhile_does_not_delete_new_cookie(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    coder.server.world.tokens.clear()
    read_session = session_end.read_session

    def read_and_end(key_hash: str | None, data: Mapping[str, Any]) -> session_end.EndedSession | None:
        session = read_session(key_hash, data)
        PortalSession.objects.all().delete()
        return session

    monkeypatch.setattr(session_end, "read_session", read_and_end)
    answer = alice.get("/workspaces/")
    assert answer.status_code == 302
    assert "coder_portal_session" not in answer.cookies


@pytest.fixture
def ended_meanwhile(alice: Client, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return Alice's browser, whose session ends elsewhere while its next request waits for Coder.

    Its last use is so long ago that each request stores the time.
    """
    fake_clock.advance(TOUCH_INTERVAL_S + 1)
    send = httpx.Client.send

    def end_first(self: httpx.Client, *args: Any, **options: Any) -> httpx.Response:
        if threading.current_thread() is threading.main_thread():  # the others have no access to the test's database
            session_end.end_rows([session_end.read_row(row) for row in PortalSession.objects.all()])
        return send(self, *args, **options)

    monkeypatch.setattr(httpx.Client, "send", end_first)
    return alice


def test_request_redirects_to_sign_in_when_session_ends_meanwhile(
    ended_meanwhile: Client, coder: SimulatedCoder
) -> None:
    answer = ended_meanwhile.get("/workspaces/?page=2")
    assert sign_in_redirect(answer) == ("/login/", ["/workspaces/?page=2"], True)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not answer.cookies  # the browser may have the cookie of a new session


@pytest.mark.parametrize("is_htmx", [False, True], ids=["form", "htmx"])
def test_write_redirects_to_sign_in_when_session_ends_before_its_message_is_stored(
    ended_meanwhile: Client, coder: SimulatedCoder, *, is_htmx: bool
) -> None:
    web = coder.place("web")
    headers = htmx_headers(f"tr#w-{web.id}", page_path="/@alice/web/") if is_htmx else {}
    fields = {"favorite": "true", "next": "/@alice/web/", drafts.OWNER_FIELD: drafts.sign_form_owner(UUID(int=1))}
    answer = ended_meanwhile.post(f"/workspaces/{web.id}/favorite/", fields, headers=headers)
    assert answer.status_code == (401 if is_htmx else 302)
    assert sign_in_redirect(answer) == ("/login/", ["/@alice/web/"], True)
    assert web in coder.user("alice").favorites
    assert not PortalSession.objects.exists()  # no draft: its page would say that nothing was changed


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_frame_is_loaded_again_when_session_ends_meanwhile(
    ended_meanwhile: Client, coder: SimulatedCoder, settings: Settings, method: str
) -> None:
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins("https://intranet.example.com")
    web = coder.place("web")
    path = "/embed/workspaces/?q=web" if method == "GET" else f"/embed/workspaces/{web.id}/favorite/"
    answer = ended_meanwhile.generic(
        method,
        path,
        "favorite=true&next=/embed/workspaces/?q=web&frame_origin=https://intranet.example.com",
        "application/x-www-form-urlencoded",
        headers={"Origin": "http://testserver"},
    )
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/embed/workspaces/?q=web")
    assert not answer.cookies


def test_request_fails_when_database_does_not_store_session(
    alice: Client, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_clock.advance(TOUCH_INTERVAL_S + 1)

    def fail(*args: Any, **options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(PortalSession, "save", fail)
    assert "Location" not in alice.get("/workspaces/").headers


def test_stream_requires_sign_in_when_session_ends_while_it_is_identified(
    alice: Client, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_clock.advance(TOUCH_INTERVAL_S + 1)
    identify = sessions.identify

    def end_after(request: HttpRequest) -> tuple[sessions.Person, str]:
        identified = identify(request)
        PortalSession.objects.all().delete()
        return identified

    monkeypatch.setattr(sessions, "identify", end_after)
    cookie = f"{portal_settings.SESSION_COOKIE_NAME}={alice.cookies[portal_settings.SESSION_COOKIE_NAME].value}"
    scope = {"type": "http", "method": "GET", "path": "/live/", "query_string": b"", "client": ("127.0.0.1", 1)}
    with pytest.raises(sessions.SignInRequired):
        identify_subscriber({**scope, "headers": [(b"cookie", cookie.encode())]})


@pytest.mark.parametrize("path", ["/logout/", "/account/sessions/end/"])
def test_second_of_two_sign_outs_at_once_leaves_the_cookie_alone(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    identify = sessions.identify

    def end_after(request: HttpRequest) -> tuple[sessions.Person, str]:
        identified = identify(request)
        session_end.end_rows([session_end.read_row(row) for row in PortalSession.objects.all()])
        return identified

    monkeypatch.setattr(sessions, "identify", end_after)
    answer = alice.post(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")
    assert not answer.cookies  # the browser may have signed in again before this response arrives
    assert not PortalSession.objects.exists()
