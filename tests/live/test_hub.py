"""The hub shares one upstream stream per token and workspace among all subscribers, while there are any."""

from uuid import UUID

import pytest

from tests.live.doubles import ALICE, BOB, ID, FakeCoder, RecordingCallback, open_hub
from tests.live.fake_clock import advance, with_fake_clock
from workspaces.coder.hub import Limits
from workspaces.coder.sources import WorkspaceWatch

WATCH = f"/workspaces/{ID}/watch"
READ = f"/workspaces/{ID}"


@with_fake_clock
async def test_many_subscribers_of_one_workspace_share_one_upstream_stream() -> None:
    coder, callbacks = FakeCoder(), [RecordingCallback() for _ in range(1000)]
    async with open_hub(coder) as hub:
        for callback in callbacks:
            hub.source(WorkspaceWatch, ALICE, ID).subscribe(callback)
        await advance()
        coder.send_status("stopping")
        await advance()
        assert [each.path for each in coder.requests] == [WATCH]
        assert all(callback.statuses == ["running", "stopping"] for callback in callbacks)


@with_fake_clock
async def test_different_tokens_never_share_upstream_data() -> None:
    coder, alice, bob = FakeCoder(), RecordingCallback(), RecordingCallback()
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(alice)
        await advance()
        hub.source(WorkspaceWatch, BOB, ID).subscribe(bob)
        assert bob.statuses == []
        await advance()
        assert [each.token for each in coder.requests] == [ALICE.token, BOB.token]
        coder.set_status("stopped")
        coder.stream_bodies[1].send_event(coder.workspace)
        await advance()
        assert (alice.statuses, bob.statuses) == (["running"], ["running", "stopped"])


@with_fake_clock
async def test_returning_subscriber_reuses_watch_within_three_seconds() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance()
        watch.unsubscribe(callback)
        await advance(2.9)
        again = hub.source(WorkspaceWatch, ALICE, ID)
        again.subscribe(callback)
        await advance(60)
        assert again is watch
        assert again.has_state
        assert len(coder.requests) == 1
        assert not coder.stream_bodies[0].closed


