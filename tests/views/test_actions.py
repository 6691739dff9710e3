"""Test the workspace actions: as forms that redirect with a message, and as htmx requests that return fragments."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html
from workspaces.models import Item
from workspaces.present.times import to_milliseconds

LIST_URL = "/workspaces/?q=owner%3Ame&page=1"


@dataclass(frozen=True, kw_only=True)
class ActionCase:
    """Describe one action: the workspace, the form, the request that Coder gets, and the result."""

    status: str = "stopped"
    workspace_fields: dict[str, Any] = field(default_factory=dict)
    data: dict[str, str]
    endpoint: str = "builds"
    request: str = "POST /workspaces/{id}/builds"
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    new_status: str = "stopped"
    message: str


ACTIONS = {
    "star": ActionCase(
        data={},
        endpoint="favorite",
        request="PUT /workspaces/{id}/favorite",
        message="Added web to your favorites. Undo",
    ),
    "unstar": ActionCase(
        workspace_fields={"favorite": True},
        data={"favorite": "false"},
        endpoint="favorite",
        request="DELETE /workspaces/{id}/favorite",
        message="Removed web from your favorites. Undo",
    ),
    "start": ActionCase(
        data={"transition": "start"}, body={"transition": "start"}, new_status="pending", message="Starting web…"
    ),
    "stop": ActionCase(
        status="running",
        data={"transition": "stop"},
        body={"transition": "stop"},
        new_status="pending",
        message="Stopping web…",
    ),
    "retry": ActionCase(
        status="failed",
        data={"transition": "retry"},
        body={"transition": "start", "template_version_id": "{version}"},
        new_status="pending",
        message="Retrying the latest build of web…",
    ),
    "restart": ActionCase(
        status="running",
        data={"transition": "restart"},
        body={"transition": "stop"},
        new_status="pending",
        message="Restarting web… View progress",
    ),
    "make dormant": ActionCase(
        data={"dormant": "true"},
        endpoint="dormant",
        request="PUT /workspaces/{id}/dormant",
        body={"dormant": True},
        message="web is dormant. Undo",
    ),
    "make dormant again": ActionCase(
        workspace_fields={"dormant_for_hours": 5.0},
        data={"dormant": "true"},
        endpoint="dormant",
        request="PUT /workspaces/{id}/dormant",
        body={"dormant": True},
        message="web is dormant. Undo",
    ),
    "activate": ActionCase(
        workspace_fields={"dormant_for_hours": 5.0},
        data={"dormant": "false"},
        endpoint="dormant",
        request="PUT /workspaces/{id}/dormant",
        body={"dormant": False},
        message="web is active again. Undo",
    ),
    "cancel": ActionCase(
        status="starting",
        workspace_fields={"template": "hang"},
        data={},
        endpoint="cancel",
        request="PATCH /workspacebuilds/{build}/cancel",
        new_status="canceling",
        message="Canceling the build of web…",
    ),
    "cancel pending": ActionCase(
        status="pending",
        data={},
        endpoint="cancel",
        request="PATCH /workspacebuilds/{build}/cancel",
        query={"expect_status": "pending"},
        new_status="canceled",
        message="The build of web was canceled.",
    ),
}
ACTIONS_IN_2_19 = ("star", "unstar", "start", "stop", "retry", "restart", "make dormant", "activate", "cancel")


def workspace_for(coder: SimulatedCoder, action: ActionCase) -> Workspace:
    """Create the workspace for this action."""
    workspace_fields = dict(action.workspace_fields)
    if hours := workspace_fields.pop("dormant_for_hours", 0):
        workspace_fields["dormant_at"] = coder.time_ago(hours=hours)
    if "pending" in (action.status, action.new_status):
        coder.occupy_provisioners()
    if action.status == "pending":
        return coder.start_queued_build(coder.place("web", "stopped", **workspace_fields))
    return coder.place("web", action.status, **workspace_fields)


def action_url(web: Workspace, action: ActionCase) -> str:
    """Return the URL to which the action is posted."""
    if action.endpoint == "cancel":
        return f"/builds/{web.latest_build.id}/cancel/"
    return f"/workspaces/{web.id}/{action.endpoint}/"


def fill_in_ids(expected: Any, web: Workspace, build: str) -> Any:
    """Return the expected value with the IDs of this workspace filled in."""
    if isinstance(expected, dict):
        return {key: fill_in_ids(value, web, build) for key, value in expected.items()}
    values = {"{id}": web.id, "{build}": build, "{version}": web.template.active_version.id}
    for placeholder, value in values.items():
        expected = expected.replace(placeholder, value) if isinstance(expected, str) else expected
    return expected


CASES = [("2.36", name) for name in ACTIONS] + [("2.19", name) for name in ACTIONS_IN_2_19]


@pytest.mark.parametrize(("version", "name"), CASES)
def test_action_form_calls_coder_and_redirects_with_message(alice: Client, coder: SimulatedCoder, name: str) -> None:
    action = ACTIONS[name]
    web = workspace_for(coder, action)
    build = web.latest_build.id
    response = alice.post(action_url(web, action), {**action.data, "next": LIST_URL})
    assert (response.status_code, response.headers["Location"]) == (302, LIST_URL)
    request = coder.last_request(fill_in_ids(action.request, web, build))
    assert (request["body"], request["query"]) == (fill_in_ids(action.body, web, build), action.query)
    page = Html(alice.get(LIST_URL))
    assert action.message in page.one("div", id="messages").text
    assert page.one("tr", id=f"w-{web.id}").get("data-status") == action.new_status


@pytest.mark.parametrize(("version", "name"), CASES)
def test_action_from_row_returns_current_row_and_message(alice: Client, coder: SimulatedCoder, name: str) -> None:
    action = ACTIONS[name]
    web = workspace_for(coder, action)
    start_ms = to_milliseconds(timezone.now())
    headers = htmx_headers(f"tr#w-{web.id}", page_path=LIST_URL)
    response = alice.post(action_url(web, action), action.data, headers=headers)
    page = Html(response)
    assert response.status_code == 200
    assert start_ms <= int(response.headers["Portal-Read"]) <= to_milliseconds(timezone.now())
    assert response.content.decode().strip().startswith("<tr")
    assert page.one("tr", id=f"w-{web.id}").get("data-status") == action.new_status
    assert page.one("hx-partial", hx_target="#messages").text == action.message


@pytest.mark.parametrize(("version", "name"), CASES)
def test_action_from_workspace_page_returns_current_head(alice: Client, coder: SimulatedCoder, name: str) -> None:
    action = ACTIONS[name]
    web = workspace_for(coder, action)
    headers = htmx_headers(f"section#w-{web.id}", page_path="/@alice/web/")
    response = alice.post(action_url(web, action), action.data, headers=headers)
    assert response.content.decode().strip().startswith("<section")
    assert Html(response).one("section", id=f"w-{web.id}").get("data-status") == action.new_status


def test_message_is_marked_as_begun_only_when_build_starts(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    headers = htmx_headers(f"tr#w-{web.id}", page_path=LIST_URL)
    start_page = Html(alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=headers))
    assert start_page.one("p", class_="notice").get("data-transition-of") == f"w-{web.id}"
    star_page = Html(alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"}, headers=headers))
    assert star_page.one("p", class_="notice").get("data-transition-of") == ""
    second_page = Html(alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=headers))
    assert second_page.one("p", class_="notice").get("data-transition-of") == ""


def test_action_redirects_to_list_when_next_url_is_external(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    response = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop", "next": "https://evil.example/"})
    assert response.headers["Location"] == "/workspaces/"


def test_favorite_makes_two_coder_calls(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert coder.request_lines(ignore=()) == [f"PUT /workspaces/{web.id}/favorite", f"GET /workspaces/{web.id}"]


def test_favorite_button_shows_state_and_posts_opposite_value(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    path = f"/workspaces/{web.id}/favorite/"
    response = alice.post(path, {"favorite": "true"}, headers=htmx_headers(f"tr#w-{web.id}"))
    button = Html(response).one("button", class_="btn-star")
    assert (button.get("aria-pressed"), button.get("value")) == ("true", "false")


def test_update_starts_stopped_workspace_with_active_version(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    web = coder.place("web", "stopped", version=old)
    alice.post(f"/workspaces/{web.id}/builds/", {"transition": "update"})
    request = coder.last_request(f"POST /workspaces/{web.id}/builds")
    assert request["body"] == {"transition": "start", "template_version_id": new.id}


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("transition", ["restart", "update"])
def test_restart_and_update_of_running_workspace_stop_it_and_create_operation(
    alice: Client, coder: SimulatedCoder, transition: str
) -> None:
    old, new = coder.new_version("plain")
    web = coder.place("web", "running", version=old)
    page = Html(alice.post(f"/workspaces/{web.id}/builds/", {"transition": transition, "next": LIST_URL}, follow=True))
    item = Item.objects.get()
    assert coder.last_request(f"POST /workspaces/{web.id}/builds")["body"] == {"transition": "stop"}
    assert (item.phase, item.version) == ("stopping", UUID({"restart": old, "update": new}[transition].id))
    link = page.one("div", id="messages").one("a")
    assert (link.text, link.get("href")) == ("View progress", f"/operations/{item.operation_id}/")


def test_restart_is_refused_while_operation_is_in_progress(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.post(f"/workspaces/{web.id}/builds/", {"transition": "restart"})
    coder.server.advance(3600)
    alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"})
    coder.server.advance(3600)
    path = f"/workspaces/{web.id}/builds/"
    response = alice.post(path, {"transition": "restart"}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert response.status_code == 409
    assert (
        Html(response)
        .one("hx-partial")
        .text.endswith("web: Another operation on this workspace is in progress. View progress")
    )
    assert Item.objects.count() == 1


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("status", ["running", "stopped"])
def test_update_opens_form_for_missing_values_before_any_build(
    alice: Client, coder: SimulatedCoder, status: str
) -> None:
    template = next(each for each in coder.server.world.templates.values() if each.name == "dev")
    web = coder.place("web", status, template="dev")
    template.active_version = template.versions[2]  # v3 requires a value for "team"
    path = f"/workspaces/{web.id}/builds/"
    response = alice.post(path, {"transition": "update"}, headers=htmx_headers(f"tr#w-{web.id}", page_path=LIST_URL))
    form_url = f"/workspaces/{web.id}/parameters/?version={template.versions[2].id}"
    assert response.headers["HX-Redirect"] == form_url
    page = Html(alice.get(form_url, follow=True))
    assert "This version requires values that web does not have." in page.one("div", id="messages").text
    assert len(page.all("input", name="param.team")) == 1
    assert not [request for request in coder.request_lines() if request.endswith("/builds")]


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_restart_rejected_by_coder_shows_error_and_operation_is_refused(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    refusal = {"message": "Not today."}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=403, body=refusal)
    path = f"/workspaces/{web.id}/builds/"
    response = alice.post(path, {"transition": "restart"}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert response.status_code == 409
    assert "Coder’s message: Not today. Nothing was changed." in Html(response).one("hx-partial").text
    assert Item.objects.get().outcome == "refused"


@pytest.mark.parametrize(
    ("version", "status", "transition", "reason"),
    [
        ("2.36", "stopped", "restart", "The workspace is not running. Start it instead."),
        ("2.36", "stopped", "update", "The workspace already uses the active version."),
        ("2.36", "running", "retry", "The latest build did not fail."),
        ("2.36", "stopping", "restart", "The workspace is stopping. Wait until it has stopped."),
    ],
)
def test_unavailable_action_shows_reason_without_writing_to_coder(
    alice: Client, coder: SimulatedCoder, *, status: str, transition: str, reason: str
) -> None:
    web = coder.place("web", status)
    path = f"/workspaces/{web.id}/builds/"
    alice.post(path, {"transition": transition, "next": LIST_URL})
    assert Html(alice.get(LIST_URL)).one("div", id="messages").text == reason
    fragment = alice.post(path, {"transition": transition}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert not [request for request in coder.request_lines() if not request.startswith("GET")]
    assert fragment.status_code == 409
    assert Html(fragment).one("hx-partial").text == f"web: {reason}"
    assert Html(fragment).one("tr").get("data-status") == status


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/workspaces/{id}/builds/", {"transition": "explode"}),
        ("/workspaces/{id}/builds/", {}),
        ("/workspaces/{id}/favorite/", {"favorite": "maybe"}),
        ("/workspaces/{id}/dormant/", {"dormant": "1"}),
    ],
)
def test_invalid_action_request_makes_no_coder_call(
    alice: Client, coder: SimulatedCoder, address: str, fields: dict[str, str]
) -> None:
    web = coder.place("web")
    path = address.format(id=web.id)
    assert alice.post(path, {**fields, "next": LIST_URL}).headers["Location"] == LIST_URL
    response = alice.post(path, fields, headers=htmx_headers(f"tr#w-{web.id}"))
    assert (response.status_code, response.headers["HX-Reswap"]) == (422, "none")
    assert coder.request_lines() == []


def test_write_urls_return_405_for_get_requests(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    id_paths = [f"workspaces/{web.id}/{action}/" for action in ("favorite", "dormant", "rename")]
    paths = [*id_paths, f"builds/{web.latest_build.id}/cancel/", "account/sessions/end/"]
    assert {alice.get(f"/{path}").status_code for path in paths} == {405}
    assert coder.request_lines() == []


def test_action_form_requires_csrf_token(alice: Client, coder: SimulatedCoder) -> None:
    csrf_client = Client(enforce_csrf_checks=True)
    csrf_client.cookies = alice.cookies
    web = coder.place("web")
    assert csrf_client.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}).status_code == 403
    assert coder.request_lines() == []


def test_action_rejected_by_coder_shows_coder_error_and_current_row(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "starting", template="hang")
    path = f"/workspaces/{web.id}/builds/"
    response = alice.post(path, {"transition": "stop"}, headers=htmx_headers(f"tr#w-{web.id}"))
    page = Html(response)
    assert response.status_code == 409
    assert page.one("tr").get("data-status") == "starting"
    assert "web is already starting. No new build was requested." in page.one("hx-partial").text


def test_start_with_lost_response_is_not_repeated_or_reported_as_failed(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("reset", method="POST", path="/builds$")
    path = f"/workspaces/{web.id}/builds/"
    response = alice.post(path, {"transition": "start"}, headers=htmx_headers(f"tr#w-{web.id}"))
    page = Html(response)
    assert coder.request_lines().count(f"POST /workspaces/{web.id}/builds") == 1
    assert page.one("tr").get("data-status") == "pending"
    assert "The outcome is unknown." in page.one("hx-partial").text


def test_row_is_not_replaced_when_reading_workspace_after_action_fails(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("refuse", method="GET", path=f"/workspaces/{web.id}$")
    path = f"/workspaces/{web.id}/builds/"
    response = alice.post(path, {"transition": "start"}, headers=htmx_headers(f"tr#w-{web.id}"))
    page = Html(response)
    assert response.headers["HX-Reswap"] == "none"
    assert page.all("tr") == []
    assert page.one("hx-partial").text.startswith("Starting the workspace… The current state could not be loaded.")


def test_reader_row_has_no_buttons_and_shows_reason(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    reader = Client()
    sign_in(reader, "tina")
    row = Html(reader.get("/workspaces/", {"q": ""})).one("tbody").one("tr")
    assert row.all("td")[-1].text == "You can view this workspace, but not change it."
    assert row.all("button") == []


def test_forged_stop_by_reader_is_rejected_and_workspace_keeps_running(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    reader = Client()
    sign_in(reader, "tina")
    path = f"/workspaces/{web.id}/builds/"
    response = reader.post(path, {"transition": "stop"}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert response.status_code >= 400
    assert Html(response).one("tr").get("data-status") == "running"
    assert web.latest_build.transition == "start"
