"""Test the summary beside the form of a new workspace: what it says, what it costs, and which sections are open."""

import pytest
from django.test import Client

from coder_simulator.version_plans import ParameterOption, RichParameter
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.create_form import (
    create_form_url,
    find_template,
    form_values,
    temporary_license,
    temporary_version_plan,
)
from tests.views.html import Html
from workspaces.models import PortalSession

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
OPTIONS = (ParameterOption(name="Alpha", value="a"), ParameterOption(name="Beta", value="b"))
OPTIONAL_PARAMETERS = (
    RichParameter(name="choice", display_name="Choice", default_value="a", options=OPTIONS),
    RichParameter(name="flag", display_name="Flag", type="bool", default_value="false"),
    RichParameter(name="tags", display_name="Tags", type="list(string)", default_value='["x"]'),
    RichParameter(name="note", display_name="Note", default_value="none"),
)


def summary_values(page: Html) -> dict[str, str]:
    """Return the lines of the summary, by label."""
    summary = page.one("div", id="summary-body")
    return dict(zip((each.text for each in summary.all("dt")), (each.text for each in summary.all("dd")), strict=True))


def update_summary(client: Client, url: str, fields: dict[str, list[str]]) -> Html:
    """Request the summary alone for these fields, as htmx does while one edits."""
    headers = htmx_headers("div#summary-body", page_path=url)
    return Html(client.post(url, fields | {"again": ["summary"]}, headers=headers))


# ---- what it says


@BOTH_VERSIONS
def test_summary_names_template_version_and_defaults(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, parameters=OPTIONAL_PARAMETERS, presets=()):
        values = summary_values(Html(alice.get(create_form_url(coder))))
    assert values == {
        "Template": f"Dev on Kubernetes {find_template(coder).active_version.name}",
        "Name": "dev",
        "Parameters": "Default values",
        "Autostart": "Off",
        "Time until shutdown": "8 hours",
    }


@BOTH_VERSIONS
def test_summary_lists_parameters_that_differ_from_default(alice: Client, coder: SimulatedCoder) -> None:
    query = "param.choice=b&param.flag=true&param.tags=y&param.tags=z&param.note=none"
    with temporary_version_plan(coder, parameters=OPTIONAL_PARAMETERS, presets=()):
        page = Html(alice.get(f"{create_form_url(coder)}?{query}"))
    values = summary_values(page)
    shown = {label: values.get(label) for label in ("Choice", "Flag", "Tags", "Note", "Other parameters")}
    assert shown == {"Choice": "Beta", "Flag": "On", "Tags": "y, z", "Note": None, "Other parameters": "Default values"}
    assert page.one("div", id="summary-body").all("a")[0].get("href") == "#id_param.choice"


def test_summary_of_refused_form_still_names_missing_parameter(alice: Client, coder: SimulatedCoder) -> None:
    response = alice.post(create_form_url(coder), {"name": "web"})
    assert response.status_code == 422
    page = Html(response)
    assert summary_values(page)["Project code"] == "Required"
    assert page.one("p", class_="missing-values").text == ""  # the error at the field says it


def test_summary_has_values_of_preset(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(create_form_url(coder)))
    large = page.one("input", name="preset", id="id_preset_2").get("value")
    values = summary_values(Html(alice.get(f"{create_form_url(coder)}?preset={large}")))
    assert (values["Preset"], values["CPU cores"]) == ("Large", "8")


@BOTH_VERSIONS
def test_summary_says_schedule_in_words(alice: Client, coder: SimulatedCoder) -> None:
    query = "days=1&days=2&days=3&days=4&days=5&time=08:30&timezone=Europe/Dublin&ttl_hours=4&automatic_updates=always"
    values = summary_values(Html(alice.get(f"{create_form_url(coder, 'plain')}?{query}")))
    assert (values["Autostart"], values["Time until shutdown"], values["Updates"]) == (
        "Monday to Friday at 08:30, Europe/Dublin",
        "4 hours",
        "At each start",
    )


def test_summary_does_not_show_masked_value(alice: Client, coder: SimulatedCoder) -> None:
    secret = RichParameter(name="token", display_name="Token", default_value="-", form_type="input")
    with temporary_version_plan(coder, parameters=(secret,), presets=()):
        coder.server.add_fault(
            "answer",
            method="POST",
            path="/evaluate$",
            status=200,
            body={"id": 1, "diagnostics": [], "parameters": [masked_parameter()]},
        )
        page = Html(alice.get(f"{create_form_url(coder)}?param.token=hush"))
    assert summary_values(page)["Token"] == "Hidden"
    assert "hush" not in page.one("div", id="summary-body").text


def masked_parameter() -> dict[str, object]:
    """Return a masked parameter in an evaluation of Coder 2.36."""
    return {
        "name": "token",
        "display_name": "Token",
        "type": "string",
        "form_type": "input",
        "order": 0,
        "mutable": True,
        "default_value": {"value": "-", "valid": True},
        "value": {"value": "-", "valid": True},
        "styling": {"mask_input": True},
        "options": [],
        "validations": [],
        "diagnostics": [],
    }


# ---- while one edits


