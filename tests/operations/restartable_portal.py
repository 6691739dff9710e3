"""A portal and its worker that are killed at a given moment: one process that loads Django, and forks who is to die.

Commands come as lines of JSON, an answer for each. A moment is one between two things that last: before each
transaction, before each statement outside of one, before and after each request to Coder.
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


class Fate:
    """How many moments somebody has still to live; 0 is for ever."""

    def __init__(self, moments: int) -> None:
        self.left = moments

    def moment(self) -> None:
        """One of them passes. The last one is SIGKILL."""
        if self.left == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left = max(self.left - 1, 0)


@contextmanager
def mortal(fate: Fate, ahead: float) -> Iterator[None]:
    """Let the moments of this process be counted, and its clock be `ahead` (s)."""
    from django.db import connection
    from django.db.transaction import Atomic
    from django.utils import timezone

    from workspaces.coder.client import Coder

    def enter(atomic: Any) -> None:
        if not connection.in_atomic_block:
            fate.moment()
        real_enter(atomic)

    def fetch(coder: Coder, request: Any) -> Any:
        fate.moment()
        outcome = real_fetch(coder, request)
        fate.moment()
        return outcome

    def execute(run: Callable[..., Any], sql: str, *args: Any) -> Any:
        if not connection.in_atomic_block and sql.startswith(WRITES):
            fate.moment()
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
    """What a portal does when somebody asks it to restart workspaces. Returns the operation's id."""
    from django.contrib.sessions.backends.cache import SessionStore
    from django.test import RequestFactory

    from workspaces.auth import sessions
    from workspaces.auth.sessions import PortalRequest
    from workspaces.coder import calls
    from workspaces.gateway import connection
    from workspaces.models import Operation
    from workspaces.operations import services

    request = RequestFactory().post("/")
    request.session = SessionStore()
    sessions.start_session(request, connection.client_for_token(token).send(calls.me()), token, pasted=True)
    made: list[str] = []

    def view(request: PortalRequest) -> Any:
        seen = [request.coder.send(calls.workspace(UUID(workspace))) for workspace in workspaces]
        wanted = [services.Wanted(workspace=one, version=one.latest_build.template_version_id) for one in seen]
        made.append(str(services.begin(request, Operation.Kind.RESTART, wanted).pk))

    sessions.signed_in(view)(request)
    return made[0]


def work(name: str) -> str:
    """What a worker does until nothing is due."""
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
    """Who has carried out tasks, in JSON."""
    from django_tasks_db.models import DBTaskResult

    known = {name for names in DBTaskResult.objects.values_list("worker_ids", flat=True) for name in names}
    return json.dumps(sorted(known))


DOES: dict[str, Callable[..., str]] = {"begin": begin, "work": work, "workers": workers}


def forked(command: dict[str, Any]) -> dict[str, Any]:
    """Do the command in a process of its own. The answer says whether it was killed, and how many moments were left."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        fate = Fate(command["moments"])
        with mortal(fate, command["ahead"]):
            told = DOES[command["do"]](*command["with"])
        os.write(write, json.dumps({"told": told, "left": fate.left}).encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        told = answer.read()
    if not os.WIFSIGNALED(status) and not told:
        return {"error": f"it ended with {status}"}
    return {"killed": os.WIFSIGNALED(status)} | (json.loads(told) if told else {"told": "", "left": 0})


def main() -> None:
    """Answer until the commands end."""
    django.setup()
    import workspaces.operations.services
    import workspaces.urls  # noqa: F401  # whatever loads slowly, once for all who are forked
    from workspaces.gateway import connection

    connection.http_client()

    for line in sys.stdin:
        sys.stdout.write(json.dumps(forked(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
