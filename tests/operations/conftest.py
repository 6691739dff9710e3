"""A worker that a test runs step by step, with a clock that the test advances."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from django_tasks_db.management.commands import db_worker

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.models import Item, Operation
from workspaces.operations import services


@dataclass
class OperationWorker:
    """A worker that runs when a test calls it, and the clock that it shares with Coder."""

    coder: SimulatedCoder
    ahead: timedelta = timedelta()

    def run_due_tasks(self, name: str = "one") -> None:
        """Run all tasks that are due, and those that become due meanwhile."""
        db_worker.Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=name,
            excluded_queue_names=[],
        ).run()

    def advance(self, seconds: float = 5) -> None:
        """Advance the clock here and at Coder, and run the tasks that are due then."""
        self.ahead += timedelta(seconds=seconds)
        self.coder.server.advance(seconds)
        self.run_due_tasks()

    def run_until_ended(self, item: Item, seconds: float = 5) -> Item:
        """Advance the clock until the item has ended."""
        for _ in range(100):
            item.refresh_from_db()
            if item.ended_at:
                return item
            self.advance(seconds)
        raise AssertionError(f"{item} does not end")


@pytest.fixture
def worker(db: None, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> OperationWorker:
    """A worker with a clock."""
    new = OperationWorker(coder)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + new.ahead)
    # The worker runs in the test's transaction: closing the connection would end it.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    return new


@pytest.fixture
def begin(alice: Client, coder: SimulatedCoder) -> Callable[..., Item]:
    """Return a function that starts an operation of alice; `version` defaults to the workspace's."""

    def begin_operation(workspace: Workspace, kind: str = "restart", *, version: str = "", **more: Any) -> Item:
        def view(request: PortalRequest) -> HttpResponse:
            seen = request.coder.send(calls.workspace(UUID(workspace.id)))
            wanted = UUID(version) if version else seen.latest_build.template_version_id
            of = services.NewItem(workspace=seen, version=wanted, **more)
            operation = services.start_operation(request, Operation.Kind(kind), [of])
            return HttpResponse(str(operation.items.get().pk))

        request = RequestFactory().post("/")
        request.session = alice.session
        answer = sign_in_required(view)(request)
        return Item.objects.get(pk=answer.content.decode())

    return begin_operation
