"""Test the audit log for staff: rights, entries, filters, pages, and its CSV."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.portal import SimulatedCoder, create_token, signed_in
from tests.views.html import Html
from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.gateway import audit
from workspaces.models import AuditEntry, Operation

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
URLS = ("/staff/audit/", "/staff/audit.csv")
SECRET = "a value that nobody else may read"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def axel(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an auditor has signed in."""
    return signed_in(coder, "axel")


def add_entry(**fields: Any) -> AuditEntry:
    """Store an entry; by default Alice has started web."""
    defaults: dict[str, Any] = {
        "at": AT,
        "person": UUID(int=1),
        "username": "alice",
        "address": "192.0.2.7",
        "action": "start",
        "workspace": UUID(int=2),
        "owner": "alice",
        "name": "web",
        "outcome": "done",
        "status": 201,
    }
    return AuditEntry.objects.create(**defaults | fields)


def lines_of(page: Html) -> list[str]:
    """Return the texts of the entries' actions."""
    return [cell.text for cell in page.all("td", class_="col-action")]


def shown_workspaces(client: Client, **filters: str) -> list[str]:
    """Return the workspaces of the shown entries, in order."""
    page = Html(client.get(f"/staff/audit/?{urlencode(filters)}"))
    return [cell.text for cell in page.all("td", class_="col-workspace")]


def exported(client: Client, query: str = "") -> list[dict[str, str]]:
    """Return the rows of the CSV."""
    return list(csv.DictReader(io.StringIO(client.get(f"/staff/audit.csv{query}").getvalue().decode())))


@both_versions
@pytest.mark.parametrize("name", ["alice", "tina", "uma"])
@pytest.mark.parametrize("url", URLS)
def test_audit_log_is_not_found_by_people_without_its_right(
    db: None, coder: SimulatedCoder, name: str, url: str
) -> None:
    assert signed_in(coder, name).get(url).status_code == 404


@both_versions
@pytest.mark.parametrize("name", ["admin", "axel"])
@pytest.mark.parametrize("url", URLS)
def test_audit_log_is_shown_with_one_call(db: None, coder: SimulatedCoder, name: str, url: str) -> None:
    client = signed_in(coder, name)
    assert client.get(url).status_code == 200
    assert coder.request_lines() == ["POST /authcheck"]


@both_versions
def test_navigation_of_staff_leads_auditors_to_the_audit_log(axel: Client) -> None:
    links = Html(axel.get("/staff/")).one("nav", aria_label="Staff").all("a")
    assert ("/staff/audit/", "Audit log") in [(link.get("href"), link.text) for link in links]


