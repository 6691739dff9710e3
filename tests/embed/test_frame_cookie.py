"""Test the cookie of frames on pages of other sites: its attributes, where it counts, and the CSRF secret beside it."""

import json
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from pytest_django.fixtures import Settings

from tests.embed.handoff import Frame, allow, signed_in_frame
from tests.portal import SimulatedCoder
from tests.server import ROOT
from tests.views.html import Html
from workspaces.auth import frame_cookie
from workspaces.auth.sessions import SignInRequired
from workspaces.live import subscribers
from workspaces.models import PortalSession
from workspaces.urls import embed_patterns

pytestmark = pytest.mark.django_db
NAME = portal_settings.EMBED_COOKIE_NAME


def attributes(cookie: Any) -> dict[str, Any]:
    return {name: value for name, value in cookie.items() if value and name not in {"expires", "max-age"}}


def test_cookie_is_partitioned_and_for_frames_only(alice: Client) -> None:
    expected = {"path": "/embed/", "secure": True, "httponly": True, "samesite": "None", "partitioned": True}
    frame = Frame()
    anonymous = frame.client.get("/embed/cookies/").cookies
    assert list(anonymous) == [NAME]
    assert attributes(anonymous[NAME]) == expected
    assert "; Partitioned;" in anonymous[NAME].OutputString() + ";"
    claimed = frame.claim(allow(alice, frame.ticket())).cookies
    assert list(claimed) == [NAME]
    assert attributes(claimed[NAME]) == expected
    assert claimed[NAME]["max-age"] == portal_settings.EMBED_SESSION_AGE


def test_no_other_cookie_gets_these_attributes(coder: SimulatedCoder) -> None:
    client = Client()
    visits = ["/login/", "/embed/workspaces/", "/embed/handoff/", "/embed/login/", "/embed/check/", "/account/"]
    responses: list[Any] = [client.get(url) for url in visits]
    fields = {"email": "alice@example.com", "password": coder.user("alice").password}
    responses += [client.post("/login/", fields), *(client.get(url) for url in visits)]
    responses.append(client.post("/embed/handoff/", {"ticket": Frame().ticket()}))
    responses.append(client.post("/logout/"))
    cookies = [cookie for response in responses for cookie in response.cookies.values()]
    assert {cookie.key for cookie in cookies} >= {"coder_portal_session", "coder_portal_csrf"}
    for cookie in cookies:
        assert cookie["samesite"] == "Lax" or (not cookie.value and not cookie["samesite"]), cookie
        assert "partitioned" not in cookie


@pytest.mark.parametrize(
    ("url", "name", "path"),
    [
        ("https://portal.example.com", "__Host-portal-embed", "/"),
        ("https://portal.example.com/portal", "__Secure-portal-embed", "/portal/embed/"),
        ("http://127.0.0.1:8000", "portal-embed", "/embed/"),
    ],
)
def test_name_and_path_follow_the_portals_url(url: str, name: str, path: str) -> None:
    code = "import json; from coder_portal.settings import *; print(json.dumps([EMBED_COOKIE_NAME, EMBED_COOKIE_PATH]))"
    line = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PORTAL_URL": url}, capture_output=True, text=True, check=True
    )
    assert json.loads(line.stdout) == [name, path]


def test_cookie_is_accepted_in_frames_only(alice: Client, coder: SimulatedCoder) -> None:
    frame = signed_in_frame(alice)
    for url in ("/workspaces/", "/account/", "/embed/handoff/", "/embed/login/"):
        assert frame.client.get(url).status_code == 302, url
    assert frame.is_signed_in()


def test_windows_are_all_embed_pages_that_are_not_framed() -> None:
    paths = {f"/embed/{pattern.pattern}" for pattern in embed_patterns}
    assert set(frame_cookie.WINDOWS) <= paths


def test_key_of_a_frame_is_no_key_of_the_main_session(alice: Client) -> None:
    frame, other = signed_in_frame(alice), Client()
    other.cookies[portal_settings.SESSION_COOKIE_NAME] = frame.key
    assert other.get("/workspaces/").status_code == 302
    assert Html(other.get("/embed/workspaces/")).all("a", id="sign-in")


def test_key_of_the_main_session_is_no_key_of_a_frame(alice: Client) -> None:
    frame = Frame()
    frame.client.cookies[NAME] = alice.cookies[portal_settings.SESSION_COOKIE_NAME].value or "?"
    assert not frame.is_signed_in()
    assert alice.get("/workspaces/").status_code == 200


