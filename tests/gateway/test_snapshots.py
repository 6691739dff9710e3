"""Test the budgets of snapshots: bytes for each person and in all."""

import random
import tracemalloc
from types import SimpleNamespace
from uuid import UUID

import pytest

from workspaces.gateway import snapshots
from workspaces.gateway.snapshots import ENTRY_BYTES, MAX_AGE_S, Snapshot, SnapshotStore

ALICE, BOB, CAROL = UUID(int=1), UUID(int=2), UUID(int=3)
TEMPLATE = "workspaces/list.html"


def incompressible(size: int, seed: int = 0) -> bytes:
    """Return a page that takes this many bytes when packed, give or take a few."""
    return random.Random(seed).randbytes(size)


@pytest.fixture
def store() -> SnapshotStore:
    """Return a store that holds four pages of 10 KB for each person, and ten in all."""
    page = 10_000 + ENTRY_BYTES + 200
    return SnapshotStore(person_bytes=4 * page, total_bytes=10 * page)


def save(store: SnapshotStore, person: UUID, path: str, size: int = 10_000) -> None:
    """Save a page of this size, with the token "token" of the person."""
    store.save(person, ("token", path), TEMPLATE, incompressible(size))


def paths(store: SnapshotStore, person: UUID) -> set[str]:
    """Return the paths of the person's snapshots."""
    return {path for owner, (_, path) in store.entries() if owner == person}


def test_page_is_returned_as_it_was_saved(store: SnapshotStore) -> None:
    store.save(ALICE, ("token", "/"), TEMPLATE, {"rows": (1, "é")})
    assert store.get_recent(ALICE, ("token", "/")) == Snapshot(TEMPLATE, {"rows": (1, "é")})


@pytest.mark.parametrize(
    ("person", "key"), [(BOB, ("token", "/")), (ALICE, ("other token", "/")), (ALICE, ("token", "/other"))]
)
def test_page_is_returned_to_its_person_token_and_path_alone(
    store: SnapshotStore, person: UUID, key: tuple[str, str]
) -> None:
    save(store, ALICE, "/")
    assert store.get_recent(person, key) is None


def test_person_over_budget_loses_own_least_recently_used_page(store: SnapshotStore) -> None:
    save(store, BOB, "/bob")
    for number in range(4):
        save(store, ALICE, f"/{number}")
    store.get_recent(ALICE, ("token", "/0"))
    save(store, ALICE, "/4")
    assert paths(store, ALICE) == {"/0", "/2", "/3", "/4"}
    assert paths(store, BOB) == {"/bob"}


def test_twelve_large_pages_of_one_person_stay_within_their_budget() -> None:
    store = SnapshotStore()
    save(store, BOB, "/bob")
    for number in range(12):
        save(store, ALICE, f"/log/?x={number}", 1_000_000)
    assert len(paths(store, ALICE)) == 2
    assert paths(store, BOB) == {"/bob"}
    assert store.weight <= snapshots.PERSON_BYTES + 20_000


def test_process_over_budget_drops_pages_of_person_inactive_for_longest(store: SnapshotStore) -> None:
    for person in (BOB, ALICE, CAROL):
        for number in range(3):
            save(store, person, f"/{number}")
    save(store, BOB, "/3")  # Bob is active again; ten pages
    save(store, CAROL, "/3")
    assert len(paths(store, ALICE)) == 2
    assert (len(paths(store, BOB)), len(paths(store, CAROL))) == (4, 4)


def test_page_over_budget_of_person_is_not_kept_and_replaces_earlier_one(store: SnapshotStore) -> None:
    save(store, ALICE, "/")
    save(store, ALICE, "/", 60_000)
    assert store.entries() == []
    assert store.weight == 0


def test_page_saved_again_is_counted_once(store: SnapshotStore) -> None:
    for _ in range(50):
        save(store, ALICE, "/")
    assert len(store.entries()) == 1
    assert store.weight < 2 * 12_500


def test_page_expires(store: SnapshotStore, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(snapshots, "time", SimpleNamespace(monotonic=lambda: clock.now))
    save(store, ALICE, "/")
    clock.now += MAX_AGE_S - 1
    assert store.get_recent(ALICE, ("token", "/"))
    clock.now += 1
    assert store.get_recent(ALICE, ("token", "/")) is None


def test_pages_of_ended_token_are_deleted_and_no_longer_counted(store: SnapshotStore) -> None:
    save(store, ALICE, "/")
    store.save(ALICE, ("other token", "/"), TEMPLATE, 1)
    store.delete_for_token(ALICE, "token")
    assert store.entries() == [(ALICE, ("other token", "/"))]
    store.delete_for_token(ALICE, "other token")
    assert (store.entries(), store.weight) == ([], 0)


@pytest.mark.parametrize("size", [10, 2_000, 50_000])
def test_memory_of_many_snapshots_stays_within_total_budget(size: int) -> None:
    total = 3_000_000
    tracemalloc.start()
    try:
        store = SnapshotStore(person_bytes=300_000, total_bytes=total)
        for number in range(min(3000, 2 * total // size)):
            page = incompressible(size, number)
            store.save(UUID(int=number % 300), (f"token-{number}", f"/{number}"), TEMPLATE, page)
        del page
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken <= total
