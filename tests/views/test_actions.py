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

HERE = "/workspaces/?q=owner%3Ame&page=1"


@dataclass(frozen=True, kw_only=True)
class ActionCase:
    """One action: from which status, what is posted where, what Coder is asked, and what is the case then."""

    status: str = "stopped"
    placed: dict[str, Any] = field(default_factory=dict)
    posted: dict[str, str]
    to: str = "builds"
    request: str = "POST /workspaces/{id}/builds"
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    becomes: str = ""
    message: str


DEEDS = {
    "star": ActionCase(
        posted={"favorite": "true"},
        to="favorite",
        request="PUT /workspaces/{id}/favorite",
        becomes="stopped",
        message="Starred. Your list begins with what is starred. Undo",
    ),
    "unstar": ActionCase(
        placed={"favorite": True},
        posted={"favorite": "false"},
        to="favorite",
        request="DELETE /workspaces/{id}/favorite",
        becomes="stopped",
        message="The star is gone. Undo",
    ),
    "start": ActionCase(
        posted={"transition": "start"}, body={"transition": "start"}, becomes="pending", message="Starting."
    ),
    "stop": ActionCase(
        status="running",
        posted={"transition": "stop"},
        body={"transition": "stop"},
        becomes="pending",
        message="Stopping.",
    ),
    "retry": ActionCase(
        status="failed",
        posted={"transition": "retry"},
        body={"transition": "start", "template_version_id": "{version}"},
        becomes="pending",
        message="Trying again.",
    ),
    "restart": ActionCase(
        status="running",
        posted={"transition": "restart"},
        body={"transition": "stop"},
        becomes="pending",
        message="Restarting: it is stopped first, then started again, also when you close this page. How far it is",
    ),
    "make dormant": ActionCase(
        posted={"dormant": "true"},
        to="dormant",
        request="PUT /workspaces/{id}/dormant",
        body={"dormant": True},
        becomes="stopped",
        message="It is dormant now. Undo",
    ),
    "make dormant what is dormant": ActionCase(
        placed={"dormant_for_hours": 5.0},
        posted={"dormant": "true"},
        to="dormant",
        request="PUT /workspaces/{id}/dormant",
        body={"dormant": True},
        becomes="stopped",
        message="It is dormant now. Undo",
    ),
    "activate": ActionCase(
        placed={"dormant_for_hours": 5.0},
        posted={"dormant": "false"},
        to="dormant",
        request="PUT /workspaces/{id}/dormant",
        body={"dormant": False},
        becomes="stopped",
        message="It is active again. Start it when you need it. Undo",
    ),
    "cancel": ActionCase(
        status="starting",
        placed={"template": "hang"},
        posted={},
        to="cancel",
        request="PATCH /workspacebuilds/{build}/cancel",
        becomes="canceling",
        message="Canceling.",
    ),
    "cancel what waits": ActionCase(
        status="pending",
        posted={},
        to="cancel",
        request="PATCH /workspacebuilds/{build}/cancel",
        query={"expect_status": "pending"},
        becomes="canceled",
        message="It is canceled.",
    ),
}
OLD_TOO = ("star", "unstar", "start", "stop", "retry", "restart", "make dormant", "activate", "cancel")


def workspace_for(coder: SimulatedCoder, deed: ActionCase) -> Workspace:
    """The workspace with which the deed is done."""
    more = dict(deed.placed)
    if hours := more.pop("dormant_for_hours", 0):
        more["dormant_at"] = coder.time_ago(hours=hours)
    if "pending" in (deed.status, deed.becomes):
        coder.occupy_provisioners()
    if deed.status == "pending":
        return coder.start_queued_build(coder.place("web", "stopped", **more))
    return coder.place("web", deed.status, **more)


def action_url(web: Workspace, deed: ActionCase) -> str:
    """Where the deed is posted."""
    if deed.to == "cancel":
        return f"/builds/{web.latest_build.id}/cancel/"
    return f"/workspaces/{web.id}/{deed.to}/"


def with_ids(words: Any, web: Workspace, build: str) -> Any:
    """The expectation with the ids of this workspace."""
    if isinstance(words, dict):
        return {key: with_ids(value, web, build) for key, value in words.items()}
    values = {"{id}": web.id, "{build}": build, "{version}": web.template.active_version.id}
    for name, value in values.items():
        words = words.replace(name, value) if isinstance(words, str) else words
    return words


CASES = [("2.36", name) for name in DEEDS] + [("2.19", name) for name in OLD_TOO]


@pytest.mark.parametrize(("version", "name"), CASES)
def test_action_form_calls_coder_and_redirects_with_message(alice: Client, coder: SimulatedCoder, name: str) -> None:
    deed = DEEDS[name]
    web = workspace_for(coder, deed)
    build = web.latest_build.id
    answer = alice.post(action_url(web, deed), {**deed.posted, "next": HERE})
    assert (answer.status_code, answer.headers["Location"]) == (302, HERE)
    asked = coder.last_request(with_ids(deed.request, web, build))
    assert (asked["body"], asked["query"]) == (with_ids(deed.body, web, build), deed.query)
    page = Html(alice.get(HERE))
    assert deed.message in page.one("div", id="messages").text
    assert page.one("tr", id=f"w-{web.id}").get("data-status") == deed.becomes


