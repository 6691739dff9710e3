"""Test the parameters page of a workspace, and the build that changes parameters."""

from uuid import UUID

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from coder_simulator.version_plans import RichParameter
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.create_form import (
    field_error,
    form_values,
    parameter_field,
    template,
    template_version_id,
    temporary_version_plan,
)
from tests.views.html import Html
from workspaces.models import Operation
from workspaces.operations import item_builds

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
AT = "/@alice/web/parameters/"
HAS = {
    "region": "us-east", "cpu": "4", "disk": "20", "dotfiles": "none", "gpu": "false",
    "ides": '["code"]', "project": "ABC-123", "rebuild_cache": "false",
}  # fmt: skip


def web(coder: SimulatedCoder, status: str = "stopped", owner: str = "alice") -> Workspace:
    """A workspace of the template with eight parameters."""
    placed = coder.place("web", status, owner=owner, template="dev")
    placed.latest_build.parameters.clear()
    placed.latest_build.parameters |= HAS
    return placed


def build_request_body(coder: SimulatedCoder, workspace: Workspace) -> dict[str, object]:
    """The body of the build that Coder was asked for."""
    return dict(coder.last_request(f"POST /workspaces/{workspace.id}/builds")["body"])


@BOTH
def test_parameters_page_shows_values_and_which_are_fixed(alice: Client, coder: SimulatedCoder) -> None:
    web(coder)
    page = Html(alice.get(AT))
    assert page.one("div", data_kept="region").text == "Region US East"
    sent = form_values(page)
    assert (sent["param.cpu"], sent["param.ides"], sent["param.project"]) == (["4"], ["code"], ["ABC-123"])
    assert "param.region" not in sent
    assert parameter_field(page, "disk").one("input").get("min") == "20"  # its value can only increase


@pytest.mark.parametrize(("version", "calls"), [("2.19", 3), ("2.36", 4)])
def test_parameters_page_makes_expected_number_of_coder_calls(alice: Client, coder: SimulatedCoder, calls: int) -> None:
    web(coder)
    alice.get(AT)
    assert len(coder.request_lines()) == calls


@BOTH
def test_stopped_workspace_starts_with_changed_values(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    page = Html(alice.get(AT))
    assert "It is started with the new values." in page.one("form", id="new").text
    answer = alice.post(AT, form_values(page) | {"param.cpu": "8"})
    assert answer.headers["Location"] == "/@alice/web/"
    assert build_request_body(coder, placed) == {
        "transition": "start",
        "template_version_id": placed.latest_build.version.id,
        "rich_parameter_values": [{"name": "cpu", "value": "8"}],
    }


def test_running_workspace_restarts_in_one_coder_request_with_on_success(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder, "running")
    page = Html(alice.get(AT))
    assert "It is stopped and started again: what runs in it ends" in page.one("form", id="new").text
    alice.post(AT, form_values(page) | {"param.gpu": "true"})
    body = build_request_body(coder, placed)
    assert body["transition"] == "stop"
    assert body["on_success"] == {
        "transition": "start",
        "template_version_id": placed.latest_build.version.id,
        "rich_parameter_values": [{"name": "gpu", "value": "true"}],
    }


@pytest.mark.parametrize("version", ["2.19"])
def test_old_coder_applies_values_to_running_workspace_and_page_says_so(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder, "running")
    page = Html(alice.get(AT))
    assert "applies the new values to the running workspace" in page.one("form", id="new").text
    alice.post(AT, form_values(page) | {"param.cpu": "8"})
    assert build_request_body(coder, placed)["transition"] == "start"


@pytest.mark.parametrize("version", ["2.19"])
def test_running_workspace_gets_other_version_by_operation_in_old_coder(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder, "running")
    page = Html(alice.get(AT, {"version": template_version_id(coder, 3)}))
    assert "It is stopped and started again" in page.one("form", id="new").text
    alice.post(AT, form_values(page) | {"param.team": "blue"})
    assert build_request_body(coder, placed) == {"transition": "stop"}
    operation = Operation.objects.get()
    item = operation.items.get()
    assert (operation.kind, item.version) == ("update", UUID(template_version_id(coder, 3)))
    assert item_builds.decrypt_values(item) == [{"name": "team", "value": "blue"}]


@BOTH
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("cpu", "99", "between 1 and 16"), ("disk", "10", "20 or more"), ("project", "x", "like ABC-123")],
)
def test_invalid_value_shows_error_at_field_and_keeps_input(
    alice: Client, coder: SimulatedCoder, name: str, value: str, said: str
) -> None:
    web(coder)
    typed = form_values(Html(alice.get(AT))) | {"param.dotfiles": ["https://x.example"], f"param.{name}": [value]}
    answer = alice.post(AT, typed)
    page = Html(answer)
    assert answer.status_code == 422
    assert field_error(page, f"param.{name}") or said in parameter_field(page, name).text
    assert form_values(page)["param.dotfiles"] == ["https://x.example"]
    assert not [each for each in coder.request_lines() if each.endswith("/builds")]


