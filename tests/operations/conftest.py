"""The worker in the hand of the test: it does what is due, and the clock moves when the test says so."""

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
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import calls
from workspaces.models import Item, Operation
from workspaces.operations import services


@dataclass
class Workshop:
    """A worker that works when it is told to, and the clock that it and Coder share."""

    coder: SimulatedCoder
    ahead: timedelta = timedelta()

    def work(self, name: str = "one") -> None:
        """Do all tasks that are due, and those that become due at once."""
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

    def later(self, seconds: float = 5) -> None:
        """So many seconds pass, here and at Coder, and the worker does what is due then."""
        self.ahead += timedelta(seconds=seconds)
        self.coder.server.advance(seconds)
        self.work()

    def until_it_ends(self, item: Item, seconds: float = 5) -> Item:
        """Let time pass until the item has ended."""
        for _ in range(100):
            item.refresh_from_db()
            if item.ended_at:
                return item
            self.later(seconds)
        raise AssertionError(f"{item} does not end")


@pytest.fixture
def workshop(db: None, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A worker, and a clock for it."""
    made = Workshop(coder)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + made.ahead)
    # It works in the transaction of the test, whose connection a worker would give back to the pool.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)
    return made


@pytest.fixture
def begin(alice: Client, coder: SimulatedCoder) -> Callable[..., Item]:
    """Alice asks for an operation; `version` is the one it has, unless the test says otherwise."""

    def asked(workspace: Workspace, kind: str = "restart", *, version: str = "", **more: Any) -> Item:
        def view(request: PortalRequest) -> HttpResponse:
            seen = request.coder.send(calls.workspace(UUID(workspace.id)))
            wanted = UUID(version) if version else seen.latest_build.template_version_id
            of = services.Wanted(workspace=seen, version=wanted, **more)
            operation = services.begin(request, Operation.Kind(kind), [of])
            return HttpResponse(str(operation.items.get().pk))

        request = RequestFactory().post("/")
        request.session = alice.session
        answer = signed_in(view)(request)
        return Item.objects.get(pk=answer.content.decode())

    return asked
