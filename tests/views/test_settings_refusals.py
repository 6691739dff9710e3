"""Test settings that Coder refuses or does not answer: messages at the fields and kept input, in both versions."""

import socket
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from coder_simulator.state import Workspace
from tests.contract.recordings import CONTRACT_FOLDER, load_recording
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.create_form import with_license
from tests.views.html import Html
from workspaces.gateway import connection

TYPED: dict[str, tuple[dict[str, str], str]] = {
    # by setting: the input, and the field for refusals that name no field
    "rename": ({"name": "typed-name"}, "name"),
    "ttl": ({"ttl_hours": "7", "ttl_minutes": "7"}, "ttl_hours"),
    "autostart": ({"schedule": "7 7 * * *"}, "schedule"),
    "autoupdates": ({"automatic_updates": "always"}, "automatic_updates"),
    "extend": ({"deadline": "2099-07-07T07:07"}, "deadline"),
}
RECORDED = {
    "rename": (
        "rename-empty",
        "rename-invalid",
        "rename-taken",
        "rename-deleted",
        "rename-others",
        "rename-as-auditor",
        "reader-rename",
    ),
    "ttl": ("ttl-small", "ttl-big", "ttl-text", "ttl-others", "reader-ttl"),
    "autostart": ("autostart-bad", "autostart-words", "reader-autostart"),
    "autoupdates": ("autoupdates-bad", "reader-autoupdates"),
    "extend": (
        "extend-too-soon",
        "extend-past",
        "extend-bad",
        "extend-missing",
        "extend-manual",
        "extend-stopped",
        "reader-extend",
    ),
}


@pytest.fixture
def web(coder: SimulatedCoder, alice: Client) -> Workspace:
    """A running workspace of Alice's."""
    return coder.place("web", template="dev", deadline_in_hours=3)


def post(client: Client, workspace: Workspace, name: str, *, fragment: bool) -> Any:
    """The answer to the setting `name` as it is typed."""
    headers = htmx_headers(f"section#set-{name}", page_path="/@alice/web/") if fragment else {}
    data, _field = TYPED.get(name, ({}, ""))
    return client.post(f"/workspaces/{workspace.id}/{name}/", data, headers=headers)


def typed_values_are_shown(page: Html, name: str) -> None:
    """Everything typed stands in the fields still."""
    for field, value in TYPED[name][0].items():
        boxes = page.all("input", name=field)
        assert value in [box.get("value") for box in boxes if box.get("type") != "radio" or box.get("checked") == ""]


@pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(("name", "recording"), [(name, one) for name, ones in RECORDED.items() for one in ones])
def test_recorded_refusal_shows_coder_message_at_its_field_and_keeps_input(
    alice: Client, coder: SimulatedCoder, web: Workspace, version: str, name: str, recording: str, *, fragment: bool
) -> None:
    (path,) = (CONTRACT_FOLDER / "recorded" / version).glob(f"*-{recording}.json")
    refusal = load_recording(path)["response"]
    coder.server.add_fault(
        "answer",
        method="PATCH" if name == "rename" else "PUT",
        status=refusal["status"],
        body=refusal["body"],
    )
    answer = post(alice, web, name, fragment=fragment)
    assert answer.status_code == 422
    page = Html(answer).one("section", id=f"set-{name}")
    said = page.one("div", id=f"id_{TYPED[name][1]}_error").text
    details = [one["detail"] for one in refusal["body"].get("validations", ())]
    assert said == " ".join(details or filter(None, [refusal["body"]["message"], refusal["body"].get("detail")]))
    typed_values_are_shown(page, name)


