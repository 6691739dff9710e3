"""Requests of one session that end at the same moment on PostgreSQL: none loses what another one stores."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from workspaces.auth.session_store import SessionStore

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12  # less than the connections of the pool


def store(key: str | None, number: int, barrier: threading.Barrier) -> None:
    """Store a value of its own in the session, together with the other threads."""
    try:
        session = SessionStore(key)
        session[f"value-{number}"] = number
        barrier.wait()
        session.save()
    finally:
        connection.close()


def test_parallel_requests_lose_nothing_of_each_other() -> None:
    session = SessionStore()
    session.create()
    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: store(session.session_key, number, barrier), range(THREADS)))
    assert dict(SessionStore(session.session_key).items()) == {f"value-{number}": number for number in range(THREADS)}
