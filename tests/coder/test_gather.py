"""Calls side by side: in order, in the caller's context, bounded, and none left running behind an error."""

import contextvars
import threading
import time

import pytest

from workspaces.coder import errors
from workspaces.coder.client import SIDE_BY_SIDE, gather

LANGUAGE = contextvars.ContextVar("LANGUAGE", default="en")


def test_gathered_calls_run_side_by_side_and_keep_their_order() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def meet(number: int) -> int:
        meeting.wait()
        return number

    assert gather(lambda: meet(1), lambda: meet(2), lambda: meet(3)) == (1, 2, 3)


def test_a_single_call_needs_no_other_thread() -> None:
    assert gather(threading.get_ident) == (threading.get_ident(),)


def test_gathered_calls_run_in_the_callers_context_and_cannot_change_it() -> None:
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


def test_however_many_are_gathered_the_threads_are_bounded() -> None:
    bound = SIDE_BY_SIDE._max_workers + 1
    full = threading.Barrier(bound, timeout=30)
    arrived = iter(range(bound))

    def work() -> int:
        if next(arrived, None) is not None:  # until all threads that there may be are here
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
def test_an_error_is_raised_after_the_others_have_ended(failing: object, kind: type[Exception]) -> None:
    ended = threading.Event()

    def slow() -> None:
        time.sleep(0.05)  # longer than an error takes to rise
        ended.set()

    assert callable(failing)
    with pytest.raises(kind):
        gather(failing, slow)
    assert ended.is_set()
    ended.clear()
    with pytest.raises(kind):
        gather(slow, failing)
    assert ended.is_set()


def test_of_several_errors_the_first_in_their_order_is_raised() -> None:
    later = threading.Event()

    def slow_and_wrong() -> None:
        later.wait(timeout=10)
        raise errors.Gone("gone")

    def quick_and_wrong() -> None:
        later.set()
        raise errors.Conflict("busy")

    with pytest.raises(errors.Gone):
        gather(int, slow_and_wrong, quick_and_wrong)