@both_versions
def test_changes_of_everybody_are_shown_newest_first(axel: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    theirs = coder.place("theirs", owner="bob")
    for name, workspace in (("alice", web), ("admin", theirs)):
        client = signed_in(coder, name)
        client.post(f"/workspaces/{workspace.id}/ttl/", {"ttl_hours": "5"})
    page = Html(axel.get("/staff/audit/"))
    assert [cell.text for cell in page.all("td", class_="col-person")] == ["admin", "alice"]
    assert [cell.text for cell in page.all("td", class_="col-workspace")] == ["bob/theirs", "alice/web"]
    assert lines_of(page)[0].startswith("Time until shutdown (TTL) : 5 h")
    assert "127.0.0.1" in page.all("td", class_="col-source")[0].text


@both_versions
def test_value_before_is_shown_where_it_was_read_just_before(axel: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    signed_in(coder, "alice").post(f"/workspaces/{web.id}/rename/", {"name": "other"})
    assert lines_of(Html(axel.get("/staff/audit/"))) == ["Rename : to other (previously: web )"]


def test_value_before_is_left_out_where_another_workspace_was_read(db: None, coder: SimulatedCoder) -> None:
    web, other = coder.place("web"), coder.place("other")
    actor = audit.Actor(person=UUID(coder.user("alice").id), username="alice", address="192.0.2.7")
    client = audit.auditing_client(create_token(coder), actor)
    client.send(calls.workspace(UUID(other.id)))
    client.send(calls.set_ttl(UUID(web.id), 3_600_000))
    assert AuditEntry.objects.get().details == {"ttl_ms": 3_600_000}


@both_versions
def test_value_before_of_automatic_updates_takes_no_further_call(axel: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice = signed_in(coder, "alice")
    coder.clear_requests()
    alice.post(f"/workspaces/{web.id}/autoupdates/", {"automatic_updates": "always"})
    about_web = [line.replace(str(web.id), "web") for line in coder.request_lines() if str(web.id) in line]
    assert about_web == ["GET /workspaces/web", "PUT /workspaces/web/autoupdates"]
    assert lines_of(Html(axel.get("/staff/audit/"))) == ["Automatic updates : always (previously: never )"]


@both_versions
def test_status_and_version_before_a_deletion_are_shown(axel: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    signed_in(coder, "alice").post("/@alice/web/delete/", {"confirm": "web"})
    version = web.latest_build.version.name
    assert lines_of(Html(axel.get("/staff/audit/"))) == [f"Delete (previously: Stopped, version {version} )"]


def audited_before(coder: SimulatedCoder, call: Callable[[UUID], calls.Call[Any]], **fields: Any) -> object:
    """Return the values before that the audit log has of a write to a workspace that was read before."""
    workspace_id = UUID(coder.place("web", **fields).id)
    actor = audit.Actor(person=UUID(coder.user("alice").id), username="alice", address="192.0.2.7")
    client = audit.auditing_client(create_token(coder), actor)
    client.send(calls.workspace(workspace_id))
    client.send(call(workspace_id))
    return AuditEntry.objects.get().details.get("before")


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda key: calls.rename(key, "other"), {"name"}),
        (lambda key: calls.set_ttl(key, 3_600_000), {"ttl_ms"}),
        (lambda key: calls.set_autostart(key, "CRON_TZ=UTC 0 9 * * 1"), {"schedule"}),
        (lambda key: calls.set_autoupdates(key, "always"), {"automatic_updates"}),
        (lambda key: calls.create_build(key, transition="stop"), {"status", "template_version"}),
        (lambda key: calls.create_build(key, transition="delete"), {"status", "template_version"}),
    ],
    ids=["rename", "ttl", "autostart", "autoupdates", "stop", "delete"],
)
def test_write_to_a_workspace_that_was_read_has_its_values_before(
    db: None, coder: SimulatedCoder, call: Callable[[UUID], calls.Call[Any]], names: set[str]
) -> None:
    before = audited_before(coder, call)
    assert isinstance(before, dict)
    assert before.keys() == names


@pytest.mark.parametrize(
    "call", [calls.favorite, lambda key: calls.set_dormant(key, dormant=True)], ids=["favorite", "dormant"]
)
def test_write_whose_name_says_what_was_before_has_no_values_before(
    db: None, coder: SimulatedCoder, call: Callable[[UUID], calls.Call[Any]]
) -> None:
    assert audited_before(coder, call) is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"person": "bob"}, ["bob/api"]),
        ({"person": "bo"}, []),
        ({"action": "ttl"}, ["alice/old"]),
        ({"outcome": "refused"}, ["bob/api"]),
        ({"workspace": "api"}, ["bob/api"]),
        ({"workspace": "bob/api"}, ["bob/api"]),
        ({"workspace": "alice/"}, ["alice/old", "alice/web"]),
        ({"workspace": "alice/api"}, []),
        ({"workspace": "/"}, []),
        ({"workspace": str(UUID(int=3))}, ["bob/api"]),
        ({"address": "198.51."}, ["bob/api"]),
        ({"from": "2026-11-20"}, ["bob/api", "alice/web"]),
        ({"until": "2026-11-19"}, ["alice/old"]),
        ({"from": "2026-11-20", "until": "2026-11-20"}, ["alice/web"]),
        ({"operation": str(UUID(int=9))}, ["bob/api"]),
        ({"from": "0001-01-01", "until": "9999-12-31"}, ["alice/old", "bob/api", "alice/web"]),
    ],
)
def test_filter_shows_matching_entries(axel: Client, filters: dict[str, str], expected: list[str]) -> None:
    add_entry()
    add_entry(
        at=AT + timedelta(days=1),
        username="bob",
        owner="bob",
        name="api",
        workspace=UUID(int=3),
        outcome="refused",
        address="198.51.100.9",
        operation=UUID(int=9),
    )
    add_entry(at=AT - timedelta(days=1), action="ttl", name="old", workspace=UUID(int=4))
    assert shown_workspaces(axel, **filters) == expected


def test_days_are_those_of_the_viewer(axel: Client) -> None:
    add_entry(at=datetime(2026, 11, 20, 20, tzinfo=UTC))  # the next day in Tokyo
    axel.cookies[settings.TIME_ZONE_COOKIE_NAME] = "Asia/Tokyo"
    assert shown_workspaces(axel, **{"from": "2026-11-21"}) == ["alice/web"]
    assert shown_workspaces(axel, until="2026-11-20") == []


