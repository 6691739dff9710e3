"""Test the staff table of all workspaces: rights, filters, columns, exports, progress and errors."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.http import HttpResponseBase
from django.test import Client

from tests.portal import SimulatedCoder, htmx_headers, signed_in
from tests.views.html import Html
from workspaces.fleet.columns import COLUMNS, DEFAULT_COLUMNS
from workspaces.fleet.store import STORE
from workspaces.models import AuditEntry, Preferences

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
STAFF_URLS = ("/staff/workspaces/", "/staff/workspaces.csv", "/staff/workspaces.jsonl")
STAFF_POSTS = ("/staff/workspaces/reload/", "/staff/workspaces/columns/")


def shown_names(page: Html) -> list[str]:
    """Return the names of the shown workspaces, in order."""
    return [link.text for link in page.all("a", class_="name")]


def header_texts(page: Html) -> list[str]:
    """Return the headers of the table."""
    return [header.text for header in page.one("thead").all("th")]


def content_of(response: HttpResponseBase) -> str:
    """Return the text of a streamed response."""
    return response.getvalue().decode()


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


@both_versions
def test_table_shows_workspaces_of_everybody(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("theirs", owner="bob")
    assert shown_names(Html(admin.get("/staff/workspaces/"))) == ["web", "theirs"]


@both_versions
def test_table_takes_one_call_for_rights_and_one_for_each_page_of_workspaces(
    admin: Client, coder: SimulatedCoder
) -> None:
    coder.place("web")
    admin.get("/staff/workspaces/")
    assert sorted(coder.request_lines()) == ["GET /workspaces", "POST /authcheck", "POST /authcheck"]
    assert coder.last_request("GET /workspaces")["query"] == {"q": "", "limit": "100", "offset": "0"}
    coder.clear_requests()
    admin.get("/staff/workspaces/?status=running&sort=-daily-cost&group=owner")
    assert coder.request_lines() == []


@both_versions
@pytest.mark.parametrize("name", ["alice", "axel", "uma"])
@pytest.mark.parametrize("url", STAFF_URLS)
def test_staff_page_is_not_found_by_people_without_its_right(
    db: None, coder: SimulatedCoder, name: str, url: str
) -> None:
    assert signed_in(coder, name).get(url).status_code == 404
    assert "GET /workspaces" not in coder.request_lines()


@both_versions
def test_beginning_of_staff_pages_is_not_found_by_members(db: None, coder: SimulatedCoder) -> None:
    assert signed_in(coder, "alice").get("/staff/").status_code == 404


@pytest.mark.parametrize("url", STAFF_POSTS)
def test_staff_action_is_not_found_by_members(db: None, coder: SimulatedCoder, url: str) -> None:
    assert signed_in(coder, "alice").post(url).status_code == 404


@pytest.mark.parametrize(("name", "has_entry"), [("admin", True), ("tina", True), ("alice", False), ("uma", True)])
def test_navigation_has_staff_only_for_staff(db: None, coder: SimulatedCoder, name: str, *, has_entry: bool) -> None:
    nav = Html(signed_in(coder, name).get("/workspaces/")).one("nav", aria_label="Main")
    assert ("Staff" in [link.text for link in nav.all("a")]) is has_entry


def test_navigation_takes_no_call(admin: Client, coder: SimulatedCoder) -> None:
    admin.get("/activity/")
    assert coder.request_lines() == []


def test_organization_admin_is_staff_by_the_answer_to_authcheck(db: None, coder: SimulatedCoder) -> None:
    client = signed_in(coder, "alice")
    granted = {"read_workspaces": True}
    coder.server.add_fault("answer", path="/authcheck$", status=200, body=granted)
    assert client.get("/staff/workspaces/").status_code == 200


def test_staff_page_reports_an_outage_where_rights_are_unknown(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("bad_gateway", path="/authcheck$")
    assert admin.get("/staff/workspaces/").status_code == 503


@both_versions
def test_filters_show_matching_workspaces_and_their_counts(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("old", "stopped", used_hours_ago=40 * 24, age_hours=50 * 24)
    coder.place("new", used_hours_ago=0.1)
    page = Html(admin.get("/staff/workspaces/?idle=30"))
    assert shown_names(page) == ["old"]
    assert "1 workspace of 2" in page.one("p", id="count").text
    assert [chip.text for chip in page.one("ul", aria_label="Active filters").all("a", class_="chip")] == [
        "Idle for 30 days Remove filter"
    ]


def test_words_are_compared_without_a_call(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", owner="bob")
    admin.get("/staff/workspaces/")
    coder.clear_requests()
    assert shown_names(Html(admin.get("/staff/workspaces/?q=BOB"))) == ["api"]
    assert coder.request_lines() == []


def test_filter_of_coder_is_sent_to_coder(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", owner="bob")
    assert shown_names(Html(admin.get("/staff/workspaces/?q=owner:bob+a"))) == ["api"]
    assert coder.last_request("GET /workspaces")["query"]["q"] == "owner:bob"


@both_versions
def test_search_that_coder_refuses_is_explained(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = Html(admin.get("/staff/workspaces/?q=nothing:here"))
    assert "Coder does not accept this search." in page.one("p", id="q-error").text
    assert shown_names(page) == []


@pytest.mark.parametrize("query", ["idle=x", "all=1", "scope=mine", "sort=color"])
def test_address_with_unknown_parameter_shows_no_workspaces(admin: Client, coder: SimulatedCoder, query: str) -> None:
    coder.place("web")
    page = Html(admin.get(f"/staff/workspaces/?{query}"))
    assert shown_names(page) == []
    assert page.one("p", id="q-error").text


def test_suspended_owners_are_asked_for_only_by_their_filter(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", owner="bob")
    coder.user("bob").status = "suspended"
    try:
        page = Html(admin.get("/staff/workspaces/?suspended=1"))
    finally:
        coder.user("bob").status = "active"
    assert shown_names(page) == ["api"]
    assert coder.last_request("GET /users")["query"]["q"] == "status:suspended"


def test_versions_behind_are_counted_with_one_call_a_template(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.new_version("plain")
    coder.new_version("plain")
    assert shown_names(Html(admin.get("/staff/workspaces/?behind=2"))) == ["web"]
    assert shown_names(Html(admin.get("/staff/workspaces/?behind=3"))) == []
    assert len([line for line in coder.request_lines() if line.endswith("/versions")]) == 1


def test_groups_show_counts_and_their_rows_once_opened(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", owner="bob")
    page = Html(admin.get("/staff/workspaces/?group=owner"))
    assert [line.one("a").text for line in page.all("tr", class_="fleet-group-line")] == ["alice", "bob"]
    assert shown_names(page) == []
    opened = page.all("tr", class_="fleet-group-line")[1].one("a")
    assert opened.get("aria-expanded") == "false"
    assert shown_names(Html(admin.get(f"/staff/workspaces/{opened.get('href')}"))) == ["api"]


def test_headers_sort_and_keep_the_previous_order_second(admin: Client, coder: SimulatedCoder) -> None:
    for name, cost in (("b", 1), ("a", 1), ("c", 2)):
        coder.place(name).latest_build.daily_cost = cost
    page = Html(admin.get("/staff/workspaces/?sort=name"))
    assert shown_names(page) == ["a", "b", "c"]
    (header,) = [each for each in page.one("thead").all("th") if each.text.startswith("Daily cost")]
    assert header.one("a").get("href") == "?sort=-daily-cost%2Cname"
    assert shown_names(Html(admin.get("/staff/workspaces/?sort=-daily-cost,name"))) == ["c", "a", "b"]


def test_columns_are_kept_by_person(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    admin.post("/staff/workspaces/columns/", {"column": ["status", "name", "ttl", "owner"], "move": "down:ttl"})
    assert header_texts(Html(admin.get("/staff/workspaces/"))) == [
        "Status",
        "Workspace",
        "Owner",
        "Time until shutdown",
    ]
    admin.post("/staff/workspaces/columns/", {"reset": "on"})
    assert len(header_texts(Html(admin.get("/staff/workspaces/")))) == len(DEFAULT_COLUMNS)


def test_columns_always_name_the_workspace_and_its_status(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    admin.post("/staff/workspaces/columns/", {"column": ["ttl", "no-such-column"]})
    assert header_texts(Html(admin.get("/staff/workspaces/"))) == ["Status", "Workspace", "Time until shutdown"]
    assert Preferences.objects.get().fleet_columns == ["status", "name", "ttl"]


def test_all_columns_render_for_every_status(admin: Client, coder: SimulatedCoder) -> None:
    for status in ("pending", "running", "failed", "stopped", "canceled", "deleting"):
        coder.place(status, status)
    admin.post("/staff/workspaces/columns/", {"column": list(COLUMNS)})
    page = Html(admin.get("/staff/workspaces/?sort=status"))
    assert len(header_texts(page)) == len(COLUMNS)
    assert shown_names(page)[:2] == ["failed", "running"]


@both_versions
def test_csv_has_the_rows_of_the_page_and_an_audit_entry(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web").latest_build.daily_cost = 7
    coder.place("api", "stopped", owner="bob")
    response = admin.get("/staff/workspaces.csv?status=running")
    lines = list(csv.DictReader(io.StringIO(content_of(response))))
    assert [(line["name"], line["owner"], line["daily-cost"]) for line in lines] == [("web", "alice", "7")]
    assert response.headers["Content-Disposition"].startswith('attachment; filename="workspaces-')
    entry = AuditEntry.objects.get(action="export")
    assert (entry.username, entry.details["rows"], entry.details["query"]) == ("admin", 1, "?status=running")


def test_json_lines_have_all_columns_on_request(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    (line,) = content_of(admin.get("/staff/workspaces.jsonl?columns=all")).splitlines()
    assert json.loads(line).keys() == {"id", *COLUMNS}
    assert json.loads(line)["status"] == "running"


def test_cells_of_csv_are_no_formulas(admin: Client, coder: SimulatedCoder) -> None:
    workspace = coder.place("web", "failed")
    workspace.latest_build.job.error = "=cmd|' /C calc'!A1"
    text = content_of(admin.get("/staff/workspaces.csv"))
    assert "'=cmd|" in text
    assert ",=cmd" not in text


def test_export_of_an_invalid_address_says_what_is_wrong(admin: Client, coder: SimulatedCoder) -> None:
    response = admin.get("/staff/workspaces.csv?idle=never")
    assert (response.status_code, AuditEntry.objects.filter(action="export").count()) == (400, 0)
    assert "“idle” must be a whole number" in response.content.decode()


def test_activity_names_an_export(admin: Client, coder: SimulatedCoder) -> None:
    admin.get("/staff/workspaces.csv")
    assert "Export workspaces" in admin.get("/activity/").content.decode()


def test_page_shows_progress_and_refreshes_itself_while_workspaces_are_read(
    admin: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.fleet.store.FIRST_ROWS_S", 0.01)
    coder.place("web")
    coder.server.add_fault("delay", path="/workspaces$", seconds=1)
    page = Html(admin.get("/staff/workspaces/"))
    assert "Loading workspaces" in page.one("div", id="progress").text
    assert page.one("section", id="results").get("data-refresh-s") == "1"
    assert page.one("noscript").one("meta").get("content") == "2"
    STORE.clear()


def test_page_says_that_a_reading_failed_and_keeps_its_rows(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    admin.get("/staff/workspaces/")
    coder.server.add_fault("error", path="/workspaces$")
    admin.post("/staff/workspaces/reload/")
    wait_for_readings()
    page = Html(admin.get("/staff/workspaces/"))
    assert shown_names(page) == ["web"]
    assert "The table shows what was loaded before." in page.one("section", id="results").text


def wait_for_readings() -> None:
    """Wait until no reading is in progress."""
    for fleet in list(STORE._fleets.values()):
        if fleet.next:
            assert fleet.next.has_ended.wait(30)


def test_reload_keeps_the_address(admin: Client) -> None:
    response = admin.post("/staff/workspaces/reload/?idle=7")
    assert response.headers["Location"] == "/staff/workspaces/?idle=7"


def test_old_readings_are_repeated_after_the_maximum_age(
    admin: Client, coder: SimulatedCoder, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.get("/staff/workspaces/")
    coder.place("web")
    monkeypatch.setattr(settings, "FLEET_MAX_AGE", timedelta(0).total_seconds())
    admin.get("/staff/workspaces/")
    wait_for_readings()
    assert shown_names(Html(admin.get("/staff/workspaces/"))) == ["web"]


def test_fragment_has_the_results_and_pushes_the_plain_address(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    response = admin.get("/staff/workspaces/?q=&idle=&group=&cost=", headers=htmx_headers("section#results"))
    assert response.headers["HX-Push-Url"] == "/staff/workspaces/"
    assert len(Html(response).all("section", id="results")) == 1


def test_signing_out_forgets_the_fleet(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    admin.get("/staff/workspaces/")
    assert STORE.row_count() == 1
    admin.post("/logout/")
    assert STORE.row_count() == 0


def test_another_token_of_the_same_person_reads_by_itself(admin: Client, coder: SimulatedCoder) -> None:
    admin.get("/staff/workspaces/")
    other = signed_in(coder, "admin")
    other.get("/staff/workspaces/")
    assert "GET /workspaces" in coder.request_lines()


def test_error_column_begins_with_the_cause(admin: Client, coder: SimulatedCoder) -> None:
    line = "terraform apply: exit status 1: Error: no such image"
    coder.place("web", "failed", error=line)
    cell = Html(admin.get("/staff/workspaces/")).one("td", class_="col-error")
    assert (cell.text, cell.get("title")) == ("no such image", line)
    assert line in content_of(admin.get("/staff/workspaces.csv"))


@pytest.mark.parametrize(("state", "label"), [("ready", "Running"), ("disconnected", "Running Unhealthy")])
def test_unhealthy_workspace_has_a_label_beside_its_color(
    admin: Client, coder: SimulatedCoder, state: str, label: str
) -> None:
    coder.place("web", template="dev", agent_state=state)
    assert Html(admin.get("/staff/workspaces/")).one("td", class_="col-status").text == label


def test_fields_choose_template_and_status_with_their_counts(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("old", "stopped")
    page = Html(admin.get("/staff/workspaces/?template=&status=stopped"))
    assert shown_names(page) == ["old"]
    options = page.one("select", name="status").all("option")
    assert [(each.text, "selected" in dict(each.element.attributes)) for each in options] == [
        ("All", False),
        ("Running (1)", False),
        ("Stopped (1)", True),
    ]
    assert page.one("form", id="search").all("input", name="status") == []


def test_several_values_of_the_address_stay_without_a_field(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = Html(admin.get("/staff/workspaces/?status=running&status=failed"))
    assert page.all("select", name="status") == []
    hidden = page.one("form", id="search").all("input", name="status")
    assert [each.get("value") for each in hidden] == ["running", "failed"]
