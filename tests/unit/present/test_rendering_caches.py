"""Test that what is cached of renderings stays within its bound in bytes."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from cachetools import LRUCache

from tests.styleguide.sample_data import sample_rows
from workspaces.present import markdown, terminal
from workspaces.present.markdown import render_markdown
from workspaces.templatetags import portal

BOUND = 400_000


def fill(
    monkeypatch: pytest.MonkeyPatch, cache: LRUCache[Any, Any], render: Callable[[int], object], number: int
) -> float:
    """Return the memory (bytes) of a cache with BOUND that got so many renderings."""
    cache.clear()
    monkeypatch.setattr(cache, "_Cache__maxsize", BOUND)
    render(0)  # what is loaded once
    cache.clear()
    tracemalloc.start()
    try:
        for each in range(number):
            render(each)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        cache.clear()


def test_rows_stay_within_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    row = sample_rows()[0]
    taken = fill(
        monkeypatch,
        portal.RENDERINGS,
        lambda number: portal.list_row(replace(row, status=replace(row.status, label=f"Running {number}"))),
        120,
    )
    assert BOUND / 4 < taken <= BOUND


def test_rows_that_look_alike_take_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    row = sample_rows()[0]
    taken = fill(
        monkeypatch,
        portal.RENDERINGS,
        lambda number: portal.list_row(replace(row, id=UUID(int=number), name=f"web-{number}")),
        120,
    )
    assert taken <= BOUND / 10


@pytest.mark.parametrize(
    "text", [f"*{'word' * 25}* " * 40, "---\n" + "secret: no\n" * 300 + "---\nshort"], ids=["body", "head"]
)
def test_markdown_stays_within_bound(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    taken = fill(monkeypatch, markdown.RENDERINGS, lambda number: render_markdown(f"{text} {number}"), 200)
    assert taken <= 1.1 * BOUND  # threads of other tests allocate meanwhile


def test_codes_of_any_length_are_not_kept() -> None:
    terminal.apply_sgr.cache_clear()
    for number in range(100):
        segments = terminal.parse_segments(f"\x1b[{';'.join(['1'] * (1000 + number))}mtext")
        assert [segment.css_class for segment in segments] == [""]
    assert terminal.apply_sgr.cache_info().currsize == 0
