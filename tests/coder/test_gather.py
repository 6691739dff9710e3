"""Test concurrent calls: order, context, thread limit, and that no call is still running when an error is raised."""

import contextvars
import threading
import time

import pytest

from workspaces.coder import errors
from workspaces.coder.client import EXECUTOR, gather

LANGUAGE = contextvars.ContextVar("LANGUAGE", default="en")


def test_gathered_calls_run_concurrently_and_keep_order() -> None:
    concurrent_requests = threading.Barrier(3, timeout=10)

    def meet(number: int) -> int:
        concurrent_requests.wait()
        return number

    assert gather(lambda: meet(1), lambda: meet(2), lambda: meet(3)) == (1, 2, 3)


def test_single_gathered_call_runs_in_calling_thread() -> None:
    assert gather(threading.get_ident) == (threading.get_ident(),)


def test_gathered_calls_run_in_copy_of_callers_context() -> None:
    def changed() -> str:
        found = LANGUAGE.get()
        LANGUAGE.set("fr")
        return found

    before = LANGUAGE.set("ga")
    try:
        assert gather(LANGUAGE.get, changed, changed, LANGUAGE.get) == ("ga", "ga", "ga", "ga")
        assert LANGUAGE.get() == "ga"
    finally:
        LANGUAGE.reset(before)


def test_gather_limits_number_of_threads() -> None:
    bound = EXECUTOR._max_workers + 1
    full = threading.Barrier(bound, timeout=30)
    arrived = iter(range(bound))

    def work() -> int:
        if next(arrived, None) is not None:  # wait until the maximum number of threads has arrived
            full.wait()
        return threading.get_ident()

    assert len(set(gather(*[work] * (bound + 20)))) == bound


def wrong() -> None:
    """Coder says no."""
    raise errors.NotFound("no")


def broken() -> None:
    """A mistake of ours."""
    raise ZeroDivisionError


@pytest.mark.parametrize(("failing", "kind"), [(wrong, errors.NotFound), (broken, ZeroDivisionError)])
def test_gather_raises_error_after_other_calls_end(failing: object, kind: type[Exception]) -> None:
    ended = threading.Event()

    def slow() -> None:
        time.sleep(0.05)  # s, longer than raising an error takes
        ended.set()

    assert callable(failing)
    with pytest.raises(kind):
        gather(failing, slow)
    assert ended.is_set()
    ended.clear()
    with pytest.raises(kind):
        gather(slow, failing)
    assert ended.is_set()


def test_gather_raises_first_of_several_errors_in_argument_order() -> None:
    later = threading.Event()

    def slow_and_wrong() -> None:
        later.wait(timeout=10)
        raise errors.Gone("gone")

    def quick_and_wrong() -> None:
        later.set()
        raise errors.Conflict("busy")

    with pytest.raises(errors.Gone):
        gather(int, slow_and_wrong, quick_and_wrong)