def test_summary_without_session_changes_neither_page_nor_cookies(alice: Client, coder: SimulatedCoder) -> None:
    url = create_form_url(coder)
    fields = form_values(Html(alice.get(url))) | {"again": ["summary"]}
    PortalSession.objects.all().delete()
    response = alice.post(url, fields, headers=htmx_headers("div#summary-body", page_path=url))
    assert (response.status_code, response.content, dict(response.cookies)) == (401, b"", {})
    assert not {"HX-Redirect", "HX-Refresh"} & response.headers.keys()


def test_summary_of_page_from_earlier_session_does_not_reload_it(coder: SimulatedCoder) -> None:
    browser, url = Client(enforce_csrf_checks=True), create_form_url(coder)
    response = browser.post(url, {"again": "summary"}, headers=htmx_headers("div#summary-body", page_path=url))
    assert (response.status_code, response.headers["HX-Reswap"]) == (403, "none")
    assert "HX-Refresh" not in response.headers


@BOTH_VERSIONS
def test_summary_for_edited_form_makes_no_call_to_coder(alice: Client, coder: SimulatedCoder) -> None:
    url = create_form_url(coder)
    fields = form_values(Html(alice.get(url)))
    coder.clear_requests()
    page = update_summary(alice, url, fields | {"name": ["edited"], "ttl": ["never"]})
    assert (summary_values(page)["Name"], summary_values(page)["Time until shutdown"]) == ("edited", "Never")
    assert page.all("form") == []
    assert coder.request_lines() == []


def test_summary_asks_coder_when_form_with_other_preset_was_shown_since(alice: Client, coder: SimulatedCoder) -> None:
    url = create_form_url(coder)
    fields = form_values(Html(alice.get(url)))
    alice.get(f"{url}?preset=none")
    coder.clear_requests()
    page = update_summary(alice, url, fields)
    assert summary_values(page)["Preset"] == "Small"
    assert coder.request_lines() != []
    coder.clear_requests()
    update_summary(alice, url, fields | form_state(page))
    assert coder.request_lines() == []


def form_state(page: Html) -> dict[str, list[str]]:
    """Return the hidden field of the summary that identifies the data of the form."""
    return {"shown": [page.one("input", name="shown").get("value")]}


# ---- sections


@BOTH_VERSIONS
@pytest.mark.parametrize(("query", "is_open"), [("", False), ("?param.note=none", False), ("?param.note=other", True)])
def test_section_of_optional_parameters_is_open_when_value_differs(
    alice: Client, coder: SimulatedCoder, query: str, is_open: bool
) -> None:
    with temporary_version_plan(coder, parameters=OPTIONAL_PARAMETERS, presets=()):
        section = Html(alice.get(f"{create_form_url(coder)}{query}")).one("details", id="parameters")
    assert ("open" in dict(section.element.attributes)) == is_open
    assert section.one("summary").text == "Parameters Optional: Choice , Flag , Tags , Note"


@BOTH_VERSIONS
def test_section_of_optional_parameters_is_open_when_value_is_refused(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, parameters=OPTIONAL_PARAMETERS, presets=()):
        page = Html(alice.post(create_form_url(coder), {"name": "web", "param.choice": "c"}))
    assert "open" in dict(page.one("details", id="parameters").element.attributes)


@BOTH_VERSIONS
def test_section_with_required_parameter_cannot_be_collapsed(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(create_form_url(coder)))
    assert page.one("fieldset", id="parameters").all("legend")[0].text == "Parameters"


# ---- the quota


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("budget", "warning"),
    [(15, ""), (14, "The workspace costs more than the remaining quota, so Coder will not start it.")],
)
def test_summary_says_cost_and_warns_when_it_exceeds_quota(
    alice: Client, coder: SimulatedCoder, budget: int, warning: str
) -> None:
    with temporary_license(coder):
        coder.user("alice").quota = budget
        summary = Html(alice.get(create_form_url(coder))).one("div", id="summary-body")
    assert "Cost 15 credits per day" in summary.text
    assert f"Quota: 0 of {budget} credits per day used, {budget} left." in summary.text
    assert [each.text for each in summary.all("p", class_="warn")] == [warning] * bool(warning)


def test_cost_is_requested_once_and_only_where_there_is_quota(alice: Client, coder: SimulatedCoder) -> None:
    call = f"GET /templateversions/{find_template(coder).active_version.id}/resources"
    alice.get(create_form_url(coder))
    assert coder.request_lines().count(call) == 0
    with temporary_license(coder):
        coder.user("alice").quota = 100
        alice.get(create_form_url(coder))
        alice.get(create_form_url(coder))
    assert coder.request_lines().count(call) == 1


def test_form_is_shown_without_cost_when_coder_refuses_it(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault(
        "answer", method="GET", path="/templateversions/[^/]+/resources$", status=403, body={"message": "No."}
    )
    with temporary_license(coder):
        coder.user("alice").quota = 0
        summary = Html(alice.get(create_form_url(coder))).one("div", id="summary-body")
    assert "Cost" not in summary.text
    assert summary.one("p", class_="warn").text == "Coder will not start another workspace that costs credits."
