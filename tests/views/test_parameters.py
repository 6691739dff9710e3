"""Test the parameters page of a workspace, and the build that changes parameters."""

from uuid import UUID

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from coder_simulator.version_plans import RichParameter
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.create_form import (
    field_error,
    find_template,
    form_values,
    parameter_field,
    template_version_id,
    temporary_version_plan,
)
from tests.views.html import Html
from workspaces.models import Operation
from workspaces.operations import item_builds

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
PARAMETERS_URL = "/@alice/web/parameters/"
PARAMETER_VALUES = {
    "region": "us-east", "cpu": "4", "disk": "20", "dotfiles": "none", "gpu": "false",
    "ides": '["code"]', "project": "ABC-123", "rebuild_cache": "false",
}  # fmt: skip


def place_web(coder: SimulatedCoder, status: str = "stopped", owner: str = "alice") -> Workspace:
    """Create a workspace of the template with eight parameters."""
    workspace = coder.place("web", status, owner=owner, template="dev")
    workspace.latest_build.parameters.clear()
    workspace.latest_build.parameters |= PARAMETER_VALUES
    return workspace


def build_request_body(coder: SimulatedCoder, workspace: Workspace) -> dict[str, object]:
    """Return the body of the last build request that Coder got."""
    return dict(coder.last_request(f"POST /workspaces/{workspace.id}/builds")["body"])


@BOTH_VERSIONS
def test_parameters_page_shows_values_and_which_are_fixed(alice: Client, coder: SimulatedCoder) -> None:
    place_web(coder)
    page = Html(alice.get(PARAMETERS_URL))
    assert page.one("div", data_kept="region").text == "Region US East"
    form_data = form_values(page)
    assert (form_data["param.cpu"], form_data["param.ides"], form_data["param.project"]) == (
        ["4"],
        ["code"],
        ["ABC-123"],
    )
    assert "param.region" not in form_data
    assert "From 20 to 500." in parameter_field(page, "disk").text  # its value can only increase


@pytest.mark.parametrize(("version", "calls"), [("2.19", 3), ("2.36", 4)])
def test_parameters_page_makes_expected_number_of_coder_calls(alice: Client, coder: SimulatedCoder, calls: int) -> None:
    place_web(coder)
    alice.get(PARAMETERS_URL).getvalue()
    assert len(coder.request_lines()) == calls


@BOTH_VERSIONS
def test_stopped_workspace_starts_with_changed_values(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    page = Html(alice.get(PARAMETERS_URL))
    assert "The workspace starts with the new values." in page.one("form", id="new").text
    response = alice.post(PARAMETERS_URL, form_values(page) | {"param.cpu": "8"})
    assert response.headers["Location"] == "/@alice/web/"
    assert build_request_body(coder, web) == {
        "transition": "start",
        "template_version_id": web.latest_build.version.id,
        "rich_parameter_values": [{"name": "cpu", "value": "8"}],
    }


def test_running_workspace_restarts_in_one_coder_request_with_on_success(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder, "running")
    page = Html(alice.get(PARAMETERS_URL))
    assert "The workspace restarts. Running programs end" in page.one("form", id="new").text
    alice.post(PARAMETERS_URL, form_values(page) | {"param.gpu": "true"})
    body = build_request_body(coder, web)
    assert body["transition"] == "stop"
    assert body["on_success"] == {
        "transition": "start",
        "template_version_id": web.latest_build.version.id,
        "rich_parameter_values": [{"name": "gpu", "value": "true"}],
    }


@pytest.mark.parametrize("version", ["2.19"])
def test_old_coder_applies_values_to_running_workspace_and_page_says_so(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder, "running")
    page = Html(alice.get(PARAMETERS_URL))
    assert "applies the new values to the running workspace" in page.one("form", id="new").text
    alice.post(PARAMETERS_URL, form_values(page) | {"param.cpu": "8"})
    assert build_request_body(coder, web)["transition"] == "start"


@pytest.mark.parametrize("version", ["2.19"])
def test_running_workspace_gets_other_version_by_operation_in_old_coder(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder, "running")
    page = Html(alice.get(PARAMETERS_URL, {"version": template_version_id(coder, 3)}))
    assert "The workspace restarts." in page.one("form", id="new").text
    alice.post(PARAMETERS_URL, form_values(page) | {"param.team": "blue"})
    assert build_request_body(coder, web) == {"transition": "stop"}
    operation = Operation.objects.get()
    item = operation.items.get()
    assert (operation.kind, item.version) == ("update", UUID(template_version_id(coder, 3)))
    assert item_builds.decrypt_values(item) == [{"name": "team", "value": "blue"}]


@BOTH_VERSIONS
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [("cpu", "99", "between 1 and 16"), ("disk", "10", "20 or more"), ("project", "x", "like ABC-123")],
)
def test_invalid_value_shows_error_at_field_and_keeps_input(
    alice: Client, coder: SimulatedCoder, name: str, value: str, error: str
) -> None:
    place_web(coder)
    input_values = form_values(Html(alice.get(PARAMETERS_URL))) | {
        "param.dotfiles": ["https://x.example"],
        f"param.{name}": [value],
    }
    response = alice.post(PARAMETERS_URL, input_values)
    page = Html(response)
    assert response.status_code == 422
    assert field_error(page, f"param.{name}") or error in parameter_field(page, name).text
    assert form_values(page)["param.dotfiles"] == ["https://x.example"]
    assert not [each for each in coder.request_lines() if each.endswith("/builds")]


