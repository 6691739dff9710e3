"""Parallel sign-in attempts on PostgreSQL: each counts before Coder has answered, and none waits for another."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from workspaces.auth import throttle
from workspaces.models import AttemptCounter

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12  # less than the connections of the pool
REPETITIONS = 20
ADDRESSES = [f"203.0.113.{number}" for number in range(3)]


def begin(address: str, email: str, barrier: threading.Barrier) -> throttle.Attempt | None:
    """Begin an attempt together with the other threads; None where it is refused."""
    barrier.wait()
    try:
        return throttle.begin_attempt(address, email)
    except throttle.TooManyFailures:
        return None
    finally:
        connection.close()


def give_back(attempt: throttle.Attempt) -> None:
    """Give an attempt back in a thread."""
    try:
        attempt.give_back()
    finally:
        connection.close()


def test_parallel_attempts_never_exceed_the_limit() -> None:
    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        begun = [
            attempt
            for _ in range(2)
            for attempt in pool.map(lambda _: begin(ADDRESSES[0], "alice@example.com", barrier), range(THREADS))
        ]
        allowed = [attempt for attempt in begun if attempt]
        assert len(allowed) == 10
        list(pool.map(give_back, allowed))
    assert not AttemptCounter.objects.exists()


def test_attempts_that_share_counters_do_not_deadlock() -> None:
    barrier = threading.Barrier(THREADS)
    pairs = [(ADDRESSES[number % 3], f"person-{number % 4}@example.com") for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        begun = list(pool.map(lambda pair: begin(pair[0], pair[1], barrier), pairs))
        assert all(begun)
        list(pool.map(give_back, [attempt for attempt in begun if attempt]))
    assert not AttemptCounter.objects.exists()


def begin_and_give_back(barrier: threading.Barrier) -> int:
    """Begin attempts and give each back at once, as successful sign-ins do; return how many were allowed."""
    barrier.wait()
    try:
        for _ in range(REPETITIONS):
            throttle.begin_attempt(ADDRESSES[0], "alice@example.com").give_back()
    finally:
        connection.close()
    return REPETITIONS


def test_counters_that_others_delete_meanwhile_are_counted_anew(settings: Settings) -> None:
    settings.LOGIN_ATTEMPTS = THREADS
    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(lambda _: begin_and_give_back(barrier), range(THREADS))) == THREADS * REPETITIONS
    assert not AttemptCounter.objects.exists()
