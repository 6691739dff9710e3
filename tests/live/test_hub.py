"""The hub shares one upstream stream per token and workspace among all subscribers, while there are any."""

from uuid import UUID

import pytest

from tests.live.doubles import ALICE, BOB, ID, Eye, FakeCoder, a_hub
from tests.live.fake_clock import moved, passes
from workspaces.coder.hub import Limits
from workspaces.coder.sources import Watch

WATCH = f"/workspaces/{ID}/watch"
READ = f"/workspaces/{ID}"


@moved
async def test_many_subscribers_of_one_workspace_share_one_upstream_stream() -> None:
    coder, eyes = FakeCoder(), [Eye() for _ in range(1000)]
    async with a_hub(coder) as hub:
        for eye in eyes:
            hub.source(Watch, ALICE, ID).join(eye)
        await passes()
        coder.tells("stopping")
        await passes()
        assert [each.path for each in coder.asked] == [WATCH]
        assert all(eye.seen == ["running", "stopping"] for eye in eyes)


@moved
async def test_different_tokens_never_share_upstream_data() -> None:
    coder, alice, bob = FakeCoder(), Eye(), Eye()
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(alice)
        await passes()
        hub.source(Watch, BOB, ID).join(bob)
        assert bob.seen == []
        await passes()
        assert [each.token for each in coder.asked] == [ALICE.token, BOB.token]
        coder.becomes("stopped")
        coder.taps[1].say(coder.workspace)
        await passes()
        assert (alice.seen, bob.seen) == (["running"], ["running", "stopped"])


@moved
async def test_returning_subscriber_reuses_watch_within_three_seconds() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes()
        watch.leave(eye)
        await passes(2.9)
        again = hub.source(Watch, ALICE, ID)
        again.join(eye)
        await passes(60)
        assert again is watch
        assert again.known
        assert len(coder.asked) == 1
        assert not coder.taps[0].closed


@moved
async def test_upstream_stream_closes_three_seconds_after_last_unsubscribe() -> None:
    coder, first, second = FakeCoder(), Eye(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(first)
        watch.join(second)
        await passes()
        watch.leave(first)
        await passes(10)
        assert not coder.taps[0].closed
        watch.leave(second)
        await passes(3.1)
        assert coder.taps[0].closed
        assert not hub.sources
        assert hub.streams.total() == 0


@moved
async def test_watch_keeps_latest_state_and_ignores_repeated_event() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes()
        coder.tells("running")
        await passes()
        assert eye.seen == ["running"]
        coder.tells("stopping")
        coder.tells("stopped")
        await passes()
        assert watch.state
        assert watch.state.latest_build.status == "stopped"
        assert watch.version == 3


@moved
async def test_closing_hub_closes_every_upstream_stream() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        for number in range(5):
            hub.source(Watch, ALICE, UUID(int=number)).join(Eye())
        await passes()
    assert [tap.closed for tap in coder.taps] == [True] * 5


# ---- changes that no stream reports


@moved
async def test_refresh_after_write_reads_at_once_and_notifies_when_unchanged() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes(5)
        coder.becomes("running", ttl_ms=123)
        watch.poke()
        await passes()
        assert watch.state
        assert watch.state.ttl_ms == 123
        watch.poke()
        told = len(eye.seen)
        await passes()
        assert len(eye.seen) == told + 1
        assert [each.path for each in coder.asked] == [WATCH, READ, READ]


@moved
async def test_stream_event_during_read_wins_over_read_result() -> None:
    coder, eye = FakeCoder(slow=1.0), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes(5)
        watch.poke()
        await passes(0.5)
        coder.tells("stopping")
        await passes(5)
        assert eye.seen[:2] == ["running", "stopping"]
        assert set(eye.seen[1:]) == {"stopping"}


@moved
async def test_writes_during_read_trigger_one_further_read() -> None:
    coder = FakeCoder(slow=1.0)
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(Eye())
        await passes(5)
        watch.poke()
        await passes(0.5)
        coder.becomes("running", ttl_ms=123)
        for _ in range(5):
            watch.poke()
        await passes(5)
        assert watch.state
        assert watch.state.ttl_ms == 123
        assert [each.path for each in coder.asked] == [WATCH, READ, READ]


@pytest.mark.parametrize(("rereads", "reads"), [(True, 10), (False, 0)])
@moved
async def test_workspace_is_read_every_minute_only_when_rereads_are_enabled(*, rereads: bool, reads: int) -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.rereads = rereads
        watch.join(Eye())
        await passes(610)
        assert [each.path for each in coder.asked].count(READ) == reads


# ---- limits


@moved
async def test_watch_limit_is_25_workspaces_for_each_token() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        for access in (ALICE, BOB):
            for number in range(25):
                assert hub.may_watch(access.fingerprint)
                hub.source(Watch, access, UUID(int=number)).join(Eye())
            assert not hub.may_watch(access.fingerprint)


@moved
async def test_watch_capacity_is_freed_after_unsubscribe() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder, Limits(watches=1)) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes()
        assert not hub.has_room()
        watch.leave(eye)
        await passes(3.1)
        assert hub.has_room()


@moved
async def test_workspace_is_polled_when_process_stream_limit_is_reached() -> None:
    coder, eye = FakeCoder(), Eye()
    other = UUID(int=1)
    async with a_hub(coder, Limits(watches=1)) as hub:
        hub.source(Watch, ALICE, other).join(Eye())
        hub.source(Watch, ALICE, ID).join(eye)
        await passes(29)
        reads = [each.at for each in coder.asked if each.path == READ]
        assert len(reads) == 1
        coder.becomes("stopping")
        await passes(2)
        assert eye.seen == ["running", "stopping"]
        await passes(20)
        assert sum(each.path == READ for each in coder.asked) == 6  # every 5 s while the build is active
        assert not any(each.path == WATCH for each in coder.asked)
