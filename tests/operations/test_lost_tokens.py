"""Tokens of operations that exist at Coder although the response with them was lost."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.operations.conftest import OperationWorker
from tests.operations.test_running import BeginOperation
from tests.operations.test_session_end import BOTH, EACH_END, End, tokens_of
from tests.portal import FakeClock, SimulatedCoder, create_token
from workspaces.auth import tokens
from workspaces.models import Item, Operation
from workspaces.operations import credentials

pytestmark = pytest.mark.django_db


def lose_token(begin: BeginOperation, coder: SimulatedCoder) -> Item:
    """Begin an operation whose token Coder creates without the portal hearing of it."""
    coder.server.add_fault("malformed", path="keys/tokens$", method="POST")
    item = begin(coder.place("web"))
    coder.server.clear_faults()
    assert tokens_of(coder) == ["password", "token"]
    return item


@BOTH
def test_token_whose_response_was_lost_is_deleted_when_operation_ends(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    item = lose_token(begin, coder)
    create_token(coder, "alice")
    assert worker.run_until_ended(item).outcome == "done"
    worker.run_due_tasks()
    assert tokens_of(coder) == ["password", "password"]
    assert Operation.objects.get().token_name == ""


@BOTH
@EACH_END
def test_token_whose_response_was_lost_is_deleted_when_session_ends(
    begin: BeginOperation,
    alice: Client,
    coder: SimulatedCoder,
    worker: OperationWorker,
    settings: Settings,
    fake_clock: FakeClock,
    end: End,
) -> None:
    lose_token(begin, coder)
    end(alice, settings, fake_clock)
    worker.run_due_tasks()
    assert tokens_of(coder) == []


def test_token_of_session_is_revoked_where_coder_refuses_to_list_tokens(
    begin: BeginOperation, alice: Client, coder: SimulatedCoder
) -> None:
    lose_token(begin, coder)
    coder.server.add_fault("answer", path="keys/tokens$", method="GET", status=403, body={"message": "Forbidden."})
    alice.post("/logout/", {"anyway": "on"})
    assert tokens_of(coder) == ["token"]


def test_token_that_is_stored_while_an_earlier_one_is_revoked_is_not_forgotten(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = lose_token(begin, coder)
    list_tokens = credentials.delete_tokens_by_name

    def store_meanwhile(*args: Any) -> None:
        list_tokens(*args)
        new = tokens.encrypt(create_token(coder), item.operation.person)
        Operation.objects.update(token=new, token_id="abcdefghij", token_name="")

    monkeypatch.setattr(credentials, "delete_tokens_by_name", store_meanwhile)
    credentials.revoke(item.operation_id)
    assert Operation.objects.get().token_id == "abcdefghij"


def test_revoking_the_token_of_a_deleted_operation_does_nothing(db: None) -> None:
    credentials.revoke(uuid4())
