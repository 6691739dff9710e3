"""Test requests of pages that a browser prefetches: they change nothing, and are declined where they would."""

import time

import pytest
from django.contrib.messages.storage.session import SessionStorage
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html
from workspaces.auth import drafts, prefetch
from workspaces.auth.sessions import TOUCH_INTERVAL_S
from workspaces.embed.origins import parse_allowed_origins
from workspaces.models import PortalSession

PREFETCH = {"Sec-Purpose": "prefetch"}
PAGE = "/@alice/web/"


def stored_session() -> tuple[str, object]:
    """Return the data of the one stored session and its last use."""
    row = PortalSession.objects.get()
    return row.session_data, row.seen_at


def change_session(client: Client, **values: object) -> None:
    """Store values in the client's session."""
    session = client.session
    session.update(values)
    session.save()


def test_list_names_rules_for_links_of_workspaces(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    response = alice.get("/workspaces/")
    assert response.headers["Speculation-Rules"].startswith('"/static/prefetch.')
    rows = Html(response).one("tbody", data_prefetch="")  # the file selects "[data-prefetch] .name"
    assert [link.get("href") for link in rows.all("a", class_="name")] == [PAGE]


def test_list_names_no_rules_when_setting_is_off(alice: Client, coder: SimulatedCoder, settings: Settings) -> None:
    settings.PREFETCH = False
    assert "Speculation-Rules" not in alice.get("/workspaces/").headers


def test_prefetched_page_takes_one_coder_call_and_changes_no_session(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    change_session(alice, seen=time.time() - TOUCH_INTERVAL_S - 1)
    before = stored_session()
    coder.server.clear_requests()
    response = alice.get(PAGE, headers=PREFETCH)
    assert (response.status_code, Html(response).one("h1").one("bdi").text) == (200, "web")
    assert coder.request_lines() == ["GET /users/alice/workspace/web"]
    assert stored_session() == before
    assert not response.cookies
    alice.get(PAGE)
    assert stored_session() != before


def test_prefetched_list_does_not_store_its_scope(alice: Client, coder: SimulatedCoder) -> None:
    before = stored_session()
    assert alice.get("/workspaces/", {"scope": "all"}, headers=PREFETCH).status_code == 200
    assert stored_session() == before


def test_message_is_left_for_the_page_that_a_person_opens(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"})
    assert alice.session[SessionStorage.session_key]
    coder.server.clear_requests()
    assert alice.get(PAGE, headers=PREFETCH).status_code == 425
    assert coder.request_lines() == []
    assert "Starting web…" in Html(alice.get(PAGE)).one("div", id="messages").text


def test_draft_is_left_for_the_page_that_a_person_opens(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    change_session(alice, **{drafts.SESSION_KEY: "encrypted"})
    assert alice.get(PAGE, headers=PREFETCH).status_code == 425
    assert alice.session[drafts.SESSION_KEY] == "encrypted"
    assert coder.request_lines() == []


def test_prefetch_without_session_is_declined_instead_of_redirected(client: Client, coder: SimulatedCoder) -> None:
    response = client.get(PAGE, headers=PREFETCH)
    assert (response.status_code, response.content, dict(response.cookies)) == (425, b"", {})


@pytest.mark.parametrize("fault", ["signed_out", "bad_gateway", "refuse", "malformed"])
def test_prefetch_that_coder_refuses_is_declined_and_ends_no_session(
    alice: Client, coder: SimulatedCoder, fault: str
) -> None:
    coder.place("web")
    coder.server.add_fault(fault, path="/workspace/web$")
    before = stored_session()
    assert alice.get(PAGE, headers=PREFETCH).status_code == 425
    assert stored_session() == before


def test_prefetch_of_missing_or_renamed_workspace_is_declined(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    assert alice.get("/@alice/nothing/", headers=PREFETCH).status_code == 425
    assert alice.get(f"/workspaces/{web.id}/", headers=PREFETCH).status_code == 425


def test_prefetches_of_a_session_are_bounded(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    coder.place("web")
    bob = Client()
    sign_in(bob, "bob")
    now = 100 * prefetch.WINDOW_S
    monkeypatch.setattr(time, "monotonic", lambda: now)
    coder.server.clear_requests()
    statuses = [alice.get(PAGE, headers=PREFETCH).status_code for _ in range(prefetch.MAX_IN_WINDOW + 5)]
    assert statuses == [200] * prefetch.MAX_IN_WINDOW + [425] * 5
    assert coder.request_lines() == ["GET /users/alice/workspace/web"] * prefetch.MAX_IN_WINDOW
    assert alice.get(PAGE).status_code == 200
    assert bob.get("/workspaces/", headers=PREFETCH).status_code == 200
    now += prefetch.WINDOW_S
    assert alice.get(PAGE, headers=PREFETCH).status_code == 200


def test_sign_in_and_expired_session_clear_pages_prefetched_before(alice: Client, coder: SimulatedCoder) -> None:
    answer = Client().post("/login/", {"email": "alice@example.com", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (302, '"prefetchCache"')
    PortalSession.objects.all().delete()
    assert alice.get("/workspaces/").headers["Clear-Site-Data"] == '"prefetchCache"'
    assert alice.get("/workspaces/", headers=htmx_headers()).headers["Clear-Site-Data"] == '"prefetchCache"'


@pytest.mark.parametrize("is_rejected", [False, True])
def test_session_that_ends_in_a_frame_clears_pages_prefetched_before(
    alice: Client, coder: SimulatedCoder, settings: Settings, *, is_rejected: bool
) -> None:
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins("https://intranet.example.com")
    if is_rejected:
        coder.server.add_fault("signed_out", path="/workspaces$")
    else:
        PortalSession.objects.all().delete()
    response = alice.get("/embed/workspaces/")
    assert Html(response).one("a", id="sign-in").text == "Sign in"
    assert response.headers["Clear-Site-Data"] == '"prefetchCache"'
    assert "Clear-Site-Data" not in Client().get("/embed/workspaces/").headers


def test_prefetched_frame_that_coder_refuses_ends_no_session(
    alice: Client, coder: SimulatedCoder, settings: Settings
) -> None:
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins("https://intranet.example.com")
    alice.get("/workspaces/")
    coder.server.add_fault("signed_out", path="/workspaces$")
    before = stored_session()
    assert alice.get("/embed/workspaces/", headers=PREFETCH).status_code == 425
    assert stored_session() == before


def test_write_that_claims_to_be_a_prefetch_is_declined(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    alice.get("/workspaces/")
    coder.server.clear_requests()
    answer = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=PREFETCH)
    assert answer.status_code == 425
    assert coder.request_lines() == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("prefetch", True),
        ("prefetch;prerender", True),
        (" Prefetch ; anonymous-client-ip", True),
        ("", False),
        ("prefetching", False),
        ("prerender", False),
    ],
)
def test_prefetch_is_known_by_first_token_of_its_purpose(value: str, *, expected: bool) -> None:
    request = RequestFactory().get("/", headers={"Sec-Purpose": value})
    assert prefetch.is_prefetch(request) is expected
