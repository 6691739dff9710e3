"""Test drafts: form input sent after the session expired is restored for the same user after signing in."""

import json
from typing import Any

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from coder_simulator.version_plans import RichParameter
from coder_simulator.world import PASSWORD
from tests.portal import FakeClock, SimulatedCoder, htmx_headers, sign_in
from tests.views.create_form import WEB_FORM, create_form_url, field_error, form_values, temporary_version_plan
from tests.views.html import Html
from workspaces.auth import drafts
from workspaces.models import PortalSession

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
FRAGMENT = pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
WHOLE = WEB_FORM | {
    "param.project": "XYZ-987",
    "param.ides": "vim\nemacs",
    "param.gpu": "true",
    "days": ["2"],
    "time": "07:00",
    "schedule": "half a ",
}
OWN_ORIGIN = {"Origin": "http://testserver"}
NOTHING_DONE_MESSAGE = "Nothing was changed. Your input is below"


@pytest.fixture
def web(coder: SimulatedCoder, alice: Client) -> Workspace:
    """A running workspace of Alice's."""
    return coder.place("web", template="dev", deadline_in_hours=3)


def form_person_mark(client: Client, at: str) -> str:
    """The mark that the forms of a page bear."""
    return Html(client.get(at)).all("input", name="reader")[0].get("value")


def send(client: Client, to: str, typed: dict[str, Any], *, at: str, fragment: bool = False) -> Any:
    """Send a form that stands on the page `at`; its session has ended. The answer leads to signing in."""
    headers = htmx_headers("form#new", page_path=at) if fragment else {}
    answer = client.post(to, typed | {"next": at}, headers=headers)
    assert (answer.headers.get("HX-Redirect") or answer.headers["Location"]).startswith("/login/?next=")
    return answer


def sign_in_again(client: Client, answer: Any, name: str = "alice") -> str:
    """Sign in where the answer leads to, as `name`. Returns where that leads back to."""
    login = client.get(answer.headers.get("HX-Redirect") or answer.headers["Location"])
    way = Html(login).all("input", name="next")[0].get("value")
    fields = {"email": f"{name}@example.com", "password": PASSWORD, "next": way}
    return str(client.post("/login/", fields).headers["Location"])


def messages(page: Html) -> str:
    """What the page says on top of it."""
    return page.one("div", id="messages").text


def send_draft(client: Client, coder: SimulatedCoder, typed: dict[str, Any], *, fragment: bool = False) -> Any:
    """The answer to the form of a new workspace whose token had ended, with all of this typed."""
    at = create_form_url(coder)
    typed = typed | {"reader": form_person_mark(client, at)}
    coder.server.world.tokens.clear()
    return send(client, at, typed, at=at, fragment=fragment)


# ---- a new workspace


@BOTH
@FRAGMENT
def test_create_form_restores_all_input_after_session_expires(
    alice: Client, coder: SimulatedCoder, *, fragment: bool
) -> None:
    answer = send_draft(alice, coder, WHOLE, fragment=fragment)
    assert "Your input is saved." in Html(alice.get("/login/?ended=1")).one("main").text
    assert sign_in_again(alice, answer) == create_form_url(coder)
    page = Html(alice.get(create_form_url(coder)))
    sent = form_values(page)
    for name, value in WHOLE.items():
        assert sent[name] == (value if isinstance(value, list) else [value])
    assert NOTHING_DONE_MESSAGE in messages(page)
    made = alice.post(create_form_url(coder), sent | {"schedule": ""})
    assert made.headers["Location"] == "/@alice/web/"


def test_draft_is_shown_once(alice: Client, coder: SimulatedCoder) -> None:
    sign_in_again(alice, send_draft(alice, coder, WHOLE))
    alice.get(create_form_url(coder))
    again = Html(alice.get(create_form_url(coder)))
    assert (form_values(again)["name"], NOTHING_DONE_MESSAGE in messages(again)) == (["dev"], False)


def test_draft_is_kept_until_its_form_is_shown(alice: Client, coder: SimulatedCoder) -> None:
    sign_in_again(alice, send_draft(alice, coder, WHOLE))
    assert form_values(Html(alice.get(create_form_url(coder, "plain"))))["name"] == ["plain"]
    coder.server.add_fault("refuse")
    assert alice.get(create_form_url(coder)).status_code == 503
    coder.server.clear_faults()
    assert form_values(Html(alice.get(create_form_url(coder))))["name"] == ["web"]


