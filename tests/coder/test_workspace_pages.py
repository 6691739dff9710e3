"""Test the reading of all pages of workspaces, without a server."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import msgspec
import pytest

from tests.fleet.samples import make_id, workspace_json
from workspaces.coder import workspace_pages
from workspaces.coder.types import WorkspacePage
from workspaces.coder.workspace_pages import PAGE_ROWS, PagesPass, read_all_pages

CONTEXT: ContextVar[str] = ContextVar("context", default="")


def make_page(numbers: list[int], count: int) -> WorkspacePage:
    """Return a page with these workspaces."""
    return msgspec.convert(
        {"workspaces": [workspace_json(number) for number in numbers], "count": count}, WorkspacePage
    )


def read(
    fetch: Callable[[int], WorkspacePage],
    take: Callable[[WorkspacePage], None] = lambda _page: None,
    max_rows: int = 10_000,
) -> PagesPass:
    """Read all pages with three threads."""
    with ThreadPoolExecutor(workspace_pages.PAGES_AT_ONCE) as executor:
        return read_all_pages(executor, fetch, take, max_rows=max_rows)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 950])
def test_pass_over_a_list_that_stands_still_is_complete_with_one_call_a_page(count: int) -> None:
    offsets: list[int] = []

    def fetch(offset: int) -> WorkspacePage:
        offsets.append(offset)
        return make_page(list(range(count))[offset : offset + PAGE_ROWS], count)

    done = read(fetch)
    assert done.ids == {make_id(number) for number in range(count)}
    assert done.is_complete(count)
    assert sorted(offsets) == list(range(0, max(1, count), PAGE_ROWS))


def test_pages_are_taken_in_order_in_the_thread_of_the_caller() -> None:
    taken: list[tuple[int, int]] = []

    def take(page: WorkspacePage) -> None:
        taken.append((len(page.workspaces or ()), threading.get_ident()))

    read(lambda offset: make_page(list(range(450))[offset : offset + PAGE_ROWS], 450), take)
    assert taken == [(size, threading.get_ident()) for size in (100, 100, 100, 100, 50)]


def test_other_pages_are_fetched_in_the_context_of_the_caller() -> None:
    seen: list[str] = []

    def fetch(offset: int) -> WorkspacePage:
        seen.append(CONTEXT.get())
        return make_page(list(range(250))[offset : offset + PAGE_ROWS], 250)

    token = CONTEXT.set("request")
    try:
        read(fetch)
    finally:
        CONTEXT.reset(token)
    assert seen == ["request"] * 3


def test_pass_whose_pages_disagree_on_the_count_is_incomplete() -> None:
    done = read(lambda offset: make_page(list(range(150))[offset : offset + PAGE_ROWS], 150 + (offset == 0)))
    assert done.has_all_pages
    assert not done.is_complete(150)


def test_pass_ends_after_several_pages_without_anything_new() -> None:
    offsets: list[int] = []

    def fetch(offset: int) -> WorkspacePage:
        offsets.append(offset)
        return make_page([1], 100_000)

    done = read(fetch, max_rows=100_000)
    assert (done.has_all_pages, done.ids) == (False, {make_id(1)})
    assert len(offsets) <= 1 + workspace_pages.MAX_PAGES_WITHOUT_NEW + workspace_pages.PAGES_AHEAD


def test_count_that_grows_adds_pages() -> None:
    counts = {0: 150, 100: 250}
    done = read(lambda offset: make_page(list(range(250))[offset : offset + PAGE_ROWS], counts.get(offset, 250)))
    assert len(done.ids) == 250
    assert not done.is_complete(250)  # the first page counted 150


def test_no_more_pages_are_read_than_the_bound() -> None:
    done = read(lambda offset: make_page(list(range(900))[offset : offset + PAGE_ROWS], 900), max_rows=300)
    assert len(done.ids) == 300


def test_error_of_a_page_is_raised_and_further_pages_are_canceled() -> None:
    offsets: list[int] = []

    def fetch(offset: int) -> WorkspacePage:
        offsets.append(offset)
        if offset == PAGE_ROWS:
            raise ValueError("no")
        return make_page(list(range(offset, offset + PAGE_ROWS)), 5000)

    with pytest.raises(ValueError, match="no"):
        read(fetch)
    assert max(offsets) <= PAGE_ROWS * workspace_pages.PAGES_AHEAD
