"""A workspace watch recovers from temporary faults of Coder and ends on permanent errors."""

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
async def test_watch_reconnects_within_half_a_second_when_stream_ends() -> None:
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
async def test_watch_discards_partial_event_when_stream_is_cut(cut: str) -> None:
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
async def test_watch_reconnects_when_stream_misses_three_pings() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes(300)
        assert len(coder.taps) == 1  # pings keep the stream open
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
async def test_watch_ends_without_retry_when_error_is_permanent(status: int, kind: type[errors.CallError]) -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(eye)
        await passes()
        coder.always = refuses(status)
        coder.taps[0].end()
        await passes(3600)
        assert isinstance(watch.over, kind)
        assert len(eye.seen) == 2  # notified once
        assert len(coder.asked) == 2
        assert not hub.sources
        coder.always = None
        assert hub.source(Watch, ALICE, ID) is not watch  # the next subscriber gets a new watch


@pytest.mark.parametrize("poked", [True, False])
@moved
async def test_watch_ends_when_token_is_revoked_and_coder_keeps_stream_open(*, poked: bool) -> None:
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
async def test_watch_reports_temporary_error_and_clears_it_after_recovery(
    answers: Answering, kind: type[errors.CallError]
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
async def test_watch_waits_for_retry_after_when_rate_limited() -> None:
    coder = FakeCoder(next=[refuses(429, **{"Retry-After": "20"})])
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(Eye())
        await passes(19.9)
        assert len(coder.asked) == 1
        await passes(0.2)
        assert len(coder.asked) == 2


@moved
async def test_outage_is_reported_once_with_its_start_and_clears_on_recovery() -> None:
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
async def test_recovery_is_reported_when_state_is_unchanged_after_outage() -> None:
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
async def test_outage_start_ignores_an_earlier_interruption_that_recovered() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        watch = hub.source(Watch, ALICE, ID)
        watch.join(Eye())
        await passes(100)
        coder.taps[0].end()  # reconnects at once with unchanged state
        await passes(900)
        coder.always = is_away
        coder.taps[1].break_off()
        await passes(5)
        assert since(watch) == pytest.approx(1000)


@moved
async def test_retry_delay_grows_with_jitter_while_coder_fails() -> None:
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
async def test_retry_delay_resets_after_successful_stream() -> None:
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
async def test_reconnects_are_delayed_when_streams_end_immediately() -> None:
    coder = FakeCoder(always=says(""))
    async with a_hub(coder) as hub:
        hub.source(Watch, ALICE, ID).join(Eye())
        await passes(300)
        assert len(coder.asked) < 30


@moved
async def test_internal_error_is_reported_and_logged_and_watch_recovers(
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
