"""Test the account page: preferences and sessions."""

import re

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html
from workspaces.auth import sessions
from workspaces.auth.session_store import hash_session_key
from workspaces.models import PortalSession

PREFERENCES = {"zone": "Europe/Dublin", "theme": "dark", "page_size": "50"}


def test_preferences_are_saved_and_applied_to_pages(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", deadline_in_hours=30)
    response = alice.post("/account/", PREFERENCES)
    assert (response.status_code, response.headers["Location"]) == (302, "/account/")
    page = Html(alice.get("/account/"))
    assert page.one("div", id="messages").text == "Preferences saved."
    assert page.one("html").get("data-theme") == "dark"
    selected_values = [
        option.get("value") for option in page.all("option") if "selected" in dict(option.element.attributes)
    ]
    assert selected_values == ["Europe/Dublin", "dark", "50"]
    list_page = Html(alice.get("/workspaces/"))
    assert coder.last_request("GET /workspaces")["query"]["limit"] == "50"
    assert "Europe/Dublin" in list_page.one("p", class_="time-zone").text


def test_preferences_apply_in_later_sessions(alice: Client, coder: SimulatedCoder) -> None:
    alice.post("/account/", PREFERENCES)
    phone = Client()
    sign_in(phone)
    assert Html(phone.get("/workspaces/")).one("html").get("data-theme") == "dark"


def test_times_use_browser_zone_without_saved_zone(alice: Client) -> None:
    alice.cookies["tz"] = "America%2FNew_York"
    assert "Times in America/New_York" in Html(alice.get("/workspaces/")).one("header").text


@pytest.mark.parametrize("cookie", ["Mars/Base", "../../etc/passwd", ""])
def test_times_use_utc_when_zone_cookie_is_invalid(alice: Client, cookie: str) -> None:
    alice.cookies["tz"] = cookie
    assert "Times in UTC" in Html(alice.get("/workspaces/")).one("header").text


@pytest.mark.parametrize("invalid", [{"zone": "Mars/Base"}, {"theme": "pink"}, {"page_size": "7"}])
def test_invalid_preference_shows_error_at_field_and_saves_nothing(alice: Client, invalid: dict[str, str]) -> None:
    response = alice.post("/account/", PREFERENCES | invalid)
    (field,) = invalid
    page = Html(response)
    assert response.status_code == 422
    assert "Choose one of the options." in page.one("div", id=f"id_{field}_error").text
    assert Html(alice.get("/account/")).one("html").get("data-theme") == ""


ANDROID = {"User-Agent": "Mozilla/5.0 (Android 16) Firefox/150.0"}


def session_items(client: Client) -> list[Html]:
    """Return the items of the list of sessions."""
    return Html(client.get("/account/")).one("ul", class_="sessions").all("li")


def end_session_form(item: Html) -> dict[str, str]:
    """Return the fields of the button that ends a session."""
    return {"session": item.one("button", name="session").get("value")}


def test_account_page_lists_own_sessions_and_marks_current_one(alice: Client, coder: SimulatedCoder) -> None:
    phone, bob = Client(headers=ANDROID, REMOTE_ADDR="203.0.113.7"), Client()
    sign_in(phone)
    sign_in(bob, "bob")
    present, other = session_items(phone)
    start = r"Firefox on Android This browser 203\.0\.113\.7 · Last used now Signed in (today|yesterday) at \d\d:\d\d"
    assert re.match(start, present.text)
    assert "This browser" not in other.text
    assert present.all("button") == []


def test_last_use_and_address_of_session_follow_its_requests(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Client(headers=ANDROID, REMOTE_ADDR="203.0.113.7")
    sign_in(phone)
    PortalSession.objects.filter(browser=ANDROID["User-Agent"]).update(seen_at=None)
    monkeypatch.setattr(sessions, "TOUCH_INTERVAL_S", -1)
    phone.get("/account/", REMOTE_ADDR="203.0.113.8")
    row = PortalSession.objects.get(browser=ANDROID["User-Agent"])
    assert (row.address, row.seen_at is not None) == ("203.0.113.8", True)


def test_session_of_other_browser_is_ended_and_its_token_revoked(alice: Client, coder: SimulatedCoder) -> None:
    phone = Client(headers=ANDROID)
    sign_in(phone)
    (other,) = [item for item in session_items(alice) if "Firefox on Android" in item.text]
    coder.clear_requests()
    response = alice.post("/account/sessions/end-one/", end_session_form(other))
    assert response.headers["Location"] == "/account/"
    assert coder.request_lines() == ["POST /users/logout"]
    page = Html(alice.get("/account/"))
    assert page.one("div", id="messages").text == "The session has ended: that browser is signed out."
    assert len(page.one("ul", class_="sessions").all("li")) == 1
    assert phone.get("/workspaces/").headers["Location"].startswith("/login/")


@pytest.mark.parametrize("session", ["", "x", "0" * 64])
def test_unknown_session_is_reported_as_ended(alice: Client, coder: SimulatedCoder, session: str) -> None:
    response = alice.post("/account/sessions/end-one/", {"session": session}, follow=True)
    assert Html(response).one("div", id="messages").text == "This session has already ended."
    assert alice.get("/account/").status_code == 200


def test_session_of_another_person_is_not_ended(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client(headers=ANDROID)
    sign_in(bob, "bob")
    key_hash = PortalSession.objects.get(browser=ANDROID["User-Agent"]).session_key
    alice.post("/account/sessions/end-one/", {"session": key_hash})
    assert bob.get("/account/").status_code == 200


def test_present_session_is_ended_like_by_sign_out(alice: Client, coder: SimulatedCoder) -> None:
    key_hash = hash_session_key(alice.session.session_key or "")
    response = alice.post("/account/sessions/end-one/", {"session": key_hash})
    assert response.headers["Location"] == "/login/"
    assert response.headers["Clear-Site-Data"] == '"cache", "prefetchCache"'


@pytest.mark.parametrize(("path", "name"), [("/operations/", "Operations"), ("/activity/", "Activity")])
def test_main_navigation_marks_the_page(alice: Client, coder: SimulatedCoder, path: str, name: str) -> None:
    nav = Html(alice.get(path)).one("nav", aria_label="Main")
    assert [link.text for link in nav.all("a") if link.get("aria-current") == "page"] == [name]
    assert path in [link.get("href") for link in nav.all("a")]


def test_account_page_makes_no_coder_call(alice: Client, coder: SimulatedCoder) -> None:
    alice.get("/account/")
    assert coder.request_lines() == []
