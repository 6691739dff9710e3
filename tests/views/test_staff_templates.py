"""Test the page of templates for staff: who sees what, its figures and calls, and the form that updates workspaces."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, signed_in
from tests.views.html import Html
from tests.views.test_staff_workspaces import wait_for_readings
from workspaces.models import Selection

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
URL = "/staff/templates/"


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


def loaded(client: Client, url: str = URL) -> Html:
    """Return the page when all workspaces are loaded."""
    client.get(url)
    wait_for_readings()
    return Html(client.get(url))


def row_of(page: Html, name: str) -> Html:
    """Return the row of a template."""
    rows = page.one("table", class_="templates-table").one("tbody").all("tr")
    return next(row for row in rows if row.one("th").all("bdi")[0].text == name)


def update_forms(page: Html) -> list[Html]:
    """Return the forms that update workspaces."""
    return [form for form in page.all("form") if form.get("action") == "/staff/workspaces/bulk/"]


def fields_of(form: Html) -> dict[str, str]:
    """Return what a form sends."""
    return {each.get("name"): each.get("value") for each in form.all("input")}


def place_outdated(coder: SimulatedCoder) -> None:
    """Add two outdated workspaces of one template, a current one, and an outdated one of another template."""
    coder.place("old", owner="bob")
    coder.place("older", "stopped")
    coder.place("other", template="hang")
    coder.new_version("plain")
    coder.new_version("hang")
    coder.place("new")


@both_versions
@pytest.mark.parametrize(
    ("name", "status", "has_figures", "may_update"),
    [
        ("admin", 200, True, True),
        ("tina", 200, True, False),
        ("axel", 200, False, False),
        ("uma", 404, False, False),
        ("alice", 404, False, False),
    ],
)
def test_templates_show_what_coder_grants(
    db: None, coder: SimulatedCoder, name: str, status: int, *, has_figures: bool, may_update: bool
) -> None:
    place_outdated(coder)
    client = signed_in(coder, name)
    assert client.get(URL).status_code == status
    assert ("GET /workspaces" in coder.request_lines()) is has_figures
    if status == 200:
        page = loaded(client)
        headers = [each.text for each in page.one("thead").all("th")]
        assert ("Versions" in headers) is has_figures
        assert bool(update_forms(page)) is may_update
        assert "Active users" in headers


@both_versions
def test_figures_are_those_of_the_table_that_they_link_to(admin: Client, coder: SimulatedCoder) -> None:
    place_outdated(coder)
    coder.place("broken", "failed", owner="bob", built_hours_ago=30, error="exit status 1")
    row = row_of(loaded(admin), "Plain")
    texts = {link.get("href").partition("?")[2]: link.text for link in row.all("a")}
    assert texts == {
        "template=Plain": "4",
        "template=Plain&status=running": "2 running",
        "template=Plain&version=Plain+v1": "v1",
        "template=Plain&version=Plain+v2": "v2",
        "outdated=1&template=Plain": "2",
        "failed=24&template=Plain": "0 in 24 h",
        "failed=168&template=Plain": "1 in 7 days",
    }
    for query, expected in (("template=Plain", "4 workspaces"), ("outdated=1&template=Plain", "2 workspaces")):
        assert expected in Html(admin.get(f"/staff/workspaces/?{query}")).one("p", id="count").text


@both_versions
def test_templates_take_two_calls_besides_those_of_the_fleet(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    loaded(admin)
    assert sorted(coder.request_lines()) == [
        "GET /templates",
        "GET /templates",
        "GET /workspaces",
        "POST /authcheck",
        "POST /authcheck",
    ]
    assert {"q": "deprecated:true"} in [each["query"] for each in coder.server.requests()]
    coder.clear_requests()
    admin.get(f"{URL}?sort=name")
    assert coder.request_lines() == []


@both_versions
def test_deprecated_templates_are_marked_with_their_message(
    admin: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = next(each for each in coder.server.world.templates.values() if each.name == "hang")
    monkeypatch.setattr(coder.server.world, "licensed", True)
    monkeypatch.setattr(template, "deprecation_message", "Use plain instead.")
    row = row_of(loaded(admin), "hang")
    assert row.one("div", class_="template-deprecation").text == "Deprecated Use plain instead."


def test_deprecated_templates_that_coder_does_not_list_are_a_note(admin: Client, coder: SimulatedCoder) -> None:
    admin.get("/staff/parts/build-times/")  # caches the other ones
    coder.server.add_fault("error", path="/templates$")
    assert "Deprecated templates could not be loaded" in Html(admin.get(URL)).one("main").text


def test_templates_that_cannot_be_read_are_an_error_page(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("error", path="/templates$")
    assert admin.get(URL).status_code == 502


@both_versions
def test_all_outdated_are_selected_by_the_form(admin: Client, coder: SimulatedCoder) -> None:
    place_outdated(coder)
    everything, *by_template = update_forms(loaded(admin))
    page = Html(admin.post("/staff/workspaces/bulk/", fields_of(everything)))
    assert page.one("h1").text.startswith("Update ")
    selection = Selection.objects.get()
    assert sorted(name for _id, _owner, name, *_rest in selection.rows) == ["old", "older", "other"]
    assert selection.criteria["filters"]["fleet"]["query"] == "?outdated=1"
    assert len(by_template) == 2


@both_versions
def test_outdated_of_one_template_are_selected_by_its_form(admin: Client, coder: SimulatedCoder) -> None:
    place_outdated(coder)
    (form,) = update_forms(row_of(loaded(admin), "Plain"))
    admin.post("/staff/workspaces/bulk/", fields_of(form))
    selection = Selection.objects.get()
    assert sorted(name for _id, _owner, name, *_rest in selection.rows) == ["old", "older"]
    assert selection.criteria["filters"]["fleet"]["query"] == "?outdated=1&template=Plain"


def test_update_is_not_offered_before_all_workspaces_are_loaded(
    admin: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.fleet.store.FIRST_ROWS_S", 0.01)
    place_outdated(coder)
    coder.server.add_fault("delay", path="/workspaces$", seconds=1)
    page = Html(admin.get(URL))
    assert update_forms(page) == []
    assert page.one("section", id="results").get("hx-trigger") == "load delay:2s"