@BOTH
def test_coder_validation_error_is_shown_at_parameter_field(alice: Client, coder: SimulatedCoder, version: str) -> None:
    web(coder)
    body = {"message": 'Unable to validate parameter "cpu"', "detail": "Coder says no"}
    coder.server.add_fault("answer", method="POST", path="/builds$", status=400, body=body)
    answer = alice.post(AT, form_values(Html(alice.get(AT))) | {"param.cpu": "8"})
    assert (answer.status_code, field_error(Html(answer), "param.cpu")) == (422, "Coder says no")


@BOTH
def test_update_requires_and_sends_missing_value(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    address = f"/workspaces/{placed.id}/parameters/?version={template_version_id(coder, 3)}"
    at = alice.get(address).headers["Location"]
    page = Html(alice.get(at))
    assert "Another version of the template" in page.one("main").text
    refused = alice.post(AT, form_values(page))
    assert (refused.status_code, field_error(Html(refused), "param.team")) == (422, "This is needed.")
    alice.post(AT, form_values(page) | {"param.team": "blue"})
    body = build_request_body(coder, placed)
    assert (body["template_version_id"], body["rich_parameter_values"]) == (
        template_version_id(coder, 3),
        [{"name": "team", "value": "blue"}],
    )


def test_unchanged_values_return_422_with_message(alice: Client, coder: SimulatedCoder) -> None:
    web(coder)
    answer = alice.post(AT, form_values(Html(alice.get(AT))))
    assert answer.status_code == 422
    assert "Nothing here differs" in Html(answer).one("form", id="new").text


@BOTH
@pytest.mark.parametrize("script", ["#!/bin/sh\necho ready", "\n\nlate\n", "of Windows\r\nmade\r\n"])
def test_untouched_multiline_value_is_not_sent_as_changed(alice: Client, coder: SimulatedCoder, script: str) -> None:
    parameters = template(coder).active_version.plan.parameters
    with temporary_version_plan(coder, parameters=(*parameters, RichParameter(name="setup", default_value="none"))):
        placed = web(coder)
        placed.latest_build.parameters["setup"] = script
        page = Html(alice.get(AT))
        assert len(parameter_field(page, "setup").all("textarea")) == 1
        sent = form_values(page)
        as_browsers_do = sent["param.setup"][0].replace("\n", "\r\n")
        alice.post(AT, sent | {"param.setup": as_browsers_do, "param.gpu": "true"})
        assert build_request_body(coder, placed)["rich_parameter_values"] == [{"name": "gpu", "value": "true"}]


def test_ephemeral_value_is_not_prefilled_but_is_sent_when_given(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    placed.latest_build.parameters["rebuild_cache"] = "true"
    sent = form_values(Html(alice.get(AT)))
    assert "param.rebuild_cache" not in sent
    alice.post(AT, sent | {"param.rebuild_cache": "true"})
    assert build_request_body(coder, placed)["rich_parameter_values"] == [{"name": "rebuild_cache", "value": "true"}]


@pytest.mark.parametrize("status", ["starting", "pending", "deleting"])
def test_parameters_page_shows_reason_instead_of_form_during_build(
    alice: Client, coder: SimulatedCoder, status: str
) -> None:
    web(coder, status)
    page = Html(alice.get(AT))
    assert page.all("form", id="new") == []
    assert "wait" in page.one("main").text or "deleted" in page.one("main").text


def test_parameters_page_shows_reader_values_without_form(db: None, coder: SimulatedCoder) -> None:
    web(coder)
    tina = Client()
    sign_in(tina, "tina")
    page = Html(tina.get(AT))
    assert page.all("form", id="new") == []
    assert "CPU cores 4" in page.one("main").text
    assert "You may look at this workspace, but not change it." in page.one("main").text


def test_parameters_fragment_returns_form_on_error_and_redirects_on_success(
    alice: Client, coder: SimulatedCoder
) -> None:
    web(coder)
    sent = form_values(Html(alice.get(AT)))
    refused = alice.post(AT, sent | {"param.cpu": "99"}, headers=htmx_headers("form#new", page_path=AT))
    assert (refused.status_code, Html(refused).all("h1")) == (422, [])
    done = alice.post(AT, sent | {"param.cpu": "8"}, headers=htmx_headers("form#new", page_path=AT))
    assert (done.status_code, done.headers["HX-Redirect"]) == (204, "/@alice/web/")


@pytest.mark.parametrize("fault", ["refuse", "bad_gateway"])
def test_build_with_lost_response_is_not_repeated_or_reported_as_failed(
    alice: Client, coder: SimulatedCoder, fault: str
) -> None:
    web(coder)
    sent = form_values(Html(alice.get(AT)))
    coder.server.add_fault(fault, method="POST", path="/builds$")
    answer = alice.post(AT, sent | {"param.cpu": "8"})
    assert answer.headers["Location"] == "/@alice/web/"
    assert "Whether it was done is not known." in Html(alice.get("/@alice/web/")).one("div", id="messages").text
    assert len([each for each in coder.request_lines() if each.endswith("/builds")]) == 1


@BOTH
def test_update_lacking_a_value_links_to_parameters_page(alice: Client, coder: SimulatedCoder) -> None:
    placed, one = web(coder), template(coder)
    before, one.active_version = one.active_version, one.versions[2]
    try:
        at = {"transition": "update", "next": "/@alice/web/"}
        alice.post(f"/workspaces/{placed.id}/builds/", at)
        link = Html(alice.get("/@alice/web/")).one("div", id="messages").one("a").get("href")
        page = Html(alice.get(link, follow=True))
    finally:
        one.active_version = before
    assert parameter_field(page, "team").one("input").get("name") == "param.team"
    assert form_values(page)["template_version_id"] == [template_version_id(coder, 3)]


def test_parameters_url_with_earlier_name_shows_same_workspace(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    alice.post(f"/workspaces/{placed.id}/rename/", {"name": "web-2"})
    assert form_values(Html(alice.get(AT)))["param.cpu"] == ["4"]
    assert alice.get("/@alice/never-was/parameters/").status_code == 404


@BOTH
def test_version_without_parameters_can_be_chosen_and_is_explained(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    placed = coder.place("web", "stopped", template="plain", version=new)
    page = Html(alice.get(AT, {"version": old.id}))
    assert page.one("h1").text == f"Start with version {old.name}"
    assert "It is not the newest" in page.one("main").text
    assert "It is started with that version." in page.one("form", id="new").text
    alice.post(AT, form_values(page))
    assert build_request_body(coder, placed) == {"transition": "start", "template_version_id": old.id}


@BOTH
def test_version_that_may_not_start_has_no_form(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = coder.new_version("plain")
    placed = coder.place("web", "stopped", template="plain", version=new)
    monkeypatch.setattr(placed.template, "require_active_version", True)
    monkeypatch.setattr(coder.server.world, "licensed", True)
    page = Html(alice.get(AT, {"version": old.id}))
    assert "Its template lets only the active version start." in page.one("main").text
    assert page.all("form", id="new") == []
    alice.post(AT, {"template_version_id": old.id})
    assert not [each for each in coder.request_lines() if each.endswith("/builds")]
