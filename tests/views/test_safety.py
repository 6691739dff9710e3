"""What no page, log, cookie or row of the database may hold, and what each answer bears."""

import json
import logging
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from coder_portal.logs import Json
from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder, htmx, sign_in, token_of
from tests.views.html import Html
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db


class Kept(logging.Handler):
    """Keeps every line as the portal's own formatter writes it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(Json())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Kept:
    """All that is logged from now on, down to DEBUG."""
    return Kept()


def test_the_token_is_in_no_page_no_cookie_no_header_no_log_and_no_row(
    client: Client, coder: SimulatedCoder, log: Kept
) -> None:
    token = token_of(coder)
    web = coder.place("web")
    root = logging.getLogger()
    before = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    try:
        said = [client.post("/login/", {"token": token})]
        said += [client.get(path) for path in ("/workspaces/", "/@alice/web/", "/account/", "/nothing/")]
        said.append(client.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=htmx("tr#w")))
        coder.server.fault("error")
        said.append(client.get("/@alice/web/"))
        coder.server.clear_faults()
        coder.server.fault("malformed")
        said.append(client.get("/workspaces/?q=other"))
    finally:
        root.removeHandler(log)
        root.setLevel(before)
    rows = json.dumps(list(PortalSession.objects.values("session_key", "session_data", "browser")))
    decoded = [str(row.get_decoded()) for row in PortalSession.objects.all()]
    shown = [answer.content.decode() + str(answer.headers) + str(answer.cookies) for answer in said]
    places = {"pages": " ".join(shown), "logs": " ".join(log.lines), "rows": rows, "sessions": " ".join(decoded)}
    secret = token.split("-")[1]
    assert log.lines
    assert {name for name, text in places.items() if secret in text} == set()


@pytest.mark.parametrize("path", ["/workspaces/", "/@alice/web/", "/workspaces/{}/builds/", "/@alice/web/builds/2/"])
def test_a_token_in_the_error_of_a_build_is_on_no_page(alice: Client, coder: SimulatedCoder, path: str) -> None:
    token = token_of(coder)
    web = coder.place("web", "failed", error=f"CODER_TOKEN={token}\x1b[31m was refused", earlier=("start",))
    page = alice.get(path.format(web.id)).getvalue().decode()
    assert "CODER_TOKEN=[token] was refused" in page
    assert token not in page


def test_a_password_is_in_no_page_and_no_log(client: Client, coder: SimulatedCoder, log: Kept) -> None:
    root = logging.getLogger()
    root.addHandler(log)
    try:
        refused = client.post("/login/", {"email": "bob@example.com", "password": f"{PASSWORD}x"})
        sign_in(client)
    finally:
        root.removeHandler(log)
    assert PASSWORD not in refused.content.decode() + " ".join(log.lines)


@pytest.mark.parametrize("path", ["/login/", "/workspaces/", "/@alice/web/", "/account/", "/nothing/"])
def test_each_page_bears_the_headers_that_keep_it_safe(alice: Client, coder: SimulatedCoder, path: str) -> None:
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


def test_a_fragment_is_as_private_as_a_page(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    assert alice.get("/workspaces/", headers=htmx("section#table")).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/login/", "/workspaces/", "/@alice/web/", "/account/"])
def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(
    alice: Client, coder: SimulatedCoder, path: str
) -> None:
    coder.place("web")
    page = Html(alice.get(path))
    assert {script.text for script in page.all("script")} == {""}
    assert page.all("style") == []
    source = alice.get(path).content.decode()
    assert [word for word in (" style=", " onclick=", " hx-on", "js:", "javascript:") if word in source] == []


@pytest.mark.parametrize(
    ("proxies", "told"),
    [([], "203.0.113.7"), (["203.0.113.0/24"], "198.51.100.4")],
    ids=["a stranger", "a trusted proxy"],
)
def test_coder_is_told_the_address_that_a_trusted_proxy_names_and_no_other(
    alice: Client, coder: SimulatedCoder, settings: Settings, proxies: list[str], told: str
) -> None:
    settings.TRUSTED_PROXIES = [ip_network(proxy) for proxy in proxies]
    alice.get("/workspaces/", REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": "10.9.9.9, 198.51.100.4"})
    assert coder.last("GET /workspaces")["headers"]["x-forwarded-for"] == told


def test_no_cookie_of_coders_is_kept_between_two_peoples_calls(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client()
    sign_in(bob, "bob")
    alice.get("/workspaces/")
    assert [entry["path"] for entry in coder.server.requests() if "cookie" in entry["headers"]] == []


def test_each_persons_calls_bear_their_own_token(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client()
    sign_in(bob, "bob")
    tokens = []
    for client in (alice, bob, alice):
        client.get("/workspaces/")
        tokens.append(coder.last("GET /workspaces")["token"])
    assert tokens[0] == tokens[2] != tokens[1]


def test_what_was_asked_about_rights_for_one_person_is_not_answered_to_another(
    alice: Client, coder: SimulatedCoder
) -> None:
    coder.place("web", owner="bob")
    admin, reader = Client(), Client()
    sign_in(admin, "admin")
    sign_in(reader, "tina")
    offered = [
        [button.get("value") for button in Html(client.get("/@bob/web/")).all("button", name="transition")]
        for client in (admin, reader, admin)
    ]
    assert offered == [["stop", "restart"], [], ["stop", "restart"]]


def test_alive_needs_neither_coder_nor_a_session(client: Client, coder: SimulatedCoder) -> None:
    coder.server.fault("refuse")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer.headers["Cache-Control"]


def test_ready_means_that_database_and_coder_answer(client: Client, coder: SimulatedCoder) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "coder": "ok"})


def test_not_ready_names_what_does_not_answer_and_nothing_secret(client: Client, coder: SimulatedCoder) -> None:
    coder.server.fault("refuse")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "coder": "Unreachable"})


def test_probes_ask_coder_once_in_a_while(client: Client, coder: SimulatedCoder) -> None:
    for _ in range(3):
        client.get("/readyz")
    assert coder.asked(ignore="") == ["GET /buildinfo"]


def test_a_host_that_is_not_the_portals_is_refused_with_the_setting_to_look_at(client: Client) -> None:
    answer = client.get("/login/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "PORTAL_URL" in answer.content.decode()


def test_a_fault_of_the_portals_own_shows_a_page_without_any_detail(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("workspaces.present.list_page", broken)
    alice.raise_request_exception = False
    answer = alice.get("/workspaces/")
    assert answer.status_code == 500
    assert "The portal had an error" in Html(answer).one("h1").text
    assert "secret detail" not in answer.content.decode()


def test_the_database_holds_what_is_the_portals_own_and_no_copy_of_a_workspace() -> None:
    tables = {name for name in connection.introspection.table_names() if not name.startswith("django_")}
    own = ("portalsession", "preferences", "operation", "item", "change")
    assert tables == {f"workspaces_{name}" for name in own}


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_template_reaches_a_script_but_by_a_file() -> None:
    templates = (Path(__file__).parents[2] / "templates").rglob("*.html")
    wrong = {"hx-on", "js:", "style=", "|safe", "<script>", "onclick"}
    assert {(path.name, word) for path in templates for word in wrong if word in path.read_text()} == set()