@pytest.mark.parametrize(("version", "name"), CASES)
def test_action_from_row_returns_current_row_and_message(alice: Client, coder: SimulatedCoder, name: str) -> None:
    deed = DEEDS[name]
    web = workspace_for(coder, deed)
    before = to_milliseconds(timezone.now())
    answer = alice.post(action_url(web, deed), deed.posted, headers=htmx_headers(f"tr#w-{web.id}", page_path=HERE))
    page = Html(answer)
    assert answer.status_code == 200
    assert before <= int(answer.headers["Portal-Read"]) <= to_milliseconds(timezone.now())
    assert answer.content.decode().strip().startswith("<tr")
    assert page.one("tr", id=f"w-{web.id}").get("data-status") == deed.becomes
    assert page.one("hx-partial", hx_target="#messages").text == f"web: {deed.message}"


@pytest.mark.parametrize(("version", "name"), CASES)
def test_action_from_workspace_page_returns_current_head(alice: Client, coder: SimulatedCoder, name: str) -> None:
    deed = DEEDS[name]
    web = workspace_for(coder, deed)
    headers = htmx_headers(f"section#w-{web.id}", page_path="/@alice/web/")
    answer = alice.post(action_url(web, deed), deed.posted, headers=headers)
    assert answer.content.decode().strip().startswith("<section")
    assert Html(answer).one("section", id=f"w-{web.id}").get("data-status") == deed.becomes


def test_message_is_marked_as_begun_only_when_build_starts(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    headers = htmx_headers(f"tr#w-{web.id}", page_path=HERE)
    started = Html(alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=headers))
    assert started.one("p", class_="notice").get("data-transition-of") == f"w-{web.id}"
    starred = Html(alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"}, headers=headers))
    assert starred.one("p", class_="notice").get("data-transition-of") == ""
    again = Html(alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=headers))
    assert again.one("p", class_="notice").get("data-transition-of") == ""


