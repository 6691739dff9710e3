"""Test that the processes of a portal share one reading: here two stores with one cache."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.fleet.test_loading import PERSON, FakeFleet, access_to
from workspaces.fleet import sharing
from workspaces.fleet.sharing import Publisher
from workspaces.fleet.store import FleetState, FleetStore


@pytest.fixture(autouse=True)
def shared_cache(settings: Settings) -> Iterator[None]:
    """Share the cache of the tests as if it were Redis."""
    settings.REDIS_URL = "redis://cache.test"
    cache.clear()
    yield
    cache.clear()


def read_to_the_end(store: FleetStore, server: FakeFleet) -> FleetState:
    """Return the state after the reading has ended."""
    store.get(access_to(server), "")
    fleet = store._fleets[PERSON.fingerprint, ""]
    assert fleet.next is None or fleet.next.has_ended.wait(30)
    return store.get(access_to(server), "")


def test_second_process_takes_the_rows_without_a_call() -> None:
    server = FakeFleet(list(range(250)))
    first = read_to_the_end(FleetStore(), server)
    server.requests.clear()
    second = read_to_the_end(FleetStore(), server)
    assert server.requests == []
    assert {row.id: row for row in second.rows} == {row.id: row for row in first.rows}
    assert (second.is_complete, second.count, second.read_at) == (True, 250, first.read_at)


def test_second_process_shows_pages_while_the_first_reads() -> None:
    gate = threading.Event()

    def hold(_fleet: FakeFleet, offset: int) -> None:
        if offset:
            assert gate.wait(30)

    server = FakeFleet(list(range(250)), hold)
    leader, follower = FleetStore(), FleetStore()
    leader.get(access_to(server), "")
    state = follower.get(access_to(server), "")
    assert (len(state.rows), state.count, state.is_complete, state.is_reading) == (100, 250, False, True)
    gate.set()
    assert read_to_the_end(follower, server).is_complete
    assert sorted(server.pages()) == [0, 100, 200]


def test_another_token_takes_nothing() -> None:
    server = FakeFleet(list(range(10)))
    read_to_the_end(FleetStore(), server)
    assert sharing.current_state("other", "", timedelta(hours=1)) is None


def test_reading_of_a_process_that_died_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    Publisher(PERSON.fingerprint, "", timezone.now())
    monkeypatch.setattr(sharing, "SILENCE_S", -1.0)
    server = FakeFleet(list(range(10)))
    assert len(read_to_the_end(FleetStore(), server).rows) == 10
    assert server.pages() == [0]


def test_reload_does_not_take_what_was_read_before() -> None:
    server = FakeFleet(list(range(10)))
    read_to_the_end(FleetStore(), server)
    server.numbers.append(11)
    store = FleetStore()
    store.get(access_to(server), "", again=True)
    assert len(read_to_the_end(store, server).rows) == 11


def test_rows_are_incomplete_where_the_cache_lost_a_page() -> None:
    server = FakeFleet(list(range(250)))
    read_to_the_end(FleetStore(), server)
    state = sharing.current_state(PERSON.fingerprint, "", timedelta(hours=1))
    assert state
    sharing.PAGE.delete(PERSON.fingerprint, state.reading, 1)
    second = read_to_the_end(FleetStore(), server)
    assert (second.is_complete, len(second.rows) < 250) == (False, True)


def test_signing_out_deletes_what_was_published() -> None:
    server = FakeFleet(list(range(10)))
    store = FleetStore()
    read_to_the_end(store, server)
    state = sharing.current_state(PERSON.fingerprint, "", timedelta(hours=1))
    assert state
    store.forget_token(PERSON.fingerprint)
    assert sharing.current_state(PERSON.fingerprint, "", timedelta(hours=1)) is None
    assert sharing.read_page(PERSON.fingerprint, state, 0) is None
