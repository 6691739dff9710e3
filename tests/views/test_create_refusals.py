"""Test a new workspace that Coder refuses or does not answer for: where errors are shown, and that input is kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from tests.contract.recordings import CONTRACT_FOLDER, load_recording
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.create_form import WEB, create_form_url, field_error, form_values, with_license
from tests.views.html import Html

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
CREATE = "POST /users/alice/workspaces"


@BOTH
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "Bad Name!", "single hyphens"),
        ("name", "", "required"),
        ("name", "new", "keeps this name"),
        ("param.cpu", "99", "between 1 and 16, not 99"),
        ("param.cpu", "many", "whole number"),
        ("param.region", "moon", "“moon” is none of the options."),
        ("param.project", "", "needed"),
        ("param.project", "abc", "like ABC-123"),
        ("timezone", "Mars/Phobos", "no time zone"),
        ("schedule", "every day", "expected schedule to consist of 5 fields"),
        ("schedule", "30 9 1 * *", "day-of-month"),
        ("schedule", "CRON_TZ=Mars/Phobos 30 9 * * 1-5", "bad location"),
        ("ttl_hours", "9600", "30 days"),
        ("param.dotfiles", "ftp://x", "none, or an https URL"),
    ],
)
def test_invalid_value_shows_error_at_field_and_keeps_input(
    alice: Client, coder: SimulatedCoder, field: str, value: str, said: str
) -> None:
    typed = WEB | {"ttl_minutes": "5", "param.disk": "77", "time": "09:00", "days": ["2"]} | {field: value}
    answer = alice.post(create_form_url(coder), typed)
    page = Html(answer)
    assert answer.status_code == 422
    assert said in field_error(page, field)
    sent = form_values(page)
    for name, text in typed.items():
        assert sent.get(name, [""]) == (text if isinstance(text, list) else [text])
    focused = [each.get("name") for each in page.all("input") if "autofocus" in dict(each.element.attributes)]
    assert focused == [field]


@BOTH
@pytest.mark.parametrize(
    ("name", "value", "parameter_like"),
    [("cpu", "99", "cpu"), ("region", "moon", "region"), ("project", "abc", "project")],
)
def test_coder_validation_error_is_shown_at_parameter_field(
    alice: Client, coder: SimulatedCoder, name: str, value: str, parameter_like: str, version: str
) -> None:
    bodies = {
        "2.19": {"message": f'Unable to validate parameter "{name}"', "detail": "Coder says no"},
        "2.36": {
            "message": "Unable to validate parameters",
            "validations": [{"field": name, "detail": "Coder says no"}],
        },
    }
    coder.server.add_fault("answer", method="POST", path="/workspaces$", status=400, body=bodies[version])
    answer = alice.post(create_form_url(coder), WEB)
    assert (answer.status_code, field_error(Html(answer), f"param.{parameter_like}")) == (422, "Coder says no")


RECORDED = {
    # recording: the field that shows Coder's error; "" means above the form
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


def refusal(version: str, recording: str) -> tuple[int, Any]:
    """Status and body of a recorded refusal."""
    (path,) = (CONTRACT_FOLDER / "recorded" / version).glob(f"*-{recording}.json")
    told = load_recording(path)["response"]
    return told["status"], told["body"]


@BOTH
def test_every_recorded_create_refusal_has_expected_field(version: str) -> None:
    refused = {
        path.stem.split("-", 1)[1]
        for path in (CONTRACT_FOLDER / "recorded" / version).glob("*-create-*.json")
        if load_recording(path)["response"]["status"] >= 400
    }
    assert refused <= RECORDED.keys()


@BOTH
@pytest.mark.parametrize(("recording", "field"), RECORDED.items())
def test_recorded_create_refusal_shows_coder_error_at_expected_field(
    alice: Client, coder: SimulatedCoder, version: str, recording: str, field: str
) -> None:
    status, body = refusal(version, recording)
    coder.server.add_fault("answer", method="POST", path="/workspaces$", status=status, body=body)
    typed = WEB | {"ttl_minutes": "5", "param.disk": "77", "schedule": "7 7 * * *"}
    answer = alice.post(create_form_url(coder), typed)
    form = Html(answer).one("form", id="new")
    words = [one["detail"] for one in body.get("validations", ())] or [body.get("detail", body["message"])]
    place = field_error(form, field) if field else form.all("p", class_="notice")[0].text
    assert answer.status_code == 422
    assert all(" ".join(each.split()) in place for each in words)
    sent = form_values(Html(answer))
    assert {name: sent[name] for name in typed} == {name: [value] for name, value in typed.items()}
    if field:
        summary = form.one("div", class_="notice")
        assert [link.get("href") for link in summary.all("a")] == [f"#id_{field}"]


@BOTH
@pytest.mark.parametrize("recording", ["create-refused-unknown-template", "create-refused-ttl-400d"])
def test_refusal_for_absent_field_is_shown_above_form(
    alice: Client, coder: SimulatedCoder, version: str, recording: str
) -> None:
    status, body = refusal(version, recording)
    with with_license(coder, "plain", allow_user_autostop=False, require_active_version=True):
        coder.server.add_fault("answer", method="POST", path="/workspaces$", status=status, body=body)
        answer = alice.post(create_form_url(coder, "plain"), {"name": "web"})
    notices = [each.text for each in Html(answer).one("form", id="new").all("p", class_="bad")]
    assert (answer.status_code, notices) == (422, [body["validations"][0]["detail"]])


@BOTH
def test_duplicate_name_shows_error_at_name_field(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev").created_at = coder.time_ago(days=3)
    page = Html(alice.post(create_form_url(coder), WEB))
    assert field_error(page, "name") == "This value is already in use and should be unique."


def test_refusal_without_field_is_shown_above_form(alice: Client, coder: SimulatedCoder) -> None:
    body = {"message": "Quota exceeded.", "detail": "Ask for more."}
    coder.server.add_fault("answer", method="POST", path="/workspaces$", status=400, body=body)
    answer = alice.post(create_form_url(coder), WEB)
    notices = [each.text for each in Html(answer).one("form", id="new").all("p", class_="notice")]
    assert (answer.status_code, notices) == (422, ["Quota exceeded. Ask for more."])


def test_create_fragment_returns_form_on_error_and_redirects_on_success(alice: Client, coder: SimulatedCoder) -> None:
    at = create_form_url(coder)
    refused = alice.post(at, WEB | {"param.cpu": "99"}, headers=htmx_headers("form#new", page_path=at))
    assert refused.status_code == 422
    assert Html(refused).all("h1") == []
    assert field_error(Html(refused), "param.cpu")
    made = alice.post(at, WEB, headers=htmx_headers("form#new", page_path=at))
    assert (made.status_code, made.headers["HX-Redirect"]) == (204, "/@alice/web/")


# ---- Coder unreachable


@pytest.mark.parametrize("fault", ["bad_gateway", "reset", "refuse"])
def test_create_form_keeps_input_when_coder_is_unreachable(alice: Client, coder: SimulatedCoder, fault: str) -> None:
    alice.get(create_form_url(coder))
    coder.server.add_fault(fault)
    answer = alice.post(create_form_url(coder), WEB | {"param.disk": "77"})
    assert answer.status_code == 503
    assert form_values(Html(answer))["param.disk"] == ["77"]
    assert "Coder" in Html(answer).one("p", class_="notice").text


@pytest.mark.parametrize("fault", ["refuse", "bad_gateway", "malformed"])
def test_create_with_lost_response_finds_workspace_by_name(alice: Client, coder: SimulatedCoder, fault: str) -> None:
    if fault != "malformed":  # this fault creates the workspace but garbles the response
        coder.place("web", template="dev").created_at = datetime.now(UTC)
    coder.server.add_fault(fault, method="POST", path="/workspaces$")
    answer = alice.post(create_form_url(coder), WEB)
    assert answer.headers["Location"] == "/@alice/web/"
    assert "answer did not arrive, but web is there" in Html(alice.get("/@alice/web/")).one("div", id="messages").text
    assert coder.request_lines().count(CREATE) == 1


def test_create_with_lost_response_keeps_form_if_no_workspace_exists(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("refuse", method="POST", path="/workspaces$")
    answer = alice.post(create_form_url(coder), WEB)
    assert (answer.status_code, form_values(Html(answer))["param.cpu"]) == (422, ["4"])
    assert "no workspace was made. Send it once more." in Html(answer).one("form", id="new").text


def test_form_sent_twice_redirects_to_same_workspace(alice: Client, coder: SimulatedCoder) -> None:
    answers = [alice.post(create_form_url(coder), WEB) for _time in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/@alice/web/"] * 2
