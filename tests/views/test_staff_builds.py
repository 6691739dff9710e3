"""Test the page of failed and long builds: its figures, its sources, the excerpt of a log, and who sees what."""

from datetime import timedelta

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, signed_in
from tests.views.html import Html
from tests.views.test_build import append_log_lines
from tests.views.test_staff_workspaces import wait_for_readings
from workspaces.views.staff import builds

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
QUOTA = "terraform apply: exit status 1: Error: Insufficient quota in region eu-west"


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


@pytest.fixture
def failures(coder: SimulatedCoder) -> dict[str, Workspace]:
    """Place three failed workspaces, one of them five days ago, and a running one."""
    placed = {
        "web": coder.place("web", "failed", owner="bob", built_hours_ago=1, error=QUOTA),
        "api": coder.place("api", "failed", owner="bob", built_hours_ago=2, error="terraform plan: no such image"),
        "old": coder.place("old", "failed", built_hours_ago=120, error=QUOTA),
    }
    coder.place("fine")
    return placed


def loaded(client: Client, url: str) -> Html:
    """Return the page when all workspaces are loaded."""
    client.get(url)
    wait_for_readings()
    return Html(client.get(url))


def names(page: Html) -> list[str]:
    """Return the names of the workspaces that are shown."""
    return [link.text for link in page.all("a", class_="name")]


@both_versions
@pytest.mark.parametrize("name", ["alice", "axel", "uma"])
def test_builds_are_not_found_by_who_may_not_read_workspaces(db: None, coder: SimulatedCoder, name: str) -> None:
    build_id = coder.place("web", "failed").latest_build.id
    client = signed_in(coder, name)
    for url in ("/staff/builds/", "/staff/builds/?source=jobs", f"/staff/builds/{build_id}/"):
        assert client.get(url).status_code == 404
    assert coder.request_lines() == ["POST /authcheck"]


@both_versions
def test_builds_are_the_failed_ones_of_the_last_day(admin: Client, failures: dict[str, Workspace]) -> None:
    page = loaded(admin, "/staff/builds/")
    assert names(page) == ["web", "api"]
    assert page.one("p", id="count").text.startswith("2 builds")
    assert "Insufficient quota in region eu-west" in page.one("table", class_="builds-table").text
    assert names(loaded(admin, "/staff/builds/?hours=168")) == ["web", "api", "old"]


@both_versions
def test_bars_lead_to_the_builds_that_they_count(admin: Client, failures: dict[str, Workspace]) -> None:
    page = loaded(admin, "/staff/builds/?hours=168")
    rows = page.one("section", aria_labelledby="by-error").all("tr")
    assert [row.one("td", class_="number").text for row in rows] == ["2", "1"]
    for row in (*rows, *page.one("section", aria_labelledby="by-template").all("tr")):
        narrowed = loaded(admin, f"/staff/builds/{row.one('a').get('href')}")
        assert str(len(names(narrowed))) == row.one("td", class_="number").text


@both_versions
def test_link_to_the_table_shows_the_same_workspaces(admin: Client, failures: dict[str, Workspace]) -> None:
    page = loaded(admin, "/staff/builds/?hours=168")
    narrowed = loaded(admin, f"/staff/builds/{page.one('section', aria_labelledby='by-error').all('a')[0].get('href')}")
    table = narrowed.one("p", id="count").one("a").get("href")
    assert table.startswith("/staff/workspaces/?failed=168&error=")
    assert "2 workspaces" in Html(admin.get(table)).one("p", id="count").text


@both_versions
def test_counts_of_the_links_are_those_of_the_page(admin: Client, failures: dict[str, Workspace]) -> None:
    page = loaded(admin, "/staff/builds/?hours=168")
    labels = [link.text for link in page.one("nav", aria_label="Builds").all("a")]
    assert labels == ["Failed: 3", "Long-running: 0"]


@both_versions
def test_long_builds_are_those_of_more_than_twice_the_median(admin: Client, coder: SimulatedCoder) -> None:
    slow, quick = coder.place("slow", built_hours_ago=1), coder.place("quick", built_hours_ago=1)
    for workspace, seconds in ((slow, 500.0), (quick, 150.0)):
        job = workspace.latest_build.job
        assert job.started_at
        job.completed_at = job.started_at + timedelta(seconds=seconds)
    slow.template.durations_ms["start"][:] = [100_000] * 5
    page = loaded(admin, "/staff/builds/?show=long")
    assert names(page) == ["slow"]
    assert page.one("td", data_label="Duration").text == "8 min 20 s usually 1 min 40 s"


