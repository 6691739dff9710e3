"""Test create requests that Coder rejects or unhealthy: the place of the errors, and that input is kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.contract.recordings import CONTRACT_FOLDER, load_recording
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.create_form import WEB_FORM, create_form_url, field_error, form_values, temporary_license
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
CREATE = "POST /users/alice/workspaces"


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "Bad Name!", "single hyphens"),
        ("name", "", "Enter a name."),
        ("name", "new", "This name is reserved"),
        ("param.cpu", "99", "between 1 and 16, not 99"),
        ("param.cpu", "many", "whole number"),
        ("param.region", "moon", "“moon” is not one of the options."),
        ("param.project", "", "is required"),
        ("param.project", "abc", "like ABC-123"),
        ("timezone", "Mars/Phobos", "Unknown time zone"),
        ("schedule", "every day", "expected schedule to consist of 5 fields"),
        ("schedule", "30 9 1 * *", "day-of-month"),
        ("schedule", "CRON_TZ=Mars/Phobos 30 9 * * 1-5", "Unknown time zone “Mars/Phobos”"),
        ("ttl_hours", "9600", "30 days"),
        ("param.dotfiles", "ftp://x", "none, or an https URL"),
    ],
)
def test_invalid_value_shows_error_at_field_and_keeps_input(
    alice: Client, coder: SimulatedCoder, field: str, value: str, error: str
) -> None:
    week = {} if field == "schedule" else {"time": "09:00", "days": ["2"]}
    input_values = WEB_FORM | {"ttl_minutes": "5", "param.disk": "77"} | week | {field: value}
    response = alice.post(create_form_url(coder), input_values)
    page = Html(response)
    assert response.status_code == 422
    assert error in field_error(page, field)
    form_data = form_values(page)
    for name, text in input_values.items():
        assert form_data.get(name, [""]) == (text if isinstance(text, list) else [text])
    focused_names = [each.get("name") for each in page.all("input") if "autofocus" in dict(each.element.attributes)]
    assert focused_names == [field]


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("name", "value", "field_name"),
    [("cpu", "99", "cpu"), ("region", "moon", "region"), ("project", "abc", "project")],
)
def test_coder_validation_error_is_shown_at_parameter_field(
    alice: Client, coder: SimulatedCoder, name: str, value: str, field_name: str, version: str
) -> None:
    bodies = {
        "2.19": {"message": f'Unable to validate parameter "{name}"', "detail": "Coder says no"},
        "2.36": {
            "message": "Unable to validate parameters",
            "validations": [{"field": name, "detail": "Coder says no"}],
        },
    }
    coder.server.add_fault("answer", method="POST", path="/workspaces$", status=400, body=bodies[version])
    response = alice.post(create_form_url(coder), WEB_FORM)
    assert (response.status_code, field_error(Html(response), f"param.{field_name}")) == (422, "Coder says no")


RECORDED_REFUSALS = {
    # recording: the field that shows Coder's error; "" means in the summary alone
    "create-refused-no-template": "template_version_id",
    "create-refused-both-templates": "template_version_id",
    "create-refused-bad-name": "name",
    "create-refused-long-name": "name",
    "create-refused-empty-name": "name",
    "create-refused-new-name": "name",
    "create-refused-unknown-template": "template_version_id",
    "create-refused-template-not-uuid": "",
    "create-refused-bad-schedule": "schedule",
    "create-refused-cron-dom": "schedule",
    "create-refused-cron-bad-tz": "schedule",
    "create-refused-ttl-30s": "ttl_hours",
    "create-refused-ttl-400d": "ttl_hours",
    "create-refused-ttl-negative": "ttl_hours",
    "create-refused-missing-param": "param.project",
    "create-refused-param-not-option": "param.region",
    "create-refused-param-over-max": "param.cpu",
    "create-refused-param-regex": "param.project",
    "create-refused-auto-updates-bad": "automatic_updates",
    "create-refused-not-json": "",
    "create-refused-for-bob": "",
    "create-refused-org": "",
    "create-duplicate": "name",
}


def read_refusal(version: str, recording: str) -> tuple[int, Any]:
    """Return the status and body of a recorded refusal."""
    (path,) = (CONTRACT_FOLDER / "recorded" / version).glob(f"*-{recording}.json")
    response = load_recording(path)["response"]
    return response["status"], response["body"]


@BOTH_VERSIONS
def test_every_recorded_create_refusal_has_expected_field(version: str) -> None:
    recordings = {
        path.stem.split("-", 1)[1]
        for path in (CONTRACT_FOLDER / "recorded" / version).glob("*-create-*.json")
        if load_recording(path)["response"]["status"] >= 400
    }
    assert recordings <= RECORDED_REFUSALS.keys()


@BOTH_VERSIONS
@pytest.mark.parametrize(("recording", "field"), RECORDED_REFUSALS.items())
def test_recorded_create_refusal_shows_coder_error_at_expected_field(
    alice: Client, coder: SimulatedCoder, version: str, recording: str, field: str
) -> None:
    status, body = read_refusal(version, recording)
    coder.server.add_fault("answer", method="POST", path="/workspaces$", status=status, body=body)
    input_values = WEB_FORM | {"ttl_minutes": "5", "param.disk": "77", "schedule": "7 7 * * *"}
    response = alice.post(create_form_url(coder), input_values)
    form = Html(response).one("form", id="new")
    details = [validation["detail"] for validation in body.get("validations", ())] or [
        body.get("detail", body["message"])
    ]
    error_text = field_error(form, field) if field else form.one("div", class_="summary-errors").all("p")[0].text
    assert response.status_code == 422
    assert all(" ".join(each.split()) in error_text for each in details)
    form_data = form_values(Html(response))
    assert {name: form_data[name] for name in input_values} == {name: [value] for name, value in input_values.items()}
    if field:
        summary = form.one("div", class_="summary-errors")
        assert [link.get("href") for link in summary.all("a")] == [f"#id_{field}"]


@BOTH_VERSIONS
@pytest.mark.parametrize("recording", ["create-refused-unknown-template", "create-refused-ttl-400d"])
def test_refusal_for_absent_field_is_shown_in_summary(
    alice: Client, coder: SimulatedCoder, version: str, recording: str
) -> None:
    status, body = read_refusal(version, recording)
    with temporary_license(coder, "plain", allow_user_autostop=False, require_active_version=True):
        coder.server.add_fault("answer", method="POST", path="/workspaces$", status=status, body=body)
        response = alice.post(create_form_url(coder, "plain"), {"name": "web"})
    (notice,) = [each.text for each in Html(response).one("div", class_="summary-errors").all("p")]
    assert response.status_code == 422
    assert notice.endswith(body["validations"][0]["detail"])


@BOTH_VERSIONS
def test_duplicate_name_shows_error_at_name_field(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev").created_at = coder.time_ago(days=3)
    page = Html(alice.post(create_form_url(coder), WEB_FORM))
    assert field_error(page, "name").startswith("This name is already in use. Coder’s message: This value is already")


def test_refusal_without_field_is_shown_in_summary(alice: Client, coder: SimulatedCoder) -> None:
    body = {"message": "Quota exceeded.", "detail": "Ask for more."}
    coder.server.add_fault("answer", method="POST", path="/workspaces$", status=400, body=body)
    response = alice.post(create_form_url(coder), WEB_FORM)
    notices = [each.text for each in Html(response).one("div", class_="summary-errors").all("p")]
    assert (response.status_code, notices) == (422, ["Quota exceeded. Ask for more."])


def test_create_fragment_returns_form_on_error_and_redirects_on_success(alice: Client, coder: SimulatedCoder) -> None:
    url = create_form_url(coder)
    error_response = alice.post(url, WEB_FORM | {"param.cpu": "99"}, headers=htmx_headers("form#new", page_path=url))
    assert error_response.status_code == 422
    assert Html(error_response).all("h1") == []
    assert field_error(Html(error_response), "param.cpu")
    success_response = alice.post(url, WEB_FORM, headers=htmx_headers("form#new", page_path=url))
    assert (success_response.status_code, success_response.headers["HX-Redirect"]) == (204, "/@alice/web/")


# ---- Coder unreachable


@pytest.mark.parametrize("fault", ["bad_gateway", "reset", "refuse"])
def test_create_form_keeps_input_when_coder_is_unreachable(alice: Client, coder: SimulatedCoder, fault: str) -> None:
    alice.get(create_form_url(coder))
    coder.server.add_fault(fault)
    response = alice.post(create_form_url(coder), WEB_FORM | {"param.disk": "77"})
    assert response.status_code == 503
    assert form_values(Html(response))["param.disk"] == ["77"]
    assert "Coder" in Html(response).one("div", class_="summary-errors").text


@pytest.mark.parametrize("fault", ["refuse", "bad_gateway", "malformed"])
def test_create_with_lost_response_finds_workspace_by_name(alice: Client, coder: SimulatedCoder, fault: str) -> None:
    if fault != "malformed":  # this fault creates the workspace but garbles the response
        coder.place("web", template="dev").created_at = datetime.now(UTC)
    coder.server.add_fault(fault, method="POST", path="/workspaces$")
    response = alice.post(create_form_url(coder), WEB_FORM)
    assert response.headers["Location"] == "/@alice/web/"
    assert "response was lost, but web was created" in Html(alice.get("/@alice/web/")).one("div", id="messages").text
    assert coder.request_lines().count(CREATE) == 1


def test_create_with_lost_response_keeps_form_if_no_workspace_exists(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("refuse", method="POST", path="/workspaces$")
    response = alice.post(create_form_url(coder), WEB_FORM)
    assert (response.status_code, form_values(Html(response))["param.cpu"]) == (422, ["4"])
    assert "no workspace was created. Try again." in Html(response).one("form", id="new").text


def test_form_sent_twice_redirects_to_same_workspace(alice: Client, coder: SimulatedCoder) -> None:
    responses = [alice.post(create_form_url(coder), WEB_FORM) for _attempt in range(2)]
    assert [response.headers["Location"] for response in responses] == ["/@alice/web/"] * 2
