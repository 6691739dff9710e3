"""Test values that are fetched in the background: readers do not wait, and a failure keeps the last value."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from workspaces.gateway.background import BackgroundValue


class Source:
    """What a value is fetched from: `outcome` is returned or raised, after `open` is set."""

    def __init__(self) -> None:
        self.outcome: int | Exception = 1
        self.open = threading.Event()
        self.open.set()
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        assert self.open.wait(30)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def source() -> Iterator[Source]:
    """Return a source that responds at once."""
    source = Source()
    yield source
    source.open.set()


@pytest.fixture
def value(source: Source) -> BackgroundValue[int]:
    """Return a value that is old as soon as it has been fetched."""
    return BackgroundValue("test", source, max_age_s=0.0, retry_s=0.0, expected_errors=(OSError,))


def wait(value: BackgroundValue[int]) -> None:
    """Wait for the fetch that is in progress, or for a new one."""
    value.refresh().result(timeout=30)


def test_reader_gets_nothing_before_first_value_and_does_not_wait(source: Source, value: BackgroundValue[int]) -> None:
    source.open.clear()
    assert value.get() is None
    assert value.running_s > 0


def test_reader_gets_last_value_while_next_one_is_fetched(source: Source, value: BackgroundValue[int]) -> None:
    wait(value)
    source.open.clear()
    source.outcome = 2
    assert value.get() == 1
    future = value.refresh()
    source.open.set()
    future.result(timeout=30)
    assert value.value == 2


def test_many_readers_start_one_fetch(source: Source, value: BackgroundValue[int]) -> None:
    source.open.clear()
    for _ in range(50):
        value.get()
    future = value.refresh()
    source.open.set()
    future.result(timeout=30)
    assert source.calls == 1


def test_failed_fetch_keeps_last_value_and_names_error(source: Source, value: BackgroundValue[int]) -> None:
    wait(value)
    source.outcome = ConnectionResetError("with a secret")
    wait(value)
    assert (value.value, value.error) == (1, "ConnectionResetError")


@pytest.mark.parametrize(("outcome", "old"), [(1, False), (OSError(), True)], ids=["success", "failure"])
def test_value_is_old_sooner_after_failure(source: Source, outcome: int | Exception, *, old: bool) -> None:
    value = BackgroundValue("test", source, max_age_s=3600, retry_s=0, expected_errors=(OSError,))
    source.outcome = outcome
    wait(value)
    assert value.is_old is old


@pytest.mark.parametrize(("error", "logged"), [(OSError(), 0), (ZeroDivisionError(), 1)], ids=["outage", "fault"])
def test_only_unexpected_error_is_logged(
    source: Source, value: BackgroundValue[int], caplog: pytest.LogCaptureFixture, error: Exception, logged: int
) -> None:
    source.outcome = error
    with caplog.at_level(logging.ERROR, logger="portal.background"):
        wait(value)
    assert len(caplog.records) == logged


def test_fetch_that_ends_after_forget_stores_nothing(source: Source, value: BackgroundValue[int]) -> None:
    source.open.clear()
    future = value.refresh()
    value.forget()
    source.open.set()
    future.result(timeout=30)
    assert (value.value, value.age_s) == (None, None)


def test_fetch_runs_in_daemon_thread(source: Source) -> None:
    threads: list[threading.Thread] = []
    fetch: Callable[[], None] = lambda: threads.append(threading.current_thread())  # noqa: E731  # typed
    value = BackgroundValue("test", fetch, max_age_s=0, retry_s=0, expected_errors=())
    value.refresh().result(timeout=30)
    assert [thread.daemon for thread in threads] == [True]


def test_thread_that_cannot_start_counts_as_failed_fetch_and_next_one_is_tried(
    source: Source, value: BackgroundValue[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_to_start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail_to_start)
        assert value.get() is None
        assert (value.error, value.running_s) == ("RuntimeError", 0.0)
    wait(value)
    assert (value.value, value.error) == (1, "")


def test_reader_can_pass_what_to_fetch(source: Source) -> None:
    value: BackgroundValue[int] = BackgroundValue("test", None, max_age_s=0, retry_s=0, expected_errors=())
    assert value.get() is None
    assert value.fetched_at is None
    value.get(source)
    value.refresh(source).result(timeout=30)
    assert value.value == 1
