"""Test the account page: preferences and sessions."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html

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
    assert "is not one of the available choices" in page.one("div", id=f"id_{field}_error").text
    assert Html(alice.get("/account/")).one("html").get("data-theme") == ""


def test_account_page_lists_own_sessions_and_marks_current_one(alice: Client, coder: SimulatedCoder) -> None:
    phone, bob = Client(headers={"User-Agent": "Mozilla/5.0 (Android 16) Firefox/150.0"}), Client()
    sign_in(phone)
    sign_in(bob, "bob")
    sessions = [item.text for item in Html(phone.get("/account/")).one("ul", class_="sessions").all("li")]
    assert len(sessions) == 2
    assert sessions[0].startswith("Firefox on Android This browser Signed in ")
    assert "This browser" not in sessions[1]


def test_account_page_makes_no_coder_call(alice: Client, coder: SimulatedCoder) -> None:
    alice.get("/account/")
    assert coder.request_lines() == []
