"""Test that no page, log, cookie or database row contains a secret, and that responses have the security headers."""

import json
import logging
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from coder_portal.logs import JsonFormatter
from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder, create_token, htmx_headers, sign_in
from tests.views.html import Html
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db


class CapturingHandler(logging.Handler):
    """Collect each log line as the portal's own formatter writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def captured_log() -> CapturingHandler:
    """Return a handler that collects log lines from level DEBUG."""
    return CapturingHandler()


def test_token_is_absent_from_pages_cookies_headers_logs_and_rows(
    client: Client, coder: SimulatedCoder, captured_log: CapturingHandler
) -> None:
    token = create_token(coder)
    web = coder.place("web")
    root = logging.getLogger()
    original_level = root.level
    root.addHandler(captured_log)
    root.setLevel(logging.DEBUG)
    try:
        responses = [client.post("/login/", {"token": token})]
        responses += [client.get(path) for path in ("/workspaces/", "/@alice/web/", "/account/", "/nothing/")]
        responses.append(
            client.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=htmx_headers("tr#w"))
        )
        coder.server.add_fault("error")
        responses.append(client.get("/@alice/web/"))
        coder.server.clear_faults()
        coder.server.add_fault("malformed")
        responses.append(client.get("/workspaces/?q=other"))
    finally:
        root.removeHandler(captured_log)
        root.setLevel(original_level)
    rows = json.dumps(list(PortalSession.objects.values("session_key", "session_data", "browser")))
    session_texts = [str(row.get_decoded()) for row in PortalSession.objects.all()]
    response_texts = [
        response.content.decode() + str(response.headers) + str(response.cookies) for response in responses
    ]
    texts = {
        "pages": " ".join(response_texts),
        "logs": " ".join(captured_log.lines),
        "rows": rows,
        "sessions": " ".join(session_texts),
    }
    secret = token.split("-")[1]
    assert captured_log.lines
    assert {name for name, text in texts.items() if secret in text} == set()


@pytest.mark.parametrize("path", ["/workspaces/", "/@alice/web/", "/@alice/web/builds/", "/@alice/web/builds/2/"])
def test_token_in_build_error_is_redacted_on_page(alice: Client, coder: SimulatedCoder, path: str) -> None:
    token = create_token(coder)
    web = coder.place(
        "web", "failed", error=f"CODER_TOKEN={token}\x1b[31m was refused", previous_transitions=("start",)
    )
    page = alice.get(path.format(web.id)).getvalue().decode()
    assert "CODER_TOKEN=[token] was refused" in page
    assert token not in page


def test_password_is_absent_from_sign_in_page_and_logs(
    client: Client, coder: SimulatedCoder, captured_log: CapturingHandler
) -> None:
    root = logging.getLogger()
    root.addHandler(captured_log)
    try:
        response = client.post("/login/", {"email": "bob@example.com", "password": f"{PASSWORD}x"})
        sign_in(client)
    finally:
        root.removeHandler(captured_log)
    assert PASSWORD not in response.content.decode() + " ".join(captured_log.lines)


@pytest.mark.parametrize("path", ["/login/", "/workspaces/", "/@alice/web/", "/account/", "/nothing/"])
def test_page_sends_security_headers(alice: Client, coder: SimulatedCoder, path: str) -> None:
    coder.place("web")
    headers = alice.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' https://coder.example.com",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Request-Id"]


def test_fragment_sends_private_no_store_cache_control(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    assert (
        alice.get("/workspaces/", headers=htmx_headers("section#table")).headers["Cache-Control"] == "private, no-store"
    )


@pytest.mark.parametrize("path", ["/login/", "/workspaces/", "/@alice/web/", "/account/"])
def test_page_has_no_inline_script_style_or_event_handler(alice: Client, coder: SimulatedCoder, path: str) -> None:
    coder.place("web")
    page = Html(alice.get(path))
    assert {script.text for script in page.all("script")} == {""}
    assert page.all("style") == []
    source = alice.get(path).content.decode()
    assert [word for word in (" style=", " onclick=", " hx-on", "js:", "javascript:") if word in source] == []


@pytest.mark.parametrize(
    ("proxies", "forwarded_for"),
    [([], "203.0.113.7"), (["203.0.113.0/24"], "198.51.100.4")],
    ids=["untrusted client", "trusted proxy"],
)
def test_forwarded_for_uses_address_from_trusted_proxy_only(
    alice: Client, coder: SimulatedCoder, settings: Settings, proxies: list[str], forwarded_for: str
) -> None:
    settings.TRUSTED_PROXIES = [ip_network(proxy) for proxy in proxies]
    alice.get("/workspaces/", REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": "10.9.9.9, 198.51.100.4"})
    assert coder.last_request("GET /workspaces")["headers"]["x-forwarded-for"] == forwarded_for


def test_requests_to_coder_contain_no_cookie_with_two_users(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client()
    sign_in(bob, "bob")
    alice.get("/workspaces/")
    assert [entry["path"] for entry in coder.server.requests() if "cookie" in entry["headers"]] == []


def test_each_user_calls_coder_with_their_own_token(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client()
    sign_in(bob, "bob")
    tokens = []
    for client in (alice, bob, alice):
        client.get("/workspaces/")
        tokens.append(coder.last_request("GET /workspaces")["token"])
    assert tokens[0] == tokens[2] != tokens[1]


def test_rights_of_one_user_are_not_used_for_another(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", owner="bob")
    admin, reader = Client(), Client()
    sign_in(admin, "admin")
    sign_in(reader, "tina")
    button_values = [
        [button.get("value") for button in Html(client.get("/@bob/web/")).all("button", name="transition")]
        for client in (admin, reader, admin)
    ]
    assert button_values == [["stop", "restart"], [], ["stop", "restart"]]


def test_unknown_host_returns_400_naming_portal_url_setting(client: Client) -> None:
    response = client.get("/login/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "PORTAL_URL" in response.content.decode()


def test_internal_error_returns_500_page_without_details(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_error(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("workspaces.views.list.make_list_page", raise_error)
    alice.raise_request_exception = False
    response = alice.get("/workspaces/")
    assert response.status_code == 500
    assert "Portal error" in Html(response).one("h1").text
    assert "secret detail" not in response.content.decode()


def test_database_has_only_portal_tables_and_no_workspace_copy() -> None:
    tables = {name for name in connection.introspection.table_names() if not name.startswith("django_")}
    sessions, own = (
        ("portalsession", "framecode", "tokenrevocation", "attemptcounter"),
        ("preferences", "savedsearch", "fleetsearch", "announcement", "dismissedannouncement"),
    )
    names = (*sessions, *own, "operation", "item", "selection", "change")
    assert tables == {f"workspaces_{name}" for name in names}


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_templates_contain_no_inline_script_style_or_safe_filter() -> None:
    templates = (Path(__file__).parents[2] / "templates").rglob("*.html")
    forbidden = {"hx-on", "js:", "style=", "|safe", "<script>", "onclick"}
    assert {(path.name, word) for path in templates for word in forbidden if word in path.read_text()} == set()
