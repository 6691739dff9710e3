"""Test the pages of people for staff: rights, search, figures of their workspaces, quotas, and one person."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from tests.portal import SimulatedCoder, signed_in
from tests.views.html import Html
from tests.views.test_staff_workspaces import wait_for_readings
from workspaces.models import AuditEntry
from workspaces.views.staff.quotas import MAX_ORGANIZATIONS

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
URLS = ("/staff/people/", "/staff/people/bob/")
QUOTA = re.compile(r"GET /organizations/[^/]+/members/[^/]+/workspace-quota")


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


def names(page: Html) -> list[str]:
    """Return the user names that are shown, in order."""
    return [link.text for link in page.all("a", class_="name")]


def row_of(page: Html, name: str) -> Html:
    """Return the row of a person."""
    return next(row for row in page.one("tbody").all("tr") if row.one("a", class_="name").text == name)


@both_versions
@pytest.mark.parametrize("url", URLS)
def test_people_are_not_found_by_members(db: None, coder: SimulatedCoder, url: str) -> None:
    assert signed_in(coder, "alice").get(url).status_code == 404
    assert coder.request_lines() == ["POST /authcheck"]


@both_versions
@pytest.mark.parametrize(("name", "has_figures"), [("admin", True), ("tina", True), ("axel", False), ("uma", False)])
def test_people_are_shown_with_figures_to_who_reads_workspaces(
    db: None, coder: SimulatedCoder, name: str, *, has_figures: bool
) -> None:
    page = Html(signed_in(coder, name).get("/staff/people/"))
    assert {"admin", "alice", "bob"} <= set(names(page))
    headers = [each.text for each in page.one("thead").all("th")]
    assert ("Daily cost" in headers) is has_figures
    assert ("GET /workspaces" in coder.request_lines()) is has_figures


@both_versions
def test_people_take_one_call_and_those_of_the_fleet_however_many_they_are(
    admin: Client, coder: SimulatedCoder
) -> None:
    admin.get("/staff/people/")
    wait_for_readings()
    coder.clear_requests()
    admin.get("/staff/people/?q=status:active&page=1")
    assert [line for line in coder.request_lines() if not QUOTA.fullmatch(line)] == ["GET /users"]
    assert coder.last_request("GET /users")["query"] == {"q": "status:active", "limit": "25", "offset": "0"}


@both_versions
def test_figures_are_those_of_the_table_that_they_link_to(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web", owner="bob").latest_build.daily_cost = 7
    coder.place("old", "stopped", owner="bob").latest_build.daily_cost = 2
    coder.place("mine")
    links = row_of(Html(admin.get("/staff/people/")), "bob").all("a")[1:]
    assert [link.text for link in links] == ["1", "2", "9"]
    for link, expected in zip(links, ("1 workspace", "2 workspaces", "2 workspaces"), strict=True):
        assert parse_qs(urlsplit(link.get("href")).query)["owner"] == ["bob"]
        assert expected in Html(admin.get(link.get("href"))).one("p", id="count").text


def test_person_without_workspaces_has_zeros(admin: Client) -> None:
    assert [link.text for link in row_of(Html(admin.get("/staff/people/")), "uma").all("a")[1:]] == ["0", "0", "0"]


@both_versions
@pytest.mark.parametrize("query", ["status:nothing", "nothing:here"])
def test_search_that_coder_refuses_is_explained_at_the_field(admin: Client, coder: SimulatedCoder, query: str) -> None:
    page = Html(admin.get("/staff/people/", {"q": query}))
    assert page.one("p", id="q-error").text.startswith("Coder does not accept this search. Coder’s message:")
    assert page.one("input", id="q").get("value") == query
    assert page.one("input", id="q").get("aria-invalid") == "true"
    assert names(page) == []


@both_versions
def test_search_finds_by_status_and_name(admin: Client, coder: SimulatedCoder) -> None:
    coder.user("bob").status = "suspended"
    try:
        page = Html(admin.get("/staff/people/?q=status:suspended"))
    finally:
        coder.user("bob").status = "active"
    assert names(page) == ["bob"]
    assert row_of(page, "bob").one("td", class_="col-status").text == "Suspended"
    assert names(Html(admin.get("/staff/people/?q=ali"))) == ["alice"]


def test_search_that_is_too_long_is_not_sent(admin: Client, coder: SimulatedCoder) -> None:
    page = Html(admin.get("/staff/people/", {"q": "x" * 1001}))
    assert page.one("p", id="q-error").text
    assert "GET /users" not in coder.request_lines()


@pytest.mark.parametrize("page_number", ["2", "0", "x", "99999999999"])
def test_page_without_people_leads_back(admin: Client, page_number: str) -> None:
    response = admin.get("/staff/people/", {"page": page_number})
    assert response.status_code == 200
    page = Html(response)
    assert names(page) or "This page has no users." in page.one("main").text


def test_pages_follow_coder_count(admin: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workspaces.views.staff.people.PAGE_SIZE", 2)
    monkeypatch.setattr("workspaces.forms.people.PAGE_SIZE", 2)
    seen: list[str] = []
    url = "/staff/people/"
    while url:
        page = Html(admin.get(url))
        seen += names(page)
        url = next((f"/staff/people/{link.get('href')}" for link in page.all("a", rel="next")), "")
    assert seen == sorted(seen)
    assert seen == names(Html(admin.get("/staff/people/?q="))) or len(seen) > 2
    assert (
        len(set(seen))
        == len(seen)
        == len(coder.server.world.users) - sum(user.is_system for user in coder.server.world.users.values())
    )


@both_versions
def test_no_quota_column_where_coder_has_no_quotas(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault(
        "answer", path="/workspace-quota$", status=404, body={"message": "Route not found."}, count=1
    )
    page = Html(admin.get("/staff/people/"))
    assert "Quota" not in [each.text for each in page.one("thead").all("th")]
    admin.get("/staff/people/")
    assert len([line for line in coder.request_lines() if QUOTA.fullmatch(line)]) == 1


@both_versions
def test_quota_of_each_person_is_shown_and_marked_when_exceeded(admin: Client, coder: SimulatedCoder) -> None:
    people = len(names(Html(admin.get("/staff/people/"))))
    assert len([line for line in coder.request_lines() if QUOTA.fullmatch(line)]) == people
    answer = {"credits_consumed": 12, "budget": 10}
    coder.server.add_fault("answer", path="/members/bob/workspace-quota$", status=200, body=answer)
    cell = row_of(Html(admin.get("/staff/people/")), "bob").one("td", data_label="Quota")
    assert (cell.text, len(cell.all("span", class_="over-quota"))) == ("12 of 10", 1)


@contextmanager
def member_of(coder: SimulatedCoder, *names: str) -> Iterator[list[str]]:
    """Add bob to further organizations with these names, and yield their ids."""
    world, bob = coder.server.world, coder.user("bob")
    added = [world.add_organization(name.lower(), display_name=name) for name in names]
    before, bob.organizations = bob.organizations, bob.organizations + added
    try:
        yield [each.id for each in added]
    finally:
        bob.organizations = before
        for each in added:
            del world.organizations[each.id]


@pytest.fixture
def research(coder: SimulatedCoder) -> Iterator[str]:
    """Add bob to a second organization and return its id."""
    with member_of(coder, "Research") as (organization,):
        yield organization


@both_versions
def test_quotas_of_a_person_in_several_organizations_are_shown_by_name(
    admin: Client, coder: SimulatedCoder, research: str
) -> None:
    answer = {"credits_consumed": 12, "budget": 10}
    coder.server.add_fault("answer", path=f"/{research}/members/bob/workspace-quota$", status=200, body=answer)
    page = Html(admin.get("/staff/people/"))
    cell = row_of(page, "bob").one("td", data_label="Quota")
    organizations = [each.one("bdi").text for each in cell.all("span", class_="quota")]
    assert organizations == sorted(organizations, key=str.casefold)
    assert "Research" in organizations
    assert len(organizations) == 2
    assert cell.one("span", class_="over-quota").text == "Research 12 of 10"
    assert row_of(page, "alice").one("td", data_label="Quota").all("bdi") == []
    assert "Research 12 of 10" in Html(admin.get("/staff/people/bob/")).one("dl").text


def test_quotas_take_one_call_for_each_membership_and_one_for_the_names(
    admin: Client, coder: SimulatedCoder, research: str
) -> None:
    people = len(names(Html(admin.get("/staff/people/"))))
    lines = [QUOTA.sub("GET quota", line) for line in coder.request_lines()]
    assert lines.count("GET quota") == people + 1
    assert lines.count("GET /organizations") == 1
    coder.clear_requests()
    admin.get("/staff/people/bob/")
    lines = [QUOTA.sub("GET quota", line) for line in coder.request_lines()]
    assert sorted(lines) == ["GET /organizations", "GET /users/bob", "GET quota", "GET quota", "POST /authcheck"]


def test_quotas_of_a_person_in_many_organizations_take_a_bounded_number_of_calls(
    admin: Client, coder: SimulatedCoder
) -> None:
    with member_of(coder, *(f"lab-{number}" for number in range(9))):
        admin.get("/staff/people/bob/")
    assert len([line for line in coder.request_lines() if QUOTA.fullmatch(line)]) == MAX_ORGANIZATIONS


def test_quota_in_an_organization_that_coder_refuses_leaves_the_other(
    admin: Client, coder: SimulatedCoder, research: str
) -> None:
    body = {"message": "Resource not found or you do not have access to this resource"}
    coder.server.add_fault("answer", path=f"/{research}/members/bob/workspace-quota$", status=404, body=body)
    cell = row_of(Html(admin.get("/staff/people/")), "bob").one("td", data_label="Quota")
    assert len(cell.all("span", class_="quota")) == 1


def test_quota_that_coder_refuses_leaves_its_cell_empty(admin: Client, coder: SimulatedCoder) -> None:
    body = {"message": "Resource not found or you do not have access to this resource"}
    coder.server.add_fault("answer", path="/members/bob/workspace-quota$", status=404, body=body)
    page = Html(admin.get("/staff/people/"))
    assert row_of(page, "bob").one("td", data_label="Quota").text == ""
    assert row_of(page, "alice").one("td", data_label="Quota").text != ""


@both_versions
def test_person_shows_facts_and_workspaces(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web", owner="bob").latest_build.daily_cost = 7
    coder.place("mine")
    page = Html(admin.get("/staff/people/bob/"))
    assert page.one("h1").text == "bob"
    assert "bob@example.com" in page.one("dl").text
    assert names(page.one("table", class_="person-workspaces")) == ["web"]


@both_versions
def test_person_takes_a_fixed_number_of_calls(admin: Client, coder: SimulatedCoder) -> None:
    admin.get("/staff/people/bob/")
    wait_for_readings()
    coder.clear_requests()
    admin.get("/staff/people/bob/")
    lines = [QUOTA.sub("GET quota", line) for line in coder.request_lines()]
    assert sorted(lines) == ["GET /users/bob", "GET quota", "POST /authcheck"]


@both_versions
@pytest.mark.parametrize(("name", "may_create"), [("admin", True), ("tina", False), ("axel", False), ("uma", False)])
def test_creation_for_a_person_is_offered_where_coder_grants_it(
    db: None, coder: SimulatedCoder, name: str, *, may_create: bool
) -> None:
    page = Html(signed_in(coder, name).get("/staff/people/bob/"))
    links = [link.get("href") for link in page.all("a") if link.get("href").startswith("/workspaces/new/")]
    assert links == (["/workspaces/new/?owner=bob"] if may_create else [])


def test_creation_for_a_person_keeps_the_owner_in_the_form_of_a_template(admin: Client, coder: SimulatedCoder) -> None:
    page = Html(admin.get("/workspaces/new/?owner=bob"))
    forms = [link.get("href") for link in page.one("main").all("a") if "owner=bob" in link.get("href")]
    assert forms
    assert Html(admin.get(forms[0])).one("input", name="owner").get("value") == "bob"


@both_versions
@pytest.mark.parametrize(("name", "is_shown"), [("admin", True), ("axel", True), ("tina", False), ("uma", False)])
def test_activity_of_a_person_is_shown_to_who_reads_the_audit_log(
    db: None, coder: SimulatedCoder, name: str, *, is_shown: bool
) -> None:
    for username, action in (("bob", "favorite"), ("alice", "stop")):
        AuditEntry.objects.create(
            at=timezone.now(),
            person=UUID(coder.user(username).id),
            username=username,
            action=action,
            outcome="done",
        )
    page = Html(signed_in(coder, name).get("/staff/people/bob/"))
    shown = [cell.text for cell in page.all("td", class_="col-action")]
    assert shown == (["Add favorite"] if is_shown else [])


@both_versions
def test_unknown_person_is_not_found(admin: Client) -> None:
    assert admin.get("/staff/people/nobody/").status_code == 404
