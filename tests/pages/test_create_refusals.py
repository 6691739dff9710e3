"""A new workspace that Coder refuses, or does not answer for: what is said where, and that nothing typed is lost."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.pages.creating import WEB, address, error_at, filled
from tests.pages.html import Html
from tests.portal import SimulatedCoder, htmx

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
def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(
    alice: Client, coder: SimulatedCoder, field: str, value: str, said: str
) -> None:
    typed = WEB | {"ttl_minutes": "5", "param.disk": "77", "time": "09:00", "days": ["2"]} | {field: value}
    answer = alice.post(address(coder), typed)
    page = Html(answer)
    assert answer.status_code == 422
    assert said in error_at(page, field)
    sent = filled(page)
    for name, text in typed.items():
        assert sent.get(name, [""]) == (text if isinstance(text, list) else [text])
    focused = [each.get("name") for each in page.all("input") if "autofocus" in dict(each.element.attributes)]
    assert focused == [field]


@BOTH
@pytest.mark.parametrize(
    ("name", "value", "parameter_like"),
    [("cpu", "99", "cpu"), ("region", "moon", "region"), ("project", "abc", "project")],
)
def test_what_coder_alone_refuses_stands_at_its_field_too(
    alice: Client, coder: SimulatedCoder, name: str, value: str, parameter_like: str, version: str
) -> None:
    bodies = {
        "2.19": {"message": f'Unable to validate parameter "{name}"', "detail": "Coder says no"},
        "2.36": {
            "message": "Unable to validate parameters",
            "validations": [{"field": name, "detail": "Coder says no"}],
        },
    }
    coder.server.fault("answer", method="POST", path="/workspaces$", status=400, body=bodies[version])
    answer = alice.post(address(coder), WEB)
    assert (answer.status_code, error_at(Html(answer), f"param.{parameter_like}")) == (422, "Coder says no")


@BOTH
def test_a_name_that_is_taken_is_said_at_the_name(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev").created_at = coder.ago(days=3)
    page = Html(alice.post(address(coder), WEB))
    assert error_at(page, "name") == "This value is already in use and should be unique."


def test_what_names_no_field_stands_above_the_form(alice: Client, coder: SimulatedCoder) -> None:
    body = {"message": "Quota exceeded.", "detail": "Ask for more."}
    coder.server.fault("answer", method="POST", path="/workspaces$", status=400, body=body)
    answer = alice.post(address(coder), WEB)
    notices = [each.text for each in Html(answer).one("form", id="new").all("p", class_="notice")]
    assert (answer.status_code, notices) == (422, ["Quota exceeded. Ask for more."])


def test_a_fragment_is_the_form_alone_and_a_success_leads_to_the_workspace(
    alice: Client, coder: SimulatedCoder
) -> None:
    at = address(coder)
    refused = alice.post(at, WEB | {"param.cpu": "99"}, headers=htmx("form#new", at=at))
    assert refused.status_code == 422
    assert Html(refused).all("h1") == []
    assert error_at(Html(refused), "param.cpu")
    made = alice.post(at, WEB, headers=htmx("form#new", at=at))
    assert (made.status_code, made.headers["HX-Redirect"]) == (204, "/@alice/web/")


# ---- Coder away


@pytest.mark.parametrize("fault", ["bad_gateway", "reset", "refuse"])
def test_while_coder_is_away_the_page_keeps_what_was_typed(alice: Client, coder: SimulatedCoder, fault: str) -> None:
    alice.get(address(coder))
    coder.server.fault(fault)
    answer = alice.post(address(coder), WEB | {"param.disk": "77"})
    assert answer.status_code == 503
    assert filled(Html(answer))["param.disk"] == ["77"]
    assert "Coder" in Html(answer).one("p", class_="notice").text


@pytest.mark.parametrize("fault", ["refuse", "bad_gateway", "malformed"])
def test_a_create_whose_answer_was_lost_is_looked_up_by_its_name(
    alice: Client, coder: SimulatedCoder, fault: str
) -> None:
    if fault != "malformed":  # which does what it is asked, and garbles its answer
        coder.place("web", template="dev").created_at = datetime.now(UTC)
    coder.server.fault(fault, method="POST", path="/workspaces$")
    answer = alice.post(address(coder), WEB)
    assert answer.headers["Location"] == "/@alice/web/"
    assert "answer did not arrive, but web is there" in Html(alice.get("/@alice/web/")).one("div", id="messages").text
    assert coder.asked().count(CREATE) == 1


def test_a_create_whose_answer_was_lost_and_that_made_nothing_keeps_the_form(
    alice: Client, coder: SimulatedCoder
) -> None:
    coder.server.fault("refuse", method="POST", path="/workspaces$")
    answer = alice.post(address(coder), WEB)
    assert (answer.status_code, filled(Html(answer))["param.cpu"]) == (422, ["4"])
    assert "no workspace was made. Send it once more." in Html(answer).one("form", id="new").text


def test_the_same_form_sent_twice_makes_one_workspace_and_leads_to_it(alice: Client, coder: SimulatedCoder) -> None:
    answers = [alice.post(address(coder), WEB) for _time in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/@alice/web/"] * 2
