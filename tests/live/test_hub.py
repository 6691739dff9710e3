"""The hub: Coder is asked once for all tabs of a session, for as long as one of them looks, and as no other session."""

from uuid import UUID

import pytest

from tests.live.doubles import ALICE, BOB, ID, Eye, FakeCoder, a_hub
from tests.live.fake_clock import moved, passes
from workspaces.coder.hub import Limits
from workspaces.coder.sources import Watch

WATCH = f"/workspaces/{ID}/watch"
READ = f"/workspaces/{ID}"


@moved
async def test_many_who_look_at_one_workspace_cost_coder_one_stream() -> None:
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
async def test_two_tokens_never_share_what_coder_said_to_one_of_them() -> None:
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
async def test_whoever_comes_back_within_three_seconds_finds_what_was_known() -> None:
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
async def test_three_seconds_after_the_last_one_has_left_coder_is_left_too() -> None:
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
async def test_the_latest_state_wins_and_one_that_says_nothing_new_is_told_to_nobody() -> None:
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
async def test_the_end_of_the_hub_leaves_every_stream() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        for number in range(5):
            hub.source(Watch, ALICE, UUID(int=number)).join(Eye())
        await passes()
    assert [tap.closed for tap in coder.taps] == [True] * 5


# ---- what no stream tells


@moved
async def test_what_was_written_is_read_at_once_and_told_even_where_it_is_the_same() -> None:
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
async def test_what_the_stream_says_during_a_read_is_newer_than_what_was_read() -> None:
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
async def test_a_write_during_a_read_is_read_after_it_and_many_are_read_together() -> None:
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
async def test_a_workspace_is_read_once_a_minute_where_all_of_it_is_looked_at(*, rereads: bool, reads: int) -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.rereads = rereads
        watch.join(Eye())
        await passes(610)
        assert [each.path for each in coder.asked].count(READ) == reads


# ---- limits


@moved
async def test_a_list_watches_twenty_five_workspaces_of_a_token_and_another_token_as_many() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        for access in (ALICE, BOB):
            for number in range(25):
                assert hub.may_watch(access.fingerprint)
                hub.source(Watch, access, UUID(int=number)).join(Eye())
            assert not hub.may_watch(access.fingerprint)


@moved
async def test_a_place_is_free_again_when_a_watch_has_been_left() -> None:
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
async def test_beyond_the_streams_of_a_process_a_workspace_is_read_now_and_then() -> None:
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
        assert sum(each.path == READ for each in coder.asked) == 6  # every 5 s, as long as it moves
        assert not any(each.path == WATCH for each in coder.asked)
