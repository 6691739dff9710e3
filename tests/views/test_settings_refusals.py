"""Test settings that Coder rejects or unhealthy: messages at the fields and kept input, in both versions."""

import socket
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from coder_simulator.state import Workspace
from tests.contract.recordings import CONTRACT_FOLDER, load_recording
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.create_form import temporary_license
from tests.views.html import Html
from workspaces.gateway import connection

INPUTS: dict[str, tuple[dict[str, str], str]] = {
    # by setting: the input, and the field for refusals that name no field
    "rename": ({"name": "typed-name"}, "name"),
    "ttl": ({"ttl_hours": "7", "ttl_minutes": "7"}, "ttl_hours"),
    "autostart": ({"schedule": "7 7 * * *"}, "schedule"),
    "autoupdates": ({"automatic_updates": "always"}, "automatic_updates"),
    "extend": ({"deadline": "2099-07-07T07:07"}, "deadline"),
}
RECORDED_REFUSALS = {
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
    """Return a running workspace of Alice."""
    return coder.place("web", template="dev", deadline_in_hours=3)


def post_setting(client: Client, workspace: Workspace, name: str, *, fragment: bool) -> Any:
    """Post the input of the setting `name` and return the response."""
    headers = htmx_headers(f"section#set-{name}", page_path="/@alice/web/") if fragment else {}
    data, _field = INPUTS.get(name, ({}, ""))
    return client.post(
        f"/workspaces/{workspace.id}/{name}/", {**data, "next": "/@alice/web/settings/"}, headers=headers
    )


def assert_input_is_shown(page: Html, name: str) -> None:
    """Assert that the fields still show the input."""
    for field, value in INPUTS[name][0].items():
        elements = page.all("input", name=field)
        assert value in [
            element.get("value")
            for element in elements
            if element.get("type") != "radio" or element.get("checked") == ""
        ]


@pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(
    ("name", "recording"), [(name, entry) for name, entries in RECORDED_REFUSALS.items() for entry in entries]
)
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
    response = post_setting(alice, web, name, fragment=fragment)
    assert response.status_code == 422
    page = Html(response).one("section", id=f"set-{name}")
    error = page.one("div", id=f"id_{INPUTS[name][1]}_error").text
    details = [entry["detail"] for entry in refusal["body"].get("validations", ())]
    assert " ".join(details or filter(None, [refusal["body"]["message"], refusal["body"].get("detail")])) in error
    assert_input_is_shown(page, name)


def test_refused_autostart_form_disables_days_that_template_forbids(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    with temporary_license(coder, autostart_days=("monday",)):
        input_values = {"days": ["1"], "time": "", "timezone": "UTC"}
        response = alice.post(
            f"/workspaces/{web.id}/autostart/", input_values, headers=htmx_headers("section#set-autostart")
        )
    days = Html(response).all("input", name="days")
    assert (response.status_code, [day.get("value") for day in days]) == (422, list("1234560"))
    assert ["disabled" in dict(day.element.attributes) for day in days] == [False] + [True] * 6


REFUSALS_WITHOUT_FIELD = {
    "dormant": ({"dormant": "true"}, ("reader-dormant",)),
    "usage": ({}, ("usage-others", "reader-usage")),
    "favorite": ({"favorite": "true"}, ("favorite-others", "favorite-others-404", "reader-favorite")),
}


@pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(
    ("name", "recording"), [(name, entry) for name, (_, entries) in REFUSALS_WITHOUT_FIELD.items() for entry in entries]
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
    input_values = REFUSALS_WITHOUT_FIELD[name][0] | {"next": "/@alice/web/"}
    response = alice.post(f"/workspaces/{web.id}/{name}/", input_values, headers=headers)
    page = response if fragment else alice.get(response.headers["Location"])
    assert refusal["body"]["message"] in Html(page).text


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("recording", ["dormant-again", "undormant-again"])
def test_unchanged_dormancy_response_is_treated_as_success(
    alice: Client, coder: SimulatedCoder, web: Workspace, version: str, recording: str
) -> None:
    (path,) = (CONTRACT_FOLDER / "recorded" / version).glob(f"*-{recording}.json")
    status = load_recording(path)["response"]["status"]
    coder.server.add_fault("answer", method="PUT", path="/dormant$", status=status, body=None)
    response = alice.post(
        f"/workspaces/{web.id}/dormant/",
        {"dormant": "false"},
        headers=htmx_headers("section#set-dormant", page_path="/@alice/web/"),
    )
    assert response.status_code == 200
    assert "The workspace is not dormant." in Html(response).text


FAULTS: dict[str, tuple[dict[str, Any], int, str]] = {
    "429": ({"kind": "rate_limited", "seconds": 7}, 429, "Try again in 7 seconds."),
    "502 HTML": ({"kind": "bad_gateway"}, 503, "The outcome is unknown."),
    "connection closed": ({"kind": "refuse"}, 503, "The outcome is unknown."),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", [*INPUTS, "usage"])
def test_failed_write_fragment_refreshes_state_and_leaves_fields_unchanged(
    alice: Client, coder: SimulatedCoder, web: Workspace, name: str, fault: str
) -> None:
    fault_fields, status, text = FAULTS[fault]
    alice.get("/@alice/web/settings/")
    coder.server.add_fault(**fault_fields, method="PATCH" if name == "rename" else "POST" if name == "usage" else "PUT")
    response = post_setting(alice, web, name, fragment=True)
    page = Html(response)
    assert response.status_code == status
    assert text in page.one("hx-partial", hx_target="#messages").text
    targets = [partial.get("hx-target") for partial in page.all("hx-partial")]
    assert {f"#w-{web.id}", "#says-ttl"} <= set(targets)  # the current state of the workspace
    assert f"#set-{name}" not in targets or name == "usage"
    assert page.all("input", name=INPUTS.get(name, ({}, "none"))[1]) == []


@pytest.mark.parametrize("name", INPUTS)
def test_page_keeps_input_when_coder_is_unreachable(
    alice: Client, web: Workspace, name: str, settings: Settings
) -> None:
    alice.get("/@alice/web/settings/").getvalue()
    with socket.create_server(("127.0.0.1", 0)) as server_socket:
        settings.CODER_URL = f"http://127.0.0.1:{server_socket.getsockname()[1]}"
    connection.close_client()
    response = post_setting(alice, web, name, fragment=False)
    assert response.status_code == 503
    page = Html(response)
    assert "Nothing was changed." in page.one("div", id="messages").text
    assert_input_is_shown(page, name)


@pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
@pytest.mark.parametrize("name", [*INPUTS, "usage"])
def test_coder_401_redirects_setting_to_sign_in(
    alice: Client, coder: SimulatedCoder, web: Workspace, name: str, *, fragment: bool
) -> None:
    coder.server.add_fault("signed_out")
    response = post_setting(alice, web, name, fragment=fragment)
    assert response.status_code == (401 if fragment else 302)
    assert response.headers["HX-Redirect" if fragment else "Location"].startswith("/login/?next=")


def test_settings_page_loads_when_template_and_autostart_calls_fail(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    web.autostart_schedule, web.automatic_updates = "0 8 * * 1", "always"
    coder.server.add_fault("bad_gateway", path="(templates/[^/]+|resolve-autostart)$")
    response = alice.get("/@alice/web/settings/")
    assert response.status_code == 200
    assert "Starts every Monday at 08:00, UTC." in Html(response).one("div", id="says-autostart").text