def test_action_redirects_to_list_when_next_url_is_external(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    answer = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/workspaces/"


def test_favorite_makes_two_coder_calls(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert coder.request_lines(ignore="") == [f"PUT /workspaces/{web.id}/favorite", f"GET /workspaces/{web.id}"]


def test_favorite_button_shows_state_and_posts_opposite_value(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    answer = alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"}, headers=htmx_headers(f"tr#w-{web.id}"))
    star = Html(answer).one("button", class_="btn-star")
    assert (star.get("aria-pressed"), star.get("value")) == ("true", "false")


def test_update_starts_stopped_workspace_with_active_version(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    web = coder.place("web", "stopped", version=old)
    alice.post(f"/workspaces/{web.id}/builds/", {"transition": "update"})
    asked = coder.last_request(f"POST /workspaces/{web.id}/builds")
    assert asked["body"] == {"transition": "start", "template_version_id": new.id}


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("transition", ["restart", "update"])
def test_restart_and_update_of_running_workspace_stop_it_and_create_operation(
    alice: Client, coder: SimulatedCoder, transition: str
) -> None:
    old, new = coder.new_version("plain")
    web = coder.place("web", "running", version=old)
    page = Html(alice.post(f"/workspaces/{web.id}/builds/", {"transition": transition, "next": HERE}, follow=True))
    item = Item.objects.get()
    assert coder.last_request(f"POST /workspaces/{web.id}/builds")["body"] == {"transition": "stop"}
    assert (item.phase, item.version) == ("stopping", UUID({"restart": old, "update": new}[transition].id))
    way = page.one("div", id="messages").one("a")
    assert (way.text, way.get("href")) == ("How far it is", f"/operations/{item.operation_id}/")


def test_restart_is_refused_while_operation_is_in_progress(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.post(f"/workspaces/{web.id}/builds/", {"transition": "restart"})
    coder.server.advance(3600)
    alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"})
    coder.server.advance(3600)
    answer = alice.post(
        f"/workspaces/{web.id}/builds/", {"transition": "restart"}, headers=htmx_headers(f"tr#w-{web.id}")
    )
    assert answer.status_code == 409
    assert Html(answer).one("hx-partial").text.endswith("web: The portal is at work on it already. How far it is")
    assert Item.objects.count() == 1


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_update_asks_for_missing_parameter_values_before_stopping(alice: Client, coder: SimulatedCoder) -> None:
    template = next(each for each in coder.server.world.templates.values() if each.name == "dev")
    web = coder.place("web", "running", template="dev")
    template.active_version = template.versions[2]  # v3 requires a value for "team"
    path = f"/workspaces/{web.id}/builds/"
    answer = alice.post(path, {"transition": "update"}, headers=htmx_headers(f"tr#w-{web.id}", page_path=HERE))
    told = Html(answer).one("hx-partial", hx_target="#messages")
    assert "That version wants values that this workspace does not have. Nothing was changed." in told.text
    version = template.versions[2].id
    assert told.one("a").get("href") == f"/workspaces/{web.id}/parameters/?version={version}"
    assert not [request for request in coder.request_lines() if not request.startswith("GET")]


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_restart_rejected_by_coder_shows_error_and_operation_fails(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    refusal = {"message": "Not today."}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=403, body=refusal)
    path = f"/workspaces/{web.id}/builds/"
    answer = alice.post(path, {"transition": "restart"}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert answer.status_code == 409
    assert "Not today. Nothing was changed." in Html(answer).one("hx-partial").text
    assert Item.objects.get().outcome == "failed"


@pytest.mark.parametrize(
    ("version", "status", "transition", "reason"),
    [
        ("2.36", "stopped", "restart", "It is not running; start it."),
        ("2.36", "stopped", "update", "It has the active version of its template already."),
        ("2.36", "running", "retry", "Its last build did not fail."),
        ("2.36", "stopping", "restart", "It is stopping; wait until that has ended."),
    ],
)
def test_unavailable_action_shows_reason_without_writing_to_coder(
    alice: Client, coder: SimulatedCoder, *, status: str, transition: str, reason: str
) -> None:
    web = coder.place("web", status)
    path = f"/workspaces/{web.id}/builds/"
    alice.post(path, {"transition": transition, "next": HERE})
    assert Html(alice.get(HERE)).one("div", id="messages").text == reason
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
        ("/workspaces/{id}/favorite/", {}),
        ("/workspaces/{id}/dormant/", {"dormant": "1"}),
    ],
)
def test_invalid_action_request_makes_no_coder_call(
    alice: Client, coder: SimulatedCoder, address: str, fields: dict[str, str]
) -> None:
    web = coder.place("web")
    path = address.format(id=web.id)
    assert alice.post(path, {**fields, "next": HERE}).headers["Location"] == HERE
    answer = alice.post(path, fields, headers=htmx_headers(f"tr#w-{web.id}"))
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (422, "none")
    assert coder.request_lines() == []


def test_write_urls_return_405_for_get_requests(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    tails = [f"workspaces/{web.id}/{tail}/" for tail in ("favorite", "dormant", "rename")]
    paths = [*tails, f"builds/{web.latest_build.id}/cancel/", "account/sessions/end/"]
    assert {alice.get(f"/{path}").status_code for path in paths} == {405}
    assert coder.request_lines() == []


def test_action_form_requires_csrf_token(alice: Client, coder: SimulatedCoder) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice.cookies
    web = coder.place("web")
    assert strict.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}).status_code == 403
    assert coder.request_lines() == []


def test_action_rejected_by_coder_shows_coder_error_and_current_row(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "starting", template="hang")
    answer = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=htmx_headers(f"tr#w-{web.id}"))
    page = Html(answer)
    assert answer.status_code == 409
    assert page.one("tr").get("data-status") == "starting"
    assert "A workspace build is already active." in page.one("hx-partial").text
    assert "Nothing was changed." in page.one("hx-partial").text


def test_start_with_lost_response_is_not_repeated_or_reported_as_failed(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("reset", method="POST", path="/builds$")
    answer = alice.post(
        f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=htmx_headers(f"tr#w-{web.id}")
    )
    page = Html(answer)
    assert coder.request_lines().count(f"POST /workspaces/{web.id}/builds") == 1
    assert page.one("tr").get("data-status") == "pending"
    assert "Whether it was done is not known." in page.one("hx-partial").text


def test_row_is_not_replaced_when_reading_workspace_after_action_fails(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("refuse", method="GET", path=f"/workspaces/{web.id}$")
    answer = alice.post(
        f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=htmx_headers(f"tr#w-{web.id}")
    )
    page = Html(answer)
    assert answer.headers["HX-Reswap"] == "none"
    assert page.all("tr") == []
    assert page.one("hx-partial").text.startswith("Starting. What the workspace does now could not be read")


def test_reader_row_has_no_buttons_and_shows_reason(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    reader = Client()
    sign_in(reader, "tina")
    row = Html(reader.get("/workspaces/", {"q": ""})).one("tbody").one("tr")
    assert row.one("td", class_="col-actions").text == "You may look at this workspace, but not change it."
    assert row.all("button") == []


def test_forged_stop_by_reader_is_rejected_and_workspace_keeps_running(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    reader = Client()
    sign_in(reader, "tina")
    answer = reader.post(
        f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=htmx_headers(f"tr#w-{web.id}")
    )
    assert answer.status_code >= 400
    assert Html(answer).one("tr").get("data-status") == "running"
    assert web.latest_build.transition == "start"
