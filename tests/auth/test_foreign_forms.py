"""Test forms that no open page of the portal sends: of other sites, of earlier sessions, and very many of them."""

from typing import Any

import pytest
from django.test import Client

from coder_simulator.world import PASSWORD
from tests.portal import FakeClock, SimulatedCoder, htmx_headers, sign_in
from tests.views.create_form import WEB_FORM, create_form_url, form_values
from tests.views.html import Html
from workspaces.auth import drafts, throttle
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db
ALICE = {"email": "alice@example.com", "password": PASSWORD}
OWN_ORIGIN = {"Origin": "http://testserver"}
FOREIGN = ["https://evil.example", "http://testserver.evil.example", "null", "http://testserver:81"]


def draft_form(client: Client, coder: SimulatedCoder) -> dict[str, Any]:
    """Return a form with the draft mark of the person who is signed in."""
    return form_values(Html(client.get(create_form_url(coder)))) | {"name": ["web"], "csrfmiddlewaretoken": ["a" * 64]}


@pytest.fixture
def victim(coder: SimulatedCoder) -> Client:
    """Return a browser in which Bob is signed in."""
    client = Client(enforce_csrf_checks=True)
    page = Html(client.get("/login/"))
    token = page.all("input", name="csrfmiddlewaretoken")[0].get("value")
    fields = {"email": "bob@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/login/", fields).status_code == 302
    return client


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["/login/", "/logout/", "/workspaces/new/", "/account/sessions/end/"])
def test_form_of_other_site_sets_no_cookie_and_creates_no_session(
    alice: Client, victim: Client, coder: SimulatedCoder, origin: str, path: str
) -> None:
    fields = draft_form(alice, coder)
    before = set(PortalSession.objects.values_list("session_key", flat=True))
    cookieless = Client(enforce_csrf_checks=True)  # a browser sends no SameSite cookies with such a form
    answer = cookieless.post(path, fields, headers={"Origin": origin})
    assert (answer.status_code, dict(answer.cookies)) == (403, {})
    cookies = {name: cookie.value for name, cookie in victim.cookies.items()}
    answer = victim.post(path, fields, headers={"Origin": origin})  # it sends them with a form of a sibling host
    assert answer.status_code == 403
    assert {name: cookie.value for name, cookie in victim.cookies.items()} == cookies
    assert set(PortalSession.objects.values_list("session_key", flat=True)) == before
    assert drafts.SESSION_KEY not in victim.session
    assert victim.get("/workspaces/").status_code == 200


@pytest.mark.parametrize("headers", [{}, OWN_ORIGIN], ids=["no origin", "own origin"])
def test_draft_is_not_stored_for_browser_without_cookies(
    alice: Client, coder: SimulatedCoder, headers: dict[str, str]
) -> None:
    answer = Client(enforce_csrf_checks=True).post(create_form_url(coder), draft_form(alice, coder), headers=headers)
    assert (answer.status_code, dict(answer.cookies)) == (403, {})
    assert PortalSession.objects.count() == 1


def send_without_session(coder: SimulatedCoder, fields: dict[str, Any], address: str = "127.0.0.1") -> Client:
    """Send a form from a browser that has the portal's CSRF cookie and no session, as a script of anybody can."""
    client = Client(headers=OWN_ORIGIN)
    client.get("/login/")
    assert client.post(create_form_url(coder), fields, REMOTE_ADDR=address).status_code == 302
    return client


def test_person_has_few_drafts_without_session_and_newest_ones_stay(alice: Client, coder: SimulatedCoder) -> None:
    fields = draft_form(alice, coder)
    senders = [send_without_session(coder, fields) for _ in range(drafts.MAX_PER_PERSON + 2)]
    person = coder.user("alice").id
    assert PortalSession.objects.filter(draft_person=person).count() == drafts.MAX_PER_PERSON
    kept = [drafts.SESSION_KEY in sender.session for sender in senders]
    assert kept == [False] * 2 + [True] * drafts.MAX_PER_PERSON