def test_refused_autostart_form_disables_days_that_template_forbids(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    with with_license(coder, autostart_days=("monday",)):
        typed = {"days": ["1"], "time": "", "timezone": "UTC"}
        answer = alice.post(f"/workspaces/{web.id}/autostart/", typed, headers=htmx_headers("section#set-autostart"))
    days = Html(answer).all("input", name="days")
    assert (answer.status_code, [day.get("value") for day in days]) == (422, list("1234560"))
    assert ["disabled" in dict(day.element.attributes) for day in days] == [False] + [True] * 6


WITHOUT_FIELDS = {
    "dormant": ({"dormant": "true"}, ("reader-dormant",)),
    "usage": ({}, ("usage-others", "reader-usage")),
    "favorite": ({"favorite": "true"}, ("favorite-others", "favorite-others-404", "reader-favorite")),
}


@pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(
    ("name", "recording"), [(name, one) for name, (_, ones) in WITHOUT_FIELDS.items() for one in ones]
)
def test_recorded_refusal_without_field_shows_coder_message(
    alice: Client, coder: SimulatedCoder, web: Workspace, version: str, name: str, recording: str, *, fragment: bool
) -> None:
    (path,) = (CONTRACT_FOLDER / "recorded" / version).glob(f"*-{recording}.json")
    refusal = load_recording(path)["response"]
    method = "POST" if name == "usage" else "PUT"
    coder.server.add_fault("answer", method=method, path=f"/{name}$", status=refusal["status"], body=refusal["body"])
    target = f"section#set-{name}" if name != "favorite" else f"section#w-{web.id}"
    headers = htmx_headers(target, page_path="/@alice/web/") if fragment else {}
    typed = WITHOUT_FIELDS[name][0] | {"next": "/@alice/web/"}
    answer = alice.post(f"/workspaces/{web.id}/{name}/", typed, headers=headers)
    page = answer if fragment else alice.get(answer.headers["Location"])
    assert refusal["body"]["message"] in Html(page).text


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("recording", ["dormant-again", "undormant-again"])
def test_unchanged_dormancy_response_is_treated_as_success(
    alice: Client, coder: SimulatedCoder, web: Workspace, version: str, recording: str
) -> None:
    (path,) = (CONTRACT_FOLDER / "recorded" / version).glob(f"*-{recording}.json")
    status = load_recording(path)["response"]["status"]
    coder.server.add_fault("answer", method="PUT", path="/dormant$", status=status, body=None)
    answer = alice.post(
        f"/workspaces/{web.id}/dormant/",
        {"dormant": "false"},
        headers=htmx_headers("section#set-dormant", page_path="/@alice/web/"),
    )
    assert answer.status_code == 200
    assert "It is active." in Html(answer).text


AWAY: dict[str, tuple[dict[str, Any], int, str]] = {
    "429": ({"kind": "rate_limited", "seconds": 7}, 429, "Try again in 7 seconds."),
    "502 HTML": ({"kind": "bad_gateway"}, 503, "Whether it was done is not known."),
    "broken off": ({"kind": "refuse"}, 503, "Whether it was done is not known."),
}


@pytest.mark.parametrize("fault", AWAY)
@pytest.mark.parametrize("name", [*TYPED, "usage"])
def test_failed_write_fragment_refreshes_state_and_leaves_fields_unchanged(
    alice: Client, coder: SimulatedCoder, web: Workspace, name: str, fault: str
) -> None:
    kind, status, words = AWAY[fault]
    alice.get(f"/workspaces/{web.id}/settings/")
    coder.server.add_fault(**kind, method="PATCH" if name == "rename" else "POST" if name == "usage" else "PUT")
    answer = post(alice, web, name, fragment=True)
    page = Html(answer)
    assert answer.status_code == status
    assert words in page.one("hx-partial", hx_target="#messages").text
    targets = [part.get("hx-target") for part in page.all("hx-partial")]
    assert {f"#w-{web.id}", "#says-ttl"} <= set(targets)  # the current state of the workspace
    assert f"#set-{name}" not in targets or name == "usage"
    assert page.all("input", name=TYPED.get(name, ({}, "none"))[1]) == []


@pytest.mark.parametrize("name", TYPED)
def test_page_keeps_input_when_coder_is_unreachable(
    alice: Client, web: Workspace, name: str, settings: Settings
) -> None:
    alice.get(f"/workspaces/{web.id}/settings/")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.CODER_URL = f"http://127.0.0.1:{closed.getsockname()[1]}"
    connection.close_client()
    answer = post(alice, web, name, fragment=False)
    assert answer.status_code == 503
    page = Html(answer)
    assert "Nothing was changed." in page.one("div", id="messages").text
    typed_values_are_shown(page, name)


@pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
@pytest.mark.parametrize("name", [*TYPED, "usage"])
def test_coder_401_redirects_setting_to_sign_in(
    alice: Client, coder: SimulatedCoder, web: Workspace, name: str, *, fragment: bool
) -> None:
    coder.server.add_fault("signed_out")
    answer = post(alice, web, name, fragment=fragment)
    assert answer.status_code == (401 if fragment else 302)
    assert answer.headers["HX-Redirect" if fragment else "Location"].startswith("/login/?next=")


def test_settings_page_loads_when_template_and_autostart_calls_fail(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    web.autostart_schedule, web.automatic_updates = "0 8 * * 1", "always"
    coder.server.add_fault("bad_gateway", path="(templates/[^/]+|resolve-autostart)$")
    answer = alice.get(f"/workspaces/{web.id}/settings/")
    assert answer.status_code == 200
    assert "It starts Monday at 08:00, UTC." in Html(answer).one("div", id="says-autostart").text
