"""How an operation goes on, step by step, before both Coders."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.operations.conftest import Workshop
from tests.portal import SimulatedCoder, token_of
from workspaces.models import Item, Operation
from workspaces.operations import credentials, services, tasks

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
Begin = Callable[..., Item]


def builds(coder: SimulatedCoder) -> list[str]:
    """The transitions that were asked for, in their order."""
    return [
        entry["body"]["transition"]
        for entry in coder.server.requests()
        if entry["method"] == "POST" and entry["path"].endswith("/builds")
    ]


@BOTH
def test_a_restart_stops_it_and_starts_it_with_the_same_version(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    old, _ = coder.new_version("plain")
    item = workshop.until_it_ends(begin(web))
    assert (item.outcome, item.said) == ("done", "")
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]
    assert web.latest_build.version is old
    assert web.latest_build.job.status == "succeeded"


@BOTH
def test_an_update_of_a_stopped_one_is_one_start_with_the_active_version(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web", "stopped")
    _, new = coder.new_version("plain")
    before = len(web.builds)
    item = workshop.until_it_ends(begin(web, "update", version=new.id))
    assert item.outcome == "done"
    assert len(web.builds) == before + 1
    assert web.latest_build.version is new


def test_its_token_is_ended_at_coder_when_it_is_over(begin: Begin, coder: SimulatedCoder, workshop: Workshop) -> None:
    item = begin(coder.place("web"))
    made = {token.id for token in coder.server.world.tokens.values() if token.login_type == "token"}
    assert made == {item.operation.token_id}
    workshop.until_it_ends(item)
    workshop.work()
    assert not {token.id for token in coder.server.world.tokens.values() if token.login_type == "token"}
    assert Operation.objects.get().token == ""


def test_no_step_waits_and_none_makes_more_than_one_write(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    item = begin(web)
    asked = coder.asked()
    assert asked[-2:] == ["POST /users/me/keys/tokens", f"POST /workspaces/{web.id}/builds"]
    coder.forget()
    workshop.later(2)
    assert coder.asked() == [f"GET /workspaces/{web.id}"]
    workshop.until_it_ends(item)


def test_where_coder_makes_no_token_it_acts_with_the_sessions(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    refusal = {"message": "Failed to validate create API key request.", "detail": "lifetime must be less than 1h"}
    coder.server.fault("answer", path="keys/tokens$", status=400, body=refusal)
    item = begin(coder.place("web"))
    assert (item.operation.token_id, bool(item.operation.fingerprint)) == ("", True)
    assert workshop.until_it_ends(item).outcome == "done"
    workshop.work()
    assert "DELETE" not in {line.split()[0] for line in coder.asked()}
    assert Operation.objects.get().token == ""


def test_signing_out_in_the_middle_does_not_stop_what_has_a_token_of_its_own(
    begin: Begin, alice: Client, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    item = begin(web)
    alice.post("/logout/")
    assert workshop.until_it_ends(item).outcome == "done"
    assert web.latest_build.transition == "start"


@BOTH
def test_a_token_that_is_revoked_in_the_middle_ends_it_and_it_says_how_far_it_came(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.world.tokens.clear()
    workshop.until_it_ends(item)
    assert item.outcome == "failed"
    assert item.said == (
        "Coder no longer accepts the sign-in with which it was begun. Its stop was asked for; it is not started again."
    )
    assert web.latest_build.transition == "stop"


@BOTH
def test_coder_may_be_away_for_a_minute(begin: Begin, coder: SimulatedCoder, workshop: Workshop) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.fault("refuse", path="/api/v2/")
    for _ in range(12):
        workshop.later(5)
    item.refresh_from_db()
    assert item.outcome == ""
    assert item.said.startswith("Coder cannot be reached")
    coder.server.clear_faults()
    workshop.until_it_ends(item)
    assert (item.outcome, item.said) == ("done", "")
    assert builds(coder) == ["stop", "start"]


def test_after_half_an_hour_without_an_answer_it_is_over(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    item = begin(coder.place("web"))
    coder.server.fault("bad_gateway", path="/api/v2/")
    for _ in range(70):
        workshop.later(30)
    item.refresh_from_db()
    assert item.outcome == "failed"
    assert item.said.startswith("Coder cannot be reached")


@pytest.mark.parametrize("transition", ["stop", "start"])
@BOTH
def test_a_write_whose_answer_is_lost_is_found_and_not_repeated(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop, transition: str
) -> None:
    web = coder.place("web")
    if transition == "stop":
        coder.server.fault("reset", path="/builds$", method="POST", count=1)
        item = begin(web)
    else:
        item = begin(web)
        coder.server.fault("reset", path="/builds$", method="POST", count=1)
    workshop.until_it_ends(item)
    assert item.outcome == "done"
    assert builds(coder) == ["stop", "start"]


@pytest.mark.parametrize("transition", ["stop", "start"])
def test_a_write_that_never_arrived_is_made_again(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop, transition: str
) -> None:
    web = coder.place("web")
    if transition == "stop":
        coder.server.fault("refuse", path="/builds$", method="POST", count=1)
        item = begin(web)
    else:
        item = begin(web)
        coder.server.fault("refuse", path="/builds$", method="POST", count=1)
    workshop.until_it_ends(item)
    assert item.outcome == "done"
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]


def test_it_waits_for_as_long_as_coder_asks_it_to(begin: Begin, coder: SimulatedCoder, workshop: Workshop) -> None:
    item = begin(coder.place("web"))
    coder.server.fault("rate_limited", path="/api/v2/", seconds=40, count=1)
    workshop.later(2)
    coder.forget()
    workshop.later(30)
    assert coder.asked() == []
    workshop.later(10)
    assert coder.asked() != []
    assert workshop.until_it_ends(item).outcome == "done"


@BOTH
def test_what_coder_refuses_ends_it_in_coders_words(begin: Begin, coder: SimulatedCoder, workshop: Workshop) -> None:
    item = begin(coder.place("web"))
    refusal = {"message": 'Parameter "team" is required but was not set.'}
    coder.server.fault("answer", path="/builds$", method="POST", status=400, body=refusal)
    workshop.until_it_ends(item)
    assert item.outcome == "failed"
    assert 'Parameter "team" is required' in item.said


@BOTH
def test_somebody_who_starts_it_in_the_middle_is_heeded(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.advance(300)  # it has stopped, and the worker has not looked yet
    admin = {"Coder-Session-Token": token_of(coder, "admin")}
    coder.server.http.post(f"/api/v2/workspaces/{web.id}/builds", json={"transition": "start"}, headers=admin)
    workshop.until_it_ends(item)
    assert (item.outcome, item.said) == ("done", "admin started it meanwhile.")
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]


def test_no_more_steps_are_under_way_than_the_setting_says(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop, settings: Settings
) -> None:
    settings.OPERATIONS_AT_ONCE = 1
    busy, other = begin(coder.place("busy")), begin(coder.place("other"))
    workshop.ahead += timedelta(seconds=2)
    under_way = tasks.claim(busy.pk, busy.ticket)
    assert under_way
    coder.forget()
    workshop.later(5)
    assert coder.asked() == []
    tasks.put_back(under_way, 60)
    workshop.later(5)
    assert coder.asked() != []
    assert workshop.until_it_ends(other).outcome == "done"


def test_two_tasks_of_one_step_do_it_once(begin: Begin, coder: SimulatedCoder, workshop: Workshop) -> None:
    item = begin(coder.place("web"))
    tasks.enqueue(item, 0)
    tasks.enqueue(item, 0)
    coder.forget()
    workshop.later(2)
    assert len(coder.asked()) == 1


def test_a_step_whose_process_died_is_gone_on_with_when_its_lease_has_run_out(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    item = begin(coder.place("web"))
    workshop.ahead += timedelta(seconds=2)
    assert tasks.claim(item.pk, item.ticket) is not None  # and nothing more is heard of whoever claimed it
    workshop.later(30)
    assert builds(coder) == ["stop"]
    workshop.later(31)
    assert workshop.until_it_ends(item).outcome == "done"


def test_a_process_that_slept_through_its_lease_writes_nothing(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    item = begin(web)
    coder.server.advance(300)
    workshop.ahead += timedelta(seconds=2)
    claimed = tasks.claim(item.pk, item.ticket)
    assert claimed
    workshop.ahead += timedelta(seconds=50)
    coder.forget()
    tasks.go_on(claimed, credentials.client(claimed.operation), None)
    assert coder.asked() == [f"GET /workspaces/{web.id}"]
    assert workshop.until_it_ends(item).outcome == "done"
    assert builds(coder) == ["start"]


def test_a_canceled_one_takes_no_further_step_and_says_what_is_the_case(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    item = begin(web)
    services.cancel(item.operation)
    item.refresh_from_db()
    assert (item.outcome, item.said) == ("canceled", "Its stop was asked for; it is not started again.")
    workshop.later(300)
    assert builds(coder) == ["stop"]
    assert Operation.objects.get().token == ""


def test_a_step_under_way_is_not_cut_when_it_is_canceled(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    item = begin(coder.place("web"))
    workshop.ahead += timedelta(seconds=2)
    claimed = tasks.claim(item.pk, item.ticket)
    assert claimed
    services.cancel(item.operation)
    item.refresh_from_db()
    assert item.outcome == ""
    tasks.put_back(claimed, 1)
    workshop.later(2)
    item.refresh_from_db()
    assert item.outcome == "canceled"


def test_one_workspace_is_not_worked_on_twice_at_a_time(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    item = begin(web)
    with pytest.raises(services.UnderWay) as caught:
        begin(web)
    assert caught.value.operation == item.operation
    workshop.until_it_ends(item)
    begin(web)


def test_the_values_for_the_start_are_sealed_and_forgotten_in_the_end(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web", template="dev")
    item = begin(web, values={"project": "ABC-777"})
    assert item.values
    assert "ABC-777" not in item.values
    workshop.until_it_ends(item)
    assert item.values == ""
    assert coder.last(f"POST /workspaces/{web.id}/builds")["body"]["rich_parameter_values"] == [
        {"name": "project", "value": "ABC-777"}
    ]
