"""Test that no operation stores a token or a parameter value within Coder's words."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.operations.conftest import OperationWorker
from tests.portal import SimulatedCoder
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError
from workspaces.models import Item

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"
VALUES = {"project": "ABC-777", "mode": "changed", "note": 'say "no"'}
WORDS = f'project: "ABC-777" is refused, note "say \\"no\\"" too; t%3D{TOKEN}'

type BeginOperation = Callable[..., Item]


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("status", [400, 409, 500], ids=["refused", "conflict", "server error"])
def test_message_of_refused_write_is_stored_without_token_and_parameter_values(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker, status: int
) -> None:
    web = coder.place("web", "stopped", template="dev")
    body = {"message": "Refused.", "detail": WORDS}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=status, body=body)
    item = begin(web, values=VALUES)
    assert 'project: "[value]" is refused, note "[value]" too; t%3D[token]' in item.message
    if status == 400:
        assert "Nothing was changed." in item.message  # the portal's own words stay, though "changed" is a value


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_error_of_failed_build_is_stored_without_token_and_parameter_values(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker
) -> None:
    web = coder.place("web", "stopped", template="dev")
    item = begin(web, values=VALUES)
    web.latest_build.job.error = f"\x1b[31m{WORDS}"
    web.latest_build.job.completed_at = coder.server.world.now()
    worker.run_until_ended(item)
    assert item.outcome == "failed"
    assert item.message.endswith('project: "[value]" is refused, note "[value]" too; t%3D[token]')


def test_traceback_of_task_that_fails_is_stored_without_token(
    begin: BeginOperation, coder: SimulatedCoder, worker: OperationWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = begin(coder.place("web"))

    def send(*args: object) -> None:
        try:
            raise CoderError(f"t%3D{TOKEN}")
        except CoderError as error:
            raise RuntimeError("a fault of the portal") from error

    monkeypatch.setattr(Coder, "send", send)
    Item.objects.filter(pk=item.pk).update(next_at=timezone.now())
    worker.advance()
    tracebacks = [result.traceback for result in DBTaskResult.objects.exclude(traceback="")]
    assert any("t%3D[token]" in text for text in tracebacks)
    assert not any(TOKEN in text for text in tracebacks)
