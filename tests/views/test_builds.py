"""Test builds with a version, parameter values or a debug log level, and Coder's refusals."""

from typing import Any

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.unit.samples import recorded_body
from tests.views.create_form import field_error, form_values, template_version_id
from tests.views.html import Html

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
HERE = "/@alice/web/"
HAS = {
    "region": "us-east", "cpu": "4", "disk": "20", "dotfiles": "none", "gpu": "true",
    "ides": '["code"]', "project": "ABC-123", "rebuild_cache": "false",
}  # fmt: skip


def web(coder: SimulatedCoder, status: str = "stopped", template: str = "dev", **more: Any) -> Workspace:
    """A workspace, of the template with eight parameters where no other is named."""
    placed = coder.place("web", status, template=template, **more)
    if template == "dev":
        placed.latest_build.parameters.clear()
        placed.latest_build.parameters |= HAS
    return placed


def post(client: Client, placed: Workspace, data: dict[str, Any], *, fragment: bool = False) -> Any:
    """Ask for a build."""
    headers = htmx_headers(f"section#w-{placed.id}", page_path=HERE) if fragment else {}
    return client.post(f"/workspaces/{placed.id}/builds/", {"next": HERE, **data}, headers=headers)


def build_request_bodies(coder: SimulatedCoder, placed: Workspace) -> list[Any]:
    """The builds that Coder was asked for."""
    path = f"/api/v2/workspaces/{placed.id}/builds"
    return [each["body"] for each in coder.server.requests() if (each["method"], each["path"]) == ("POST", path)]


def messages(client: Client) -> str:
    """What is said on the next page."""
    return Html(client.get(HERE)).one("div", id="messages").text


# ---- a version