def test_draft_keeps_marks_of_values_from_query(alice: Client, coder: SimulatedCoder) -> None:
    sign_in_again(alice, send_draft(alice, coder, WHOLE | {"marked": ["param.cpu"]}))
    field = Html(alice.get(create_form_url(coder))).one("div", data_parameter="cpu")
    assert "from the link" in field.text


@pytest.mark.parametrize("other", ["bob", "admin"])
def test_draft_is_discarded_when_other_user_signs_in(alice: Client, coder: SimulatedCoder, other: str) -> None:
    answer = send_draft(alice, coder, WHOLE)
    sign_in_again(alice, answer, other)
    page = alice.get(create_form_url(coder))
    assert "XYZ-987" not in page.content.decode()
    assert NOTHING_DONE_MESSAGE not in messages(Html(page))
    sign_in(alice, "alice")  # the draft stays discarded after the other user's session
    assert "XYZ-987" not in alice.get(create_form_url(coder)).content.decode()


def test_draft_expires_after_one_hour(alice: Client, coder: SimulatedCoder, fake_clock: FakeClock) -> None:
    answer = send_draft(alice, coder, WHOLE)
    fake_clock.advance(drafts.MAX_AGE_S + 60)
    sign_in_again(alice, answer)
    assert form_values(Html(alice.get(create_form_url(coder))))["name"] == ["dev"]


def test_sign_out_discards_draft(alice: Client, coder: SimulatedCoder) -> None:
    sign_in_again(alice, send_draft(alice, coder, WHOLE))
    alice.post("/logout/")
    sign_in(alice)
    assert form_values(Html(alice.get(create_form_url(coder))))["name"] == ["dev"]


@pytest.mark.parametrize("forged", ["", "nonsense", "11111111-1111-4111-8111-111111111111"])
def test_draft_is_not_saved_without_valid_signed_user_field(alice: Client, coder: SimulatedCoder, forged: str) -> None:
    coder.server.world.tokens.clear()
    answer = send(alice, create_form_url(coder), WHOLE | {"reader": forged}, at=create_form_url(coder))
    assert drafts.SESSION_KEY not in alice.session
    sign_in_again(alice, answer)
    assert form_values(Html(alice.get(create_form_url(coder))))["name"] == ["dev"]


def test_draft_is_not_saved_when_form_is_too_large(alice: Client, coder: SimulatedCoder) -> None:
    send_draft(alice, coder, WHOLE | {"param.dotfiles": "x" * drafts.MAX_LENGTH})
    assert drafts.SESSION_KEY not in alice.session


def test_draft_is_never_stored_sent_or_logged_in_plain_text(
    alice: Client, coder: SimulatedCoder, caplog: pytest.LogCaptureFixture
) -> None:
    secret = RichParameter(name="secret", default_value="")
    with temporary_version_plan(coder, parameters=(secret,), presets=()):
        answer = send_draft(alice, coder, {"name": "web", "param.secret": "hunter2"})
        login = alice.get(answer.headers["Location"])
    rows = PortalSession.objects.all()
    assert rows
    for row in rows:
        assert "hunter2" not in json.dumps(row.get_decoded())
    for text in (str(answer.headers), str(answer.cookies), login.content.decode(), caplog.text):
        assert "hunter2" not in text


def test_draft_is_restored_when_session_cookie_is_gone(
    alice: Client, coder: SimulatedCoder, fake_clock: FakeClock
) -> None:
    typed = WHOLE | {"reader": form_person_mark(alice, create_form_url(coder))}
    fake_clock.advance(13 * 3600)
    alice.cookies.pop("coder_portal_session")
    answer = send(alice, create_form_url(coder), typed, at=create_form_url(coder))
    sign_in_again(alice, answer)
    assert form_values(Html(alice.get(create_form_url(coder))))["param.project"] == ["XYZ-987"]


