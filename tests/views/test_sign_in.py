"""Signing in: by password, by token, and why not."""

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from coder_simulator.world import PASSWORD
from tests.portal import MovedClock, SimulatedCoder, sign_in, token_of
from tests.views.html import Html
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db
ALICE = {"email": "alice@example.com", "password": PASSWORD}
WRONG = {"email": "alice@example.com", "password": "not this one"}


def refused(page: Html) -> str:
    """What the form says against what was sent."""
    return page.one("p", role="alert").text


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_somebody_signs_in_with_the_password_that_coder_knows(client: Client, coder: SimulatedCoder) -> None:
    answer = client.post("/login/", ALICE)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/workspaces/")
    assert coder.asked() == ["POST /users/login", "GET /users/me"]
    assert client.get("/workspaces/").status_code == 200


def test_somebody_signs_in_with_a_token(client: Client, coder: SimulatedCoder) -> None:
    answer = client.post("/login/", {"token": f"  {token_of(coder)} "})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/workspaces/")
    assert "alice" in Html(client.get("/workspaces/")).one("button", class_="account").text


def test_who_is_signed_in_goes_to_coder_as_the_one_header_and_no_cookie(client: Client, coder: SimulatedCoder) -> None:
    sign_in(client)
    client.get("/workspaces/")
    headers = coder.last("GET /workspaces")["headers"]
    assert "coder-session-token" in headers
    assert {"cookie", "authorization"} & set(headers) == set()


def test_a_wrong_password_is_said_and_the_e_mail_stays_typed_and_the_password_does_not(
    client: Client, coder: SimulatedCoder
) -> None:
    answer = client.post("/login/", WRONG)
    page = Html(answer)
    assert answer.status_code == 422
    assert refused(page) == "E-mail or password is wrong."
    assert page.one("input", name="email").get("value") == "alice@example.com"
    assert page.one("input", name="password").get("value") == ""


def test_a_token_that_coder_does_not_know_is_said_at_the_form_for_tokens(client: Client, coder: SimulatedCoder) -> None:
    page = Html(client.post("/login/", {"token": "abcdefghij-abcdefghijklmnopqrstuv"}))
    assert refused(page).startswith("Coder does not know this token.")
    assert "open" in dict(page.one("details").element.attributes)


@pytest.mark.parametrize("token", ["not a token", "ключ", "a\nb", "abc\x7f"])
def test_what_cannot_be_a_token_is_refused_in_words(client: Client, coder: SimulatedCoder, token: str) -> None:
    answer = client.post("/login/", {"token": token})
    assert answer.status_code == 422
    assert "token" in Html(answer).one("details").text


@pytest.mark.parametrize("missing", ["email", "password"])
def test_an_empty_field_is_said_at_that_field_and_coder_is_not_asked(
    client: Client, coder: SimulatedCoder, missing: str
) -> None:
    page = Html(client.post("/login/", {**ALICE, missing: ""}))
    assert page.one("div", id=f"id_{missing}_error").text == "This field is required."
    assert page.one("input", name=missing).get("aria-invalid") == "true"
    assert "POST /users/login" not in coder.asked()


def test_somebody_who_signs_in_to_coder_otherwise_reads_coders_reason(client: Client, coder: SimulatedCoder) -> None:
    coder.user("bob").login_type = "oidc"
    try:
        answer = client.post("/login/", {"email": "bob@example.com", "password": PASSWORD})
    finally:
        coder.user("bob").login_type = "password"
    assert "oidc" in refused(Html(answer)).lower()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "rate_limited", "seconds": 7}, "Try again in 7 seconds."),
        ({"kind": "refuse"}, "Coder gave no answer, so you are not signed in. The connection broke off."),
        ({"kind": "error"}, "Coder says that it had an error of its own."),
        ({"kind": "bad_gateway"}, "It answered 502, not in Coder's words."),
        ({"kind": "malformed"}, "Its answer is not what Coder documents: it is not JSON."),
        ({"kind": "answer", "status": 403, "body": {"message": "Password login is disabled."}}, "login is disabled"),
    ],
    ids=["429", "broken off", "500", "502 of a proxy", "not JSON", "403"],
)
def test_when_coder_does_not_take_a_password_the_form_says_why(
    client: Client, coder: SimulatedCoder, fault: dict[str, Any], words: str
) -> None:
    coder.server.fault(path="/users/login$", **fault)
    answer = client.post("/login/", ALICE)
    page = Html(answer)
    assert answer.status_code == 422
    assert words in refused(page)
    assert page.one("input", name="email").get("value") == "alice@example.com"


def test_while_coder_is_away_the_page_stands_and_offers_both_ways(client: Client, coder: SimulatedCoder) -> None:
    coder.server.fault("refuse")
    page = Html(client.get("/login/"))
    assert page.all("input", name="email")
    assert page.all("input", name="token")


