"""Test the bounds in bytes of what streams keep: states of sources, logs, renderings, views and parameters."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from django.conf import settings

from tests.live.doubles import ALICE, ID, FakeCoder, RecordingCallback, open_hub
from tests.live.fake_clock import advance, with_fake_clock
from tests.unit.samples import viewer as make_viewer
from workspaces.coder import hub as hub_module
from workspaces.coder import sources
from workspaces.coder.hub import Limits, Source, StateBudgetExceeded
from workspaces.coder.sources import BuildLogPoll, WorkspaceListPoll, WorkspaceWatch
from workspaces.forms.list import MAX_Q_LENGTH
from workspaces.live import subscribers
from workspaces.live.base_topic import BaseTopic, read_query
from workspaces.live.server import EventBroadcaster
from workspaces.live.streams import BUSY, StreamFinished
from workspaces.live.subscribers import Subscriber, SubscriberView, ViewCache
from workspaces.live.workspace_topic import RenderedHeader

OTHER_ID = UUID(int=7)

# A thread of the streams closes old connections after its work, and may have one of an earlier test.
pytestmark = pytest.mark.django_db


@with_fake_clock
async def test_state_of_source_is_counted_until_it_stops() -> None:
    callback = RecordingCallback()
    async with open_hub(FakeCoder()) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(callback)
        await advance()
        assert watch.weight > 1000
        assert hub.state_bytes == watch.weight
        watch.unsubscribe(callback)
        await advance(10)
        assert hub.state_bytes == 0


@with_fake_clock
async def test_largest_source_is_ended_when_all_states_exceed_limit() -> None:
    coder, small, large = FakeCoder(), RecordingCallback(), RecordingCallback()
    async with open_hub(coder) as hub:
        list_poll = hub.source(WorkspaceListPoll, ALICE, "", 1, 25)
        list_poll.subscribe(small)
        await advance()
        coder.workspace["name"] = "x" * 2 * list_poll.weight
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(large)
        await advance()
        hub.limits = Limits(state_bytes=hub.state_bytes - 1)
        hub.weigh(list_poll, list_poll.weight)
        await advance()
        assert isinstance(watch.final_error, StateBudgetExceeded)
        assert large.errors  # its subscribers are notified
        assert list_poll.final_error is None
        assert hub.state_bytes == list_poll.weight


@with_fake_clock
async def test_source_that_exceeds_limit_itself_is_ended() -> None:
    async with open_hub(FakeCoder(), Limits(state_bytes=1000)) as hub:
        watch = hub.source(WorkspaceWatch, ALICE, ID)
        watch.subscribe(RecordingCallback())
        await advance()
        assert isinstance(watch.final_error, StateBudgetExceeded)
        assert (hub.state_bytes, dict(hub.sources)) == (0, {})


def line(number: int, size: int = 1000) -> dict[str, Any]:
    """Return a line of a build's log as Coder sends it."""
    return {
        "id": number,
        "created_at": "2026-11-24T22:05:49Z",
        "log_source": "provisioner",
        "log_level": "info",
        "stage": "Starting workspace",
        "output": "x" * size,
    }


@with_fake_clock
async def test_log_keeps_newest_lines_and_numbers_them_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_LOG_BYTES", 20_000)
    coder = FakeCoder(logs=[line(number) for number in range(1, 11)])
    async with open_hub(coder) as hub:
        log = hub.source(BuildLogPoll, ALICE, ID, 0)
        log.subscribe(RecordingCallback())
        await advance()
        assert (log.line_count, log.dropped) == (10, 0)
        coder.logs += [line(number) for number in range(11, 41)]
        await advance(2)
        assert log.line_count == 40
        assert [each.id for each in log.entries] == list(range(25, 41))
        assert [each.id for each in log.lines_from(38)] == [39, 40]
        assert [each.id for each in log.lines_from(10)] == list(range(25, 41))
        assert hub.state_bytes <= 20_000
        coder.logs.append(line(41, 50_000))
        await advance(2)
        assert [each.id for each in log.entries] == [41]  # the next poll asks for the lines after it


def test_renderings_of_source_stay_within_bound() -> None:
    source = Source(cast("Any", SimpleNamespace(intervals=None)), ALICE, ())
    for number in range(100):
        source.render_cache[number] = RenderedHeader(etag="", event=b"x" * 10_000, viewer=make_viewer())
    assert source.render_cache.currsize <= hub_module.RENDER_CACHE_BYTES
    assert 99 in source.render_cache


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("etag=a.1&q=owner%3Ame&x=1", {"etag": "a.1", "q": "owner:me"}),
        ("agent=1&logs=2&after=3&stage=4&page=5", {"agent": "1", "logs": "2", "after": "3", "stage": "4", "page": "5"}),
        ("q=" + "x" * (MAX_Q_LENGTH + 5), {"q": "x" * (MAX_Q_LENGTH + 1)}),  # which no topic accepts
        ("q=a&q=b", {"q": "b"}),
    ],
)
def test_stream_keeps_only_known_parameters(query: str, parameters: dict[str, str]) -> None:
    assert read_query(query) == parameters


def test_stream_ends_busy_when_one_of_its_sources_was_ended_for_the_limit() -> None:
    topic = BaseTopic(cast("Any", None), cast("Any", None), "")
    source = Source(cast("Any", SimpleNamespace(intervals=None)), ALICE, ())
    topic.sources.add(source)
    topic.raise_if_ended()
    source.final_error = StateBudgetExceeded()
    with pytest.raises(StreamFinished) as finished:
        topic.raise_if_ended()
    assert finished.value.final_event == BUSY


def view_subscriber(fingerprint: str) -> Subscriber:
    """Return a subscriber with a token of this fingerprint."""
    return cast(
        "Subscriber",
        SimpleNamespace(
            access=replace(ALICE, fingerprint=fingerprint),
            zone=SimpleNamespace(key="UTC"),
            language=settings.LANGUAGE_CODE,
            request=lambda version: None,
        ),
    )


@pytest.mark.parametrize(("weight", "kept"), [(100_000, 9), (2_000_000, 0)], ids=["several", "larger than all"])
def test_views_stay_within_bound(monkeypatch: pytest.MonkeyPatch, weight: int, kept: int) -> None:
    monkeypatch.setattr(subscribers, "VIEWS_BYTES", 1_000_000)
    view = SubscriberView(viewer=make_viewer(), templates=(), weight=weight)
    monkeypatch.setattr(subscribers, "load_view", lambda *_: view)

    async def load() -> ViewCache:
        views = ViewCache()
        for number in range(50):
            assert await views.get(view_subscriber(f"token-{number}"), [], "") is view
            await asyncio.sleep(0)
        return views

    views = asyncio.run(load())
    assert len(views._entries) == kept
    assert views._entries.currsize <= 1_000_000


def test_stream_is_refused_before_its_session_is_read_while_as_many_are_being_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "LIVE_MAX_STREAMS", 1)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def open_stream() -> None:
        broadcaster = EventBroadcaster()
        broadcaster.opening = 1
        await broadcaster.serve(cast("Any", None), {"headers": []}, receive, send)
        await broadcaster.close()

    asyncio.run(open_stream())
    assert sent[-1]["body"] == BUSY