def test_form_sent_after_new_sign_in_in_other_tab_keeps_input(coder: SimulatedCoder, db: None) -> None:
    tabs = Client(enforce_csrf_checks=True)

    def enter() -> None:
        mark = Html(tabs.get("/login/")).all("input", name="csrfmiddlewaretoken")[0].get("value")
        fields = {"email": "alice@example.com", "password": PASSWORD, "csrfmiddlewaretoken": mark}
        assert tabs.post("/login/", fields).status_code == 302

    enter()
    at = create_form_url(coder)
    sent = form_values(Html(tabs.get(at))) | {"name": ["web"], "param.project": ["ABC-123"]}
    enter()
    answer = tabs.post(at, sent, headers={**htmx_headers("form#new", page_path=at), **OWN_ORIGIN})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (403, "true")
    assert form_values(Html(tabs.get(at)))["param.project"] == ["ABC-123"]
    assert tabs.post(at, sent, headers=OWN_ORIGIN).headers["Location"] == at
    page = Html(tabs.get(at))
    assert (form_values(page)["name"], NOTHING_DONE_MESSAGE in messages(page)) == (["web"], True)
    assert not [request for request in coder.request_lines() if request == "POST /users/alice/workspaces"]


# ---- parameters and settings of an existing workspace


@BOTH
@FRAGMENT
def test_parameters_form_restores_input_after_session_expires(
    alice: Client, coder: SimulatedCoder, *, fragment: bool
) -> None:
    placed = coder.place("web", "stopped", template="dev")
    placed.latest_build.parameters |= {"region": "us-east", "cpu": "4", "disk": "20", "project": "ABC-123"}
    at = "/@alice/web/parameters/"
    typed = form_values(Html(alice.get(at))) | {"param.cpu": ["7"], "param.gpu": ["true"], "param.project": ["half"]}
    coder.server.world.tokens.clear()
    answer = send(alice, at, typed, at=at, fragment=fragment)
    assert sign_in_again(alice, answer) == at
    page = Html(alice.get(at))
    sent = form_values(page)
    assert [sent[name] for name in ("param.cpu", "param.gpu", "param.project")] == [["7"], ["true"], ["half"]]
    assert NOTHING_DONE_MESSAGE in messages(page)


SETTINGS: dict[str, dict[str, Any]] = {
    "rename": {"name": "half-a-name"},
    "ttl": {"ttl_hours": "7", "ttl_minutes": "9"},
    "autostart": {"days": ["3"], "time": "07:07", "timezone": "Asia/Tokyo"},
    "autoupdates": {"automatic_updates": "always"},
    "extend": {"deadline": "2099-07-07T07:07"},
}


@FRAGMENT
@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_open_with_restored_input_after_session_expires(
    alice: Client, coder: SimulatedCoder, web: Workspace, name: str, *, fragment: bool
) -> None:
    settings = "/@alice/web/settings/"
    at = settings
    typed = SETTINGS[name] | {"reader": form_person_mark(alice, settings)}
    coder.server.world.tokens.clear()
    answer = send(alice, f"/workspaces/{web.id}/{name}/", typed, at=at, fragment=fragment)
    assert sign_in_again(alice, answer) == at
    page = Html(
        alice.get(
            f"/workspaces/{web.id}/settings/" if fragment else settings,
            headers=htmx_headers("section#settings", page_path=at) if fragment else {},
        )
    )
    part = page.one("section", id=f"set-{name}")
    assert [each for each in part.all("details") if "open" in dict(each.element.attributes)]
    for field, value in SETTINGS[name].items():
        boxes = [box for box in part.all("input", id=f"id_{field}") if box.get("type") not in {"radio", "checkbox"}]
        picked = [box for box in part.all("input", name=field) if "checked" in dict(box.element.attributes)]
        assert [box.get("value") for box in boxes or picked] == (value if isinstance(value, list) else [value])
    assert NOTHING_DONE_MESSAGE in page.text


def test_cron_input_is_restored_in_cron_field_without_error(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    settings = "/@alice/web/settings/"
    typed = {"schedule": "every", "reader": form_person_mark(alice, settings)}
    coder.server.world.tokens.clear()
    sign_in_again(alice, send(alice, f"/workspaces/{web.id}/autostart/", typed, at=settings))
    page = Html(alice.get(settings))
    assert page.one("input", name="schedule").get("value") == "every"
    assert field_error(page, "schedule") == ""
