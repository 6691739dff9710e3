"""Operations on many workspaces: each action, and what happens to a workspace that no longer allows it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from coder_simulator.state import Workspace
from coder_simulator.version_plans import RichParameter
from tests.operations import bulk
from tests.operations.conftest import OperationWorker
from tests.portal import SimulatedCoder, sign_in
from workspaces.live.operation_topic import changed_event
from workspaces.models import AuditEntry, Item, Operation
from workspaces.operations import cancellation, tasks
from workspaces.operations.pages import OperationPage, operation_page
from workspaces.operations.slices import load_slice

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])


def run_until_ended(worker: OperationWorker, operation: Operation) -> dict[str, str]:
    """Advance the clock until the operation has ended, and return the outcomes by name."""
    for _ in range(200):
        operation.refresh_from_db()
        if operation.ended_at:
            return bulk.outcomes(operation)
        worker.advance()
    raise AssertionError(f"{operation} does not end: {bulk.outcomes(operation)}")


def writes(coder: SimulatedCoder, workspace: Workspace) -> list[str]:
    """Return the writes to a workspace that Coder received, in order."""
    return [
        f"{entry['method']} {entry['path'].rpartition('/')[2]}"
        for entry in coder.server.requests()
        if workspace.id in entry["path"] and entry["method"] != "GET"
    ]


@BOTH
@pytest.mark.parametrize(
    ("action", "status", "builds"),
    [
        ("start", "stopped", ["start"]),
        ("stop", "running", ["stop"]),
        ("restart", "running", ["stop", "start"]),
        ("delete", "stopped", ["delete"]),
    ],
)
def test_builds_of_action_are_requested_once_for_each_workspace(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, action: str, status: str, builds: list[str]
) -> None:
    several = [coder.place(f"web-{number}", status) for number in range(3)]
    before = [len(workspace.builds) for workspace in several]
    operation = bulk.start(alice, action, several, **({"confirm": "3"} if action == "delete" else {}))
    assert set(run_until_ended(worker, operation).values()) == {"done"}
    for workspace, count in zip(several, before, strict=True):
        assert [build.transition for build in workspace.builds[count:]] == builds


@pytest.mark.parametrize(("action", "fields"), [("stop", {}), ("ttl", {"ttl": "duration", "ttl_hours": "3"})])
def test_audit_log_has_the_value_before_each_write_of_a_bulk_action(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, action: str, fields: dict[str, str]
) -> None:
    run_until_ended(worker, bulk.start(alice, action, [coder.place("web"), coder.place("api")], **fields))
    entries = AuditEntry.objects.filter(action=action)
    assert [set(entry.details["before"]) for entry in entries] == [
        {"status", "template_version"} if action == "stop" else {"ttl_ms"}
    ] * 2


@BOTH
def test_update_uses_active_version_for_running_and_stopped_workspaces(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    running, stopped = coder.place("running"), coder.place("stopped", "stopped")
    _, new = coder.new_version("plain")
    assert set(run_until_ended(worker, bulk.start(alice, "update", [running, stopped])).values()) == {"done"}
    assert [workspace.latest_build.version for workspace in (running, stopped)] == [new, new]
    assert running.builds[-2].transition == "stop"


@BOTH
@pytest.mark.parametrize(
    ("action", "fields", "attribute", "expected"),
    [
        (
            "autostart",
            {"schedule": "15 8 * * 1-5", "timezone": "UTC"},
            "autostart_schedule",
            "CRON_TZ=UTC 15 8 * * 1-5",
        ),
        ("ttl", {"ttl": "duration", "ttl_hours": "3"}, "ttl_ms", 3 * 3_600_000),
        ("ttl", {"ttl": "never"}, "ttl_ms", None),
        ("autoupdates", {"automatic_updates": "always"}, "automatic_updates", "always"),
    ],
)
def test_setting_is_saved_for_each_workspace(
    alice: Client,
    coder: SimulatedCoder,
    worker: OperationWorker,
    action: str,
    fields: dict[str, str],
    attribute: str,
    expected: object,
) -> None:
    several = [coder.place(f"web-{number}") for number in range(2)]
    operation = bulk.start(alice, action, several, **fields)
    assert run_until_ended(worker, operation) == {"web-0": "done", "web-1": "done"}
    assert [getattr(workspace, attribute) for workspace in several] == [expected, expected]


@BOTH
def test_dormancy_and_favorites_are_changed_and_reverted_by_undo(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web", "stopped")
    for action, undone in (("dormant", "activate"), ("favorite", "unfavorite")):
        operation = bulk.start(alice, action, [web])
        assert run_until_ended(worker, operation) == {"web": "done"}
        response = alice.post(f"/operations/{operation.pk}/undo/")
        reverted = Operation.objects.get(pk=response["Location"].split("/")[2])
        assert reverted.kind == undone
        assert run_until_ended(worker, reverted) == {"web": "done"}
    assert web.dormant_at is None
    assert not coder.user("alice").favorites


@BOTH
def test_extension_by_hours_is_added_once_when_its_response_is_lost(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web", deadline_in_hours=5)
    deadline = web.latest_build.deadline
    assert deadline
    coder.server.add_fault("reset", path="/extend$", method="PUT", count=1)
    assert run_until_ended(worker, bulk.start(alice, "extend", [web], hours="2")) == {"web": "done"}
    moved = web.latest_build.deadline
    assert moved
    assert abs(moved - deadline - timedelta(hours=2)) < timedelta(seconds=1)


@BOTH
def test_extension_to_a_moment_is_the_same_for_all(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    several = [coder.place(f"web-{number}", deadline_in_hours=3) for number in range(2)]
    at = (datetime.now(UTC) + timedelta(hours=9)).replace(microsecond=0)
    operation = bulk.start(alice, "extend", several, deadline=at.isoformat())
    assert set(run_until_ended(worker, operation).values()) == {"done"}
    assert {workspace.latest_build.deadline for workspace in several} == {at}


def test_running_build_is_canceled(alice: Client, coder: SimulatedCoder, worker: OperationWorker) -> None:
    web = coder.start_queued_build(coder.place("web", "stopped"))
    coder.server.advance(2)
    web.template.allow_user_cancel_workspace_jobs = True
    assert run_until_ended(worker, bulk.start(alice, "cancel", [web])) == {"web": "done"}
    assert web.latest_build.job.canceled_at


@BOTH
def test_workspace_that_changed_meanwhile_is_skipped_with_the_reason(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    first, second = coder.place("first"), coder.place("second")
    key = bulk.selection_key(bulk.select(alice, "stop", [first, second]))
    alice.post(f"/workspaces/{first.id}/builds/", {"transition": "stop"})
    coder.server.advance(1000)
    operation = bulk.confirm(alice, key)
    assert run_until_ended(worker, operation) == {"first": "skipped", "second": "done"}
    assert Item.objects.get(name="first").message == "The workspace is already stopped."
    assert len(writes(coder, first)) == 1


@BOTH
def test_workspace_that_no_longer_matches_the_search_is_skipped(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    stays, renamed = coder.place("web-1"), coder.place("web-2")
    other = coder.place("other")
    page = bulk.select(alice, "stop", all="1", scope="mine", q="web status:running")
    assert page.one("h1").text == "Stop 2 workspaces"
    renamed.name = "mail"
    operation = bulk.confirm(alice, bulk.selection_key(page))
    assert run_until_ended(worker, operation) == {"web-1": "done", "web-2": "skipped"}
    assert "no longer matches the search" in Item.objects.get(name="web-2").message
    assert (writes(coder, stays), writes(coder, renamed), writes(coder, other)) == (["POST builds"], [], [])


def test_reading_and_checking_a_workspace_is_one_call(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    coder.place("web")
    operation = bulk.confirm(alice, bulk.selection_key(bulk.select(alice, "favorite", all="1", scope="mine", q="web")))
    coder.clear_requests()
    worker.run_due_tasks()
    operation.refresh_from_db()
    assert operation.ended_at
    lines = [line for line in coder.request_lines() if "tokens" not in line and "keys" not in line]
    assert [line.split("/")[1] for line in lines] == ["workspaces", "workspaces"]
    assert "id:" in coder.last_request("GET /workspaces")["query"]["q"]


def test_workspace_that_lacks_attention_now_is_skipped(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    broken, repaired = coder.place("broken", "failed"), coder.place("fixed", "failed")
    page = bulk.select(alice, "autoupdates", all="1", scope="mine", attention="failed")
    coder.start_queued_build(repaired)
    coder.server.advance(1000)
    operation = bulk.confirm(alice, bulk.selection_key(page), automatic_updates="always")
    assert run_until_ended(worker, operation) == {"broken": "done", "fixed": "skipped"}
    assert (broken.automatic_updates, repaired.automatic_updates) == ("always", "never")


@BOTH
def test_refusal_is_stored_with_coder_words_and_retried(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    good, bad = coder.place("good"), coder.place("bad")
    refusal: dict[str, Any] = {"status": 400, "body": {"message": "Out of parts."}}
    coder.server.add_fault("answer", path=f"{bad.id}/builds$", method="POST", **refusal)
    operation = bulk.start(alice, "stop", [good, bad])
    assert run_until_ended(worker, operation) == {"bad": "refused", "good": "done"}
    assert "Out of parts." in Item.objects.get(name="bad").message
    coder.server.clear_faults()
    location = alice.post(f"/operations/{operation.pk}/again/")["Location"]
    assert alice.post(f"/operations/{operation.pk}/again/")["Location"] == location  # a second click
    again = Operation.objects.get(pk=location.split("/")[2])
    assert run_until_ended(worker, again) == {"bad": "done"}
    assert [build.transition for build in good.builds].count("stop") == 1


def test_refusal_names_the_field(alice: Client, coder: SimulatedCoder, worker: OperationWorker) -> None:
    operation = bulk.start(alice, "ttl", [coder.place("web")], ttl="duration", ttl_hours="9000")
    assert run_until_ended(worker, operation) == {"web": "refused"}
    assert "Coder rejected the value of “Time until shutdown (TTL)”: " in Item.objects.get().message


@BOTH
def test_update_that_lacks_values_of_parameters_is_skipped_and_stops_nothing(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    plan = web.latest_build.version.plan
    needed = RichParameter(name="team", required=True)
    coder.new_version("plain", replace(plan, parameters=(*plan.parameters, needed)))
    operation = bulk.start(alice, "update", [web])
    assert run_until_ended(worker, operation) == {"web": "skipped"}
    assert "team" in Item.objects.get().message
    assert writes(coder, web) == []


@BOTH
@pytest.mark.parametrize("action", ["stop", "favorite", "dormant", "delete"])
def test_write_whose_response_is_lost_is_not_repeated(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, action: str
) -> None:
    web = coder.place("web", "running" if action == "stop" else "stopped")
    coder.server.add_fault("reset", path=f"{web.id}/(builds|favorite|dormant)$", count=1)
    fields = {"confirm": "1"} if action == "delete" else {}
    assert run_until_ended(worker, bulk.start(alice, action, [web], **fields)) == {"web": "done"}
    assert len(writes(coder, web)) == 1


@pytest.mark.parametrize("action", ["stop", "favorite"])
def test_write_that_never_reached_coder_is_sent_again(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, action: str
) -> None:
    web = coder.place("web")
    coder.server.add_fault("refuse", path=f"{web.id}/(builds|favorite)$", count=1)
    assert run_until_ended(worker, bulk.start(alice, action, [web])) == {"web": "done"}


def test_canceled_bulk_takes_no_further_step(alice: Client, coder: SimulatedCoder, worker: OperationWorker) -> None:
    several = [coder.place(f"web-{number:02}") for number in range(30)]
    coder.occupy_provisioners()  # no stop ends before the cancellation, however slow the machine is
    operation = bulk.start(alice, "stop", several)
    worker.run_due_tasks()
    cancellation.cancel_operation(operation)
    worker.advance(300)
    operation.refresh_from_db()
    assert operation.ended_at
    assert set(bulk.outcomes(operation).values()) == {"canceled"}
    messages = set(Item.objects.values_list("message", flat=True))
    assert messages == {"The stop was already requested and continues.", "Nothing was changed."}
    assert sum(writes(coder, workspace) != [] for workspace in several) == 20


def test_workspace_of_another_operation_is_skipped(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web, other = coder.place("web"), coder.place("other")
    key = bulk.selection_key(bulk.select(alice, "restart", [web, other]))
    first = bulk.start(alice, "stop", [web])
    operation = bulk.confirm(alice, key)
    assert bulk.outcomes(operation)["web"] == "skipped"
    assert run_until_ended(worker, operation)["other"] == "done"
    assert run_until_ended(worker, first) == {"web": "done"}


def test_audit_entries_of_a_bulk_name_their_operation(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    operation = bulk.start(alice, "favorite", [coder.place("web")])
    run_until_ended(worker, operation)
    entry = AuditEntry.objects.get(action="favorite")
    assert (entry.operation, entry.name, entry.outcome) == (operation.pk, "web", "done")


def test_owner_role_acts_on_workspaces_of_others(
    client: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    sign_in(client, "admin")
    several = [coder.place("web-1"), coder.place("web-2", owner="bob")]
    operation = bulk.start(client, "stop", several)
    coder.clear_requests()
    assert set(run_until_ended(worker, operation).values()) == {"done"}
    assert coder.request_lines().count("POST /authcheck") == 1


def test_item_is_not_skipped_when_coder_does_not_answer_the_check_of_rights(
    client: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    sign_in(client, "admin")
    operation = bulk.start(client, "stop", [coder.place("web", owner="bob")])
    coder.server.add_fault("bad_gateway", path="/authcheck$", count=2)
    assert run_until_ended(worker, operation) == {"web": "done"}


def test_filter_that_no_release_knows_skips_the_workspace(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    operation = bulk.start(alice, "stop", [web])
    Operation.objects.filter(pk=operation.pk).update(criteria={"q": "", "filters": {f"{uuid4()}": 1}})
    assert run_until_ended(worker, operation) == {"web": "skipped"}
    assert writes(coder, web) == []


def test_stream_sends_only_lines_that_changed_and_the_summary(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    operation = bulk.start(alice, "stop", [coder.place(f"web-{number}") for number in range(3)])

    def current_page() -> OperationPage:
        return operation_page(load_slice(operation), timezone.now(), ZoneInfo("UTC"))

    before = current_page()
    assert b'hx-target="#operation"' in changed_event(None, before)
    assert changed_event(before, current_page()) == b""
    item = Item.objects.get(name="web-1")
    tasks.end_item(item, Item.Outcome.SKIPPED, "The workspace was deleted.")
    event = changed_event(before, current_page()).decode()
    assert re.findall(r'hx-target="(.*?)"', event) == [f"#i-{item.pk}", "#progress", "#operation-footer"]
    assert "The workspace was deleted." in event
    assert "web-0" not in event


def test_stream_sends_whole_operation_when_a_failure_moves_to_the_top(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    operation = bulk.start(alice, "stop", [coder.place(f"web-{number}") for number in range(3)])
    before = operation_page(load_slice(operation), timezone.now(), ZoneInfo("UTC"))
    tasks.end_item(Item.objects.get(name="web-2"), Item.Outcome.FAILED, "No.")
    after = operation_page(load_slice(operation), timezone.now(), ZoneInfo("UTC"))
    assert [line.name for line in after.items] == ["web-2", "web-0", "web-1"]
    assert b'hx-target="#operation"' in changed_event(before, after)


def test_write_whose_responses_are_always_lost_fails_after_half_an_hour(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    coder.server.add_fault("bad_gateway", path=f"{web.id}/favorite$")
    operation = bulk.start(alice, "favorite", [web])
    for _ in range(80):
        worker.advance(30)
    assert bulk.outcomes(operation) == {"web": "failed"}
