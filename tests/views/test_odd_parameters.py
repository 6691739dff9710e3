"""Test that forms send odd parameter values as the recorded servers accept them, and nothing that nobody touched."""

from typing import Any

import pytest
from django.test import Client

from tests.portal import SimulatedCoder
from tests.views.create_form import create_form_url, field_error, parameter_field
from tests.views.html import Html
from tests.views.odd_parameters import ODD_VALUES, SHOWN_DEFAULTS, browser_form, odd_template, recorded_creates

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
CREATE = "POST /users/alice/workspaces"
PARAMETERS_URL = "/@alice/web/parameters/"
# A form refuses a number that was emptied, and reads a number without spaces and any list as one.
FORM_READS_DIFFERENTLY = [{"ratio": " 3 "}, {"ratio": ""}, {"hooks": ""}, {"hooks": "a,b"}, {"hooks": "[1,2]"}]


def sent_values(coder: SimulatedCoder, request: str = CREATE) -> dict[str, str]:
    """Return the parameter values of the last request."""
    return {each["name"]: each["value"] for each in coder.last_request(request)["body"]["rich_parameter_values"]}


@BOTH_VERSIONS
def test_untouched_create_form_sends_defaults_byte_for_byte(alice: Client, coder: SimulatedCoder, version: str) -> None:
    with odd_template(coder, version):
        response = alice.post(create_form_url(coder), browser_form(Html(alice.get(create_form_url(coder)))))
        assert response.status_code == 302
        assert sent_values(coder) == SHOWN_DEFAULTS[version]


@pytest.mark.parametrize(("version", "create"), recorded_creates(201, without=FORM_READS_DIFFERENTLY))
def test_accepted_value_of_link_is_shown_and_sent_exactly(
    alice: Client, coder: SimulatedCoder, version: str, create: dict[str, Any]
) -> None:
    with odd_template(coder, version):
        query = {f"param.{name}": value for name, value in create["values"].items()}
        form = browser_form(Html(alice.get(create_form_url(coder), query)))
        assert alice.post(create_form_url(coder), form).status_code == 302
        assert sent_values(coder) == SHOWN_DEFAULTS[version] | create["values"]


@pytest.mark.parametrize(("version", "create"), recorded_creates(400, without=FORM_READS_DIFFERENTLY))
def test_refused_value_shows_reason_at_its_field(
    alice: Client, coder: SimulatedCoder, version: str, create: dict[str, Any]
) -> None:
    ((name, value),) = create["values"].items()
    with odd_template(coder, version):
        form = browser_form(Html(alice.get(create_form_url(coder)))) | {f"param.{name}": [value]}
        response = alice.post(create_form_url(coder), form)
    assert response.status_code == 422
    assert field_error(Html(response), f"param.{name}")


@BOTH_VERSIONS
def test_untouched_parameters_are_not_sent_as_changed(alice: Client, coder: SimulatedCoder, version: str) -> None:
    values = ODD_VALUES if version == "2.19" else ODD_VALUES | {"ratio": "3e1", "huge": "NaN"}
    with odd_template(coder, version):
        web = coder.place("web", "stopped", template="dev")
        web.latest_build.parameters |= values
        form = browser_form(Html(alice.get(PARAMETERS_URL)))
        assert alice.post(PARAMETERS_URL, form).status_code == 422  # no changes to save
        assert alice.post(PARAMETERS_URL, form | {"param.factor": "1.5"}).status_code == 302
        assert sent_values(coder, f"POST /workspaces/{web.id}/builds") == {"factor": "1.5"}


@BOTH_VERSIONS
def test_changed_list_keeps_its_other_elements(alice: Client, coder: SimulatedCoder, version: str) -> None:
    with odd_template(coder, version):
        web = coder.place("web", "stopped", template="dev")
        web.latest_build.parameters["hooks"] = ODD_VALUES["hooks"]
        page = Html(alice.get(PARAMETERS_URL))
        assert "A line in double quotes is one value" in parameter_field(page, "hooks").text
        form = browser_form(page)
        form["param.hooks"][0] += "\r\nlast"
        alice.post(PARAMETERS_URL, form)
        changed = sent_values(coder, f"POST /workspaces/{web.id}/builds")
    assert changed == {"hooks": '["a\\nb"," c ","","\\"d\\"","last"]'}


@BOTH_VERSIONS
def test_form_shown_again_keeps_untouched_values(alice: Client, coder: SimulatedCoder, version: str) -> None:
    with odd_template(coder, version):
        url = create_form_url(coder)
        query = {"param.script": ODD_VALUES["script"], "param.hooks": ODD_VALUES["hooks"], "param.labels": "null"}
        form = browser_form(Html(alice.get(url, query)))
        refreshed = browser_form(Html(alice.post(url, form | {"again": "1"})))
        refused = browser_form(Html(alice.post(url, refreshed | {"name": "not a name"})))
        alice.post(url, refused | {"name": "web"})
        sent = sent_values(coder)
    assert {name: sent[name] for name in ("script", "hooks")} == {
        name: ODD_VALUES[name] for name in ("script", "hooks")
    }


@BOTH_VERSIONS
def test_copy_of_workspace_sends_its_values_byte_for_byte(alice: Client, coder: SimulatedCoder, version: str) -> None:
    values = ODD_VALUES if version == "2.19" else ODD_VALUES | {"ratio": "3e1", "huge": "NaN"}
    with odd_template(coder, version):
        web = coder.place("web", template="dev")
        web.latest_build.parameters |= values
        url = create_form_url(coder)
        alice.post(url, browser_form(Html(alice.get(url, {"from": web.id}))))
        assert sent_values(coder) == SHOWN_DEFAULTS[version] | values


@BOTH_VERSIONS
def test_emptied_number_is_refused_instead_of_keeping_another(
    alice: Client, coder: SimulatedCoder, version: str
) -> None:
    with odd_template(coder, version):
        web = coder.place("web", "stopped", template="dev")
        for url in (create_form_url(coder), PARAMETERS_URL):
            form = browser_form(Html(alice.get(url))) | {"param.ratio": [" "], "param.note": ["changed"]}
            response = alice.post(url, form)
            assert response.status_code == 422
            assert field_error(Html(response), "param.ratio") == "Enter a number."
        web.latest_build.parameters["ratio"] = ""  # as 2.19 keeps it
        form = browser_form(Html(alice.get(PARAMETERS_URL))) | {"param.note": ["changed"]}
        response = alice.post(PARAMETERS_URL, form)
        assert response.status_code == (302 if version == "2.19" else 422)  # 2.36 calls the empty text no number
        assert sent_values(coder, f"POST /workspaces/{web.id}/builds") == {"note": "changed"}


def test_number_is_text_field_that_submits_what_was_typed(alice: Client, coder: SimulatedCoder) -> None:
    with odd_template(coder, "2.36"):
        page = Html(alice.get(create_form_url(coder)))
    ratio = parameter_field(page, "ratio").one("input", type="text")
    assert ("inputmode" in dict(ratio.element.attributes), ratio.get("value")) == (False, "0.5")
