"""The end of a session: the token that it had, and the operations of its person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from tests.operations.conftest import OperationWorker
from tests.operations.test_pages import begin_with_session_token
from tests.operations.test_running import BeginOperation
from tests.portal import FakeClock, SimulatedCoder, create_token, sign_in
from tests.views.html import Html
from workspaces.auth import tokens
from workspaces.coder.errors import SessionEnded
from workspaces.models import Operation, PortalSession, TokenRevocation
from workspaces.operations import cleanup, services, session_end, tasks, token_revocation

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
INTERRUPTED = "so this workspace may stay stopped: web."


def messages(client: Client) -> str:
    """Return what the sign-in page says on top."""
    return Html(client.get("/login/")).one("div", id="messages").text


def paste(client: Client, token: str) -> None:
    """Sign in with a token."""
    assert client.post("/login/", {"token": token}).status_code == 302


def expire_by_request(client: Client, settings: Settings, fake_clock: FakeClock) -> None:
    """Let the session expire and request a page."""
    fake_clock.advance(settings.SESSION_COOKIE_AGE + 1)
    assert client.get("/workspaces/").status_code == 302


def expire_unused(client: Client, settings: Settings, fake_clock: FakeClock) -> None:
    """Let the session expire without any request."""
    PortalSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    cleanup.clean_up()


def expire_by_age(client: Client, settings: Settings, fake_clock: FakeClock) -> None:
    """Let the session, which is in use, reach its maximum age without any request after that."""
    PortalSession.objects.update(signed_in_at=timezone.now() - timedelta(seconds=settings.SESSION_AGE + 1))
    cleanup.clean_up()


def sign_in_over(client: Client, settings: Settings, fake_clock: FakeClock) -> None:
    """Sign another person in, in the same browser."""
    sign_in(client, "bob")


def sign_out(client: Client, settings: Settings, fake_clock: FakeClock) -> None:
    """Sign out here."""
    assert client.post("/logout/", {"anyway": "on"}).status_code == 302


def sign_out_everywhere(client: Client, settings: Settings, fake_clock: FakeClock) -> None:
    """Sign out everywhere."""
    assert client.post("/account/sessions/end/").status_code == 302


type End = Callable[[Client, Settings, FakeClock], None]
BY_EXPIRY = [expire_by_request, expire_unused, expire_by_age]
EACH_END = pytest.mark.parametrize("end", [*BY_EXPIRY, sign_in_over, sign_out, sign_out_everywhere])
EACH_END_BUT_EVERYWHERE = pytest.mark.parametrize("end", [*BY_EXPIRY, sign_in_over, sign_out])


def tokens_of(coder: SimulatedCoder, name: str = "alice") -> list[str]:
    """Return the kinds of tokens that this person has at Coder."""
    return sorted(each.login_type for each in coder.server.world.tokens.values() if each.user.username == name)


@BOTH
@EACH_END
def test_token_from_password_is_revoked_when_session_ends(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, settings: Settings, fake_clock: FakeClock, end: End
) -> None:
    end(alice, settings, fake_clock)
    worker.run_due_tasks()
    assert tokens_of(coder) == []
    assert not PortalSession.objects.filter(person=coder.user("alice").id).exists()
    assert not TokenRevocation.objects.exists()


@EACH_END
def test_pasted_token_stays_valid_when_session_ends(
    client: Client, coder: SimulatedCoder, worker: OperationWorker, settings: Settings, fake_clock: FakeClock, end: End
) -> None:
    paste(client, create_token(coder))
    end(client, settings, fake_clock)
    worker.run_due_tasks()
    assert tokens_of(coder) == ["password"]
    assert not TokenRevocation.objects.exists()


@BOTH
@EACH_END
def test_operation_with_session_token_ends_with_session(
    begin: BeginOperation,
    alice: Client,
    coder: SimulatedCoder,
    worker: OperationWorker,
    settings: Settings,
    fake_clock: FakeClock,
    end: End,
) -> None:
    item = begin_with_session_token(begin, coder)
    token = item.operation.token
    coder.server.clear_faults()
    end(alice, settings, fake_clock)
    item.refresh_from_db()
    assert (item.outcome, item.operation.token) == ("canceled", "")
    coder.clear_requests()
    worker.advance(300)
    assert [line for line in coder.request_lines() if "/workspaces/" in line] == []
    assert token != ""


@EACH_END_BUT_EVERYWHERE
def test_operation_with_own_token_is_finished_after_session_ends(
    begin: BeginOperation,
    alice: Client,
    coder: SimulatedCoder,
    worker: OperationWorker,
    settings: Settings,
    fake_clock: FakeClock,
    end: End,
) -> None:
    item = begin(coder.place("web"))
    end(alice, settings, fake_clock)
    assert worker.run_until_ended(item).outcome == "done"
    worker.run_due_tasks()
    assert tokens_of(coder) == []


@BOTH
def test_sign_out_everywhere_cancels_all_operations_deletes_their_tokens_and_names_stopped_workspace(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    phone = Client()
    sign_in(phone)
    phone.post("/account/sessions/end/")
    assert tokens_of(coder) == []  # at once, before any worker runs
    item.refresh_from_db()
    assert (item.outcome, item.message) == ("canceled", "The stop was requested. The workspace is not started again.")
    text = messages(phone)
    assert "Your operations were canceled." in text
    assert INTERRUPTED in text
    worker.advance(300)
    assert not Operation.objects.exclude(token="").exists()


@BOTH
def test_sign_out_everywhere_revokes_sessions_at_once_though_coder_does_not_delete_tokens_of_operations(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    begin(coder.place("web"))
    coder.server.add_fault("error", path="/users/me/keys/", method="DELETE")
    alice.post("/account/sessions/end/")
    assert tokens_of(coder) == ["token"]
    assert "Coder has not revoked all of your tokens yet" in messages(alice)
    coder.server.clear_faults()
    worker.advance(61)
    assert tokens_of(coder) == []


def test_sign_out_everywhere_does_not_touch_operations_and_tokens_of_others(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    item = begin(coder.place("web"))
    bob = Client()
    sign_in(bob, "bob")
    bob.post("/account/sessions/end/")
    item.refresh_from_db()
    assert item.outcome == ""
    assert tokens_of(coder) == ["password", "token"]
    assert "operation" not in messages(bob)


def test_sign_out_everywhere_revokes_pasted_token_only_when_requested(client: Client, coder: SimulatedCoder) -> None:
    paste(client, create_token(coder))
    assert Html(client.get("/account/")).one("main").all("input", name="revoke")
    client.post("/account/sessions/end/", {"revoke": "on"})
    assert tokens_of(coder) == []


def test_running_step_is_reported_as_canceled_after_signing_out_everywhere(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = begin(coder.place("web"))
    worker.ahead += timedelta(seconds=2)
    claimed = tasks.claim_item(item.pk, item.ticket)
    assert claimed
    alice.post("/account/sessions/end/")
    assert INTERRUPTED in messages(alice)
    tasks.release_item(claimed, 1)
    worker.advance(2)
    item.refresh_from_db()
    assert item.outcome == "canceled"


def test_signing_in_again_names_workspace_whose_operation_was_canceled(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    begin_with_session_token(begin, coder)
    sign_in(alice)
    assert INTERRUPTED in Html(alice.get("/workspaces/")).one("div", id="messages").text


def test_signing_in_again_with_same_token_keeps_token_and_its_operation(
    client: Client, coder: SimulatedCoder, alice: Client, begin: BeginOperation, worker: OperationWorker
) -> None:
    token = create_token(coder)
    paste(alice, token)
    item = begin_with_session_token(begin, coder)
    coder.server.clear_faults()
    paste(alice, token)
    assert worker.run_until_ended(item).outcome == "done"


@BOTH
def test_token_is_revoked_later_and_page_says_so_when_coder_is_unreachable(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    coder.server.add_fault("refuse")
    alice.post("/logout/")
    coder.server.clear_faults()
    assert "Coder has not revoked your token yet" in messages(alice)
    assert tokens_of(coder) == ["password"]
    coder.server.add_fault("bad_gateway")
    worker.advance(61)
    assert tokens_of(coder) == ["password"]
    coder.server.clear_faults()
    worker.advance(61 * 2)
    assert tokens_of(coder) == []
    assert not TokenRevocation.objects.exists()


def test_revocation_whose_task_was_lost_is_queued_by_cleanup(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, settings: Settings, fake_clock: FakeClock
) -> None:
    expire_by_request(alice, settings, fake_clock)
    DBTaskResult.objects.all().delete()
    worker.ahead += timedelta(minutes=10)
    cleanup.clean_up()
    worker.run_due_tasks()
    assert tokens_of(coder) == []


def test_revocation_is_given_up_when_coder_never_responds(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    coder.server.add_fault("refuse")
    alice.post("/logout/")
    worker.ahead += token_revocation.RETRY_LIMIT + timedelta(minutes=1)
    worker.run_due_tasks()
    assert not TokenRevocation.objects.exists()


def test_stored_revocation_holds_no_readable_token(alice: Client, coder: SimulatedCoder) -> None:
    (token,) = coder.server.world.tokens.values()
    coder.server.add_fault("refuse")
    alice.post("/logout/")
    row = TokenRevocation.objects.get()
    assert token.secret not in row.token
    assert tokens.decrypt(row.token, row.person).endswith(token.secret)


def test_session_that_coder_rejects_ends_without_revocation(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.world.tokens.clear()
    assert alice.get("/workspaces/").status_code == 302
    assert not TokenRevocation.objects.exists()


def test_operation_is_not_started_when_session_ends_during_request(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = services.create_operation

    def end_first(*args: Any) -> Operation:
        PortalSession.objects.all().delete()
        return create(*args)

    monkeypatch.setattr(services, "create_operation", end_first)
    with pytest.raises(SessionEnded):
        begin(coder.place("web"))
    assert not Operation.objects.exists()


def test_oldest_session_ends_with_its_token_when_person_signs_in_once_too_often(
    coder: SimulatedCoder, worker: OperationWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_end, "MAX_SESSIONS", 3)
    bob = Client()
    sign_in(bob, "bob")
    browsers = [Client() for _ in range(5)]
    for browser in browsers:
        sign_in(browser)
    assert [browser.get("/workspaces/").status_code for browser in browsers] == [302, 302, 200, 200, 200]
    worker.run_due_tasks()
    assert tokens_of(coder) == ["password"] * 3
    assert bob.get("/workspaces/").status_code == 200


def test_token_of_oldest_session_stays_valid_when_it_is_pasted_once_too_often(
    client: Client, coder: SimulatedCoder, worker: OperationWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_end, "MAX_SESSIONS", 1)
    token = create_token(coder)
    paste(Client(), token)
    paste(client, token)
    worker.run_due_tasks()
    assert client.get("/workspaces/").status_code == 200


def test_end_of_sessions_reads_those_of_a_person_once(alice: Client, coder: SimulatedCoder) -> None:
    for _ in range(5):
        sign_in(Client())
    ended = [session_end.read_row(row) for row in PortalSession.objects.all()[:5]]
    with CaptureQueriesContext(connection) as queries:
        session_end.end_rows(ended)
    reads = [query for query in queries if query["sql"].startswith("SELECT") and "session_data" in query["sql"]]
    assert len(reads) == 1
