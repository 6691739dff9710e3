"""The confirmation of an action on many workspaces: what it says, what it refuses, and what is confirmed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from tests.operations import bulk
from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html
from workspaces.coder.workspace_pages import MAX_PASSES
from workspaces.forms.bulk import ACTION_FORMS, MAX_IDS
from workspaces.models import Item, Operation, Selection
from workspaces.operations import selections
from workspaces.operations.kinds import KINDS
from workspaces.views.bulk import MAX_MATCHING

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])


@BOTH
def test_confirmation_counts_workspaces_and_groups_reasons(alice: Client, coder: SimulatedCoder) -> None:
    running = [coder.place(f"web-{number}") for number in range(3)]
    stopped = [coder.place(f"old-{number}", "stopped") for number in range(2)]
    foreign = coder.place("foreign", owner="bob")
    page = bulk.select(alice, "stop", [*running, *stopped, foreign])
    assert page.one("h1").text == "Stop 3 workspaces"
    reasons = [item.text for item in page.one("ul", class_="reason-groups").all("li")]
    assert reasons[0].startswith("2 The workspace is already stopped.")
    assert "alice/old-0, alice/old-1" in reasons[0]
    assert reasons[1].startswith("1 The workspace does not exist, or you do not have access to it.")
    assert page.one("form", id="confirm").one("button").text == "Stop 3 workspaces"


def test_confirmation_without_possible_workspace_has_no_button(alice: Client, coder: SimulatedCoder) -> None:
    page = bulk.select(alice, "stop", [coder.place("web", "stopped")])
    assert "not possible for any" in page.one("form", id="confirm").text
    assert page.one("form", id="confirm").all("button") == []
    response = alice.post("/bulk/", {"selection": bulk.selection_key(page)})
    assert response.status_code == 422
    assert not Operation.objects.exists()


@BOTH
def test_confirmed_selection_keeps_its_workspaces(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    page = bulk.select(alice, "stop", all="1", scope="mine", q="status:running")
    coder.place("later")
    operation = bulk.confirm(alice, bulk.selection_key(page))
    assert [item.name for item in operation.items.all()] == [web.name]


def test_all_that_match_are_read_in_pages(alice: Client, coder: SimulatedCoder) -> None:
    for number in range(130):
        coder.place(f"web-{number:03}")
    coder.clear_requests()
    page = bulk.select(alice, "stop", all="1", scope="mine", q="")
    assert page.one("h1").text == "Stop 130 workspaces"
    assert coder.request_lines().count("GET /workspaces") == 2


@pytest.mark.parametrize(
    ("count", "text", "calls"),
    [
        (7, "The list changed while it was read.", MAX_PASSES),
        (MAX_MATCHING + 1, "More than 5000 workspaces match.", 1),
    ],
)
def test_all_that_match_are_refused_where_not_all_can_be_read(
    alice: Client, coder: SimulatedCoder, count: int, text: str, calls: int
) -> None:
    coder.server.add_fault("answer", path="/workspaces$", status=200, body={"workspaces": [], "count": count})
    coder.clear_requests()
    data = {"action": "stop", "all": "1", "scope": "mine", "q": "", "next": "/activity/"}
    response = alice.post("/bulk/", data, follow=True)
    assert text in Html(response).one("div", id="messages").text
    assert coder.request_lines().count("GET /workspaces") == calls
    assert not Selection.objects.exists()


@pytest.mark.parametrize(
    "parameters",
    [
        {"idle": "30"},
        {"q": "web", "scope": "theirs"},
        {"attention": "none"},
        {"sort": "cost"},
        {"page": "0"},
        {"q": "x" * 2001},
        {"template": "x" * 201},
        {"hours": "2"},
        {"q": ["web", "status:running"]},
    ],
)
def test_selection_with_parameter_that_the_list_ignores_is_refused(
    alice: Client, coder: SimulatedCoder, parameters: dict[str, object]
) -> None:
    coder.place("web")
    coder.clear_requests()
    response = alice.post("/bulk/", {"action": "delete", "all": "1", **parameters})
    assert response.status_code == 400
    assert "Nothing was changed." in Html(response).one("main").text
    assert coder.request_lines() == []
    assert not Selection.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"action": "rename", "all": "1"},
        {"action": "stop", "workspace": "web"},
        {"action": "stop", "workspace": [str(uuid4()) for _ in range(MAX_IDS + 1)]},
    ],
)
def test_invalid_selection_is_refused(alice: Client, data: dict[str, object]) -> None:
    assert alice.post("/bulk/", data).status_code == 400
    assert not Selection.objects.exists()


def test_as_many_ids_as_a_form_may_have_are_accepted(alice: Client, coder: SimulatedCoder) -> None:
    ids = [coder.place("web").id, *(str(uuid4()) for _ in range(MAX_IDS - 1))]
    response = alice.post("/bulk/", {"action": "stop", "workspace": ids, "next": "/workspaces/", "scope": "mine"})
    assert response.status_code == 200
    assert Html(response).one("h1").text == "Stop web"


def test_selection_of_nothing_leads_back_with_a_message(alice: Client) -> None:
    response = alice.post("/bulk/", {"action": "stop", "next": "/workspaces/?q=web"}, follow=True)
    assert response.redirect_chain[0][0] == "/workspaces/?q=web"
    assert "No workspace is selected." in Html(response).one("div", id="messages").text


@BOTH
def test_search_that_coder_refuses_leads_back_with_its_message(alice: Client, coder: SimulatedCoder) -> None:
    response = alice.post("/bulk/", {"action": "stop", "all": "1", "scope": "all", "q": "color:red"}, follow=True)
    assert "Coder rejected this request" in Html(response).one("div", id="messages").text
    assert not Selection.objects.exists()


def test_selection_belongs_to_its_person(alice: Client, coder: SimulatedCoder) -> None:
    key = bulk.selection_key(bulk.select(alice, "stop", [coder.place("web")]))
    bob = Client()
    sign_in(bob, "bob")
    response = bob.post("/bulk/", {"selection": key}, follow=True)
    assert "This selection has expired" in Html(response).one("div", id="messages").text
    assert not Operation.objects.exists()


def test_selection_expires_after_an_hour_and_is_deleted(alice: Client, coder: SimulatedCoder) -> None:
    key = bulk.selection_key(bulk.select(alice, "stop", [coder.place("web")]))
    Selection.objects.update(created_at=timezone.now() - selections.SELECTION_AGE - timedelta(seconds=1))
    response = alice.post("/bulk/", {"selection": key}, follow=True)
    assert "This selection has expired" in Html(response).one("div", id="messages").text
    selections.delete_expired(timezone.now())
    assert not Selection.objects.exists()


def test_second_confirmation_leads_to_the_operation_of_the_first(alice: Client, coder: SimulatedCoder) -> None:
    key = bulk.selection_key(bulk.select(alice, "stop", [coder.place("web")]))
    assert bulk.confirm(alice, key) == bulk.confirm(alice, key)
    assert Operation.objects.count() == 1


def test_confirmation_with_unknown_parameter_is_refused(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    key = bulk.selection_key(bulk.select(alice, "stop", [web]))
    assert alice.post("/bulk/", {"selection": key, "workspace": web.id}).status_code == 400
    assert not Operation.objects.exists()


def test_deletion_asks_for_the_number_and_for_favorites(alice: Client, coder: SimulatedCoder) -> None:
    several = [coder.place("web"), coder.place("star", favorite=True)]
    page = bulk.select(alice, "delete", several)
    assert "1 of them is a favorite" in page.one("form", id="confirm").text
    key = bulk.selection_key(page)
    for data in ({}, {"confirm": "1", "sure": "on"}, {"confirm": "2"}):
        response = alice.post("/bulk/", {"selection": key, **data})
        assert response.status_code == 422
        assert Html(response).one("form", id="confirm").all("div", class_="error")
    assert not Operation.objects.exists()
    assert bulk.confirm(alice, key, confirm="2", sure="on").items.count() == 2


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("extend", {}, "deadline"),
        ("extend", {"deadline": "tomorrow"}, "deadline"),
        ("ttl", {"ttl": "duration"}, "ttl_hours"),
        ("autostart", {"schedule": "CRON_TZ=Mars/Phobos 0 9 * * 1"}, "schedule"),
        ("autoupdates", {"automatic_updates": "sometimes"}, "automatic_updates"),
    ],
)
def test_error_of_action_field_is_shown_at_the_field(
    alice: Client, coder: SimulatedCoder, action: str, fields: dict[str, str], field: str
) -> None:
    page = bulk.select(alice, action, [coder.place("web", deadline_in_hours=4)])
    response = alice.post("/bulk/", {"selection": bulk.selection_key(page), **fields})
    assert response.status_code == 422
    assert Html(response).one("div", id=f"id_{field}_error").text
    assert not Operation.objects.exists()


def test_fields_of_the_selection_are_shown_in_the_confirmation(alice: Client, coder: SimulatedCoder) -> None:
    page = bulk.select(alice, "ttl", [coder.place("web")], ttl="duration", ttl_hours="5")
    assert page.one("input", name="ttl_hours").get("value") == "5"


def test_every_action_with_fields_has_a_form_on_the_confirmation(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", deadline_in_hours=4)
    for action, form in ACTION_FORMS.items():
        page = bulk.select(alice, action, [web])
        names = {control.get("name") for control in page.one("form", id="confirm").all("input")}
        assert names >= set(form.base_fields) - {"ttl_default", "ttl_shown"}, action


def test_every_kind_can_be_selected(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    for action in KINDS:
        assert bulk.select(alice, action, [web]).one("h1").text


@BOTH
def test_confirmation_of_500_workspaces_takes_a_few_calls(alice: Client, coder: SimulatedCoder) -> None:
    for number in range(500):
        coder.place(f"web-{number:03}")
    bulk.select(alice, "start", all="1", scope="mine", q="name:web-0")  # what is cached afterwards is not counted
    coder.clear_requests()
    page = bulk.select(alice, "stop", all="1", scope="mine", q="")
    assert page.one("h1").text == "Stop 500 workspaces"
    assert coder.request_lines() == ["GET /workspaces"] * 5


def test_operation_page_of_500_workspaces_is_light_and_shows_failures_first(
    alice: Client, coder: SimulatedCoder
) -> None:
    ids = [coder.place(f"web-{number:03}") for number in range(60)]
    operation = bulk.start(alice, "stop", ids)
    items = [
        Item(operation=operation, workspace=uuid4(), owner="alice", name=f"x-{n:03}", phase="ready",
             in_line=True, version=uuid4(), next_at=timezone.now()) for n in range(440)
    ]  # fmt: skip
    Item.objects.bulk_create(items)
    Item.objects.filter(name="x-439").update(outcome="refused", message="No.", in_line=False, ended_at=timezone.now())
    response = alice.get(f"/operations/{operation.pk}/")
    page = Html(response)
    assert page.one("h1").text == "Stop 500 workspaces"
    lines = page.all("li", class_="operation")
    assert (len(lines), lines[0].one("a").text, lines[0].get("data-state")) == (50, "x-439", "refused")
    assert "1 of 500 workspaces processed" in page.one("div", id="progress").text
    assert len(response.content) < 60_000
    last = Html(alice.get(f"/operations/{operation.pk}/?page=99"))
    assert "Page 10 of 10" in last.one("nav", class_="pagination").text


def test_undo_is_offered_where_a_kind_reverts_it_and_something_is_done(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", deadline_in_hours=4)
    for action, fields, title in (("stop", {}, "Start web"), ("extend", {"hours": "1"}, "")):
        operation = bulk.start(alice, action, [web], **fields)
        address = f"/operations/{operation.pk}/"
        assert "Undo" not in Html(alice.get(address)).one("main").text
        end(operation, "done")
        offered = [text.text for text in Html(alice.get(address)).one("main").all("span", id="undo-help")]
        assert offered == ([title] if title else [])
        assert alice.post(f"{address}undo/").status_code == (302 if title else 404)
        Item.objects.update(ended_at=timezone.now())


def test_undo_and_retry_wait_until_the_operation_has_ended(alice: Client, coder: SimulatedCoder) -> None:
    operation = bulk.start(alice, "stop", [coder.place("web"), coder.place("api")])
    Item.objects.filter(name="web").update(outcome="done", ended_at=timezone.now())
    Item.objects.filter(name="api").update(outcome="refused")
    for path in ("undo", "again"):
        assert alice.post(f"/operations/{operation.pk}/{path}/")["Location"] == f"/operations/{operation.pk}/"
    assert Operation.objects.count() == 1


def test_retry_takes_only_what_did_not_succeed_and_keeps_the_search(alice: Client, coder: SimulatedCoder) -> None:
    for number in range(3):
        coder.place(f"web-{number}")
    page = bulk.select(alice, "ttl", all="1", scope="mine", q="web")
    operation = bulk.confirm(alice, bulk.selection_key(page), ttl="duration", ttl_hours="3")
    end(operation, "done")
    Item.objects.filter(name="web-1").update(outcome="failed")
    Item.objects.filter(name="web-2").update(outcome="skipped")
    location = alice.post(f"/operations/{operation.pk}/again/")["Location"]
    again = Operation.objects.get(pk=location.split("/")[2])
    assert [item.name for item in again.items.all()] == ["web-1"]
    assert (again.fields, again.criteria) == (operation.fields, operation.criteria)
    assert again.criteria["q"] == "owner:me web"


def end(operation: Operation, outcome: str) -> None:
    """End an operation and all of its items."""
    operation.items.update(outcome=outcome, ended_at=timezone.now(), in_line=False)
    Operation.objects.filter(pk=operation.pk).update(ended_at=timezone.now())
