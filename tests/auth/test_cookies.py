"""Test the names of cookies, and that a browser with cookies under their old names stays signed in."""

import json
import subprocess
import sys
from http.cookies import Morsel
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from coder_simulator.world import PASSWORD
from tests.portal import FakeClock, SimulatedCoder
from tests.server import ROOT
from workspaces.auth import cookies
from workspaces.embed.origins import parse_allowed_origins
from workspaces.live import subscribers
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db
OLD = ("coder_portal_session", "coder_portal_csrf")
PREFIXES = pytest.mark.parametrize(("prefix", "path"), [("__Host-", "/"), ("__Secure-", "/coder-portal/")])


@pytest.fixture
def prefix() -> str:
    """Return the prefix of the new names."""
    return "__Host-"


@pytest.fixture
def path() -> str:
    """Return the path of the cookies."""
    return "/"


@pytest.fixture
def upgraded(alice: Client, coder: SimulatedCoder, settings: Settings, prefix: str, path: str) -> Client:
    """Return a browser in which Alice signed in with the previous release, before a portal with https."""
    session = alice.session
    del session[cookies.ADOPTED_AT]
    session.save()
    settings.COOKIE_PREFIX = prefix
    settings.COOKIE_PATH = settings.SESSION_COOKIE_PATH = settings.CSRF_COOKIE_PATH = path
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = (prefix + name for name in OLD)
    settings.TIME_ZONE_COOKIE_NAME = prefix + "tz"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    return alice


def get(client: Client, **options: Any) -> Any:
    """Request the list over https."""
    return client.get("/workspaces/", secure=True, **options)


def attributes(cookie: "Morsel[str]") -> tuple[object, ...]:
    """Return the attributes that decide who gets a cookie."""
    names = ("path", "domain", "secure", "httponly", "samesite")
    return tuple(cookie[name] for name in names)


@PREFIXES
def test_old_cookies_are_replaced_once_and_person_stays_signed_in(upgraded: Client, prefix: str, path: str) -> None:
    values = {name: upgraded.cookies[name].value for name in OLD}
    answer = get(upgraded)
    assert answer.status_code == 200
    for name in OLD:
        assert answer.cookies[prefix + name].value == values[name]
        assert attributes(answer.cookies[prefix + name]) == (path, "", True, True, "Lax")
        assert (answer.cookies[name].value, answer.cookies[name]["path"]) == ("", path)
        assert answer.cookies[name]["max-age"] == 0
    for name in OLD:
        del upgraded.cookies[name]
    later = get(upgraded)
    assert later.status_code == 200
    assert not set(later.cookies) & set(OLD)


def test_old_session_cookie_is_refused_after_it_was_replaced(upgraded: Client, fake_clock: FakeClock) -> None:
    assert get(upgraded).status_code == 200
    other = Client()
    other.cookies["coder_portal_session"] = upgraded.cookies["coder_portal_session"].value or "?"
    fake_clock.advance(cookies.ADOPTION_S + 1)
    assert get(other).status_code == 302
    assert get(upgraded).status_code == 200


def test_requests_that_were_sent_together_with_old_cookies_are_all_answered(upgraded: Client) -> None:
    values = {name: upgraded.cookies[name].value or "" for name in OLD}
    for _ in range(3):
        tab = Client()
        tab.cookies.load(values)
        assert get(tab).status_code == 200


def test_public_response_that_replaces_cookies_is_private(upgraded: Client, settings: Settings) -> None:
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins("https://intranet.example.com")
    answer = upgraded.get("/embed/host.js", secure=True)
    assert answer.cookies["__Host-coder_portal_session"].value
    assert answer.headers["Cache-Control"] == "private, no-store"
    upgraded.cookies.clear()
    assert upgraded.get("/embed/host.js", secure=True).headers["Cache-Control"] == "public, max-age=3600"


