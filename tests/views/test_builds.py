"""Test builds with a version, parameter values or a debug log level, and Coder's refusals."""

from typing import Any

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.unit.samples import recorded_body
from tests.views.create_form import field_error, form_values, template_version_id
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
WORKSPACE_URL = "/@alice/web/"
PARAMETER_VALUES = {
    "region": "us-east", "cpu": "4", "disk": "20", "dotfiles": "none", "gpu": "true",
    "ides": '["code"]', "project": "ABC-123", "rebuild_cache": "false",
}  # fmt: skip


def place_web(coder: SimulatedCoder, status: str = "stopped", template: str = "dev", **fields: Any) -> Workspace:
    """Create a workspace; by default with the template that has eight parameters."""
    workspace = coder.place("web", status, template=template, **fields)
    if template == "dev":
        workspace.latest_build.parameters.clear()
        workspace.latest_build.parameters |= PARAMETER_VALUES
    return workspace


def post_build(client: Client, workspace: Workspace, data: dict[str, Any], *, fragment: bool = False) -> Any:
    """Post a build request."""
    headers = htmx_headers(f"section#w-{workspace.id}", page_path=WORKSPACE_URL) if fragment else {}
    return client.post(f"/workspaces/{workspace.id}/builds/", {"next": WORKSPACE_URL, **data}, headers=headers)


def build_request_bodies(coder: SimulatedCoder, workspace: Workspace) -> list[Any]:
    """Return the bodies of the build requests that Coder got."""
    path = f"/api/v2/workspaces/{workspace.id}/builds"
    return [each["body"] for each in coder.server.requests() if (each["method"], each["path"]) == ("POST", path)]


def get_messages(client: Client) -> str:
    """Return the messages of the next page."""
    return Html(client.get(WORKSPACE_URL)).one("div", id="messages").text


# ---- a version


