"""Test deleting a workspace: the warning, the confirmation by name, and Coder's refusals, which change nothing."""

from typing import Any

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
DELETE_URL = "/@alice/web/delete/"
REFUSAL = "Only template managers may provide custom state"  # from the recording orphan-delete-as-member


def build_request_bodies(coder: SimulatedCoder, workspace: Workspace) -> list[Any]:
    """Return the bodies of the build requests that Coder got."""
    path = f"/api/v2/workspaces/{workspace.id}/builds"
    return [each["body"] for each in coder.server.requests() if (each["method"], each["path"]) == ("POST", path)]


def confirmation_value(page: Html) -> str:
    """Return the value of the confirmation field."""
    return page.one("input", name="confirm").get("value")


def field_error(page: Html, field: str) -> str:
    """Return the error at a field."""
    return page.one("div", id=f"id_{field}_error").text


@BOTH_VERSIONS
def test_delete_page_lists_running_apps_and_says_it_cannot_be_undone(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "running", template="dev")
    page = Html(alice.get(DELETE_URL))
    text = page.one("section", class_="lost-data").text
    assert "This cannot be undone." in text
    assert "The workspace is running. Everything that runs in it ends immediately:" in text
    assert "code-server" in text
    assert coder.request_lines() == ["GET /users/alice/workspace/web"]


@BOTH_VERSIONS
def test_delete_page_lists_apps_of_same_name_once(alice: Client, coder: SimulatedCoder) -> None:
    (agent,) = coder.place("web", template="dev").agents
    agent.apps.append(agent.apps[-1])
    text = Html(alice.get(DELETE_URL)).one("section", class_="lost-data").text
    assert text.count("code-server") == 1


@BOTH_VERSIONS
def test_delete_page_names_resources_of_stopped_workspace_as_data(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="dev")
    text = Html(alice.get(DELETE_URL)).one("section", class_="lost-data").text
    assert "Data in:" in text
    assert [each.plan.name for each in web.latest_build.resources if each.plan.name not in text] == []


@BOTH_VERSIONS
@pytest.mark.parametrize("status", ["running", "stopped", "failed", "canceled"])
def test_correct_name_deletes_workspace_and_list_shows_message(
    alice: Client, coder: SimulatedCoder, status: str
) -> None:
    web = coder.place("web", status)
    response = alice.post(DELETE_URL, {"confirm": "web"})
    assert response.headers["Location"] == "/workspaces/?q=owner%3Ame"
    assert build_request_bodies(coder, web) == [{"transition": "delete"}]
    page = Html(alice.get(response.headers["Location"]))
    assert "Deleting web…" in page.one("div", id="messages").text
    assert page.one("tr", id=f"w-{web.id}").get("data-status") in {"pending", "deleting"}


@BOTH_VERSIONS
@pytest.mark.parametrize("name", ["", "Web", "web-api", "we", "alice/web", "<b>web</b>"])
def test_wrong_name_deletes_nothing_and_keeps_input_with_focus(alice: Client, coder: SimulatedCoder, name: str) -> None:
    web = coder.place("web", "stopped")
    response = alice.post(DELETE_URL, {"confirm": name})
    page = Html(response)
    assert response.status_code == 422
    assert confirmation_value(page) == name
    assert page.one("input", autofocus="").get("name") == "confirm"
    assert field_error(page, "confirm")
    assert build_request_bodies(coder, web) == []


