"""Test the HTTP client of the process."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest

from workspaces.coder import transport
from workspaces.gateway import connection


@pytest.fixture(autouse=True)
def closed_client() -> None:
    """Start without an open client."""
    connection.close_client()


def test_client_is_opened_once_by_simultaneous_first_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[httpx.Client] = []
    together = Barrier(4, timeout=30)
    original = transport.open_client

    def open_slowly(*args: Any, **options: Any) -> httpx.Client:
        opened.append(original(*args, **options))
        time.sleep(0)  # lets the other threads run
        return opened[-1]

    def call() -> httpx.Client:
        together.wait()
        return connection.http_client()

    monkeypatch.setattr(connection, "open_client", open_slowly)
    with ThreadPoolExecutor(4) as threads:
        clients = {id(future.result()) for future in [threads.submit(call) for _ in range(4)]}
    assert (len(clients), len(opened)) == (1, 1)


def test_closed_client_is_replaced_by_next_call() -> None:
    first = connection.http_client()
    connection.close_client()
    assert first.is_closed
    assert not connection.http_client().is_closed