@BOTH_VERSIONS
def test_coder_validation_error_is_shown_at_parameter_field(alice: Client, coder: SimulatedCoder, version: str) -> None:
    place_web(coder)
    body = {"message": 'Unable to validate parameter "cpu"', "detail": "Coder says no"}
    coder.server.add_fault("answer", method="POST", path="/builds$", status=400, body=body)
    response = alice.post(PARAMETERS_URL, form_values(Html(alice.get(PARAMETERS_URL))) | {"param.cpu": "8"})
    assert (response.status_code, field_error(Html(response), "param.cpu")) == (422, "Coder says no")


@BOTH_VERSIONS
def test_update_requires_and_sends_missing_value(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    url = f"/workspaces/{web.id}/parameters/?version={template_version_id(coder, 3)}"
    page_url = alice.get(url).headers["Location"]
    page = Html(alice.get(page_url))
    assert "The workspace uses v1." in page.one("main").text
    error_response = alice.post(PARAMETERS_URL, form_values(page))
    assert (error_response.status_code, field_error(Html(error_response), "param.team")) == (
        422,
        "This value is required.",
    )
    alice.post(PARAMETERS_URL, form_values(page) | {"param.team": "blue"})
    body = build_request_body(coder, web)
    assert (body["template_version_id"], body["rich_parameter_values"]) == (
        template_version_id(coder, 3),
        [{"name": "team", "value": "blue"}],
    )


def test_unchanged_values_return_422_with_message(alice: Client, coder: SimulatedCoder) -> None:
    place_web(coder)
    response = alice.post(PARAMETERS_URL, form_values(Html(alice.get(PARAMETERS_URL))))
    assert response.status_code == 422
    assert "No changes to save" in Html(response).one("form", id="new").text


@BOTH_VERSIONS
@pytest.mark.parametrize("value", ["#!/bin/sh\necho ready", "\n\nlate\n", "of Windows\r\nmade\r\n"])
def test_untouched_multiline_value_is_not_sent_as_changed(alice: Client, coder: SimulatedCoder, value: str) -> None:
    parameters = find_template(coder).active_version.plan.parameters
    with temporary_version_plan(coder, parameters=(*parameters, RichParameter(name="setup", default_value="none"))):
        web = place_web(coder)
        web.latest_build.parameters["setup"] = value
        page = Html(alice.get(PARAMETERS_URL))
        assert len(parameter_field(page, "setup").all("textarea")) == 1
        form_data = form_values(page)
        browser_value = form_data["param.setup"][0].replace("\n", "\r\n")
        alice.post(PARAMETERS_URL, form_data | {"param.setup": browser_value, "param.gpu": "true"})
        assert build_request_body(coder, web)["rich_parameter_values"] == [{"name": "gpu", "value": "true"}]


def test_ephemeral_value_is_not_prefilled_but_is_sent_when_given(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    web.latest_build.parameters["rebuild_cache"] = "true"
    form_data = form_values(Html(alice.get(PARAMETERS_URL)))
    assert "param.rebuild_cache" not in form_data
    alice.post(PARAMETERS_URL, form_data | {"param.rebuild_cache": "true"})
    assert build_request_body(coder, web)["rich_parameter_values"] == [{"name": "rebuild_cache", "value": "true"}]


@pytest.mark.parametrize("status", ["starting", "pending", "deleting"])
def test_parameters_page_shows_reason_instead_of_form_during_build(
    alice: Client, coder: SimulatedCoder, status: str
) -> None:
    place_web(coder, status)
    page = Html(alice.get(PARAMETERS_URL))
    assert page.all("form", id="new") == []
    assert "Wait until" in page.one("main").text or "deleted" in page.one("main").text


def test_parameters_page_shows_reader_values_without_form(db: None, coder: SimulatedCoder) -> None:
    place_web(coder)
    tina = Client()
    sign_in(tina, "tina")
    page = Html(tina.get(PARAMETERS_URL))
    assert page.all("form", id="new") == []
    assert "CPU cores 4" in page.one("main").text
    assert "You can view this workspace, but not change it." in page.one("main").text


def test_parameters_fragment_returns_form_on_error_and_redirects_on_success(
    alice: Client, coder: SimulatedCoder
) -> None:
    place_web(coder)
    form_data = form_values(Html(alice.get(PARAMETERS_URL)))
    error_response = alice.post(
        PARAMETERS_URL, form_data | {"param.cpu": "99"}, headers=htmx_headers("form#new", page_path=PARAMETERS_URL)
    )
    assert (error_response.status_code, Html(error_response).all("h1")) == (422, [])
    success_response = alice.post(
        PARAMETERS_URL, form_data | {"param.cpu": "8"}, headers=htmx_headers("form#new", page_path=PARAMETERS_URL)
    )
    assert (success_response.status_code, success_response.headers["HX-Redirect"]) == (204, "/@alice/web/")


@pytest.mark.parametrize("fault", ["refuse", "bad_gateway"])
def test_build_with_lost_response_is_not_repeated_or_reported_as_failed(
    alice: Client, coder: SimulatedCoder, fault: str
) -> None:
    place_web(coder)
    form_data = form_values(Html(alice.get(PARAMETERS_URL)))
    coder.server.add_fault(fault, method="POST", path="/builds$")
    response = alice.post(PARAMETERS_URL, form_data | {"param.cpu": "8"})
    assert response.headers["Location"] == "/@alice/web/"
    assert "The outcome is unknown." in Html(alice.get("/@alice/web/")).one("div", id="messages").text
    assert len([each for each in coder.request_lines() if each.endswith("/builds")]) == 1


@BOTH_VERSIONS
def test_update_lacking_a_value_opens_parameters_page(alice: Client, coder: SimulatedCoder) -> None:
    web, dev_template = place_web(coder), find_template(coder)
    original_version, dev_template.active_version = dev_template.active_version, dev_template.versions[2]
    try:
        data = {"transition": "update", "next": "/@alice/web/"}
        page = Html(alice.post(f"/workspaces/{web.id}/builds/", data, follow=True))
    finally:
        dev_template.active_version = original_version
    assert parameter_field(page, "team").one("input").get("name") == "param.team"
    assert form_values(page)["template_version_id"] == [template_version_id(coder, 3)]


def test_parameters_url_with_earlier_name_shows_same_workspace(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    alice.post(f"/workspaces/{web.id}/rename/", {"name": "web-2"})
    assert form_values(Html(alice.get(PARAMETERS_URL, follow=True)))["param.cpu"] == ["4"]
    assert alice.get("/@alice/never-was/parameters/").status_code == 404


@BOTH_VERSIONS
def test_version_without_parameters_can_be_chosen_and_is_explained(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    web = coder.place("web", "stopped", template="plain", version=new)
    page = Html(alice.get(PARAMETERS_URL, {"version": old.id}))
    assert page.one("div", id="panel").all("h2")[0].text == f"Start with version {old.name}"
    assert "v1 is not the active version" in page.one("main").text
    assert "The workspace starts with this version." in page.one("form", id="new").text
    alice.post(PARAMETERS_URL, form_values(page))
    assert build_request_body(coder, web) == {"transition": "start", "template_version_id": old.id}


@BOTH_VERSIONS
def test_version_that_may_not_start_has_no_form(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = coder.new_version("plain")
    web = coder.place("web", "stopped", template="plain", version=new)
    monkeypatch.setattr(web.template, "require_active_version", True)
    monkeypatch.setattr(coder.server.world, "licensed", True)
    page = Html(alice.get(PARAMETERS_URL, {"version": old.id}))
    assert "The template requires the active version." in page.one("main").text
    assert page.all("form", id="new") == []
    alice.post(PARAMETERS_URL, {"template_version_id": old.id})
    assert not [each for each in coder.request_lines() if each.endswith("/builds")]


def test_version_that_is_no_id_is_not_found_and_starts_nothing(alice: Client, coder: SimulatedCoder) -> None:
    place_web(coder)
    assert alice.get(PARAMETERS_URL, {"version": "v2"}).status_code == 404
    alice.post(PARAMETERS_URL, {"template_version_id": "v2", "param.project": "ABC-124"})
    assert not [line for line in coder.request_lines() if line.startswith("POST ")]
