"""The audit log: each change is one row and one log line, and users see only their own."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from inspect import getmembers, getsource, isfunction
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coder_portal.logs import JsonFormatter
from tests.operations.conftest import OperationWorker
from tests.operations.test_running import BeginOperation
from tests.portal import SimulatedCoder, create_token, htmx_headers
from tests.views.html import Html
from workspaces.coder import agent_calls, build_calls, calls, template_calls, token_calls
from workspaces.coder.calls import Call
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.coder.template_calls import NewWorkspace
from workspaces.coder.template_types import ParameterValue
from workspaces.coder.transport import open_client
from workspaces.gateway import audit
from workspaces.models import AuditEntry
from workspaces.operations import cleanup

pytestmark = pytest.mark.django_db
AGENT, BUILD, TEMPLATE = uuid4(), uuid4(), uuid4()
SECRET = "a value that nobody else may read"
NEW = NewWorkspace(
    name="fresh", template_version_id=TEMPLATE, rich_parameter_values=[ParameterValue(name="region", value=SECRET)]
)
# Every write call of Coder's API that the portal uses, by the name of its function.
WRITES: dict[str, Callable[[UUID], Call[Any]]] = {
    "favorite": calls.favorite,
    "unfavorite": calls.unfavorite,
    "set_dormant": lambda web: calls.set_dormant(web, dormant=True),
    "extend": lambda web: calls.extend(web, datetime.now(UTC) + timedelta(hours=4)),
    "rename": lambda web: calls.rename(web, "other"),
    "set_autostart": lambda web: calls.set_autostart(web, "30 9 * * 1-5"),
    "set_ttl": lambda web: calls.set_ttl(web, 3_600_000),
    "set_autoupdates": lambda web: calls.set_autoupdates(web, "always"),
    "report_usage": calls.report_usage,
    "create_build": lambda web: calls.create_build(
        web, transition="stop", rich_parameter_values=[{"name": "region", "value": SECRET}]
    ),
    "cancel_build": lambda web: calls.cancel_build(BUILD),
    "share_port": lambda web: agent_calls.share_port(web, "main", 8080, "public", "http"),
    "unshare_port": lambda web: agent_calls.unshare_port(web, "main", 8080),
    "create_workspace": lambda web: template_calls.create_workspace(NEW),
    "create_member_workspace": lambda web: template_calls.create_member_workspace(NEW, TEMPLATE),
    "create_token": lambda web: token_calls.create_token("portal", 60),
    "delete_token": lambda web: token_calls.delete_token("abcdefghij"),
}
WITHOUT_WORKSPACE = {"login", "logout"}  # sign-in and sign-out
READS = {"authcheck", "evaluate"}  # reads that use POST


@pytest.fixture
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """Return the list to which each audit line of the log is added, decoded."""
    entries: list[dict[str, Any]] = []

    class CollectingHandler(logging.Handler):
        def emit(self, line: logging.LogRecord) -> None:
            entries.append(json.loads(JsonFormatter().format(line)))

    handler, level = CollectingHandler(), audit.logger.level
    audit.logger.addHandler(handler)
    audit.logger.setLevel(logging.INFO)
    yield entries
    audit.logger.removeHandler(handler)
    audit.logger.setLevel(level)


def client_of(coder: SimulatedCoder, name: str = "alice") -> audit.AuditingClient:
    """Return the client that a view of this person's has."""
    user = coder.user(name)
    by = audit.Actor(person=UUID(user.id), username=name, address="192.0.2.7", fingerprint=f"of-{name}")
    return audit.auditing_client(create_token(coder, name), by)


@pytest.fixture
def old_logger() -> Iterator[logging.Logger]:
    """Return the logger with the earlier name, for the test to configure."""
    audit.warn_of_old_logger.cache_clear()
    yield audit.old_logger
    audit.old_logger.setLevel(logging.NOTSET)
    audit.old_logger.handlers.clear()
    audit.warn_of_old_logger.cache_clear()


