"""A watch through every fault of Coder's: it comes back with what is the case then, or ends for good."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.live.doubles import ALICE, ID, Answering, Eye, FakeCoder, a_hub, is_away, refuses, says
from tests.live.fake_clock import moved, now, passes
from workspaces.coder import errors, hub
from workspaces.coder.sources import Watch

BEGUN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Moments(datetime):
    """The date and time by the loop's clock."""

    @classmethod
    def now(cls, tz: object = None) -> "datetime":  # type: ignore[override]  # always UTC
        """The moment."""
        return BEGUN + timedelta(seconds=now())


@pytest.fixture(autouse=True)
def _moments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "datetime", Moments)


def since(source: Watch) -> float:
    """Since when nothing is known, in s of the loop."""
    assert source.since
    return (source.since - BEGUN).total_seconds()


@moved
async def test_a_stream_that_ends_is_had_again_within_half_a_second_and_is_worth_no_word() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(eye)
        await passes(60)
        coder.becomes("stopped")
        coder.taps[0].end()
        await passes(1)
        assert eye.seen == ["running", "stopped"]
        assert eye.troubles == [None, None]
        assert 0.25 <= coder.pauses[0] - 60 <= 0.5


@pytest.mark.parametrize("cut", ["in the middle of an event", "by an error"])
@moved
async def test_a_stream_that_is_cut_shows_nothing_of_the_half_event(cut: str) -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(eye)
        await passes()
        coder.taps[0].write(b'event: data\ndata: {"latest_build"')
        if cut == "by an error":
            coder.taps[0].break_off()
        else:
            coder.taps[0].end()
        coder.becomes("stopped")
        await passes(1)
        assert eye.seen[-1] == "stopped"
        assert eye.troubles[-1] is None


@moved
async def test_a_stream_is_left_when_it_has_been_silent_for_three_signs_of_life() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes(300)
        assert len(coder.taps) == 1  # as long as it gives signs of life, nothing is wrong
        coder.taps[0].alive = None
        coder.becomes("stopped")
        await passes(61)
        assert coder.taps[0].closed
        assert isinstance(eye.troubles[1], errors.Unreachable)
        assert eye.seen[-1] == "stopped"
        assert watch.trouble is None
        assert 345 <= coder.moments[1] <= 346


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, errors.SessionEnded), (403, errors.Forbidden), (404, errors.NotFound), (410, errors.Gone)],
)
@moved
async def test_what_is_gone_for_good_is_asked_for_no_more(status: int, kind: type[errors.CoderError]) -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes()
        coder.always = refuses(status)
        coder.taps[0].end()
        await passes(3600)
        assert isinstance(watch.over, kind)
        assert len(eye.seen) == 2  # told once
        assert len(coder.asked) == 2
        assert not hub.sources
        coder.always = None
        assert hub.source(Watch, ALICE, ID) is not watch  # whoever looks next begins anew


@pytest.mark.parametrize("poked", [True, False])
@moved
async def test_a_token_that_was_revoked_ends_a_stream_that_coder_leaves_open(*, poked: bool) -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.rereads = True
        watch.join(eye)
        await passes(10)
        coder.always = refuses(401)
        if poked:
            watch.poke()
        await passes(1 if poked else 51)
        assert isinstance(watch.over, errors.SessionEnded)
        assert coder.taps[0].closed
        await passes(3600)
        assert len(coder.asked) == 2


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (refuses(500), errors.ServerFault),
        (says("<h1>not here</h1>", 404), errors.Unreachable),
        (says("<h1>sign in</h1>", 401), errors.Unreachable),
        (says("<h1>bad gateway</h1>", 502), errors.Unreachable),
        (says('event: error\ndata: {"message": "Internal error."}\n\n'), errors.ServerFault),
        (says("event: data\ndata: <html>\n\n"), errors.Unreachable),
        (refuses(429), errors.RateLimited),
        (is_away, errors.Unreachable),
    ],
)
@moved
async def test_what_may_pass_is_told_and_forgotten_when_it_has_passed(
    answers: Answering, kind: type[errors.CoderError]
) -> None:
    coder, eye = FakeCoder(next=[answers]), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes(1)
        assert [type(each) for each in eye.troubles] == [kind, type(None)]
        assert watch.known
        assert (watch.trouble, watch.since) == (None, None)


@moved
async def test_coder_is_asked_again_no_sooner_than_it_wishes() -> None:
    coder = FakeCoder(next=[refuses(429, **{"Retry-After": "20"})])
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(Eye())
        await passes(19.9)
        assert len(coder.asked) == 1
        await passes(0.2)
        assert len(coder.asked) == 2


@moved
async def test_a_minute_without_coder_is_told_once_with_its_beginning_and_is_over_by_itself() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes(100)
        coder.always = is_away
        coder.taps[0].end()
        await passes(60)
        assert isinstance(watch.trouble, errors.Unreachable)
        assert since(watch) == pytest.approx(100)
        assert len(eye.seen) == 2
        coder.always = None
        coder.becomes("stopped")
        await passes(30)
        assert (eye.seen[-1], eye.troubles[-1], watch.since) == ("stopped", None, None)


@moved
async def test_a_state_that_is_the_same_after_a_minute_without_coder_says_that_coder_is_back() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(eye)
        await passes(100)
        coder.always = is_away
        coder.taps[0].break_off()
        await passes(60)
        coder.always = None
        await passes(30)
        assert [trouble is None for trouble in eye.troubles] == [True, False, True]


@moved
async def test_what_is_lost_is_lost_since_this_loss_and_not_since_one_that_passed() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(Eye())
        await passes(100)
        coder.taps[0].end()  # had again at once, and nothing had changed
        await passes(900)
        coder.always = is_away
        coder.taps[1].break_off()
        await passes(5)
        assert since(watch) == pytest.approx(1000)


@moved
async def test_whoever_waits_for_coder_waits_longer_each_time_and_no_two_alike() -> None:
    coder = FakeCoder(always=refuses(500))
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(Eye())
        await passes(600)
        longest = [min(0.5 * 2**times, 30.0) for times in range(len(coder.pauses))]
        assert all(most / 2 <= pause <= most for pause, most in zip(coder.pauses, longest, strict=True))
        last = coder.pauses[7:]
        assert len(last) > 10
        assert max(last) > 25
        assert len(set(last)) == len(last)


@moved
async def test_after_a_good_stream_the_waits_are_short_again() -> None:
    coder = FakeCoder(always=refuses(500))
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(Eye())
        await passes(200)
        coder.always = None
        await passes(60)
        coder.taps[0].end()
        await passes(1)
        assert coder.pauses[-1] < 60
        assert len(coder.taps) == 2


@moved
async def test_streams_that_end_as_soon_as_they_begin_are_not_opened_in_a_circle() -> None:
    coder = FakeCoder(always=says(""))
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(Eye())
        await passes(300)
        assert len(coder.asked) < 30


@moved
async def test_a_fault_of_our_own_is_told_and_logged_and_the_watch_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        with monkeypatch.context() as patch:
            patch.setattr(watch, "take", lambda _: 1 / 0)
            watch.join(eye)
            await passes(5)
        assert isinstance(watch.trouble, errors.Unreachable)
        assert "A source broke." in caplog.text
        await passes(60)
        assert eye.troubles[-1] is None
        assert eye.seen[-1] == "running"