@BOTH_VERSIONS
def test_stopped_workspace_starts_with_older_version(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    web = place_web(coder, template="plain", version=new)
    post_build(alice, web, {"transition": "start", "template_version_id": old.id})
    assert build_request_bodies(coder, web) == [{"transition": "start", "template_version_id": old.id}]
    assert get_messages(alice) == "Starting web…"


@BOTH_VERSIONS
def test_running_workspace_takes_older_version_only_by_restart(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    web = place_web(coder, "running", template="plain", version=new)
    post_build(alice, web, {"transition": "start", "template_version_id": old.id})
    assert (build_request_bodies(coder, web), get_messages(alice)) == ([], "The workspace is already running.")
    post_build(alice, web, {"transition": "restart", "template_version_id": old.id})
    assert build_request_bodies(coder, web)[0] == {"transition": "stop"}
    assert get_messages(alice).startswith("Restarting web…")


@BOTH_VERSIONS
def test_older_version_starts_only_for_admin_if_active_version_is_required(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = coder.new_version("plain")
    web = place_web(coder, template="plain", version=new)
    monkeypatch.setattr(web.template, "require_active_version", True)
    monkeypatch.setattr(coder.server.world, "licensed", True)
    build_request = {"transition": "start", "template_version_id": old.id}
    post_build(alice, web, build_request)
    assert (build_request_bodies(coder, web), get_messages(alice)) == (
        [],
        "The template requires the active version.",
    )
    admin = Client()
    sign_in(admin, "admin")
    post_build(admin, web, build_request)
    assert build_request_bodies(coder, web) == [build_request]


@BOTH_VERSIONS
def test_version_of_other_template_shows_coder_error(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder, template="plain")
    other_version = next(each for each in coder.server.world.templates.values() if each.name == "dev").active_version
    response = post_build(alice, web, {"transition": "start", "template_version_id": other_version.id}, fragment=True)
    assert "template version doesn't match template" in Html(response).one("hx-partial", hx_target="#messages").text
    assert response.status_code == 400


# ---- values of parameters


@BOTH_VERSIONS
def test_start_sends_only_given_parameter_values(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    response = post_build(alice, web, {"transition": "start", "param.cpu": "8", "param.rebuild_cache": "true"})
    assert response.headers["Location"] == WORKSPACE_URL
    (body,) = build_request_bodies(coder, web)
    values = {each["name"]: each["value"] for each in body["rich_parameter_values"]}
    assert (body["transition"], values) == ("start", {"cpu": "8", "rebuild_cache": "true"})


@BOTH_VERSIONS
def test_start_with_unchanged_values_still_requests_build(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    post_build(alice, web, {"transition": "start", "param.cpu": "4"})
    assert [body["transition"] for body in build_request_bodies(coder, web)] == ["start"]


@BOTH_VERSIONS
def test_update_sends_values_required_by_new_version(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    version_id = template_version_id(coder, 3)
    web.template.active_version = coder.server.world.versions[version_id]
    post_build(alice, web, {"transition": "update", "param.team": "blue"})
    (body,) = build_request_bodies(coder, web)
    assert body["template_version_id"] == version_id
    assert {"name": "team", "value": "blue"} in body["rich_parameter_values"]


@BOTH_VERSIONS
def test_update_without_required_value_shows_error_at_field(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder)
    web.template.active_version = coder.server.world.versions[template_version_id(coder, 3)]
    response = post_build(alice, web, {"transition": "update", "param.cpu": "8"})
    assert (response.status_code, field_error(Html(response), "param.team")) == (422, "This value is required.")
    assert build_request_bodies(coder, web) == []


@BOTH_VERSIONS
@pytest.mark.parametrize(("name", "value"), [("cpu", "64"), ("disk", "10")])
def test_invalid_value_shows_error_at_field_of_parameters_page(
    alice: Client, coder: SimulatedCoder, name: str, value: str
) -> None:
    web = place_web(coder)
    response = post_build(alice, web, {"transition": "start", f"param.{name}": value})
    page = Html(response)
    assert response.status_code == 422
    assert field_error(page, f"param.{name}")
    assert form_values(page)[f"param.{name}"] == [value]
    assert form_values(page)["param.project"] == ["ABC-123"]
    assert build_request_bodies(coder, web) == []


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("recording", ["start-bad-param", "start-immutable-param", "start-param-decrease"])
def test_recorded_parameter_refusal_shows_coder_error_in_form(
    alice: Client, coder: SimulatedCoder, version: str, recording: str
) -> None:
    web = place_web(coder)
    body = recorded_body(recording, version)
    coder.server.add_fault("answer", method="POST", path="/builds$", status=400, body=body)
    response = post_build(alice, web, {"transition": "start", "param.cpu": "8"})
    error = body.get("detail") or body["validations"][0]["detail"]
    assert response.status_code == 422
    assert error in Html(response).one("form", id="new").text


@BOTH_VERSIONS
@pytest.mark.parametrize("name", ["region", "nothing-of-this-name"])
def test_value_of_fixed_or_unknown_parameter_is_refused(alice: Client, coder: SimulatedCoder, name: str) -> None:
    web = place_web(coder)
    response = post_build(alice, web, {"transition": "start", f"param.{name}": "eu-west"})
    assert (response.status_code, build_request_bodies(coder, web)) == (422, [])
    assert f"{name} cannot be changed" in Html(response).one("form", id="new").text


# ---- debug log level


@BOTH_VERSIONS
def test_retry_sends_debug_log_level(alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> None:
    web = place_web(coder, "failed", template="plain")
    monkeypatch.setattr(coder.server.world, "debug_mode", True)
    admin = Client()
    sign_in(admin, "admin")
    post_build(admin, web, {"transition": "retry", "log_level": "debug"})
    build_request = {"transition": "start", "template_version_id": web.template.active_version.id, "log_level": "debug"}
    assert build_request_bodies(coder, web) == [build_request]


@BOTH_VERSIONS
@pytest.mark.parametrize("enabled", [True, False])
def test_debug_log_level_is_offered_to_admin_if_coder_allows_it(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch, *, enabled: bool
) -> None:
    web = place_web(coder, "failed", template="plain")
    monkeypatch.setattr(coder.server.world, "debug_mode", enabled)
    admin = Client()
    sign_in(admin, "admin")
    admin.get(WORKSPACE_URL)
    assert "GET /deployment/config" not in coder.request_lines()
    for _attempt in (1, 2):
        page = Html(admin.get(f"/workspaces/{web.id}/advice/"))
        assert len(page.one("main").all("input", name="log_level", value="debug")) == enabled
    assert coder.request_lines().count("GET /deployment/config") == 1


@BOTH_VERSIONS
@pytest.mark.parametrize("error", ["insufficient quota", "terraform apply: exit status 1"])
def test_debug_log_level_is_offered_only_if_terraform_failed(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    web = place_web(coder, "failed", template="plain", error=error)
    monkeypatch.setattr(coder.server.world, "debug_mode", True)
    admin = Client()
    sign_in(admin, "admin")
    page = Html(admin.get(f"/workspaces/{web.id}/advice/"))
    assert bool(page.one("main").all("input", name="log_level")) == error.startswith("terraform")


@BOTH_VERSIONS
def test_deployment_config_is_not_requested_for_member(alice: Client, coder: SimulatedCoder) -> None:
    web = place_web(coder, "failed", template="plain")
    page = Html(alice.get(f"/workspaces/{web.id}/advice/"))
    assert page.one("main").all("input", name="log_level") == []
    assert "GET /deployment/config" not in coder.request_lines()


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(("name", "recording"), [("alice", "start-debug"), ("admin", "start-debug-as-admin")])
def test_debug_retry_rejected_by_coder_shows_coder_error(
    alice: Client, coder: SimulatedCoder, version: str, name: str, recording: str
) -> None:
    web = place_web(coder, "failed", template="plain")
    client = Client()
    sign_in(client, name)
    response = post_build(client, web, {"transition": "retry", "log_level": "debug"}, fragment=True)
    assert response.status_code == 400
    assert recorded_body(recording, version)["message"] in Html(response).one("hx-partial", hx_target="#messages").text


# ---- invalid requests and Coder's refusals


@pytest.mark.parametrize(
    "data",
    [
        {"transition": "reboot"},
        {"transition": "start", "template_version_id": "x"},
        {"transition": "stop", "template_version_id": "00000000-0000-0000-0000-000000000001"},
        {"transition": "update", "template_version_id": "00000000-0000-0000-0000-000000000001"},
        {"transition": "start", "log_level": "trace"},
        {"transition": "restart", "log_level": "debug"},
        {"transition": "stop", "param.cpu": "8"},
        {"transition": "delete", "param.cpu": "8"},
    ],
)
def test_invalid_build_fields_return_422_without_coder_call(
    alice: Client, coder: SimulatedCoder, data: dict[str, str]
) -> None:
    web = place_web(coder)
    assert post_build(alice, web, data, fragment=True).status_code == 422
    assert coder.request_lines() == []


@pytest.mark.parametrize(("version", "status"), [("2.19", 404), ("2.36", 403)])
def test_stop_by_reader_shows_coder_error(alice: Client, coder: SimulatedCoder, version: str, status: int) -> None:
    web = place_web(coder, "running", template="plain")
    tina = Client()
    sign_in(tina, "tina")
    response = post_build(tina, web, {"transition": "stop"}, fragment=True)
    assert response.status_code == status
    assert (
        recorded_body("reader-stop", version)["message"] in Html(response).one("hx-partial", hx_target="#messages").text
    )