def test_frames_cookie_decides_where_both_arrive(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    bob = Client()
    bob.post("/login/", {"email": "bob@example.com", "password": coder.user("bob").password})
    bob.cookies[NAME] = signed_in_frame(alice).key
    coder.clear_requests()
    assert len(Html(bob.get("/embed/workspaces/")).all("li", class_="frame-row")) == 1
    frame_token = coder.last_request("GET /workspaces")["token"]
    bob.get("/workspaces/")
    assert coder.last_request("GET /workspaces")["token"] != frame_token


def test_main_session_serves_where_frames_cookie_has_no_session(alice: Client) -> None:
    alice.cookies[NAME] = frame_cookie.new_key()
    assert Html(alice.get("/embed/workspaces/")).all("a", id="sign-in") == []


@pytest.mark.parametrize(
    ("site", "dest", "is_signed_in"),
    [
        ("cross-site", "iframe", True),
        ("same-origin", "empty", True),
        ("same-origin", "iframe", True),
        ("cross-site", "image", False),
        ("cross-site", "empty", False),
        ("same-site", "script", False),
        ("cross-site", "document", False),
    ],
)
def test_other_page_can_only_frame_with_the_cookie(alice: Client, site: str, dest: str, *, is_signed_in: bool) -> None:
    frame = signed_in_frame(alice)
    response = frame.client.get("/embed/workspaces/", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest})
    assert bool(Html(response).all("a", id="sign-in")) != is_signed_in


def test_stream_takes_the_frames_cookie_below_embed_only(alice: Client) -> None:
    frame = signed_in_frame(alice)
    scope = {
        "type": "http",
        "method": "GET",
        "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [(b"cookie", f"{NAME}={frame.key}".encode())],
    }
    subscriber = subscribers.identify_subscriber({**scope, "path": "/embed/live/workspaces/"})
    assert subscriber.person.username == "alice"
    with pytest.raises(SignInRequired):
        subscribers.identify_subscriber({**scope, "path": "/live/workspaces/"})


def test_write_of_a_frame_takes_its_own_csrf_token(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    frame = signed_in_frame(alice)
    url, fields = (
        f"/embed/workspaces/{web.id}/favorite/",
        {"favorite": "true", "frame_origin": "https://intranet.example.com"},
    )
    token = Html(frame.load()).one("input", name="csrfmiddlewaretoken").get("value")
    headers = {"Origin": "http://testserver"}
    assert frame.client.post(url, fields, headers=headers).status_code == 403
    other = signed_in_frame(alice)
    others_token = Html(other.load()).one("input", name="csrfmiddlewaretoken").get("value")
    foreign = {**fields, "csrfmiddlewaretoken": others_token}
    assert frame.client.post(url, foreign, headers=headers).status_code == 403
    own = {**fields, "csrfmiddlewaretoken": token}
    assert frame.client.post(url, own, headers=headers).status_code == 302
    assert not frame.client.cookies.get(portal_settings.CSRF_COOKIE_NAME)


@pytest.mark.parametrize("origin", ["", "null", "https://intranet.example.com", "https://evil.test"])
def test_write_of_a_frame_must_come_from_the_portals_origin(alice: Client, coder: SimulatedCoder, origin: str) -> None:
    web = coder.place("web")
    frame = signed_in_frame(alice)
    url = f"/embed/workspaces/{web.id}/builds/"
    fields = {"transition": "stop", "frame_origin": "https://intranet.example.com"}
    assert frame.post(url, origin, **fields).status_code == 403
    assert frame.post(url, **fields).status_code == 302


@pytest.mark.parametrize("origin", ["", "https://wiki.example.org", "https://other.example.com"])
def test_write_of_a_frame_must_be_on_a_page_that_its_session_is_for(
    alice: Client, coder: SimulatedCoder, settings: Settings, origin: str
) -> None:
    web = coder.place("web")
    frame = signed_in_frame(alice)
    response = frame.post(f"/embed/workspaces/{web.id}/builds/", transition="stop", frame_origin=origin)
    assert response.status_code == 400


def test_session_of_a_sub_domain_changes_nothing(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    frame = signed_in_frame(alice, "https://wiki.example.org")
    assert Html(frame.load(site="https://wiki.example.org")).all("button") == []
    response = frame.post(
        f"/embed/workspaces/{web.id}/builds/", transition="stop", frame_origin="https://wiki.example.org"
    )
    assert response.status_code == 400


def test_cookie_is_deleted_with_the_session(alice: Client, coder: SimulatedCoder) -> None:
    frame = signed_in_frame(alice)
    coder.server.add_fault("signed_out")
    response = frame.load()
    assert response.cookies[NAME]["max-age"] == 0
    assert "Partitioned" in response.cookies[NAME].OutputString()
    assert not PortalSession.objects.exclude(frame_origins="").exists()
