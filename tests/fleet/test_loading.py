"""Test the reading of all pages against a fake Coder whose list changes meanwhile."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Semaphore
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.fleet.samples import make_id, workspace_json
from workspaces.auth.sessions import Person
from workspaces.coder.client import Coder
from workspaces.coder.errors import RateLimited, ServerError, SessionEnded
from workspaces.coder.transport import open_client
from workspaces.coder.types import Workspace
from workspaces.coder.workspace_pages import PAGES_AT_ONCE
from workspaces.fleet import loading
from workspaces.fleet.loading import FleetAccess, FleetReading
from workspaces.fleet.store import FleetStore

PERSON = Person(
    id=UUID(int=99),
    username="admin",
    name="",
    avatar_url="",
    roles=("owner",),
    pasted=False,
    zone="",
    theme="",
    page_size=25,
    fingerprint="f" * 64,
)
GONE = {"message": "Resource not found or you do not have access to this resource"}


@dataclass
class FakeFleet:
    """A list of workspaces, by number, in Coder's order. `before_page` may change it before each page."""

    numbers: list[int]
    before_page: Callable[["FakeFleet", int], None] = lambda _fleet, _offset: None
    responses: dict[int, httpx.Response] = field(default_factory=dict)  # by offset: used once
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Respond to a request."""
        self.requests.append(request)
        if request.url.path.endswith("/authcheck"):
            checks: dict[str, Any] = json.loads(request.content)["checks"]
            return httpx.Response(200, json=dict.fromkeys(checks, True))
        if not request.url.path.endswith("/workspaces"):
            number = UUID(request.url.path.rpartition("/")[2]).int - 1_000_000
            exists = number in self.numbers
            return httpx.Response(
                200 if exists else 404, json=workspace_json(number) if exists else {"message": "gone"}
            )
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        if response := self.responses.pop(offset, None):
            return response
        self.before_page(self, offset)
        page = [workspace_json(number) for number in self.numbers[offset : offset + limit]]
        return httpx.Response(200, json={"workspaces": page, "count": len(self.numbers)})

    def pages(self) -> list[int]:
        """Return the offsets that were asked for."""
        return [int(each.url.params["offset"]) for each in self.requests if each.url.path.endswith("/workspaces")]


class FakeAccess(FleetAccess):
    """An access whose client talks to the fake Coder."""

    server: FakeFleet

    def open_client(self) -> Coder:
        """Return a client of the fake Coder."""
        return Coder(open_client("http://coder.test/", transport=httpx.MockTransport(self.server)), "token-1234567890")


def access_to(server: FakeFleet) -> FleetAccess:
    """Return the access to the fake Coder."""
    access = FakeAccess(person=PERSON, token="token-1234567890", forwarded_for="")
    object.__setattr__(access, "server", server)
    return access


def read(server: FakeFleet) -> FleetReading:
    """Return a reading that has ended."""
    reading = FleetReading(access_to(server), "")
    reading.start(Semaphore(1))
    assert reading.has_ended.wait(30)
    return reading


@pytest.mark.parametrize("number", [0, 1, 99, 100, 101, 250, 1000])
def test_reading_has_all_workspaces_with_one_call_a_page(number: int) -> None:
    server = FakeFleet(list(range(number)))
    reading = read(server)
    assert (reading.is_complete, len(reading.rows), reading.count) == (True, number, number)
    assert sorted(server.pages()) == list(range(0, max(1, number), 100))


def test_next_pages_are_fetched_while_rows_of_a_page_are_made() -> None:
    is_fetched = threading.Event()

    def note(_fleet: FakeFleet, offset: int) -> None:
        if offset == 500:
            is_fetched.set()

    has_fetched: list[bool] = []

    def on_rows() -> None:
        has_fetched.append(len(has_fetched) != 1 or is_fetched.wait(30))

    reading = FleetReading(access_to(FakeFleet(list(range(900)), note)), "", on_rows=on_rows)
    reading.start(Semaphore(1))
    assert reading.has_ended.wait(60)
    assert has_fetched == [True] * 9


def test_three_requests_are_in_progress_at_most_however_many_threads_there_are() -> None:
    lock, counts, in_progress = threading.Lock(), [0], [0]
    together = threading.Barrier(PAGES_AT_ONCE)

    def count(_fleet: FakeFleet, offset: int) -> None:
        with lock:
            in_progress[0] += 1
            counts.append(in_progress[0])
        if 0 < offset <= 900:  # nine pages, three at a time
            together.wait(30)
        with lock:
            in_progress[0] -= 1

    assert read(FakeFleet(list(range(1000)), count)).is_complete
    assert max(counts) == PAGES_AT_ONCE < loading.THREADS


def test_rights_are_asked_once_for_an_organization() -> None:
    server = FakeFleet(list(range(500)))
    read(server)
    assert len([each for each in server.requests if each.url.path.endswith("/authcheck")]) == 1


def test_workspace_that_moved_between_two_pages_is_read_in_the_end() -> None:
    moved: list[bool] = []

    def swap(fleet: FakeFleet, offset: int) -> None:
        if offset == 100 and not moved:  # number 100 moves to the first page, which was read, and 99 to this one
            moved.append(True)
            fleet.numbers.insert(0, fleet.numbers.pop(100))

    reading = read(FakeFleet(list(range(150)), swap))
    assert reading.is_complete
    assert reading.rows.keys() == {make_id(number) for number in range(150)}


def test_workspace_that_was_deleted_meanwhile_is_not_in_the_rows() -> None:
    deleted: list[bool] = []

    def delete(fleet: FakeFleet, offset: int) -> None:
        if offset == 100 and not deleted:
            deleted.append(True)
            fleet.numbers.remove(3)

    reading = read(FakeFleet(list(range(150)), delete))
    assert reading.is_complete
    assert make_id(3) not in reading.rows


def test_workspace_that_was_created_meanwhile_is_in_the_rows() -> None:
    def create(fleet: FakeFleet, offset: int) -> None:
        if offset == 100 and 500 not in fleet.numbers:
            fleet.numbers.append(500)

    reading = read(FakeFleet(list(range(150)), create))
    assert reading.is_complete
    assert make_id(500) in reading.rows


def test_reading_is_incomplete_while_the_list_never_stands_still() -> None:
    numbers = iter(range(1000, 9000))

    def replace_one(fleet: FakeFleet, offset: int) -> None:
        if offset == 100:  # a new one on the first page, which was read
            fleet.numbers.insert(0, next(numbers))

    reading = read(FakeFleet(list(range(150)), replace_one))
    assert (reading.is_complete, reading.error) == (False, None)


def test_reading_waits_where_coder_limits_the_rate() -> None:
    limited = httpx.Response(429, json={"message": "slow down"}, headers={"Retry-After": "0.01"})
    reading = read(FakeFleet(list(range(250)), responses={100: limited}))
    assert reading.is_complete


def test_reading_gives_up_where_coder_limits_the_rate_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MAX_RATE_LIMIT_WAIT_S", 0.5)
    limited = httpx.Response(429, json={"message": "slow down"}, headers={"Retry-After": "1"})
    assert isinstance(read(FakeFleet(list(range(250)), responses={100: limited})).error, RateLimited)


@pytest.mark.parametrize(("status", "error"), [(401, SessionEnded), (500, ServerError)])
def test_reading_keeps_rows_and_error_of_a_page_that_failed(status: int, error: type[Exception]) -> None:
    reading = read(FakeFleet(list(range(250)), responses={200: httpx.Response(status, json={"message": "no"})}))
    assert isinstance(reading.error, error)
    assert len(reading.rows) >= 100
    assert not reading.is_complete


def test_no_more_rows_are_read_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MAX_ROWS", 300)
    reading = read(FakeFleet(list(range(1000))))
    assert (len(reading.rows), reading.is_limited, reading.is_complete) == (300, True, False)


def test_store_reads_once_for_several_readers() -> None:
    server = FakeFleet(list(range(10)))
    store = FleetStore()
    access = access_to(server)
    assert [len(store.get(access, "").rows) for _ in range(3)] == [10, 10, 10]
    assert server.pages() == [0]


def test_store_reads_again_on_request_and_shows_the_old_rows_meanwhile() -> None:
    server = FakeFleet(list(range(10)))
    store = FleetStore()
    store.get(access_to(server), "")
    gate = threading.Event()
    server.numbers.append(11)
    server.before_page = lambda _fleet, _offset: assert_set(gate)
    assert len(store.get(access_to(server), "", again=True).rows) == 10
    gate.set()
    reading = store._fleets[PERSON.fingerprint, ""].next
    assert reading is None or reading.has_ended.wait(30)
    assert len(store.get(access_to(server), "").rows) == 11


def assert_set(gate: threading.Event) -> None:
    """Wait until the gate opens."""
    assert gate.wait(30)


def test_store_forgets_fleets_of_a_token() -> None:
    server = FakeFleet(list(range(10)))
    store = FleetStore()
    store.get(access_to(server), "")
    store.forget_token(PERSON.fingerprint)
    assert store.row_count() == 0


def test_store_forgets_least_recently_used_fleets_beyond_its_bound() -> None:
    store = FleetStore(max_rows=15)
    server = FakeFleet(list(range(10)))
    for q in ("owner:a", "owner:b", "owner:c"):
        store.get(access_to(server), q)
    assert store.row_count() == 10


def test_row_is_replaced_while_coder_is_asked_for_rights() -> None:
    is_waiting, gate = threading.Event(), threading.Event()

    class SlowRights(FakeFleet):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/authcheck"):
                is_waiting.set()
                assert gate.wait(30)
            return super().__call__(request)

    reading = FleetReading(access_to(SlowRights([1])), "")
    reading.start(Semaphore(1))
    assert is_waiting.wait(30)
    newer = msgspec.convert(workspace_json(1), Workspace)
    assert reading.replace_row(newer) is None  # it returns: an event loop must not wait for Coder
    gate.set()
    assert reading.has_ended.wait(30)
    assert reading.replace_row(newer) == reading.rows[newer.id]


def test_reading_ends_with_an_error_where_no_thread_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_to_start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    store = FleetStore()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail_to_start)
        state = store.get(access_to(FakeFleet([1])), "")
    assert (state.is_reading, state.error is None) == (False, False)
