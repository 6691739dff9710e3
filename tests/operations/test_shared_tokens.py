"""A token that several sessions use: it is revoked, and ends operations, with the last of them."""

from uuid import UUID

import pytest
from django.test import Client

from tests.operations.conftest import OperationWorker
from tests.operations.test_pages import begin_with_session_token
from tests.operations.test_running import BeginOperation
from tests.operations.test_session_end import INTERRUPTED, messages, paste, tokens_of
from tests.portal import SimulatedCoder, create_token
from workspaces.auth import tokens
from workspaces.models import PortalSession, TokenRevocation
from workspaces.operations import cleanup, session_end

pytestmark = pytest.mark.django_db


def test_shared_token_is_revoked_with_its_last_session(client: Client, coder: SimulatedCoder) -> None:
    token, phone = create_token(coder), Client()
    paste(client, token)
    paste(phone, token)
    client.post("/logout/", {"revoke": "on"})
    assert tokens_of(coder) == ["password"]
    assert "The token is revoked when that session ends." in messages(client)
    assert phone.get("/workspaces/").status_code == 200
    phone.post("/logout/")  # nothing was asked here
    assert tokens_of(coder) == []
    assert "You are signed out." in messages(phone)


def paste_token_of(client: Client) -> Client:
    """Sign in in another browser with the token that this browser's session got for a password."""
    (session,) = PortalSession.objects.filter(person__isnull=False)
    data, other = session.get_decoded(), Client()
    paste(other, tokens.decrypt(data["token"], UUID(data["person"]["id"])))
    return other


@pytest.mark.parametrize("is_pasted_one_last", [True, False])
def test_token_from_password_that_was_also_pasted_is_revoked_with_its_last_session(
    alice: Client, coder: SimulatedCoder, *, is_pasted_one_last: bool
) -> None:
    pasted = paste_token_of(alice)
    first, last = (alice, pasted) if is_pasted_one_last else (pasted, alice)
    first.post("/logout/")
    assert last.get("/workspaces/").status_code == 200
    last.post("/logout/")
    assert tokens_of(coder) == []


@pytest.mark.parametrize("is_pasted_one_last", [True, False])
def test_token_from_password_that_was_also_pasted_is_revoked_when_its_sessions_end_at_once(
    alice: Client, coder: SimulatedCoder, worker: OperationWorker, *, is_pasted_one_last: bool
) -> None:
    paste_token_of(alice)
    rows = PortalSession.objects.order_by("signed_in_at")
    ended = [session_end.read_row(row) for row in rows]
    session_end.end_rows(ended if is_pasted_one_last else ended[::-1])
    worker.run_due_tasks()
    assert tokens_of(coder) == []


def test_pasting_ones_own_token_from_password_over_its_session_keeps_it_until_that_ends(
    alice: Client, coder: SimulatedCoder
) -> None:
    data = PortalSession.objects.get().get_decoded()
    paste(alice, tokens.decrypt(data["token"], UUID(data["person"]["id"])))
    assert alice.get("/workspaces/").status_code == 200
    alice.post("/logout/")
    assert tokens_of(coder) == []


def test_revocation_that_waits_for_a_session_is_done_when_coder_rejects_the_token(
    client: Client, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    token, phone = create_token(coder), Client()
    paste(client, token)
    paste(phone, token)
    client.post("/logout/", {"revoke": "on"})
    cleanup.clean_up()
    worker.run_due_tasks()
    assert TokenRevocation.objects.get().due_at is None  # the phone still uses it
    coder.server.world.tokens.clear()
    assert phone.get("/workspaces/").status_code == 302
    cleanup.clean_up()
    worker.run_due_tasks()
    assert not TokenRevocation.objects.exists()


def test_operation_with_shared_token_ends_with_last_session_that_is_asked(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    token, phone = create_token(coder), Client()
    paste(alice, token)
    paste(phone, token)
    item = begin_with_session_token(begin, coder)
    assert phone.post("/logout/").status_code == 302
    item.refresh_from_db()
    assert item.outcome == ""
    assert alice.post("/logout/").status_code == 409
    alice.post("/logout/", {"anyway": "on"})
    item.refresh_from_db()
    assert item.outcome == "canceled"
    assert INTERRUPTED in messages(alice)