@with_fake_clock
async def test_upstream_stream_closes_three_seconds_after_last_unsubscribe() -> None:
    coder, first, second = FakeCoder(), RecordingCallback(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(first)
        watch.subscribe(second)
        await advance()
        watch.unsubscribe(first)
        await advance(10)
        assert not coder.stream_bodies[0].closed
        watch.unsubscribe(second)
        await advance(3.1)
        assert coder.stream_bodies[0].closed
        assert not hub.sources
        assert hub.open_streams.total() == 0


@with_fake_clock
async def test_watch_keeps_latest_state_and_ignores_repeated_event() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance()
        coder.send_status("running")
        await advance()
        assert callback.statuses == ["running"]
        coder.send_status("stopping")
        coder.send_status("stopped")
        await advance()
        assert watch.state
        assert watch.state.latest_build.status == "stopped"
        assert watch.revision == 3


@with_fake_clock
async def test_closing_hub_closes_every_upstream_stream() -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        for number in range(5):
            hub.source(WorkspaceWatch, ALICE, UUID(int=number)).subscribe(RecordingCallback())
        await advance()
    assert [tap.closed for tap in coder.stream_bodies] == [True] * 5


# ---- changes that no stream reports


@with_fake_clock
async def test_refresh_after_write_reads_at_once_and_notifies_when_unchanged() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance(5)
        coder.set_status("running", ttl_ms=123)
        watch.refresh_after_write()
        await advance()
        assert watch.state
        assert watch.state.ttl_ms == 123
        watch.refresh_after_write()
        count = len(callback.statuses)
        await advance()
        assert len(callback.statuses) == count + 1
        assert [each.path for each in coder.requests] == [WATCH, READ, READ]


@with_fake_clock
async def test_write_counts_once_workspace_was_read_after_it() -> None:
    coder = FakeCoder(response_delay_s=1.0)
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(RecordingCallback())
        await advance(5)
        watch.refresh_after_write()
        await advance(0.5)
        assert watch.writes == 0
        await advance(1)
        assert watch.writes == 1


@with_fake_clock
async def test_stream_event_during_read_wins_over_read_result() -> None:
    coder, callback = FakeCoder(response_delay_s=1.0), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance(5)
        watch.refresh_after_write()
        await advance(0.5)
        coder.send_status("stopping")
        await advance(5)
        assert callback.statuses[:2] == ["running", "stopping"]
        assert set(callback.statuses[1:]) == {"stopping"}


@with_fake_clock
async def test_writes_during_read_trigger_one_further_read() -> None:
    coder = FakeCoder(response_delay_s=1.0)
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(RecordingCallback())
        await advance(5)
        watch.refresh_after_write()
        await advance(0.5)
        coder.set_status("running", ttl_ms=123)
        for _ in range(5):
            watch.refresh_after_write()
        await advance(5)
        assert watch.state
        assert watch.state.ttl_ms == 123
        assert [each.path for each in coder.requests] == [WATCH, READ, READ]


@pytest.mark.parametrize(("rereads", "reads"), [(True, 10), (False, 0)])
@with_fake_clock
async def test_workspace_is_read_every_minute_only_when_rereads_are_enabled(*, rereads: bool, reads: int) -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.rereads_periodically = rereads
        watch.subscribe(RecordingCallback())
        await advance(610)
        assert [each.path for each in coder.requests].count(READ) == reads


# ---- limits


@with_fake_clock
async def test_watch_limit_is_25_workspaces_for_each_token() -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        for access in (ALICE, BOB):
            for number in range(25):
                assert hub.has_watch_capacity(access.fingerprint)
                hub.source(WorkspaceWatch, access, UUID(int=number)).subscribe(RecordingCallback())
            assert not hub.has_watch_capacity(access.fingerprint)


@with_fake_clock
async def test_oldest_spare_watch_stops_when_token_has_too_many() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder, Limits(watches_per_token=1, spares_per_token=2)) as hub:
        watches = [hub.source(WorkspaceWatch, ALICE, UUID(int=number)) for number in range(3)]
        for watch in watches:
            watch.subscribe(callback)
            watch.set_spare(callback, spare=True)
        assert [watch.is_stopped for watch in watches] == [True, False, False]
        assert hub.has_watch_capacity(ALICE.fingerprint)  # spare ones are not counted
        watches[1].set_spare(callback, spare=False)
        assert not hub.has_watch_capacity(ALICE.fingerprint)
        for watch in watches:
            watch.unsubscribe(callback)
        assert hub.spares == {}


@with_fake_clock
async def test_spare_watch_of_anybody_gives_way_when_process_has_no_capacity() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder, Limits(streams=1)) as hub:
        spare = hub.source(WorkspaceWatch, ALICE, ID)
        spare.subscribe(callback)
        spare.set_spare(callback, spare=True)
        assert hub.source(WorkspaceWatch, BOB, ID).holds_stream
        assert spare.is_stopped


@with_fake_clock
async def test_watch_that_one_subscriber_needs_is_not_spare() -> None:
    coder, callback, other = FakeCoder(), RecordingCallback(), RecordingCallback()
    async with open_hub(coder, Limits(streams=1)) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        watch.subscribe(other)
        watch.set_spare(callback, spare=True)
        assert not hub.source(WorkspaceWatch, BOB, ID).holds_stream
        assert not watch.is_stopped


@with_fake_clock
async def test_watch_capacity_is_freed_after_unsubscribe() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder, Limits(streams=1)) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance()
        assert not hub.has_stream_capacity()
        watch.unsubscribe(callback)
        await advance(3.1)
        assert hub.has_stream_capacity()


@with_fake_clock
async def test_workspace_is_polled_when_process_stream_limit_is_reached() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    other = UUID(int=1)
    async with open_hub(coder, Limits(streams=1)) as hub:
        hub.source(WorkspaceWatch, ALICE, other).subscribe(RecordingCallback())
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(callback)
        await advance(29)
        reads = [each.at for each in coder.requests if each.path == READ]
        assert len(reads) == 1
        coder.set_status("stopping")
        await advance(2)
        assert callback.statuses == ["running", "stopping"]
        await advance(20)
        assert sum(each.path == READ for each in coder.requests) == 6  # every 5 s while the build is active
        assert not any(each.path == WATCH for each in coder.requests)
