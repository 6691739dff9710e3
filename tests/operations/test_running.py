"""Progress of an operation, step by step, with both simulated versions of Coder."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.operations.conftest import OperationWorker
from tests.portal import SimulatedCoder, create_token
from workspaces.models import Item, Operation
from workspaces.operations import cancellation, credentials, services, tasks

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
BeginOperation = Callable[..., Item]


def requested_transitions(coder: SimulatedCoder) -> list[str]:
    """Return the transitions of the requested builds, in order."""
    return [
        entry["body"]["transition"]
        for entry in coder.server.requests()
        if entry["method"] == "POST" and entry["path"].endswith("/builds")
    ]


@BOTH
def test_restart_stops_and_starts_workspace_with_same_version(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    old, _ = coder.new_version("plain")
    item = worker.run_until_ended(begin(web))
    assert (item.outcome, item.message) == ("done", "")
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]
    assert web.latest_build.version is old
    assert web.latest_build.job.status == "succeeded"


@BOTH
def test_update_of_stopped_workspace_is_one_start_with_active_version(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web", "stopped")
    _, new = coder.new_version("plain")
    before = len(web.builds)
    item = worker.run_until_ended(begin(web, "update", version=new.id))
    assert item.outcome == "done"
    assert len(web.builds) == before + 1
    assert web.latest_build.version is new


def test_token_is_revoked_at_coder_when_operation_ends(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    made = {token.id for token in coder.server.world.tokens.values() if token.login_type == "token"}
    assert made == {item.operation.token_id}
    worker.run_until_ended(item)
    worker.run_due_tasks()
    assert not {token.id for token in coder.server.world.tokens.values() if token.login_type == "token"}
    assert Operation.objects.get().token == ""


def test_step_makes_at_most_one_write_and_does_not_wait(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    asked = coder.request_lines()
    assert asked[-2:] == ["POST /users/me/keys/tokens", f"POST /workspaces/{web.id}/builds"]
    coder.clear_requests()
    worker.advance(2)
    assert coder.request_lines() == [f"GET /workspaces/{web.id}"]
    worker.run_until_ended(item)


def test_operation_uses_session_token_when_coder_refuses_new_token(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    refusal = {"message": "Failed to validate create API key request.", "detail": "lifetime must be less than 1h"}
    coder.server.add_fault("answer", path="keys/tokens$", status=400, body=refusal)
    item = begin(coder.place("web"))
    assert (item.operation.token_id, bool(item.operation.fingerprint)) == ("", True)
    assert worker.run_until_ended(item).outcome == "done"
    worker.run_due_tasks()
    assert "DELETE" not in {line.split()[0] for line in coder.request_lines()}
    assert Operation.objects.get().token == ""


def test_operation_with_own_token_continues_after_sign_out(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    alice.post("/logout/")
    assert worker.run_until_ended(item).outcome == "done"
    assert web.latest_build.transition == "start"


@BOTH
def test_operation_fails_and_reports_progress_when_token_is_revoked(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.world.tokens.clear()
    worker.run_until_ended(item)
    assert item.outcome == "failed"
    assert item.message == (
        "Coder no longer accepts the token of this operation. "
        "The stop was requested. The workspace is not started again."
    )
    assert web.latest_build.transition == "stop"


@BOTH
def test_operation_survives_one_minute_outage_of_coder(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.add_fault("refuse", path="/api/v2/")
    for _ in range(12):
        worker.advance(5)
    item.refresh_from_db()
    assert item.outcome == ""
    assert item.message.startswith("Coder has been unreachable since")
    coder.server.clear_faults()
    worker.run_until_ended(item)
    assert (item.outcome, item.message) == ("done", "")
    assert requested_transitions(coder) == ["stop", "start"]


def test_operation_fails_after_half_an_hour_without_response(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    coder.server.add_fault("bad_gateway", path="/api/v2/")
    for _ in range(70):
        worker.advance(30)
    item.refresh_from_db()
    assert item.outcome == "failed"
    assert item.message.startswith("Coder has been unreachable since")


@pytest.mark.parametrize("transition", ["stop", "start"])
@BOTH
def test_write_is_found_and_not_repeated_when_its_response_is_lost(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker, transition: str
) -> None:
    web = coder.place("web")
    if transition == "stop":
        coder.server.add_fault("reset", path="/builds$", method="POST", count=1)
        item = begin(web)
    else:
        item = begin(web)
        coder.server.add_fault("reset", path="/builds$", method="POST", count=1)
    worker.run_until_ended(item)
    assert item.outcome == "done"
    assert requested_transitions(coder) == ["stop", "start"]


@pytest.mark.parametrize("transition", ["stop", "start"])
def test_write_is_repeated_when_it_never_reached_coder(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker, transition: str
) -> None:
    web = coder.place("web")
    if transition == "stop":
        coder.server.add_fault("refuse", path="/builds$", method="POST", count=1)
        item = begin(web)
    else:
        item = begin(web)
        coder.server.add_fault("refuse", path="/builds$", method="POST", count=1)
    worker.run_until_ended(item)
    assert item.outcome == "done"
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]


def test_operation_waits_for_retry_after_when_rate_limited(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    coder.server.add_fault("rate_limited", path="/api/v2/", seconds=40, count=1)
    worker.advance(2)
    coder.clear_requests()
    worker.advance(30)
    assert coder.request_lines() == []
    worker.advance(10)
    assert coder.request_lines() != []
    assert worker.run_until_ended(item).outcome == "done"


@BOTH
def test_item_is_refused_with_coder_message_when_coder_refuses_its_write(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    refusal = {"message": 'Parameter "team" is required but was not set.'}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body=refusal)
    worker.run_until_ended(item)
    assert item.outcome == "refused"
    assert 'Parameter "team" is required' in item.message


@BOTH
def test_operation_is_done_when_another_user_starts_workspace(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.advance(300)  # the stop has ended and the worker has not polled yet
    admin = {"Coder-Session-Token": create_token(coder, "admin")}
    coder.server.http.post(f"/api/v2/workspaces/{web.id}/builds", json={"transition": "start"}, headers=admin)
    worker.run_until_ended(item)
    assert (item.outcome, item.message) == ("done", "admin started the workspace in the meantime.")
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]


def test_concurrent_steps_do_not_exceed_setting(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker, settings: Settings
) -> None:
    settings.OPERATIONS_AT_ONCE = 1
    busy, other = begin(coder.place("busy")), begin(coder.place("other"))
    worker.ahead += timedelta(seconds=2)
    under_way = tasks.claim_item(busy.pk, busy.ticket)
    assert under_way
    coder.clear_requests()
    worker.advance(5)
    assert coder.request_lines() == []
    tasks.release_item(under_way, 60)
    worker.advance(5)
    assert coder.request_lines() != []
    assert worker.run_until_ended(other).outcome == "done"


def test_step_runs_once_when_several_tasks_are_queued(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    tasks.enqueue_step(item, 0)
    tasks.enqueue_step(item, 0)
    coder.clear_requests()
    worker.advance(2)
    assert len(coder.request_lines()) == 1


def test_step_is_resumed_after_lease_expires_when_process_died(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    worker.ahead += timedelta(seconds=2)
    assert tasks.claim_item(item.pk, item.ticket) is not None  # and the claiming process dies
    worker.advance(30)
    assert requested_transitions(coder) == ["stop"]
    worker.advance(31)
    assert worker.run_until_ended(item).outcome == "done"


def test_step_makes_no_write_when_lease_has_too_little_time_left(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.advance(300)
    worker.ahead += timedelta(seconds=2)
    claimed = tasks.claim_item(item.pk, item.ticket)
    assert claimed
    worker.ahead += timedelta(seconds=50)
    coder.clear_requests()
    tasks.advance_item(claimed, credentials.operation_client(claimed.operation), None)
    assert coder.request_lines() == [f"GET /workspaces/{web.id}"]
    assert worker.run_until_ended(item).outcome == "done"
    assert requested_transitions(coder) == ["start"]


def test_canceled_operation_takes_no_further_step_and_states_progress(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    cancellation.cancel_operation(item.operation)
    item.refresh_from_db()
    assert (item.outcome, item.message) == ("canceled", "The stop was requested. The workspace is not started again.")
    worker.advance(300)
    assert requested_transitions(coder) == ["stop"]
    assert Operation.objects.get().token == ""


def test_running_step_is_not_interrupted_when_operation_is_canceled(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    worker.ahead += timedelta(seconds=2)
    claimed = tasks.claim_item(item.pk, item.ticket)
    assert claimed
    cancellation.cancel_operation(item.operation)
    item.refresh_from_db()
    assert item.outcome == ""
    tasks.release_item(claimed, 1)
    worker.advance(2)
    item.refresh_from_db()
    assert item.outcome == "canceled"


def test_second_operation_is_refused_while_workspace_has_one(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web")
    item = begin(web)
    with pytest.raises(services.OperationInProgress) as caught:
        begin(web)
    assert caught.value.operation == item.operation
    worker.run_until_ended(item)
    begin(web)


def test_start_values_are_encrypted_and_deleted_when_operation_ends(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web", template="dev")
    item = begin(web, values={"project": "ABC-777"})
    assert item.values
    assert "ABC-777" not in item.values
    worker.run_until_ended(item)
    assert item.values == ""
    assert coder.last_request(f"POST /workspaces/{web.id}/builds")["body"]["rich_parameter_values"] == [
        {"name": "project", "value": "ABC-777"}
    ]