@BOTH
def test_stopped_workspace_starts_with_older_version(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    placed = web(coder, template="plain", version=new)
    post(alice, placed, {"transition": "start", "template_version_id": old.id})
    assert build_request_bodies(coder, placed) == [{"transition": "start", "template_version_id": old.id}]
    assert messages(alice) == "Starting."


@BOTH
def test_running_workspace_takes_older_version_only_by_restart(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    placed = web(coder, "running", template="plain", version=new)
    post(alice, placed, {"transition": "start", "template_version_id": old.id})
    assert (build_request_bodies(coder, placed), messages(alice)) == ([], "It is running already.")
    post(alice, placed, {"transition": "restart", "template_version_id": old.id})
    assert build_request_bodies(coder, placed)[0] == {"transition": "stop"}
    assert messages(alice).startswith("Restarting:")


@BOTH
def test_older_version_starts_only_for_admin_if_active_version_is_required(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = coder.new_version("plain")
    placed = web(coder, template="plain", version=new)
    monkeypatch.setattr(placed.template, "require_active_version", True)
    monkeypatch.setattr(coder.server.world, "licensed", True)
    wanted = {"transition": "start", "template_version_id": old.id}
    post(alice, placed, wanted)
    assert (build_request_bodies(coder, placed), messages(alice)) == (
        [],
        "Its template lets only the active version start.",
    )
    admin = Client()
    sign_in(admin, "admin")
    post(admin, placed, wanted)
    assert build_request_bodies(coder, placed) == [wanted]


@BOTH
def test_version_of_other_template_shows_coder_error(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder, template="plain")
    other = next(each for each in coder.server.world.templates.values() if each.name == "dev").active_version
    answer = post(alice, placed, {"transition": "start", "template_version_id": other.id}, fragment=True)
    assert "template version doesn't match template" in Html(answer).one("hx-partial").text
    assert answer.status_code == 400


# ---- values of parameters


@BOTH
def test_start_sends_only_given_parameter_values(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    answer = post(alice, placed, {"transition": "start", "param.cpu": "8", "param.rebuild_cache": "true"})
    assert answer.headers["Location"] == HERE
    (body,) = build_request_bodies(coder, placed)
    values = {each["name"]: each["value"] for each in body["rich_parameter_values"]}
    assert (body["transition"], values) == ("start", {"cpu": "8", "rebuild_cache": "true"})


@BOTH
def test_start_with_unchanged_values_still_requests_build(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    post(alice, placed, {"transition": "start", "param.cpu": "4"})
    assert [body["transition"] for body in build_request_bodies(coder, placed)] == ["start"]


@BOTH
def test_update_sends_values_required_by_new_version(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    wanted = template_version_id(coder, 3)
    placed.template.active_version = coder.server.world.versions[wanted]
    post(alice, placed, {"transition": "update", "param.team": "blue"})
    (body,) = build_request_bodies(coder, placed)
    assert body["template_version_id"] == wanted
    assert {"name": "team", "value": "blue"} in body["rich_parameter_values"]


@BOTH
def test_update_without_required_value_shows_error_at_field(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder)
    placed.template.active_version = coder.server.world.versions[template_version_id(coder, 3)]
    answer = post(alice, placed, {"transition": "update", "param.cpu": "8"})
    assert (answer.status_code, field_error(Html(answer), "param.team")) == (422, "This is needed.")
    assert build_request_bodies(coder, placed) == []


@BOTH
@pytest.mark.parametrize(("name", "value"), [("cpu", "64"), ("disk", "10")])
def test_invalid_value_shows_error_at_field_of_parameters_page(
    alice: Client, coder: SimulatedCoder, name: str, value: str
) -> None:
    placed = web(coder)
    answer = post(alice, placed, {"transition": "start", f"param.{name}": value})
    page = Html(answer)
    assert answer.status_code == 422
    assert field_error(page, f"param.{name}")
    assert form_values(page)[f"param.{name}"] == [value]
    assert form_values(page)["param.project"] == ["ABC-123"]
    assert build_request_bodies(coder, placed) == []


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("recording", ["start-bad-param", "start-immutable-param", "start-param-decrease"])
def test_recorded_parameter_refusal_shows_coder_error_in_form(
    alice: Client, coder: SimulatedCoder, version: str, recording: str
) -> None:
    placed = web(coder)
    body = recorded_body(recording, version)
    coder.server.add_fault("answer", method="POST", path="/builds$", status=400, body=body)
    answer = post(alice, placed, {"transition": "start", "param.cpu": "8"})
    said = body.get("detail") or body["validations"][0]["detail"]
    assert answer.status_code == 422
    assert said in Html(answer).one("form", id="new").text


@BOTH
@pytest.mark.parametrize("name", ["region", "nothing-of-this-name"])
def test_value_of_fixed_or_unknown_parameter_is_refused(alice: Client, coder: SimulatedCoder, name: str) -> None:
    placed = web(coder)
    answer = post(alice, placed, {"transition": "start", f"param.{name}": "eu-west"})
    assert (answer.status_code, build_request_bodies(coder, placed)) == (422, [])
    assert f"{name} cannot be changed" in Html(answer).one("form", id="new").text


# ---- debug log level


@BOTH
def test_retry_sends_debug_log_level(alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = web(coder, "failed", template="plain")
    monkeypatch.setattr(coder.server.world, "debug_mode", True)
    admin = Client()
    sign_in(admin, "admin")
    post(admin, placed, {"transition": "retry", "log_level": "debug"})
    wanted = {"transition": "start", "template_version_id": placed.template.active_version.id, "log_level": "debug"}
    assert build_request_bodies(coder, placed) == [wanted]


@BOTH
@pytest.mark.parametrize("on", [True, False])
def test_debug_log_level_is_offered_to_admin_if_coder_allows_it(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch, *, on: bool
) -> None:
    placed = web(coder, "failed", template="plain")
    monkeypatch.setattr(coder.server.world, "debug_mode", on)
    admin = Client()
    sign_in(admin, "admin")
    admin.get(HERE)
    assert "GET /deployment/config" not in coder.request_lines()
    for _look in (1, 2):
        page = Html(admin.get(f"/workspaces/{placed.id}/advice/"))
        assert len(page.one("main").all("input", name="log_level", value="debug")) == on
    assert coder.request_lines().count("GET /deployment/config") == 1


@BOTH
def test_deployment_config_is_not_requested_for_member(alice: Client, coder: SimulatedCoder) -> None:
    placed = web(coder, "failed", template="plain")
    page = Html(alice.get(f"/workspaces/{placed.id}/advice/"))
    assert page.one("main").all("input", name="log_level") == []
    assert "GET /deployment/config" not in coder.request_lines()


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(("name", "recording"), [("alice", "start-debug"), ("admin", "start-debug-as-admin")])
def test_debug_retry_rejected_by_coder_shows_coder_error(
    alice: Client, coder: SimulatedCoder, version: str, name: str, recording: str
) -> None:
    placed = web(coder, "failed", template="plain")
    who = Client()
    sign_in(who, name)
    answer = post(who, placed, {"transition": "retry", "log_level": "debug"}, fragment=True)
    assert answer.status_code == 400
    assert recorded_body(recording, version)["message"] in Html(answer).one("hx-partial").text


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
    placed = web(coder)
    assert post(alice, placed, data, fragment=True).status_code == 422
    assert coder.request_lines() == []


@pytest.mark.parametrize(("version", "status"), [("2.19", 404), ("2.36", 403)])
def test_stop_by_reader_shows_coder_error(alice: Client, coder: SimulatedCoder, version: str, status: int) -> None:
    placed = web(coder, "running", template="plain")
    tina = Client()
    sign_in(tina, "tina")
    answer = post(tina, placed, {"transition": "stop"}, fragment=True)
    assert answer.status_code == status
    assert recorded_body("reader-stop", version)["message"] in Html(answer).one("hx-partial").text