def test_line_reaches_handler_of_old_logger_name_once_with_one_warning(
    coder: SimulatedCoder, old_logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    web = coder.place("web")
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[assignment]
    old_logger.addHandler(handler)
    old_logger.setLevel(logging.INFO)
    caplog.set_level(logging.WARNING, "portal")
    for call in (calls.favorite, calls.unfavorite):
        client_of(coder).send(call(UUID(web.id)))
    assert [(record.name, record.__dict__["record"]["action"]) for record in records] == [
        ("portal.audit", "favorite"),
        ("portal.audit", "unfavorite"),
    ]
    assert [record.name for record in caplog.records] == ["portal"]
    assert "portal.audit" in caplog.messages[0]


def test_level_of_old_logger_name_applies(coder: SimulatedCoder, old_logger: logging.Logger) -> None:
    old_logger.setLevel(logging.ERROR)
    assert not audit.logger.isEnabledFor(logging.INFO)
    old_logger.setLevel(logging.INFO)
    assert audit.logger.isEnabledFor(logging.INFO)


def test_line_is_logged_once_without_warning_in_default_configuration(
    coder: SimulatedCoder, old_logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    web = coder.place("web")
    with caplog.at_level(logging.INFO):
        client_of(coder).send(calls.favorite(UUID(web.id)))
    assert [record.name for record in caplog.records if record.name.startswith("portal")] == ["portal.audit"]


def test_every_non_get_call_is_listed_in_this_module() -> None:
    source = {
        name
        for module in (agent_calls, build_calls, calls, template_calls, token_calls)
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__ and re.search(r'method="(?!GET)', getsource(function))
    }
    assert source == set(WRITES) | WITHOUT_WORKSPACE | READS


@pytest.mark.parametrize("name", WRITES)
def test_each_write_creates_one_audit_row_and_one_log_line(
    coder: SimulatedCoder, log_lines: list[dict[str, Any]], name: str
) -> None:
    web = coder.place("web")
    client = client_of(coder)
    client.send(calls.workspace(UUID(web.id)))
    call = WRITES[name](UUID(web.id))
    assert call.action
    status = None
    try:
        client.send(call)
    except CoderError as error:
        status = error.status
    row = AuditEntry.objects.get()
    assert (row.username, row.address, row.action) == ("alice", "192.0.2.7", call.action)
    assert row.status == status if status else row.status in {200, 201, 202, 204, 304}
    if call.path.startswith("/workspaces/"):
        assert (str(row.workspace), row.owner, row.name) == (web.id, "alice", "web")
    (line,) = log_lines
    assert line["record"]["action"] == call.action
    assert line["record"]["outcome"] == row.outcome
    assert SECRET not in json.dumps(line)
    assert SECRET not in json.dumps(row.details) + row.message


def test_reads_create_no_audit_entry(coder: SimulatedCoder, log_lines: list[dict[str, Any]]) -> None:
    client = client_of(coder)
    client.send(calls.workspaces("owner:me"))
    client.send(calls.authcheck({}))
    assert (AuditEntry.objects.count(), log_lines) == (0, [])


def test_refusal_is_recorded_with_coder_message(coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.place("other")
    with pytest.raises(CoderError):
        client_of(coder).send(calls.rename(UUID(web.id), "other"))
    row = AuditEntry.objects.get()
    assert (row.outcome, row.status, row.details) == ("refused", 409, {"name": "other"})
    assert "already exists" in row.message


def test_write_is_recorded_when_session_has_ended(coder: SimulatedCoder) -> None:
    web = coder.place("web")
    coder.server.add_fault("answer", path="/favorite$", status=401, body={"message": "Sign in again."})
    with pytest.raises(SessionEnded):
        client_of(coder).send(calls.favorite(UUID(web.id)))
    row = AuditEntry.objects.get()
    assert (row.outcome, row.status, row.message) == ("refused", 401, "Sign in again.")


def test_parameter_value_and_token_are_redacted_in_coder_message(coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    words = {"message": f"The value {SECRET} is not allowed, abcdefghij-klmnopqrstuvwxyz123456"}
    coder.server.add_fault("answer", path="/builds$", status=400, body=words)
    with pytest.raises(CoderError):
        client_of(coder).send(WRITES["create_build"](UUID(web.id)))
    assert AuditEntry.objects.get().message == "The value [value] is not allowed, [token]"


@pytest.mark.parametrize(("kind", "outcome"), [("bad_gateway", "lost"), ("away", "away")])
def test_outcome_is_recorded_when_response_is_lost_or_coder_is_unreachable(
    coder: SimulatedCoder, kind: str, outcome: str
) -> None:
    web = coder.place("web")
    client = client_of(coder)
    if kind != "away":
        coder.server.add_fault(kind, path="/favorite$")
    with open_client("http://127.0.0.1:9") as nowhere:
        client.http = nowhere if kind == "away" else client.http
        with pytest.raises(CoderError):
            client.send(calls.favorite(UUID(web.id)))
    assert AuditEntry.objects.get().outcome == outcome


def test_activity_does_not_call_foreign_response_an_outage(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    page_of_proxy = {"status": 403, "body": "<html>Sign in to the proxy</html>", "content_type": "text/html"}
    coder.server.add_fault("answer", path="/favorite$", **page_of_proxy)
    alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"})
    text = Html(alice.get("/activity/")).one("main").text
    assert "Unreadable response" in text
    assert "Coder unreachable" not in text


def test_write_succeeds_and_is_logged_when_audit_row_cannot_be_saved(
    coder: SimulatedCoder, log_lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_to_save(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(AuditEntry, "save", fail_to_save)
    web = coder.place("web")
    client_of(coder).send(calls.favorite(UUID(web.id)))
    assert [each.id for each in coder.user("alice").favorites] == [web.id]
    assert [line["record"]["action"] for line in log_lines if "record" in line] == ["favorite"]
    assert log_lines[-1]["message"] == "An audit entry could not be saved; its line is in this log."


def test_audit_row_gets_workspace_name_when_workspace_is_read_later(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    coder.server.add_fault("error", path=f"/workspaces/{web.id}$")
    alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"})
    assert AuditEntry.objects.get().name == ""
    coder.server.clear_faults()
    alice.get("/workspaces/")
    row = AuditEntry.objects.get()
    assert (row.owner, row.name) == ("alice", "web")


def test_write_on_page_costs_one_insert_and_no_extra_call(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.get("/workspaces/")
    coder.clear_requests()
    with CaptureQueriesContext(connection) as asked:
        alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"}, headers=htmx_headers(f"tr#w-{web.id}"))
    assert sum(AuditEntry._meta.db_table in query["sql"] for query in asked) == 1
    assert coder.request_lines() == [f"PUT /workspaces/{web.id}/favorite", f"GET /workspaces/{web.id}"]
    assert AuditEntry.objects.get().name == "web"


def test_operation_steps_are_recorded_with_their_operation(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = worker.run_until_ended(begin(coder.place("web")))
    worker.run_due_tasks()
    rows = list(AuditEntry.objects.order_by("pk").values_list("action", "name", "operation"))
    operation = item.operation_id
    assert rows == [
        ("create token", "", operation),
        ("stop", "web", operation),
        ("start", "web", operation),
        ("delete token", "", operation),
    ]


def create_entries(coder: SimulatedCoder, number: int, *, of: str = "alice", **more: Any) -> list[AuditEntry]:
    """Create audit entries of a person."""
    rows = [
        AuditEntry(
            **{
                "at": timezone.now(),
                "person": UUID(coder.user(of).id),
                "username": of,
                "action": "start",
                "workspace": uuid4(),
                "owner": of,
                "name": f"web-{index}",
                "outcome": "done",
                "status": 201,
            }
            | more
        )
        for index in range(number)
    ]
    return AuditEntry.objects.bulk_create(rows)


def workspaces_on(page: Html) -> list[str]:
    """Return the workspaces on an activity page."""
    return [row.one("a", class_="name").text for row in page.one("ol", class_="activity-list").all("li")]


def test_activity_page_shows_own_changes_newest_first_in_pages(alice: Client, coder: SimulatedCoder) -> None:
    create_entries(coder, 4000)
    create_entries(coder, 1, of="bob")
    with CaptureQueriesContext(connection) as asked:
        page = Html(alice.get("/activity/"))
    assert workspaces_on(page)[:2] == ["alice/web-3999", "alice/web-3998"]
    assert len(workspaces_on(page)) == 50
    assert sum(AuditEntry._meta.db_table in query["sql"] for query in asked) == 1
    assert coder.request_lines() == []
    older = page.one("nav", class_="pagination").one("a").get("href")
    following = Html(alice.get(f"/activity/{older}"))
    assert workspaces_on(following)[0] == "alice/web-3949"
    assert [link.text for link in following.one("nav", class_="pagination").all("a")] == ["Newest", "Older"]


def test_activity_page_filters_by_workspace(alice: Client, coder: SimulatedCoder) -> None:
    first, _ = create_entries(coder, 2)
    page = Html(alice.get(f"/activity/?workspace={first.workspace}"))
    assert workspaces_on(page) == ["alice/web-0"]
    assert "Showing only web-0" in page.one("p", class_="activity-filter").text


@pytest.mark.parametrize("query", ["?before=x", "?before=-1", "?before=99999999999999999999"])
def test_activity_page_shows_newest_when_query_is_invalid(alice: Client, coder: SimulatedCoder, query: str) -> None:
    create_entries(coder, 1)
    assert workspaces_on(Html(alice.get(f"/activity/{query}"))) == ["alice/web-0"]


@pytest.mark.parametrize("workspace", ["web", "", "x" * 3000])
def test_activity_page_is_not_found_for_workspace_that_is_no_id(
    alice: Client, coder: SimulatedCoder, workspace: str
) -> None:
    create_entries(coder, 1)
    response = alice.get("/activity/", {"workspace": workspace})
    assert response.status_code == 404
    assert "web-0" not in response.content.decode()


def test_activity_page_shows_response_and_links_to_existing_operation(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    item = begin(coder.place("web"))
    create_entries(coder, 1, outcome="refused", status=409, message="<b>taken</b>", operation=uuid4())
    page = Html(alice.get("/activity/"))
    refused, stop, token = page.one("ol", class_="activity-list").all("li")
    assert "<b>taken</b>" in refused.one("p", class_="activity-message").text
    assert refused.one("span", class_="status-badge").text == "Rejected 409"
    assert not [a for a in refused.all("a") if "/operations/" in str(a.get("href"))]
    assert [a.get("href") for a in stop.all("a") if "/operations/" in str(a.get("href"))] == [
        f"/operations/{item.operation_id}/"
    ]
    assert "Create token for an operation" in token.text


def test_activity_page_states_that_nothing_changed_when_empty(alice: Client) -> None:
    assert "No activity yet" in Html(alice.get("/activity/")).one("main").text


def test_old_address_redirects_permanently_and_keeps_query(alice: Client) -> None:
    answer = alice.get("/record/?workspace=a&before=7")
    assert (answer.status_code, answer["Location"]) == (301, "/activity/?workspace=a&before=7")


def test_account_and_operation_pages_link_to_activity_page(alice: Client) -> None:
    for address in ("/account/", "/operations/"):
        assert [a for a in Html(alice.get(address)).all("a") if a.get("href") == "/activity/"]


def test_audit_rows_are_deleted_after_configured_days(coder: SimulatedCoder, settings: Any) -> None:
    settings.AUDIT_DAYS = 10
    create_entries(coder, 1, at=timezone.now() - timedelta(days=10, minutes=1))
    kept = create_entries(coder, 1, at=timezone.now() - timedelta(days=9, hours=23))
    cleanup.clean_up()
    assert [row.pk for row in AuditEntry.objects.all()] == [kept[0].pk]