def test_planted_session_of_this_release_is_refused_under_old_name(upgraded: Client, coder: SimulatedCoder) -> None:
    attacker, victim = Client(), Client()
    attacker.post("/login/", {"email": "bob@example.com", "password": PASSWORD}, secure=True)
    assert get(attacker).status_code == 200
    victim.cookies["coder_portal_session"] = attacker.cookies["__Host-coder_portal_session"].value or "?"
    assert get(victim).status_code == 302


def test_planted_csrf_cookie_is_not_adopted_beside_new_session(upgraded: Client) -> None:
    get(upgraded)
    for name in OLD:
        upgraded.cookies.pop(name, None)
    upgraded.cookies.pop("__Host-coder_portal_csrf")
    upgraded.cookies["coder_portal_csrf"] = "a" * 32
    answer = get(upgraded)
    assert answer.cookies["__Host-coder_portal_csrf"].value != "a" * 32


def test_sign_out_with_old_cookies_ends_session_and_deletes_them(upgraded: Client) -> None:
    answer = upgraded.post("/logout/", secure=True)
    assert not PortalSession.objects.filter(person__isnull=False).exists()
    assert answer.cookies["coder_portal_session"]["max-age"] == 0


def test_stream_of_page_from_before_upgrade_is_identified(upgraded: Client) -> None:
    header = "; ".join(f"{name}={upgraded.cookies[name].value}" for name in OLD)
    scope = {"type": "http", "method": "GET", "path": "/live/", "query_string": b"", "client": ("127.0.0.1", 1)}
    subscriber = subscribers.identify_subscriber({**scope, "headers": [(b"cookie", header.encode())]})
    assert subscriber.person.username == "alice"


@pytest.mark.parametrize("reader", ["stream", "prefetch"])
def test_request_that_sets_no_cookies_leaves_old_session_to_be_adopted_later(
    upgraded: Client, fake_clock: FakeClock, reader: str
) -> None:
    key = upgraded.cookies["coder_portal_session"].value
    if reader == "stream":
        test_stream_of_page_from_before_upgrade_is_identified(upgraded)
    else:
        assert not get(upgraded, headers={"Sec-Purpose": "prefetch"}).cookies
    fake_clock.advance(cookies.ADOPTION_S + 1)
    answer = get(upgraded)
    assert answer.status_code == 200
    assert answer.cookies["__Host-coder_portal_session"].value == key


NAMES = """
import json, os
from django.conf import settings
print(json.dumps({
  name: getattr(settings, name)
  for name in dir(settings) if name.endswith(("COOKIE_NAME", "COOKIE_PATH", "COOKIE_SECURE", "COOKIE_DOMAIN"))
}))
"""


@pytest.mark.parametrize(
    ("url", "prefix", "path"),
    [
        ("https://portal.example.com", "__Host-", "/"),
        ("https://example.com/coder-portal", "__Secure-", "/coder-portal/"),
        ("http://127.0.0.1:8000", "", "/"),
    ],
    ids=["https", "https under a path", "http"],
)
def test_all_cookies_have_prefix_that_their_address_allows(url: str, prefix: str, path: str) -> None:
    env = {"PORTAL_URL": url, "DJANGO_SETTINGS_MODULE": "coder_portal.settings", "PORTAL_SECRET_KEY": "x" * 40}
    output = subprocess.run([sys.executable, "-c", NAMES], env=env, cwd=ROOT, capture_output=True, check=True).stdout
    values = json.loads(output)
    names = {name: value for name, value in values.items() if name.endswith("COOKIE_NAME")}
    assert all(value.startswith(prefix) and not value.removeprefix(prefix).startswith("__") for value in names.values())
    frame_path = values.pop("EMBED_COOKIE_PATH")
    assert frame_path == (path if prefix == "__Host-" else f"{path}embed/")
    assert {values[name] for name in values if name.endswith("COOKIE_PATH")} == {path}
    assert {values[name] for name in values if name.endswith("COOKIE_SECURE")} == {bool(prefix)}
    assert {values[name] for name in values if name.endswith("COOKIE_DOMAIN")} == {None}