def test_where_coder_takes_no_passwords_only_the_token_is_asked_for(client: Client, coder: SimulatedCoder) -> None:
    methods = {"password": {"enabled": False}, "github": {"enabled": False}}
    oidc = {"enabled": True, "signInText": "Acme SSO", "iconUrl": ""}
    coder.server.fault("answer", path="/users/authmethods", body={**methods, "oidc": oidc})
    page = Html(client.get("/login/"))
    assert page.all("input", name="password") == []
    assert "open" in dict(page.one("details").element.attributes)
    assert "Acme SSO" in page.one("details").text


def test_the_way_to_a_token_leads_to_coders_own_page(client: Client, coder: SimulatedCoder) -> None:
    links = [link.get("href") for link in Html(client.get("/login/")).one("details").all("a")]
    assert links == ["https://coder.example.com/cli-auth"]


def test_too_many_attempts_are_stopped_before_coder_is_asked(
    client: Client, coder: SimulatedCoder, settings: Settings
) -> None:
    settings.LOGIN_TRIES = 3
    for _ in range(3):
        assert refused(Html(client.post("/login/", WRONG))) == "E-mail or password is wrong."
    coder.forget()
    page = Html(client.post("/login/", ALICE))
    assert refused(page) == "Too many attempts from here. Wait five minutes, then try again."
    assert coder.asked() == []
    assert page.one("input", name="email").get("value") == "alice@example.com"


def test_attempts_are_counted_for_an_e_mail_too_from_wherever_they_come(
    client: Client, coder: SimulatedCoder, settings: Settings
) -> None:
    settings.LOGIN_TRIES = 3
    for number in range(3):
        client.post("/login/", WRONG, REMOTE_ADDR=f"203.0.113.{number}")
    last = client.post("/login/", {**ALICE, "email": "ALICE@example.com"}, REMOTE_ADDR="203.0.113.9")
    assert refused(Html(last)).startswith("Too many attempts")
    other = client.post("/login/", {"email": "bob@example.com", "password": PASSWORD}, REMOTE_ADDR="203.0.113.9")
    assert other.status_code == 302


@pytest.mark.skipif("TEST_REDIS_URL" in os.environ, reason="Redis has its own clock: external_services/test_redis.py")
def test_after_five_minutes_somebody_may_try_again(
    client: Client, coder: SimulatedCoder, settings: Settings, moved_clock: MovedClock
) -> None:
    settings.LOGIN_TRIES = 1
    client.post("/login/", WRONG)
    assert client.post("/login/", ALICE).status_code == 422
    moved_clock.advance(301)
    assert client.post("/login/", ALICE).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/@alice/web/", "/@alice/web/"),
        ("/workspaces/?q=status%3Arunning&page=2", "/workspaces/?q=status%3Arunning&page=2"),
        ("https://evil.example/", "/workspaces/"),
        ("//evil.example/", "/workspaces/"),
        ("/\\evil.example/", "/workspaces/"),
        ("javascript:alert(1)", "/workspaces/"),
    ],
)
def test_signing_in_leads_back_to_where_one_was_and_never_elsewhere(
    client: Client, coder: SimulatedCoder, wanted: str, led_to: str
) -> None:
    page = Html(client.get("/login/", {"next": wanted}))
    assert {field.get("value") for field in page.all("input", name="next")} == {led_to}
    assert client.post("/login/", {**ALICE, "next": wanted}).headers["Location"] == led_to


def test_a_page_that_needs_somebody_leads_to_signing_in_and_back(client: Client, coder: SimulatedCoder) -> None:
    location = urlsplit(client.get("/workspaces/?q=status%3Afailed").headers["Location"])
    assert location.path == "/login/"
    assert parse_qs(location.query) == {"next": ["/workspaces/?q=status%3Afailed"]}


def test_signing_in_makes_a_new_session_key_and_a_new_csrf_token(client: Client, coder: SimulatedCoder) -> None:
    sign_in(client)
    before = client.cookies["coder_portal_session"].value, client.cookies["coder_portal_csrf"].value
    sign_in(client)
    after = client.cookies["coder_portal_session"].value, client.cookies["coder_portal_csrf"].value
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert not PortalSession.objects.filter(session_key=before[0]).exists()


def test_a_form_from_before_signing_in_again_is_refused_with_what_to_do(coder: SimulatedCoder) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/login/", ALICE)
    assert answer.status_code == 403
    assert "Nothing was changed." in Html(answer).one("main").text


def test_a_fragment_from_before_signing_in_again_makes_its_page_load_anew(coder: SimulatedCoder) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/logout/", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (403, "true")


def test_nothing_of_the_person_before_is_left_when_somebody_else_signs_in(
    client: Client, coder: SimulatedCoder
) -> None:
    coder.place("web")
    sign_in(client)
    client.post("/account/", {"zone": "Europe/Dublin", "theme": "dark", "page_size": "10"})
    client.get("/workspaces/")
    sign_in(client, "bob")
    page = Html(client.get("/workspaces/"))
    assert "bob" in page.one("button", class_="account").text
    assert page.all("tr") == []
    assert page.one("html").get("data-theme") == ""
    assert coder.last("GET /workspaces")["query"]["limit"] == "25"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    client: Client, coder: SimulatedCoder
) -> None:
    sign_in(client)
    cookie = client.cookies["coder_portal_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
