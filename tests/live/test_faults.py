"""A workspace watch recovers from temporary faults of Coder and ends on permanent errors."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.live.doubles import (
    ALICE,
    ID,
    FakeCoder,
    RecordingCallback,
    ResponseFactory,
    connection_refused,
    error_response,
    open_hub,
    raw_response,
)
from tests.live.fake_clock import advance, loop_time, with_fake_clock
from workspaces.coder import errors, hub
from workspaces.coder.sources import WorkspaceWatch

CLOCK_START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class FakeDateTime(datetime):
    """A datetime whose `now` follows the loop's fake clock."""

    @classmethod
    def now(cls, tz: object = None) -> "datetime":  # type: ignore[override]  # always UTC
        """Return the time of the fake clock."""
        return CLOCK_START + timedelta(seconds=loop_time())


@pytest.fixture(autouse=True)
def _fake_datetime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "datetime", FakeDateTime)


def failing_since_s(source: WorkspaceWatch) -> float:
    """Return the loop time (s) at which the failure began."""
    assert source.failing_since
    return (source.failing_since - CLOCK_START).total_seconds()


@with_fake_clock
async def test_watch_reconnects_within_half_a_second_when_stream_ends() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(callback)
        await advance(60)
        coder.set_status("stopped")
        coder.stream_bodies[0].end()
        await advance(1)
        assert callback.statuses == ["running", "stopped"]
        assert callback.errors == [None, None]
        assert 0.25 <= coder.request_intervals[0] - 60 <= 0.5


@pytest.mark.parametrize("cut", ["in the middle of an event", "by an error"])
@with_fake_clock
async def test_watch_discards_partial_event_when_stream_is_cut(cut: str) -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(callback)
        await advance()
        coder.stream_bodies[0].write(b'event: data\ndata: {"latest_build"')
        if cut == "by an error":
            coder.stream_bodies[0].fail()
        else:
            coder.stream_bodies[0].end()
        coder.set_status("stopped")
        await advance(1)
        assert callback.statuses[-1] == "stopped"
        assert callback.errors[-1] is None


@with_fake_clock
async def test_watch_reconnects_when_stream_misses_three_pings() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance(300)
        assert len(coder.stream_bodies) == 1  # pings keep the stream open
        coder.stream_bodies[0].ping_interval_s = None
        coder.set_status("stopped")
        await advance(61)
        assert coder.stream_bodies[0].closed
        assert isinstance(callback.errors[1], errors.Unreachable)
        assert callback.statuses[-1] == "stopped"
        assert watch.error is None
        assert 345 <= coder.request_times[1] <= 346


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, errors.SessionEnded), (403, errors.Forbidden), (404, errors.NotFound), (410, errors.Gone)],
)
@with_fake_clock
async def test_watch_ends_without_retry_when_error_is_permanent(status: int, kind: type[errors.CallError]) -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance()
        coder.fixed_response = error_response(status)
        coder.stream_bodies[0].end()
        await advance(3600)
        assert isinstance(watch.final_error, kind)
        assert len(callback.statuses) == 2  # notified once
        assert len(coder.requests) == 2
        assert not hub.sources
        coder.fixed_response = None
        assert hub.source(WorkspaceWatch, ALICE, ID) is not watch  # the next subscriber gets a new watch


@pytest.mark.parametrize("poked", [True, False])
@with_fake_clock
async def test_watch_ends_when_token_is_revoked_and_coder_keeps_stream_open(*, poked: bool) -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.rereads_periodically = True
        watch.subscribe(callback)
        await advance(10)
        coder.fixed_response = error_response(401)
        if poked:
            watch.refresh_after_write()
        await advance(1 if poked else 51)
        assert isinstance(watch.final_error, errors.SessionEnded)
        assert coder.stream_bodies[0].closed
        await advance(3600)
        assert len(coder.requests) == 2


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (error_response(500), errors.ServerError),
        (raw_response("<h1>not here</h1>", 404), errors.UnreadableResponse),
        (raw_response("<h1>sign in</h1>", 401), errors.UnreadableResponse),
        (raw_response("<h1>bad gateway</h1>", 502), errors.Unreachable),
        (raw_response('event: error\ndata: {"message": "Internal error."}\n\n'), errors.ServerError),
        (raw_response("event: data\ndata: <html>\n\n"), errors.UnreadableResponse),
        (error_response(429), errors.RateLimited),
        (connection_refused, errors.Unreachable),
    ],
)
@with_fake_clock
async def test_watch_reports_temporary_error_and_clears_it_after_recovery(
    answers: ResponseFactory, kind: type[errors.CallError]
) -> None:
    coder, callback = FakeCoder(next_responses=[answers]), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance(1)
        assert [type(each) for each in callback.errors] == [kind, type(None)]
        assert watch.has_state
        assert (watch.error, watch.failing_since) == (None, None)