@pytest.mark.parametrize(
    "query",
    ["action=nothing", "from=yesterday", "outcome=x", "operation=1", f"person={'x' * 65}", f"address={'1' * 65}"],
)
def test_invalid_filter_is_explained_and_shows_nothing(axel: Client, query: str) -> None:
    add_entry()
    page = Html(axel.get(f"/staff/audit/?{query}"))
    assert lines_of(page) == []
    assert [*page.all("div", class_="error"), *page.all("p", class_="error")]
    assert axel.get(f"/staff/audit.csv?{query}").status_code == 400


def test_pages_continue_after_the_last_entry_and_keep_the_filters(axel: Client) -> None:
    for number in range(120):
        add_entry(name=f"w{number}")
        add_entry(username="bob", name="other")
    texts: list[str] = []
    url = "/staff/audit/?person=alice"
    for _page in range(3):
        page = Html(axel.get(url))
        texts += [cell.text for cell in page.all("td", class_="col-workspace")]
        url = "/staff/audit/" + next((link.get("href") for link in page.all("a", rel="next")), "")
    assert texts == [f"alice/w{number}" for number in reversed(range(120))]
    assert url == "/staff/audit/"


def test_page_of_a_long_log_takes_no_more_queries_than_of_a_short_one(axel: Client) -> None:
    add_entry()
    axel.get("/staff/audit/")  # caches what all pages need
    with CaptureQueriesContext(
        connection,
    ) as short:
        axel.get("/staff/audit/")
    AuditEntry.objects.bulk_create(
        AuditEntry(at=AT, person=UUID(int=1), username="alice", action="start", outcome="done") for _ in range(1000)
    )
    with CaptureQueriesContext(connection) as long:
        axel.get("/staff/audit/")
    assert len(long) == len(short)


@pytest.mark.parametrize("field", ["username", "action", "workspace", "name"])
def test_filter_reads_an_index_in_order(db: None, field: str) -> None:
    value = UUID(int=2) if field == "workspace" else "x"
    if connection.vendor == "postgresql":  # which sorts a small table
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = AuditEntry.objects.filter(**{field: value}).order_by("-pk")[:51].explain()
    assert f"audit_{field}" in plan
    assert "TEMP B-TREE" not in plan


def test_only_own_operations_are_linked(axel: Client, coder: SimulatedCoder) -> None:
    own, other = (
        Operation.objects.create(kind="stop", person=person, username="x", created_at=timezone.now())
        for person in (UUID(coder.user("axel").id), uuid4())
    )
    for operation in (own, other):
        add_entry(operation=operation.pk)
    hrefs = [link.get("href") for link in Html(axel.get("/staff/audit/")).all("a", class_="audit-operation")]
    assert f"/operations/{own.pk}/" in hrefs
    assert f"/operations/{other.pk}/" not in hrefs
    assert f"/staff/audit/?operation={other.pk}" in hrefs


@both_versions
def test_csv_has_all_matching_entries_and_is_an_entry_itself(axel: Client) -> None:
    for number in range(1200):
        add_entry(name=f"w{number}", details={"ttl_ms": 1}, message="=cmd|' /C calc'!A1")
    add_entry(username="bob")
    rows = exported(axel, "?person=alice")
    assert [row["name"] for row in rows] == [f"w{number}" for number in reversed(range(1200))]
    assert rows[0]["at"] == "2026-11-20T12:00:00.000Z"
    assert json.loads(rows[0]["details"]) == {"ttl_ms": 1}
    assert rows[0]["message"].startswith("'=cmd")
    entry = AuditEntry.objects.get(action="export audit")
    assert (entry.username, entry.details["rows"], entry.details["query"]) == ("axel", 1200, "?person=alice")
    assert lines_of(Html(axel.get("/staff/audit/?action=export+audit")))[0].endswith("1200 entries")


@both_versions
def test_no_token_and_no_parameter_value_is_shown_or_exported(axel: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    token = create_token(coder)
    actor = audit.Actor(person=UUID(coder.user("alice").id), username="alice", address="192.0.2.7")
    client = audit.auditing_client(token, actor)
    coder.server.add_fault("answer", path="/builds$", status=400, body={"message": f"{SECRET} {token}"})
    values = [{"name": "region", "value": SECRET}]
    with pytest.raises(CoderError):
        client.send(calls.create_build(UUID(web.id), transition="start", rich_parameter_values=values))
    page = axel.get("/staff/audit/").content.decode()
    text = axel.get("/staff/audit.csv").getvalue().decode()
    for content in (page, text):
        assert "region" in content
        assert SECRET not in content
        assert token not in content