@both_versions
def test_builds_in_progress_for_long_are_long(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("stuck", "starting", template="hang", built_hours_ago=1)
    assert names(loaded(admin, "/staff/builds/?show=long")) == ["stuck"]


@both_versions
def test_without_medians_the_page_says_so(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("error", path="/templates$")
    page = Html(admin.get("/staff/builds/?show=long"))
    assert "The usual duration of builds could not be loaded" in page.one("main").text


@both_versions
def test_builds_take_the_calls_of_the_fleet_and_one_for_the_medians(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "failed")
    loaded(admin, "/staff/builds/")
    assert sorted(coder.request_lines()) == ["GET /templates", "GET /workspaces", "POST /authcheck", "POST /authcheck"]
    coder.clear_requests()
    admin.get("/staff/builds/?show=long&hours=168")
    assert coder.request_lines() == []


@both_versions
def test_jobs_take_one_call_and_one_for_each_organization(
    admin: Client, coder: SimulatedCoder, failures: dict[str, Workspace]
) -> None:
    loaded(admin, "/staff/builds/")
    coder.clear_requests()
    page = Html(admin.get("/staff/builds/?source=jobs&hours=168"))
    lines = coder.request_lines()
    assert lines[0] == "GET /organizations"
    assert len(lines) == 1 + len(coder.server.world.organizations)
    assert all(line.endswith("/provisionerjobs") for line in lines[1:])
    assert coder.last_request(lines[-1])["query"] == {"status": "failed", "limit": "100"}
    assert names(page) == ["web", "api", "old"]
    assert "Source: provisioner jobs" in page.one("main").text


@pytest.mark.parametrize("left_out", [0, 1])
def test_page_says_whether_organizations_are_left_out(
    admin: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch, left_out: int
) -> None:
    monkeypatch.setattr(builds, "MAX_ORGANIZATIONS", len(coder.server.world.organizations) - left_out)
    page = loaded(admin, "/staff/builds/?source=jobs")
    assert ("organizations are included" in page.one("main").text) is bool(left_out)


@both_versions
def test_jobs_of_earlier_builds_are_shown_too(admin: Client, coder: SimulatedCoder, version: str) -> None:
    workspace = coder.place("web", "failed", owner="bob", built_hours_ago=1, error=QUOTA)
    coder.start_queued_build(workspace)
    assert names(loaded(admin, "/staff/builds/")) == []
    page = loaded(admin, "/staff/builds/?source=jobs")
    row = page.one("table", class_="builds-table").one("tbody").one("tr")
    assert ("web" in row.text) is (version == "2.36")
    assert ("This version of Coder does not report the workspace" in page.one("main").text) is (version == "2.19")


@both_versions
@pytest.mark.parametrize(("name", "offers"), [("admin", True), ("tina", False)])
def test_jobs_are_offered_where_coder_grants_them(db: None, coder: SimulatedCoder, name: str, *, offers: bool) -> None:
    client = signed_in(coder, name)
    assert bool(Html(client.get("/staff/builds/")).all("nav", aria_label="Source")) is offers
    coder.clear_requests()
    page = Html(client.get("/staff/builds/?source=jobs"))
    assert ("No builds are shown" in page.one("main").text) is not offers
    assert any(line.endswith("/provisionerjobs") for line in coder.request_lines()) is offers


@pytest.mark.parametrize("status", [403, 404])
def test_jobs_that_coder_refuses_are_explained(admin: Client, coder: SimulatedCoder, status: int) -> None:
    coder.server.add_fault("answer", path="/provisionerjobs$", status=status, body={"message": "Forbidden."})
    assert (
        "You do not have permission to view provisioner jobs in Coder."
        in Html(admin.get("/staff/builds/?source=jobs")).one("main").text
    )


def test_jobs_that_coder_refuses_are_not_called_none(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("answer", path="/provisionerjobs$", status=403, body={"message": "Forbidden."})
    assert Html(admin.get("/staff/builds/?source=jobs")).all("div", class_="empty-state") == []


def test_jobs_that_fail_are_an_error_page(admin: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("error", path="/provisionerjobs$")
    assert admin.get("/staff/builds/?source=jobs").status_code == 502


@pytest.mark.parametrize("query", ["show=all", "hours=5", "source=x", "page=0", f"template={'x' * 301}"])
def test_value_that_is_not_known_shows_no_builds(admin: Client, failures: dict[str, Workspace], query: str) -> None:
    page = loaded(admin, f"/staff/builds/?{query}")
    assert names(page) == []
    assert "No builds are shown" in page.one("main").text


@both_versions
def test_excerpt_takes_two_calls_and_links_to_the_line(admin: Client, coder: SimulatedCoder) -> None:
    workspace = coder.place("web", "failed", owner="bob", built_hours_ago=1, error=QUOTA)
    build = workspace.latest_build
    (failing,) = append_log_lines(build, "Error: Insufficient quota", level="error")
    url = loaded(admin, "/staff/builds/").one("div", id=f"log-{build.id}").one("a").get("hx-get")
    coder.clear_requests()
    part = Html(admin.get(url, headers=htmx_headers(f"div#log-{build.id}")))
    assert sorted(coder.request_lines()) == [
        f"GET /workspacebuilds/{build.id}",
        f"GET /workspacebuilds/{build.id}/logs",
    ]
    line = part.one("li", class_="failing-line").one("a").get("href")
    assert line == f"/@bob/web/builds/{build.build_number}/#l{failing}"
    assert admin.get(line.partition("#")[0]).status_code == 200


@both_versions
def test_excerpt_is_a_page_without_scripts(admin: Client, coder: SimulatedCoder) -> None:
    build = coder.place("web", "failed", owner="bob", error=QUOTA).latest_build
    append_log_lines(build, "Error: Insufficient quota", level="error")
    page = Html(admin.get(f"/staff/builds/{build.id}/"))
    assert page.one("h1").text == "bob/web"
    assert page.all("li", class_="failing-line")


def test_excerpt_of_a_build_without_an_error_has_the_last_lines(admin: Client, coder: SimulatedCoder) -> None:
    build = coder.place("web").latest_build
    page = Html(admin.get(f"/staff/builds/{build.id}/"))
    assert page.all("li", class_="failing-line") == []
    assert f"/@alice/web/builds/{build.build_number}/" in [link.get("href") for link in page.one("main").all("a")]


def test_excerpt_that_cannot_be_loaded_says_so_in_its_place(admin: Client, coder: SimulatedCoder) -> None:
    build = coder.place("web", "failed").latest_build
    coder.server.add_fault("error", path="/logs$")
    part = Html(admin.get(f"/staff/builds/{build.id}/", headers=htmx_headers(f"div#log-{build.id}")))
    assert "The log could not be loaded." in part.text
    assert part.one("section").get("id") == f"log-{build.id}"
