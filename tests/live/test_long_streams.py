"""A long-lived stream: heartbeats, session checks and the planned end after which the browser reconnects."""

import asyncio
import gc
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings
from starlette.types import Scope

from tests.conftest import reset_portal_state
from tests.live.fake_clock import advance, loop_time, with_fake_clock
from tests.portal import FakeClock, SimulatedCoder, sign_in
from workspaces.live.server import EventBroadcaster
from workspaces.live.streams import SESSION_EXPIRED, encode_reconnect
from workspaces.live.subscribers import run_in_thread
from workspaces.models import PortalSession

TABLE = PortalSession._meta.db_table


@pytest.fixture
def scope(transactional_db: None, coder: SimulatedCoder, settings: Settings) -> Scope:
    """Return the ASGI scope of a request for a stream by a signed-in person."""
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


class SilentTopic:
    """A topic without events."""

    def open(self, wake: Callable[..., None]) -> None:
        """Subscribe to nothing."""

    async def events(self) -> AsyncIterator[bytes]:
        """Yield nothing."""
        return
        yield b""

    def close(self) -> None:
        """Unsubscribe from nothing."""


class RecordingTab:
    """A browser that records what it receives, with loop times (s)."""

    def __init__(self) -> None:
        self.received: list[tuple[float, bytes]] = []
        self.request_sent = False

    async def receive(self) -> Scope:
        """Return the request once; never disconnect."""
        if self.request_sent:
            await asyncio.get_running_loop().create_future()
        self.request_sent = True
        return {"type": "http.request"}

    async def send(self, message: Scope) -> None:
        """Record the body of a message."""
        if message.get("body"):
            self.received.append((loop_time(), message["body"]))

    def times_of(self, body: bytes) -> list[float]:
        """Return the loop times (s) at which it received this body."""
        return [at for at, received in self.received if received == body]


@asynccontextmanager
async def serve_stream(scope: Scope) -> AsyncIterator[tuple[RecordingTab, Awaitable[None]]]:
    """Serve a stream; return its tab and a task that is done when the stream has ended."""
    broadcaster, tab = EventBroadcaster(), RecordingTab()
    serving = asyncio.ensure_future(broadcaster.serve(lambda *_: SilentTopic(), scope, tab.receive, tab.send))
    try:
        yield tab, serving
    finally:
        await broadcaster.close()
        await serving


@with_fake_clock
async def test_idle_stream_sends_heartbeat_every_15_seconds(scope: Scope) -> None:
    async with serve_stream(scope) as (tab, _):
        await advance(61)
        beats = [(at, body) for at, body in tab.received if body.startswith(b"event: beat\n")]
        assert [at for at, _ in beats] == pytest.approx([15, 30, 45, 60], abs=0.1)
        (said_ms,) = re.findall(rb"data: (\d+)", beats[0][1])
        assert int(said_ms) / 1000 == pytest.approx(time.time(), abs=60)


@with_fake_clock
async def test_stream_ends_within_15_minutes_with_immediate_reconnect(scope: Scope) -> None:
    async with serve_stream(scope) as (tab, serving):
        await serving
        assert 810 <= loop_time() <= 900
        assert tab.received[-1][1] == encode_reconnect(100)


@with_fake_clock
async def test_stream_detects_expired_session_within_5_minutes(scope: Scope, fake_clock: FakeClock) -> None:
    async with serve_stream(scope) as (tab, serving):
        await advance(10)
        fake_clock.advance(portal_settings.SESSION_AGE + 1)
        await serving
        assert tab.times_of(SESSION_EXPIRED) == pytest.approx([300], abs=0.1)


@with_fake_clock
async def test_open_stream_counts_as_session_activity(scope: Scope, fake_clock: FakeClock) -> None:
    async with serve_stream(scope) as (tab, serving):
        for _ in range(2):
            fake_clock.advance(portal_settings.SESSION_COOKIE_AGE - 60)
            await advance(301)
        await serving
        assert tab.times_of(SESSION_EXPIRED) == []


def rename_table(old: str, new: str) -> None:
    """Rename a database table."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{old}" RENAME TO "{new}"')


@with_fake_clock
async def test_stream_survives_database_error_and_checks_session_again(scope: Scope, fake_clock: FakeClock) -> None:
    errors = list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    async with serve_stream(scope) as (tab, serving):
        await advance(290)
        await run_in_thread(rename_table, TABLE, "elsewhere")
        await advance(20)
        await run_in_thread(rename_table, "elsewhere", TABLE)
        fake_clock.advance(portal_settings.SESSION_AGE + 1)
        await serving
        assert tab.times_of(SESSION_EXPIRED) == pytest.approx([600], abs=0.1)
    gc.collect()  # asyncio reports an unretrieved task exception at garbage collection
    assert errors == []
