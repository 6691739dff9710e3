"""A portal and a worker that are killed at a chosen point: one process loads Django and forks one process per command.

It reads commands as lines of JSON and writes a response for each. Points are counted: one before each transaction, one
before each write outside of a transaction, one before and one after each request to Coder.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any
from unittest.mock import patch
from uuid import UUID

import django

WRITES = ("INSERT", "UPDATE", "DELETE")


class KillSwitch:
    """Kills this process with SIGKILL at the point number `points`; 0: never."""

    def __init__(self, points: int) -> None:
        self.points = points

    def pass_point(self) -> None:
        """Count one point down, or kill the process at the last one."""
        if self.points == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        self.points = max(self.points - 1, 0)


@contextmanager
def counting_points(switch: KillSwitch, ahead: float) -> Iterator[None]:
    """Count the points of this process, with its clock `ahead` (s)."""
    from django.db import connection
    from django.db.transaction import Atomic
    from django.utils import timezone

    from workspaces.coder.client import Coder

    def enter(atomic: Any) -> None:
        if not connection.in_atomic_block:
            switch.pass_point()
        real_enter(atomic)

    def fetch(coder: Coder, request: Any) -> Any:
        switch.pass_point()
        outcome = real_fetch(coder, request)
        switch.pass_point()
        return outcome

    def execute(run: Callable[..., Any], sql: str, *args: Any) -> Any:
        if not connection.in_atomic_block and sql.startswith(WRITES):
            switch.pass_point()
        return run(sql, *args)

    real_enter, real_fetch, real_now = Atomic.__enter__, Coder.fetch, timezone.now
    later = timedelta(seconds=ahead)
    with (
        patch.object(Atomic, "__enter__", wraps(real_enter)(enter)),
        patch.object(Coder, "fetch", fetch),
        patch.object(timezone, "now", lambda: real_now() + later),
        connection.execute_wrapper(execute),
    ):
        yield


def begin(token: str, *workspaces: str) -> str:
    """Start a restart of workspaces as the portal does. Return the operation's id."""
    from workspaces.auth.sessions import PortalRequest
    from workspaces.coder import calls
    from workspaces.models import Operation
    from workspaces.operations import services

    def start(request: PortalRequest) -> Operation:
        current = [request.coder.send(calls.workspace(UUID(workspace))) for workspace in workspaces]
        items = [services.NewItem(workspace=one, version=one.latest_build.template_version_id) for one in current]
        return services.start_operation(request, Operation.Kind.RESTART, items)

    return start_signed_in(token, start)


def begin_bulk(token: str, key: str, action: str, fields: str, *workspaces: str) -> str:
    """Start an action on many workspaces as the portal does, with these fields as JSON. Return the operation's id."""
    from workspaces.auth.sessions import PortalRequest
    from workspaces.models import Operation
    from workspaces.operations import services
    from workspaces.operations.criteria import Criteria

    def start(request: PortalRequest) -> Operation:
        names = {UUID(workspace): ("alice", "web") for workspace in workspaces}
        kind = Operation.Kind(action)
        return services.start_bulk(
            request, UUID(key), kind, names, fields=json.loads(fields), criteria=Criteria(q="owner:me")
        )

    return start_signed_in(token, start)


def start_signed_in(token: str, start: Callable[[Any], Any]) -> str:
    """Sign in with the token, and call `start` with the request. Return the id of the operation that it returns."""
    from django.test import RequestFactory

    from workspaces.auth import sessions
    from workspaces.auth.session_store import SessionStore
    from workspaces.auth.sessions import PortalRequest
    from workspaces.coder import calls
    from workspaces.gateway import connection

    request = RequestFactory().post("/")
    request.session = SessionStore()
    sessions.start_session(request, connection.client_for_token(token).send(calls.me()), token, pasted=True)
    request.session.save()
    operations: list[str] = []

    def view(request: PortalRequest) -> Any:
        operations.append(str(start(request).pk))

    sessions.sign_in_required(view)(request)
    return operations[0]


def work(name: str) -> str:
    """Run tasks as a worker does until none is due."""
    from django_tasks_db.management.commands.db_worker import Worker

    Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=name,
        excluded_queue_names=[],
    ).run()
    return ""


def workers() -> str:
    """Return the ids of the workers that ran tasks, as JSON."""
    from django_tasks_db.models import DBTaskResult

    known = {name for names in DBTaskResult.objects.values_list("worker_ids", flat=True) for name in names}
    return json.dumps(sorted(known))


COMMANDS: dict[str, Callable[..., str]] = {"begin": begin, "begin_bulk": begin_bulk, "work": work, "workers": workers}


def run_forked(command: dict[str, Any]) -> dict[str, Any]:
    """Run a command in a process of its own. Return its result, whether it was killed, and the points left."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        switch = KillSwitch(command["points"])
        with counting_points(switch, command["ahead"]):
            result = COMMANDS[command["do"]](*command["with"])
        os.write(write, json.dumps({"result": result, "left": switch.points}).encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        output = pipe.read()
    if not os.WIFSIGNALED(status) and not output:
        return {"error": f"it ended with {status}"}
    return {"killed": os.WIFSIGNALED(status)} | (json.loads(output) if output else {"result": "", "left": 0})


def main() -> None:
    """Run commands until the input ends."""
    django.setup()
    import workspaces.operations.services
    import workspaces.urls  # noqa: F401  # loaded once for all forks
    from workspaces.gateway import connection

    connection.http_client()

    for line in sys.stdin:
        sys.stdout.write(json.dumps(run_forked(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
