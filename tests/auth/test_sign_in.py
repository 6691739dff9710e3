"""Test signing in with a password and with a token, its errors, its throttle and its redirects."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder, create_token, sign_in
from tests.views.html import Html
from workspaces.auth.session_store import hash_session_key
from workspaces.gateway import connection
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db
ALICE = {"email": "alice@example.com", "password": PASSWORD}
WRONG = {"email": "alice@example.com", "password": "not this one"}


def form_error(page: Html) -> str:
    """What the form says against what was sent."""
    return page.one("p", role="alert").text


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_password_sign_in_succeeds_and_redirects_to_list(client: Client, coder: SimulatedCoder) -> None:
    answer = client.post("/login/", ALICE)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/workspaces/")
    assert coder.request_lines()[0] == "POST /users/login"
    assert sorted(coder.request_lines()[1:]) == ["GET /users/me", "POST /authcheck"]
    assert client.get("/workspaces/").status_code == 200


def test_token_sign_in_succeeds_and_redirects_to_list(client: Client, coder: SimulatedCoder) -> None:
    answer = client.post("/login/", {"token": f"  {create_token(coder)} "})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/workspaces/")
    assert "alice" in Html(client.get("/workspaces/")).one("button", class_="btn-account").text


def test_requests_to_coder_use_session_token_header_and_no_cookie(client: Client, coder: SimulatedCoder) -> None:
    sign_in(client)
    client.get("/workspaces/")
    headers = coder.last_request("GET /workspaces")["headers"]
    assert "coder-session-token" in headers
    assert {"cookie", "authorization"} & set(headers) == set()


def test_wrong_password_shows_error_and_keeps_only_email(client: Client, coder: SimulatedCoder) -> None:
    answer = client.post("/login/", WRONG)
    page = Html(answer)
    assert answer.status_code == 422
    assert form_error(page) == "The email or the password is incorrect."
    assert page.one("input", name="email").get("value") == "alice@example.com"
    assert page.one("input", name="password").get("value") == ""


def test_unknown_token_shows_error_at_token_form(client: Client, coder: SimulatedCoder) -> None:
    page = Html(client.post("/login/", {"token": "abcdefghij-abcdefghijklmnopqrstuv"}))
    assert form_error(page).startswith("Coder does not accept this token.")
    assert "open" in dict(page.one("details").element.attributes)


@pytest.mark.parametrize("token", ["not a Coder token", "ключ", "a\nb", "abc\x7f"])
def test_malformed_token_is_rejected_with_message(client: Client, coder: SimulatedCoder, token: str) -> None:
    answer = client.post("/login/", {"token": token})
    assert answer.status_code == 422
    assert "token" in Html(answer).one("details").text


@pytest.mark.parametrize(
    ("missing", "error"), [("email", "Enter your email address."), ("password", "Enter your password.")]
)
def test_empty_field_shows_field_error_without_login_request(
    client: Client, coder: SimulatedCoder, missing: str, error: str
) -> None:
    page = Html(client.post("/login/", {**ALICE, missing: ""}))
    assert page.one("div", id=f"id_{missing}_error").text == error
    assert page.one("input", name=missing).get("aria-invalid") == "true"
    assert "POST /users/login" not in coder.request_lines()


def test_password_sign_in_of_oidc_user_shows_coder_reason(client: Client, coder: SimulatedCoder) -> None:
    coder.user("bob").login_type = "oidc"
    try:
        answer = client.post("/login/", {"email": "bob@example.com", "password": PASSWORD})
    finally:
        coder.user("bob").login_type = "password"
    assert "oidc" in form_error(Html(answer)).lower()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "rate_limited", "seconds": 7}, "Try again in 7 seconds."),
        ({"kind": "refuse"}, "Coder did not respond, so you are not signed in. The connection was interrupted."),
        ({"kind": "error"}, "Coder reported an internal error."),
        ({"kind": "bad_gateway"}, "The response (status 502) is not in Coder’s format."),
        ({"kind": "malformed"}, "not in Coder’s format, so you are not signed in. The response does not match"),
        ({"kind": "answer", "status": 403, "body": {"message": "Password login is disabled."}}, "login is disabled"),
    ],
    ids=["429", "broken off", "500", "502 of a proxy", "not JSON", "403"],
)
def test_password_sign_in_shows_reason_and_keeps_email_when_coder_fails(
    client: Client, coder: SimulatedCoder, fault: dict[str, Any], words: str
) -> None:
    coder.server.add_fault(path="/users/login$", **fault)
    answer = client.post("/login/", ALICE)
    page = Html(answer)
    assert answer.status_code == 422
    assert words in form_error(page)
    assert page.one("input", name="email").get("value") == "alice@example.com"


@pytest.mark.parametrize("kind", ["refuse", "bad_gateway", "rate_limited"])
@pytest.mark.parametrize("field", ["password", "token"])
def test_page_of_failed_sign_in_does_not_repeat_secret(
    client: Client, coder: SimulatedCoder, kind: str, field: str
) -> None:
    secret = create_token(coder)
    coder.server.add_fault(kind)
    answer = client.post("/login/", {"email": "alice@example.com", field: secret})
    assert answer.status_code == 422
    assert Html(answer).one("input", name="token").get("type") == "text"
    assert secret not in answer.content.decode() + str(answer.headers) + str(answer.cookies)


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_token_is_revoked_when_sign_in_fails_after_coder_issued_it(client: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("error", path="/users/me$")
    assert client.post("/login/", ALICE).status_code == 422
    assert coder.server.world.tokens == {}


def test_sign_in_page_offers_password_and_token_when_coder_is_unreachable(
    client: Client, coder: SimulatedCoder
) -> None:
    coder.server.add_fault("refuse")
    connection.AUTH_METHODS.refresh().result(timeout=30)
    page = Html(client.get("/login/"))
    assert page.all("input", name="email")
    assert page.all("input", name="token")
    assert "Coder’s sign-in methods could not be loaded." in page.text


def test_sign_in_page_keeps_last_known_methods_when_coder_becomes_unreachable(
    client: Client, coder: SimulatedCoder
) -> None:
    connection.AUTH_METHODS.refresh().result(timeout=30)
    coder.server.add_fault("refuse")
    connection.AUTH_METHODS.refresh().result(timeout=30)
    assert connection.AUTH_METHODS.error == "Unreachable"
    assert "sign-in methods could not be loaded" not in Html(client.get("/login/")).text


def test_sign_in_page_offers_only_token_when_passwords_are_disabled(client: Client, coder: SimulatedCoder) -> None:
    methods = {"password": {"enabled": False}, "github": {"enabled": False}}
    oidc = {"enabled": True, "signInText": "Acme SSO", "iconUrl": ""}
    coder.server.add_fault("answer", path="/users/authmethods", body={**methods, "oidc": oidc})
    connection.AUTH_METHODS.refresh().result(timeout=30)
    page = Html(client.get("/login/"))
    assert page.all("input", name="password") == []
    assert "open" in dict(page.one("details").element.attributes)
    assert "Acme SSO" in page.one("details").text


def test_token_form_links_to_coder_cli_auth_page(client: Client, coder: SimulatedCoder) -> None:
    links = [link.get("href") for link in Html(client.get("/login/")).one("details").all("a")]
    assert links == ["https://coder.example.com/cli-auth"]


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
def test_sign_in_redirects_to_next_only_within_portal(
    client: Client, coder: SimulatedCoder, wanted: str, led_to: str
) -> None:
    page = Html(client.get("/login/", {"next": wanted}))
    assert {field.get("value") for field in page.all("input", name="next")} == {led_to}
    assert client.post("/login/", {**ALICE, "next": wanted}).headers["Location"] == led_to


def test_protected_page_redirects_to_sign_in_with_return_address(client: Client, coder: SimulatedCoder) -> None:
    location = urlsplit(client.get("/workspaces/?q=status%3Afailed").headers["Location"])
    assert location.path == "/login/"
    assert parse_qs(location.query) == {"next": ["/workspaces/?q=status%3Afailed"]}


def test_sign_in_rotates_session_key_and_csrf_token(client: Client, coder: SimulatedCoder) -> None:
    sign_in(client)
    before = client.cookies["coder_portal_session"].value, client.cookies["coder_portal_csrf"].value
    sign_in(client)
    after = client.cookies["coder_portal_session"].value, client.cookies["coder_portal_csrf"].value
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert [row.session_key for row in PortalSession.objects.all()] == [hash_session_key(after[0])]


def test_form_without_valid_csrf_token_returns_403_with_explanation(coder: SimulatedCoder) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/login/", ALICE)
    assert answer.status_code == 403
    assert "Nothing was changed." in Html(answer).one("main").text


def test_fragment_without_valid_csrf_token_refreshes_page(coder: SimulatedCoder) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/logout/", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (403, "true")


def test_second_user_sees_nothing_of_previous_user_after_sign_in(client: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    sign_in(client)
    client.post("/account/", {"zone": "Europe/Dublin", "theme": "dark", "page_size": "10"})
    client.get("/workspaces/")
    sign_in(client, "bob")
    page = Html(client.get("/workspaces/"))
    assert "bob" in page.one("button", class_="btn-account").text
    assert page.all("tr") == []
    assert page.one("html").get("data-theme") == ""
    assert coder.last_request("GET /workspaces")["query"]["limit"] == "25"


def test_session_cookie_is_http_only_and_same_site_lax(client: Client, coder: SimulatedCoder) -> None:
    sign_in(client)
    cookie = client.cookies["coder_portal_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_sign_in_succeeds_while_coder_does_not_say_who_is_staff(
    client: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPTIONAL_CALL_BUDGET_S", 0.2)
    coder.server.add_fault("delay", path="/authcheck$", seconds=20)
    assert client.post("/login/", ALICE).status_code == 302
    assert "Staff" not in client.get("/activity/").content.decode()