def test_name_field_disables_autocomplete_and_autocorrect(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped")
    field = Html(alice.get(DELETE_URL)).one("input", name="confirm")
    expected_attributes = {"autocomplete": "off", "autocapitalize": "off", "autocorrect": "off", "spellcheck": "false"}
    assert {name: field.get(name) for name in expected_attributes} == expected_attributes


def test_name_with_surrounding_spaces_deletes_workspace(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    alice.post(DELETE_URL, {"confirm": " web "})
    assert build_request_bodies(coder, web) == [{"transition": "delete"}]


@BOTH_VERSIONS
def test_favorite_requires_second_confirmation(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", favorite=True)
    response = alice.post(DELETE_URL, {"confirm": "web"})
    page = Html(response)
    assert (response.status_code, confirmation_value(page), build_request_bodies(coder, web)) == (422, "web", [])
    assert field_error(page, "sure").startswith("Select this to delete one of your favorites.")
    alice.post(DELETE_URL, {"confirm": "web", "sure": "on"})
    assert build_request_bodies(coder, web) == [{"transition": "delete"}]


@BOTH_VERSIONS
def test_delete_of_other_users_workspace_names_owner_and_returns_to_their_list(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped", owner="bob")
    admin = Client()
    sign_in(admin, "admin")
    page = Html(admin.get("/@bob/web/delete/"))
    assert "This workspace belongs to bob" in page.one("main").text
    response = admin.post("/@bob/web/delete/", {"confirm": "web"})
    assert response.headers["Location"] == "/workspaces/?q=owner%3Abob"
    assert build_request_bodies(coder, web) == [{"transition": "delete"}]


@BOTH_VERSIONS
def test_delete_page_shows_reason_to_reader_and_refuses_delete(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    reader = Client()
    sign_in(reader, "tina")
    page = Html(reader.get(DELETE_URL))
    assert "You can view this workspace, but not change it." in page.one("form", id="delete").text
    assert page.one("form", id="delete").all("button") == []
    assert reader.post(DELETE_URL, {"confirm": "web"}).status_code == 409
    assert build_request_bodies(coder, web) == []


def test_delete_is_refused_while_build_is_in_progress(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "starting", template="hang")
    response = alice.post(DELETE_URL, {"confirm": "web"})
    assert response.status_code == 409
    assert "The workspace is starting. Wait until it has started." in Html(response).one("form", id="delete").text
    assert build_request_bodies(coder, web) == []


@pytest.mark.parametrize(
    ("version", "status", "is_offered"),
    [
        ("2.19", "failed", True),
        ("2.19", "canceled", False),
        ("2.36", "failed", True),
        ("2.36", "canceled", True),
        ("2.36", "stopped", False),
        ("2.36", "running", False),
    ],
)
@pytest.mark.parametrize("name", ["admin", "alice"])
def test_orphan_is_offered_only_to_admin_where_coder_allows_it(
    alice: Client, coder: SimulatedCoder, name: str, status: str, *, is_offered: bool
) -> None:
    web = coder.place("web", status)
    client = alice
    if name != "alice":
        client = Client()
        sign_in(client, name)
    page = Html(client.get(DELETE_URL))
    is_allowed = is_offered and name == "admin"
    assert bool(page.all("input", name="orphan")) is is_allowed
    response = client.post(DELETE_URL, {"confirm": "web", "orphan": "on"})
    assert response.status_code == (302 if is_allowed else 422)
    assert build_request_bodies(coder, web) == ([{"transition": "delete", "orphan": True}] if is_allowed else [])
    if is_allowed:
        assert "but not its resources" in page.one("form", id="delete").text


@BOTH_VERSIONS
def test_template_admin_can_orphan_own_failed_workspace(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "failed", owner="tina")
    tina = Client()
    sign_in(tina, "tina")
    tina.post("/@tina/web/delete/", {"confirm": "web", "orphan": "on"})
    assert build_request_bodies(coder, web) == [{"transition": "delete", "orphan": True}]


@BOTH_VERSIONS
def test_delete_rejected_by_coder_shows_coder_error_and_keeps_input(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    body = {"message": REFUSAL, "detail": REFUSAL}
    coder.server.add_fault("answer", method="POST", path="/builds$", status=403, body=body)
    response = alice.post(DELETE_URL, {"confirm": "web"})
    page = Html(response)
    assert (response.status_code, confirmation_value(page)) == (403, "web")
    assert REFUSAL in page.one("p", role="alert").text
    assert "Nothing was changed." in page.one("p", role="alert").text
    assert web.latest_build.transition == "stop"


def test_delete_form_keeps_input_when_coder_answers_429(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped")
    coder.server.add_fault("rate_limited", seconds=7, method="POST", path="/builds$")
    response = alice.post(DELETE_URL, {"confirm": "web"})
    assert (response.status_code, confirmation_value(Html(response))) == (429, "web")


def test_delete_with_lost_response_redirects_to_workspace_without_repeating(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("reset", method="POST", path="/builds$")
    response = alice.post(DELETE_URL, {"confirm": "web"})
    assert response.headers["Location"] == "/@alice/web/"
    assert len(build_request_bodies(coder, web)) == 1
    assert "The outcome is unknown." in Html(alice.get("/@alice/web/")).one("div", id="messages").text


def test_delete_fragment_returns_form_on_error_and_redirects_on_success(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped")
    headers = htmx_headers("form#delete", page_path=DELETE_URL)
    error_response = alice.post(DELETE_URL, {"confirm": "x"}, headers=headers)
    assert error_response.status_code == 422
    assert error_response.content.decode().strip().startswith("<form")
    success_response = alice.post(DELETE_URL, {"confirm": "web"}, headers=headers)
    assert (success_response.status_code, success_response.headers["HX-Redirect"]) == (204, "/workspaces/?q=owner%3Ame")


@BOTH_VERSIONS
def test_row_menu_and_workspace_page_link_to_delete_page(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    for url in (f"/workspaces/{web.id}/actions/", "/@alice/web/"):
        (link,) = [link for link in Html(alice.get(url)).one("main").all("a") if link.text == "Delete…"]
        assert link.get("href") == DELETE_URL
        assert "btn-danger" in link.get("class").split()


@pytest.mark.parametrize("data", [{}, {"confirm": "Web"}])
def test_builds_endpoint_requires_name_to_delete(alice: Client, coder: SimulatedCoder, data: dict[str, str]) -> None:
    web = coder.place("web", "stopped")
    response = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "delete", **data})
    assert (response.status_code, build_request_bodies(coder, web)) == (422, [])
    assert Html(response).one("form", id="delete").get("action") == DELETE_URL


def test_builds_endpoint_deletes_and_redirects_to_next(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    data = {"transition": "delete", "confirm": "web", "next": "/account/"}
    response = alice.post(f"/workspaces/{web.id}/builds/", data)
    assert (response.headers["Location"], build_request_bodies(coder, web)) == ("/account/", [{"transition": "delete"}])


def test_deleted_workspace_cannot_be_deleted_again(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "deleted")
    assert alice.get(DELETE_URL).status_code == 404
    response = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "delete", "confirm": "web"})
    text = Html(alice.get(response.headers["Location"])).one("div", id="messages").text
    assert (response.status_code, build_request_bodies(coder, web)) == (302, [])
    assert "This workspace was deleted." in text
