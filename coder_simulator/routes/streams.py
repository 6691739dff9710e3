"""Event streams: a workspace as it changes, and what its agent measures."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse

from coder_simulator.engine import Engine, Watcher
from coder_simulator.render.agents import metadata
from coder_simulator.render.workspaces import workspace as render
from coder_simulator.routing import Call, stream
from coder_simulator.state import Agent, Workspace

HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PING = b"event: ping\n\n"
HEARTBEAT_SECONDS = 15.0
METADATA_SECONDS = 1.0  # how often a stream of measurements looks for news
METADATA_AGAIN = 6  # after so many looks without news the same is sent again


@stream("/workspaces/{workspace}/watch")
async def watch(call: Call) -> Response:
    """Send the whole workspace at once and after each change, and a ping first and each 15 s."""
    return _events(_workspace_events(call, call.workspace()))


async def _workspace_events(call: Call, workspace: Workspace) -> AsyncIterator[bytes]:
    engine = call.server.engine
    with engine.watch(workspace) as watcher:
        yield PING
        _beat_later(engine, watcher)
        yield _data(render(call.world, workspace, call.user))
        while True:
            news, beat = await watcher.wait()
            if engine.closing.is_set():
                return
            if news:
                yield _data(render(call.world, workspace, call.user))
            if beat:
                _beat_later(engine, watcher)
                yield PING


def _beat_later(engine: Engine, watcher: Watcher) -> None:
    moment = engine.world.now() + timedelta(seconds=HEARTBEAT_SECONDS)
    engine.schedule_at(moment, lambda: watcher.notify(heartbeat=True))


@stream("/workspaceagents/{agent}/watch-metadata")
async def watch_metadata(call: Call) -> Response:
    """Send what an agent measured: at once, when it changes, and now and then the same again."""
    return _events(_metadata_events(call, call.agent()))


async def _metadata_events(call: Call, agent: Agent) -> AsyncIterator[bytes]:
    sent, looks = _metadata(call, agent), 0
    yield _data(sent)

    while not call.server.engine.closing.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(call.server.engine.closing.wait(), METADATA_SECONDS)
        looks += 1
        fresh = _metadata(call, agent)
        if _collected(fresh) != _collected(sent) or looks == 1 or looks % METADATA_AGAIN == 1:
            sent = fresh
            yield _data(sent)


def _metadata(call: Call, agent: Agent) -> list[dict[str, Any]]:
    return [metadata(agent, plan, call.world.now()) for plan in agent.plan.metadata]


def _collected(measured: list[dict[str, Any]]) -> list[str]:
    return [one["result"]["collected_at"] for one in measured]


def _events(events: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(events, headers=HEADERS)


def _data(body: object) -> bytes:
    return b"event: data\ndata: " + msgspec.json.encode(body) + b"\n\n"
