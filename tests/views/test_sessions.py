"""How long somebody is signed in, and how it ends."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from pytest_django.fixtures import Settings

from tests.portal import MovedClock, SimulatedCoder, htmx, sign_in, token_of
from tests.views.html import Html
from workspaces.models import PortalSession

pytestmark = pytest.mark.django_db


def way_back(answer: HttpResponseBase) -> tuple[str, list[str], bool]:
    """Of an answer that sends to the sign-in page: its path, the way back, and whether it says that a session ended."""
    to = urlsplit(answer.headers.get("Location") or answer.headers["HX-Redirect"])
    query = parse_qs(to.query)
    return to.path, query["next"], "ended" in query


def test_a_session_ends_when_nobody_used_it_for_long(
    alice: Client, settings: Settings, moved_clock: MovedClock
) -> None:
    settings.SESSION_COOKIE_AGE = 3600
    moved_clock.advance(3601)
    assert way_back(alice.get("/workspaces/?page=2")) == ("/login/", ["/workspaces/?page=2"], True)


def test_a_session_that_is_used_does_not_end_by_idleness(
    alice: Client, settings: Settings, moved_clock: MovedClock
) -> None:
    settings.SESSION_COOKIE_AGE = 3600
    for _ in range(3):
        moved_clock.advance(1800)
        assert alice.get("/workspaces/").status_code == 200


def test_a_session_ends_at_its_age_however_much_it_is_used(
    alice: Client, settings: Settings, moved_clock: MovedClock
) -> None:
    settings.SESSION_COOKIE_AGE, settings.SESSION_AGE = 3600, 7200
    for _ in range(4):
        moved_clock.advance(1790)
        assert alice.get("/workspaces/").status_code == 200
    moved_clock.advance(1000)
    assert way_back(alice.get("/workspaces/")) == ("/login/", ["/workspaces/"], True)
    assert not PortalSession.objects.filter(person__isnull=False).exists()


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_a_token_that_ends_in_the_middle_ends_the_session_and_keeps_the_way_back(
    alice: Client, coder: SimulatedCoder
) -> None:
    coder.server.world.tokens.clear()
    answer = alice.get("/workspaces/?q=status%3Arunning")
    assert way_back(answer) == ("/login/", ["/workspaces/?q=status%3Arunning"], True)
    assert "Your session has ended." in Html(alice.get(answer.headers["Location"])).one("main").text
    assert not PortalSession.objects.filter(person__isnull=False).exists()


def test_a_fragment_whose_token_has_ended_sends_the_whole_page_to_sign_in_and_back_to_itself(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    coder.server.world.tokens.clear()
    headers = htmx(f"tr#w-{web.id}", at="/workspaces/?q=web")
    answer = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=headers)
    assert answer.status_code == 401
    assert answer.content == b""
    assert way_back(answer) == ("/login/", ["/workspaces/?q=web"], True)


def test_a_form_whose_token_has_ended_leads_back_to_the_page_that_it_stood_on(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    coder.server.world.tokens.clear()
    answer = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop", "next": "/@alice/web/"})
    assert way_back(answer) == ("/login/", ["/@alice/web/"], True)


def test_a_session_whose_token_can_no_longer_be_opened_ends(alice: Client, settings: Settings) -> None:
    settings.TOKEN_KEYS = ["YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcy4="]
    assert way_back(alice.get("/workspaces/")) == ("/login/", ["/workspaces/"], True)


def test_somebody_who_never_signed_in_is_not_told_that_a_session_ended(client: Client, coder: SimulatedCoder) -> None:
    assert way_back(client.get("/workspaces/")) == ("/login/", ["/workspaces/"], False)


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_signing_out_ends_the_session_here_and_the_token_at_coder_and_empties_the_cache(
    alice: Client, coder: SimulatedCoder
) -> None:
    answer = alice.post("/logout/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert coder.asked() == ["POST /users/logout"]
    assert coder.server.world.tokens == {}
    assert alice.get("/workspaces/").status_code == 302


@pytest.mark.parametrize(("fields", "ends_there"), [({}, False), ({"revoke": "on"}, True)], ids=["kept", "revoked"])
def test_a_pasted_token_ends_at_coder_only_where_that_is_asked_for(
    client: Client, coder: SimulatedCoder, fields: dict[str, str], *, ends_there: bool
) -> None:
    client.post("/login/", {"token": token_of(coder)})
    assert Html(client.get("/workspaces/")).all("input", name="revoke")
    client.post("/logout/", fields)
    assert ("POST /users/logout" in coder.asked()) is ends_there
    assert (coder.server.world.tokens == {}) is ends_there
    assert client.get("/workspaces/").status_code == 302


def test_signing_out_works_while_coder_is_away_and_says_what_it_could_not_do(
    alice: Client, coder: SimulatedCoder
) -> None:
    coder.server.fault("refuse")
    answer = alice.post("/logout/")
    assert answer.headers["Location"] == "/login/"
    assert "Coder could not be told" in Html(alice.get("/login/")).one("div", id="messages").text


def test_signing_out_twice_is_no_fault(alice: Client) -> None:
    alice.post("/logout/")
    assert alice.post("/logout/").headers["Location"] == "/login/"


def test_signing_out_is_no_link_that_another_site_could_make_somebody_follow(alice: Client) -> None:
    assert alice.get("/logout/").status_code == 405
    assert alice.get("/workspaces/").status_code == 200


def test_signing_out_everywhere_ends_every_session_of_this_person_and_no_other(
    alice: Client, coder: SimulatedCoder
) -> None:
    phone, bob = Client(), Client()
    sign_in(phone)
    sign_in(bob, "bob")
    answer = alice.post("/account/sessions/end/")
    assert (answer.headers["Location"], answer.headers["Clear-Site-Data"]) == ("/login/", '"cache"')
    assert [client.get("/workspaces/").status_code for client in (alice, phone, bob)] == [302, 302, 200]
