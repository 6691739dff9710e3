"""Test what a frame may change, how often, and what the audit log says of it."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.embed.conftest import INTRANET, SUBDOMAIN, Load
from tests.portal import FakeClock, SimulatedCoder
from tests.views.html import Html
from workspaces.models import AuditEntry
from workspaces.views.embed.writes import WRITES, WRITES_WINDOW_S

pytestmark = pytest.mark.django_db

FRAME = "/embed/workspaces/?theme=dark"


def press(client: Client, path: str, origin: str = INTRANET, **fields: str) -> HttpResponse:
    """Send the form of a frame."""
    return client.post(path, {"next": FRAME, "frame_origin": origin, **fields})  # type: ignore[return-value]


def frame_message(response: HttpResponse) -> str:
    """Return the message in a frame."""
    return Html(response).one("div", id="frame-messages").text


@pytest.mark.parametrize(
    ("status", "path", "fields", "call", "message"),
    [
        ("stopped", "builds", {"transition": "start"}, "POST /workspaces/{}/builds", "Starting web…"),
        ("running", "builds", {"transition": "stop"}, "POST /workspaces/{}/builds", "Stopping web…"),
        ("running", "extend", {"hours": "1"}, "PUT /workspaces/{}/extend", "web now stops 1 hour later."),
        ("running", "favorite", {"favorite": "true"}, "PUT /workspaces/{}/favorite", "Added web to your favorites."),
    ],
)
def test_button_of_frame_changes_workspace_and_returns_to_frame(
    alice: Client, load: Load, coder: SimulatedCoder, status: str, path: str, fields: dict[str, str], call: str,
    message: str,
) -> None:  # fmt: skip
    web = coder.place("web", status)
    response = press(alice, f"/embed/workspaces/{web.id}/{path}/", **fields)
    assert (response.status_code, response.headers["Location"]) == (302, FRAME)
    assert call.format(web.id) in coder.request_lines()
    assert frame_message(load(FRAME)) == message
    assert AuditEntry.objects.get().details["frame"] == INTRANET


@pytest.mark.parametrize(("status", "favorite"), [("running", False), ("stopped", True)])
def test_every_button_of_frame_sends_what_its_address_accepts(
    alice: Client, load: Load, coder: SimulatedCoder, status: str, *, favorite: bool
) -> None:
    coder.place("web", status, favorite=favorite)
    page = Html(load(FRAME))
    hidden = {field.get("name"): field.get("value") for field in page.one("form", id="act").all("input")}
    buttons = page.all("button", form="act")
    assert len(buttons) == {"running": 3, "stopped": 2}[status]
    for button in buttons:
        coder.clear_requests()
        response = alice.post(button.get("formaction"), hidden | {button.get("name"): button.get("value")})
        assert response.status_code == 302, button.get("formaction")
        assert [line for line in coder.request_lines() if not line.startswith("GET ")], button.get("formaction")


@pytest.mark.parametrize("origin", [SUBDOMAIN, "https://intranet.example.com.evil.test", "null", ""])
def test_audit_log_does_not_name_an_origin_that_is_not_allowed(
    alice: Client, coder: SimulatedCoder, origin: str
) -> None:
    web = coder.place("web")
    press(alice, f"/embed/workspaces/{web.id}/favorite/", origin, favorite="true")
    assert AuditEntry.objects.get().details["frame"] == "unknown"


def test_audit_log_names_the_origin_as_browsers_write_it(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    press(alice, f"/embed/workspaces/{web.id}/favorite/", "HTTPS://Intranet.example.COM:443", favorite="true")
    assert AuditEntry.objects.get().details["frame"] == INTRANET


def test_button_of_a_message_of_the_portal_is_not_in_the_frame(
    alice: Client, load: Load, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"})
    page = Html(load(FRAME))
    assert page.one("div", id="frame-messages").text == "Added web to your favorites."
    addresses = [button.get("formaction") for button in page.all("button") if button.get("formaction")]
    assert addresses
    assert [address for address in addresses if not address.startswith("/embed/")] == []


def test_activity_says_that_a_change_came_from_a_frame(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    press(alice, f"/embed/workspaces/{web.id}/builds/", transition="stop")
    alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"})
    page = Html(alice.get("/activity/")).one("main").text
    assert page.count("from a frame") == 1
    assert f"from a frame on {INTRANET}" in page


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("builds", {"transition": "delete"}),
        ("builds", {"transition": "restart"}),
        ("builds", {"transition": "start", "param.repo": "https://evil.test"}),
        ("builds", {"transition": "start", "template_version_id": "5f2c0e9a-7d41-4b63-9c1e-000000000001"}),
        ("builds", {"transition": "start", "log_level": "debug"}),
        ("builds", {}),
        ("extend", {"deadline": "2030-01-01T00:00"}),
        ("extend", {"hours": "1", "deadline": "2030-01-01T00:00"}),
        ("favorite", {"favorite": "true", "confirm": "1"}),
    ],
)
def test_frame_sends_nothing_but_its_own_buttons(
    alice: Client, coder: SimulatedCoder, path: str, fields: dict[str, str]
) -> None:
    web = coder.place("web")
    assert press(alice, f"/embed/workspaces/{web.id}/{path}/", **fields).status_code == 400
    assert coder.request_lines() == []


def test_frame_extends_by_one_hour_only(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    press(alice, f"/embed/workspaces/{web.id}/extend/", hours="700")
    assert f"PUT /workspaces/{web.id}/extend" not in coder.request_lines()


def test_writes_of_a_session_are_limited_within_a_minute(
    alice: Client, load: Load, coder: SimulatedCoder, fake_clock: FakeClock
) -> None:
    web = coder.place("web")
    address = f"/embed/workspaces/{web.id}/favorite/"
    for number in range(WRITES):
        press(alice, address, favorite=str(number % 2 == 0).lower())
    assert len([line for line in coder.request_lines() if line.startswith(("PUT", "DELETE"))]) == WRITES
    load(FRAME)
    coder.clear_requests()
    press(alice, address, favorite="true")
    assert coder.request_lines() == []
    assert re.search(r"Try again in \d+ second", frame_message(load(FRAME)))
    fake_clock.advance(WRITES_WINDOW_S + 1)
    press(alice, address, favorite="true")
    assert f"PUT /workspaces/{web.id}/favorite" in coder.request_lines()


def test_form_without_csrf_token_or_from_another_origin_is_refused(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice.cookies
    address, fields = f"/embed/workspaces/{web.id}/favorite/", {"favorite": "true", "next": FRAME}
    frame = Html(strict.get("/embed/workspaces/", headers={"Referer": f"{INTRANET}/"}))
    token = frame.one("input", name="csrfmiddlewaretoken").get("value")
    coder.clear_requests()
    with_token = fields | {"csrfmiddlewaretoken": token}
    assert strict.post(address, fields).status_code == 403
    for origin in (INTRANET, SUBDOMAIN, "null"):
        assert strict.post(address, with_token, headers={"Origin": origin}).status_code == 403
    assert coder.request_lines() == []
    assert strict.post(address, with_token, headers={"Origin": "http://testserver"}).status_code == 302


def test_error_of_coder_is_a_message_in_the_frame(alice: Client, load: Load, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("error", path="/builds$")
    response = press(alice, f"/embed/workspaces/{web.id}/builds/", transition="start")
    assert response.headers["Location"] == FRAME
    assert "Check the current state before you try again." in frame_message(load(FRAME))


def test_signed_out_button_shows_the_sign_in(client: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    response = press(client, f"/embed/workspaces/{web.id}/favorite/", favorite="true")
    assert Html(response).one("a", id="sign-in").text == "Sign in"
