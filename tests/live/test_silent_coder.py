"""A stream of Coder's that falls silent while its connection stays open is given up, and replaced."""

import asyncio
from collections.abc import Callable, Iterator
from uuid import UUID

import httpx
import pytest

from coder_simulator.state import Workspace
from coder_simulator.testing import run_server
from tests.portal import SimulatedCoder, create_token
from tests.relay import run_relay
from workspaces.coder.errors import Unreachable
from workspaces.coder.hub import Access, Hub, Intervals
from workspaces.coder.sources import WorkspaceWatch
from workspaces.coder.transport import open_async_client

WAIT_S = 10.0
ALL_BUILDS_S = 7200.0  # every build has ended by then
# Coder sends a ping every 15 s: a stream that is silent for a moment is lost for this test.
IMPATIENT = Intervals(silence_timeout_s=0.5, reconnect_min_s=0.05, reconnect_max_s=0.1)


async def wait_for(watch: WorkspaceWatch, condition: Callable[[], bool]) -> None:
    """Wait until a call of the watch's subscribers after which the condition holds."""
    changed = asyncio.Event()

    def on_change(_: object) -> None:
        changed.set()

    watch.subscribe(on_change)
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await changed.wait()
            changed.clear()
    watch.unsubscribe(on_change)


def status_of(watch: WorkspaceWatch) -> str:
    """Return the status that the watch knows."""
    return watch.state.latest_build.status if watch.state else ""


def stop(coder: SimulatedCoder, workspace: Workspace, token: str) -> None:
    """Stop a workspace at Coder."""
    coder.server.http.post(
        f"/api/v2/workspaces/{workspace.id}/builds",
        json={"transition": "stop"},
        headers={"Coder-Session-Token": token},
    ).raise_for_status()
    coder.server.advance(ALL_BUILDS_S)


@pytest.fixture
def silent_coder(version: str) -> Iterator[SimulatedCoder]:
    """Run a Coder of this version."""
    with run_server(version=version, world="contract", speed=0.01) as server:
        yield SimulatedCoder(server)


@pytest.mark.parametrize("after", [0, 60], ids=["silent", "in an event"])
@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_watch_reports_silence_and_recovers_when_coder_is_heard_again(silent_coder: SimulatedCoder, after: int) -> None:
    web = silent_coder.place("web")
    access = Access(token=create_token(silent_coder), fingerprint="alices")

    async def run() -> None:
        with run_relay(int(httpx.URL(silent_coder.url).port or 0)) as relay:
            async with open_async_client(f"http://127.0.0.1:{relay.port}") as http:
                hub = Hub(http, intervals=IMPATIENT)
                watch = hub.source(WorkspaceWatch, access, UUID(str(web.id)))
                await wait_for(watch, lambda: watch.state is not None)
                relay.withhold(after=after)
                await asyncio.to_thread(stop, silent_coder, web, access.token)
                await wait_for(watch, lambda: isinstance(watch.error, Unreachable))
                assert watch.failing_since is not None
                relay.release()
                await wait_for(watch, lambda: status_of(watch) == "stopped")
                assert watch.error is None
                await hub.close()

    asyncio.run(run())
