"""A long-lived stream: heartbeats, session checks and the planned end after which the browser reconnects."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from tests.conftest import reset_portal_state
from tests.live.fake_clock import advance, loop_time, with_fake_clock
from tests.portal import FakeClock, SimulatedCoder, sign_in
from workspaces.live.server import EventBroadcaster
from workspaces.live.streams import SESSION_EXPIRED, encode_farewell
from workspaces.live.subscribers import run_in_thread
from workspaces.models import PortalSession

BEAT = b":\n\n"
TABLE = PortalSession._meta.db_table

type Scope = MutableMapping[str, Any]


@pytest.fixture
def scope(transactional_db: None, coder: SimulatedCoder, settings: Settings) -> Scope:
    """The request for a stream by somebody who has just signed in."""
    settings.CODER_URL = coder.url
    reset_portal_state()
    client = Client()
    sign_in(client)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {
        "type": "http",
        "method": "GET",
        "path": "/live/x/",
        "query_string": b"",
        "headers": [(b"cookie", cookie.encode())],
    }


class Silence:
    """What a stream is about that has nothing to tell."""

    def open(self, wake: Callable[..., None]) -> None:
        """Look at nothing."""

    async def events(self) -> AsyncIterator[bytes]:
        """None."""
        return
        yield b""

    def close(self) -> None:
        """Look no longer."""


class Tab:
    """A browser that listens: what it was told, and when."""

    def __init__(self) -> None:
        self.told: list[tuple[float, bytes]] = []
        self.asked = False

    async def receive(self) -> Scope:
        """Its request; it never leaves."""
        if self.asked:
            await asyncio.get_running_loop().create_future()
        self.asked = True
        return {"type": "http.request"}

    async def send(self, message: Scope) -> None:
        """What it is told."""
        if message.get("body"):
            self.told.append((loop_time(), message["body"]))

    def heard(self, what: bytes) -> list[float]:
        """When it was told just this, in s since the beginning."""
        return [at for at, said in self.told if said == what]


@asynccontextmanager
async def listening(scope: Scope) -> AsyncIterator[tuple[Tab, Awaitable[None]]]:
    """A tab with its stream, as a task that is done when the stream has ended."""
    server, tab = EventBroadcaster(), Tab()
    serving = asyncio.ensure_future(server.serve(lambda *_: Silence(), scope, tab.receive, tab.send))
    try:
        yield tab, serving
    finally:
        await server.close()
        await serving


@with_fake_clock
async def test_idle_stream_sends_heartbeat_every_15_seconds(scope: Scope) -> None:
    async with listening(scope) as (tab, _):
        await advance(61)
        assert tab.heard(BEAT) == pytest.approx([15, 30, 45, 60], abs=0.1)


@with_fake_clock
async def test_stream_ends_within_15_minutes_with_immediate_reconnect(scope: Scope) -> None:
    async with listening(scope) as (tab, serving):
        await serving
        assert 810 <= loop_time() <= 900
        assert tab.told[-1][1] == encode_farewell(100)


@with_fake_clock
async def test_stream_detects_expired_session_within_5_minutes(scope: Scope, fake_clock: FakeClock) -> None:
    async with listening(scope) as (tab, serving):
        await advance(10)
        fake_clock.advance(portal_settings.SESSION_AGE + 1)
        await serving
        assert tab.heard(SESSION_EXPIRED) == pytest.approx([300], abs=0.1)


@with_fake_clock
async def test_open_stream_counts_as_session_activity(scope: Scope, fake_clock: FakeClock) -> None:
    async with listening(scope) as (tab, serving):
        for _ in range(2):
            fake_clock.advance(portal_settings.SESSION_COOKIE_AGE - 60)
            await advance(301)
        await serving
        assert tab.heard(SESSION_EXPIRED) == []


def rename(old: str, new: str) -> None:
    """Give a table another name."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{old}" RENAME TO "{new}"')


@with_fake_clock
async def test_stream_survives_database_error_and_checks_session_again(scope: Scope, fake_clock: FakeClock) -> None:
    broken = list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _, told: broken.append(told))
    async with listening(scope) as (tab, serving):
        await advance(290)
        await run_in_thread(rename, TABLE, "elsewhere")
        await advance(20)
        await run_in_thread(rename, "elsewhere", TABLE)
        fake_clock.advance(portal_settings.SESSION_AGE + 1)
        await serving
        assert tab.heard(SESSION_EXPIRED) == pytest.approx([600], abs=0.1)
    gc.collect()  # asyncio reports an unretrieved task exception at garbage collection
    assert broken == []