@with_fake_clock
async def test_watch_waits_for_retry_after_when_rate_limited() -> None:
    coder = FakeCoder(next_responses=[error_response(429, **{"Retry-After": "20"})])
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(RecordingCallback())
        await advance(19.9)
        assert len(coder.requests) == 1
        await advance(0.2)
        assert len(coder.requests) == 2


@with_fake_clock
async def test_outage_is_reported_once_with_its_start_and_clears_on_recovery() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance(100)
        coder.fixed_response = connection_refused
        coder.stream_bodies[0].end()
        await advance(60)
        assert isinstance(watch.error, errors.Unreachable)
        assert failing_since_s(watch) == pytest.approx(100)
        assert len(callback.statuses) == 2
        coder.fixed_response = None
        coder.set_status("stopped")
        await advance(30)
        assert (callback.statuses[-1], callback.errors[-1], watch.failing_since) == ("stopped", None, None)


@with_fake_clock
async def test_recovery_is_reported_when_state_is_unchanged_after_outage() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(callback)
        await advance(100)
        coder.fixed_response = connection_refused
        coder.stream_bodies[0].fail()
        await advance(60)
        coder.fixed_response = None
        await advance(30)
        assert [trouble is None for trouble in callback.errors] == [True, False, True]


@with_fake_clock
async def test_outage_start_ignores_an_earlier_interruption_that_recovered() -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(RecordingCallback())
        await advance(100)
        coder.stream_bodies[0].end()  # reconnects at once with unchanged state
        await advance(900)
        coder.fixed_response = connection_refused
        coder.stream_bodies[1].fail()
        await advance(5)
        assert failing_since_s(watch) == pytest.approx(1000)


@with_fake_clock
async def test_retry_delay_grows_with_jitter_while_coder_fails() -> None:
    coder = FakeCoder(fixed_response=error_response(500))
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(RecordingCallback())
        await advance(600)
        longest = [min(0.5 * 2**times, 30.0) for times in range(len(coder.request_intervals))]
        assert all(most / 2 <= pause <= most for pause, most in zip(coder.request_intervals, longest, strict=True))
        last = coder.request_intervals[7:]
        assert len(last) > 10
        assert max(last) > 25
        assert len(set(last)) == len(last)


@with_fake_clock
async def test_retry_delay_resets_after_successful_stream() -> None:
    coder = FakeCoder(fixed_response=error_response(500))
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(RecordingCallback())
        await advance(200)
        coder.fixed_response = None
        await advance(60)
        coder.stream_bodies[0].end()
        await advance(1)
        assert coder.request_intervals[-1] < 60
        assert len(coder.stream_bodies) == 2


@with_fake_clock
async def test_reconnects_are_delayed_when_streams_end_immediately() -> None:
    coder = FakeCoder(fixed_response=raw_response(""))
    async with open_hub(coder) as hub:
        hub.source(WorkspaceWatch, ALICE, ID).subscribe(RecordingCallback())
        await advance(300)
        assert len(coder.requests) < 30


@with_fake_clock
async def test_internal_error_is_reported_and_logged_and_watch_recovers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        with monkeypatch.context() as patch:
            patch.setattr(watch, "set_state", lambda _: 1 / 0)
            watch.subscribe(callback)
            await advance(5)
        assert isinstance(watch.error, errors.Unreachable)
        assert "A source broke." in caplog.text
        await advance(60)
        assert callback.errors[-1] is None
        assert callback.statuses[-1] == "running"
