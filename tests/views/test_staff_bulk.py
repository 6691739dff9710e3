"""Test actions on workspaces of the staff table, until they are confirmed."""

from uuid import uuid4

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, signed_in
from tests.views.html import Html
from workspaces.models import Operation, Selection

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
URL = "/staff/workspaces/bulk/"


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


def place_fleet(coder: SimulatedCoder) -> None:
    """Add an idle and a busy workspace of Bob's, and an idle one of Alice's that is stopped."""
    coder.place("idle", owner="bob", used_hours_ago=40 * 24, age_hours=50 * 24)
    coder.place("busy", owner="bob", used_hours_ago=0.1)
    coder.place("stopped", "stopped", used_hours_ago=40 * 24, age_hours=50 * 24)


@both_versions
def test_all_that_match_are_only_those_that_the_filters_show(admin: Client, coder: SimulatedCoder) -> None:
    place_fleet(coder)
    admin.get("/staff/workspaces/?idle=30")
    coder.clear_requests()
    page = Html(admin.post(URL, {"action": "stop", "all": "1", "idle": "30"}))
    assert page.one("h1").text == "Stop idle"
    assert coder.request_lines() == []
    selection = Selection.objects.get()
    assert sorted(name for _id, _owner, name, *_rest in selection.rows) == ["idle", "stopped"]
    assert selection.criteria["filters"]["fleet"]["query"] == "?idle=30"


@both_versions
def test_ticked_workspaces_are_confirmed_and_stopped(admin: Client, coder: SimulatedCoder) -> None:
    place_fleet(coder)
    ids = [each.id for each in coder.server.world.workspaces.list_with_deleted()]
    page = Html(admin.post(URL, {"action": "stop", "workspace": ids, "next": "/staff/workspaces/"}))
    assert page.one("h1").text == "Stop 2 workspaces"
    assert page.one("nav", aria_label="Main").one("a", aria_current="true").text == "Staff"
    assert "The workspace is already stopped." in page.one("ul", class_="reason-groups").text
    key = page.one("input", name="selection").get("value")
    response = admin.post("/bulk/", {"selection": key, "csrfmiddlewaretoken": "x"})
    operation = Operation.objects.get()
    assert response.headers["Location"] == f"/operations/{operation.pk}/"
    assert (operation.kind, operation.items.count()) == ("stop", 2)


@pytest.mark.parametrize(
    "parameters",
    [
        {"all": "1", "idle": "many"},
        {"all": "1", "scope": "mine"},
        {"all": "1", "attention": "failed"},
        {"action": "explode", "all": "1"},
        {"workspace": "not-an-id"},
    ],
)
def test_unknown_parameters_are_refused_and_nothing_is_selected(
    admin: Client, coder: SimulatedCoder, parameters: dict[str, str]
) -> None:
    place_fleet(coder)
    response = admin.post(URL, {"action": "stop"} | parameters)
    assert (response.status_code, Selection.objects.count()) == (400, 0)


def test_all_that_match_wait_until_the_fleet_is_complete(
    admin: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.fleet.store.FIRST_ROWS_S", 0.01)
    place_fleet(coder)
    coder.server.add_fault("delay", path="/workspaces$", seconds=1)
    response = admin.post(URL, {"action": "delete", "all": "1", "idle": "30"})
    assert (response.status_code, Selection.objects.count()) == (302, 0)


def test_workspaces_that_the_fleet_does_not_have_are_not_possible(admin: Client, coder: SimulatedCoder) -> None:
    page = Html(admin.post(URL, {"action": "stop", "workspace": [str(uuid4())]}))
    assert "The workspace does not exist, or you do not have access to it." in page.one("main").text


@pytest.mark.parametrize("name", ["alice", "tina", "axel"])
def test_actions_are_not_found_by_people_who_change_no_workspaces(db: None, coder: SimulatedCoder, name: str) -> None:
    assert signed_in(coder, name).post(URL, {"action": "stop", "all": "1"}).status_code == 404


def test_table_has_ticks_only_for_people_who_change_workspaces(db: None, coder: SimulatedCoder) -> None:
    place_fleet(coder)
    ticks = {
        name: len(Html(signed_in(coder, name).get("/staff/workspaces/")).all("input", name="workspace"))
        for name in ("admin", "tina")
    }
    assert ticks == {"admin": 3, "tina": 0}
