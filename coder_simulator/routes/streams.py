"""Serve event streams: changes of a workspace and metadata of an agent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse

from coder_simulator.engine import Engine, Watcher
from coder_simulator.render.agents import render_metadata
from coder_simulator.render.workspaces import render_workspace
from coder_simulator.routing import Call, stream_route
from coder_simulator.state import Agent, Workspace

HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
PING_EVENT = b"event: ping\n\n"
HEARTBEAT_SECONDS = 15.0
METADATA_SECONDS = 1.0  # between checks for new metadata
METADATA_RESEND_CHECKS = 6  # after this many checks unchanged metadata is sent again


@stream_route("/workspaces/{workspace}/watch")
async def watch_workspace(call: Call) -> Response:
    """Send a ping, the workspace at once and after each change, and a ping every 15 s."""
    return _event_stream(_workspace_events(call, call.path_workspace()))


async def _workspace_events(call: Call, workspace: Workspace) -> AsyncIterator[bytes]:
    engine = call.server.engine
    with engine.watch(workspace) as watcher:
        yield PING_EVENT
        _schedule_heartbeat(engine, watcher)
        yield _data_event(render_workspace(call.world, workspace, call.user))
        while True:
            changed, heartbeat = await watcher.wait()
            if engine.closing.is_set():
                return
            if changed:
                yield _data_event(render_workspace(call.world, workspace, call.user))
            if heartbeat:
                _schedule_heartbeat(engine, watcher)
                yield PING_EVENT


def _schedule_heartbeat(engine: Engine, watcher: Watcher) -> None:
    moment = engine.world.now() + timedelta(seconds=HEARTBEAT_SECONDS)
    engine.schedule_at(moment, lambda: watcher.notify(heartbeat=True))


@stream_route("/workspaceagents/{agent}/watch-metadata")
async def watch_metadata(call: Call) -> Response:
    """Send an agent's metadata: at once, when it changes, and unchanged at intervals."""
    return _event_stream(_metadata_events(call, call.path_agent()))


async def _metadata_events(call: Call, agent: Agent) -> AsyncIterator[bytes]:
    sent, checks = _collect_metadata(call, agent), 0
    yield _data_event(sent)

    while not call.server.engine.closing.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(call.server.engine.closing.wait(), METADATA_SECONDS)
        checks += 1
        current = _collect_metadata(call, agent)
        if _collection_times(current) != _collection_times(sent) or checks == 1 or checks % METADATA_RESEND_CHECKS == 1:
            sent = current
            yield _data_event(sent)


def _collect_metadata(call: Call, agent: Agent) -> list[dict[str, Any]]:
    return [render_metadata(agent, plan, call.world.now()) for plan in agent.plan.metadata]


def _collection_times(metadata: list[dict[str, Any]]) -> list[str]:
    return [item["result"]["collected_at"] for item in metadata]


def _event_stream(events: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(events, headers=HEADERS)


def _data_event(body: object) -> bytes:
    return b"event: data\ndata: " + msgspec.json.encode(body) + b"\n\n"