def test_number_of_all_drafts_is_limited(
    alice: Client, victim: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MAX_STORED", 3)
    for client in (alice, victim):
        for _ in range(3):
            send_without_session(coder, draft_form(client, coder))
    assert PortalSession.objects.filter(draft_person__isnull=False).count() == 3


def test_drafts_of_person_are_throttled(alice: Client, coder: SimulatedCoder, fake_clock: FakeClock) -> None:
    fields = draft_form(alice, coder)
    for number in range(drafts.PERSON_LIMIT):
        send_without_session(coder, fields, f"203.0.113.{number}")
    assert drafts.SESSION_KEY not in send_without_session(coder, fields, "203.0.113.99").session
    fake_clock.advance(throttle.WINDOW_S + 1)
    assert drafts.SESSION_KEY in send_without_session(coder, fields, "203.0.113.99").session


def test_drafts_from_address_are_throttled(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "ADDRESS_LIMIT", 2)
    fields = draft_form(alice, coder)
    senders = [send_without_session(coder, fields) for _ in range(3)]
    assert [drafts.SESSION_KEY in sender.session for sender in senders] == [True, True, False]


def test_largest_draft_is_stored_within_three_times_its_length(alice: Client, coder: SimulatedCoder) -> None:
    fields = draft_form(alice, coder) | {"param.project": ["x" * (drafts.MAX_LENGTH - 4096)]}
    assert drafts.SESSION_KEY in send_without_session(coder, fields).session
    row = PortalSession.objects.get(draft_person__isnull=False)
    assert len(row.session_data) < 3 * drafts.MAX_LENGTH


def test_requests_without_sign_in_neither_write_stored_draft_again_nor_keep_it_longer(
    alice: Client, coder: SimulatedCoder, fake_clock: FakeClock
) -> None:
    sender = send_without_session(coder, draft_form(alice, coder))
    before = PortalSession.objects.filter(draft_person__isnull=False).values_list("session_key", "expire_date").get()
    fake_clock.advance(60)
    for answer in (sender.get("/workspaces/"), sender.post("/bulk/"), sender.get("/bulk/", headers=htmx_headers())):
        assert "coder_portal_session" not in answer.cookies
    after = PortalSession.objects.filter(draft_person__isnull=False).values_list("session_key", "expire_date").get()
    assert after == before
    sign_in(sender)
    assert form_values(Html(sender.get(create_form_url(coder))))["name"] == ["web"]


def test_restored_draft_session_is_no_longer_counted_after_sign_in(alice: Client, coder: SimulatedCoder) -> None:
    sender = send_without_session(coder, draft_form(alice, coder))
    sign_in(sender)
    assert not PortalSession.objects.filter(draft_person__isnull=False).exists()
    assert form_values(Html(sender.get(create_form_url(coder))))["name"] == ["web"]


# ---- two tabs with the sign-in page


def open_sign_in(tabs: Client, way: str = "/@alice/web/") -> dict[str, Any]:
    """Return the fields of the form that a tab shows."""
    page = Html(tabs.get("/login/", {"next": way}))
    token = page.all("input", name="csrfmiddlewaretoken")[0].get("value")
    return {"csrfmiddlewaretoken": token, "next": page.all("input", name="next")[0].get("value")}


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_second_sign_in_tab_leads_to_its_page_when_person_is_signed_in(coder: SimulatedCoder) -> None:
    tabs = Client(enforce_csrf_checks=True)
    first, second = open_sign_in(tabs), open_sign_in(tabs, "/operations/")
    assert tabs.post("/login/", first | ALICE, headers=OWN_ORIGIN).headers["Location"] == "/@alice/web/"
    coder.clear_requests()
    answer = tabs.post("/login/", second | ALICE, headers=OWN_ORIGIN)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/operations/")
    assert coder.request_lines() == []
    assert tabs.get("/operations/").status_code == 200


def test_second_sign_in_tab_gets_new_form_without_password_when_nobody_is_signed_in(coder: SimulatedCoder) -> None:
    tabs = Client(enforce_csrf_checks=True)
    first, second = open_sign_in(tabs), open_sign_in(tabs, "/operations/")
    tabs.post("/login/", first | ALICE, headers=OWN_ORIGIN)
    sign_out = Html(tabs.get("/account/")).all("input", name="csrfmiddlewaretoken")[0].get("value")
    tabs.post("/logout/", {"csrfmiddlewaretoken": sign_out}, headers=OWN_ORIGIN)
    answer = tabs.post("/login/", second | ALICE, headers=OWN_ORIGIN)
    page = Html(answer)
    assert answer.status_code == 403
    assert (
        "This form expired because of another sign-in or sign-out in this browser. Submit it again."
        in page.one("main").text
    )
    assert page.one("input", name="email").get("value") == "alice@example.com"
    assert page.one("input", name="password").get("value") == ""
    assert PASSWORD not in answer.content.decode()
    token = page.all("input", name="csrfmiddlewaretoken")[0].get("value")
    again = {"csrfmiddlewaretoken": token, "next": page.all("input", name="next")[0].get("value")}
    assert tabs.post("/login/", again | ALICE, headers=OWN_ORIGIN).headers["Location"] == "/operations/"


def test_outdated_token_form_gets_new_form_without_token(coder: SimulatedCoder) -> None:
    tabs = Client(enforce_csrf_checks=True)
    tabs.get("/login/")
    token = "abcdefghij-abcdefghijklmnopqrstuv"
    answer = tabs.post("/login/", {"token": token, "csrfmiddlewaretoken": "a" * 64}, headers=OWN_ORIGIN)
    assert answer.status_code == 403
    assert token not in answer.content.decode()


def test_fragment_with_outdated_token_still_refreshes_page(coder: SimulatedCoder, victim: Client) -> None:
    answer = victim.post("/workspaces/new/", WEB_FORM, headers={**htmx_headers("form#new"), **OWN_ORIGIN})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (403, "true")
