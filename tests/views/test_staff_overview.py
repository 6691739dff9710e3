"""Test the staff overview: its figures, its parts, and who sees what."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, htmx_headers, signed_in
from tests.views.html import Html

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
PARTS = ("provisioners", "activity", "usage", "build-times", "users", "health")
# By person: the parts that they may see, as recorded from real servers.
PARTS_OF = {
    "admin": PARTS,
    "tina": ("provisioners", "usage", "build-times", "users"),
    "axel": ("provisioners", "activity", "usage", "build-times", "users"),
}


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


def part_names(page: Html) -> list[str]:
    """Return the names of the parts of the overview."""
    return [each.get("id").removeprefix("part-") for each in page.all("section") if each.get("id").startswith("part-")]


@both_versions
def test_overview_counts_workspaces_and_links_to_them(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", "failed", owner="bob", built_hours_ago=1, error="exit status 1")
    figures = Html(admin.get("/staff/")).one("ul", class_="figures")
    texts = {link.get("href"): link.text for link in figures.all("a")}
    assert texts["/staff/workspaces/?status=running"] == "1 Running"
    assert texts["/staff/workspaces/?failed=24"] == "1 Failed in the last 24 hours"


@both_versions
def test_overview_takes_only_the_calls_of_the_fleet(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    admin.get("/staff/")
    assert sorted(coder.request_lines()) == ["GET /workspaces", "POST /authcheck", "POST /authcheck"]
    coder.clear_requests()
    admin.get("/staff/", headers=htmx_headers("div#fleet"))
    assert coder.request_lines() == []


@both_versions
@pytest.mark.parametrize("name", PARTS_OF)
def test_overview_offers_the_parts_that_coder_grants(db: None, coder: SimulatedCoder, name: str) -> None:
    client = signed_in(coder, name)
    assert tuple(part_names(Html(client.get("/staff/")))) == PARTS_OF[name]
    for part in PARTS:
        status = client.get(f"/staff/parts/{part}/").status_code
        assert status == (200 if part in PARTS_OF[name] else 404), part


@both_versions
def test_overview_of_an_auditor_has_no_workspaces(db: None, coder: SimulatedCoder) -> None:
    client = signed_in(coder, "axel")
    page = Html(client.get("/staff/"))
    assert page.all("ul", class_="figures") == []
    assert "GET /workspaces" not in coder.request_lines()


@pytest.mark.parametrize("name", ["alice", "uma"])
def test_overview_is_not_found_by_people_without_statistics(db: None, coder: SimulatedCoder, name: str) -> None:
    client = signed_in(coder, name)
    assert client.get("/staff/").status_code == 404 or client.get("/staff/").headers["Location"] != "/staff/"
    assert client.get("/staff/parts/activity/").status_code == 404


def test_unknown_part_is_not_found(admin: Client) -> None:
    assert admin.get("/staff/parts/nothing/").status_code == 404


@both_versions
@pytest.mark.parametrize(
    ("part", "calls"),
    [
        ("activity", ["GET /insights/daus"]),
        ("usage", ["GET /insights/templates"]),
        ("build-times", ["GET /templates"]),
        ("users", ["GET /insights/user-status-counts"]),
        ("health", ["GET /debug/health"]),
    ],
)
def test_part_takes_one_call(admin: Client, coder: SimulatedCoder, part: str, calls: list[str]) -> None:
    admin.get("/staff/workspaces/?status=none")  # asks for the rights
    coder.clear_requests()
    response = admin.get(f"/staff/parts/{part}/", headers=htmx_headers(f"section#part-{part}"))
    assert (response.status_code, coder.request_lines()) == (200, calls)


@both_versions
def test_provisioners_take_two_calls_for_each_organization(admin: Client, coder: SimulatedCoder) -> None:
    page = Html(admin.get("/staff/parts/provisioners/"))
    labels = [term.text for term in page.all("dt")]
    assert labels[:4] == ["Busy", "Idle", "Offline", "Queued jobs"]
    lines = [line for line in coder.request_lines() if "provisioner" in line]
    assert len(lines) == 2 * len([line for line in lines if line.endswith("/provisionerdaemons")])


@both_versions
def test_provisioners_without_the_queue_say_so(db: None, coder: SimulatedCoder) -> None:
    page = Html(signed_in(coder, "tina").get("/staff/parts/provisioners/"))
    assert "You do not have permission to view" in page.one("main").text


@pytest.mark.parametrize("status", [403, 404])
def test_part_that_coder_refuses_says_so(admin: Client, coder: SimulatedCoder, status: int) -> None:
    coder.server.add_fault("answer", path="/insights/daus$", status=status, body={"message": "Forbidden."})
    page = Html(admin.get("/staff/parts/activity/", headers=htmx_headers("section#part-activity")))
    assert "You do not have permission to view this in Coder." in page.text


def test_part_that_fails_says_what_happened(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("error", path="/debug/health$")
    response = admin.get("/staff/parts/health/", headers=htmx_headers("section#part-health"))
    assert "could not be loaded" in response.content.decode()
    assert Html(response).one("section").get("id") == "part-health"  # what "Try again" replaces


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Berlin", {"1", "2"}), ("America/Los_Angeles", {"-8", "-7"}), ("Asia/Kolkata", {"5"}), ("UTC", {"0"})],
)
def test_days_are_those_of_the_viewer(admin: Client, coder: SimulatedCoder, zone: str, hours: set[str]) -> None:
    admin.cookies["tz"] = zone
    admin.get("/staff/parts/activity/")
    assert coder.last_request("GET /insights/daus")["query"]["tz_offset"] in hours
    usage = admin.get("/staff/parts/usage/")
    assert usage.status_code == 200
    query = coder.last_request("GET /insights/templates")["query"]
    assert query["start_time"][10:19] == "T00:00:00"
    assert query["end_time"][13:19] == ":00:00"
