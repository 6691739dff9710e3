"""Test decoding of event streams in any chunking, and reading only the first event."""

import json
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coder.doubles import ID, TOKEN, client_and_server
from tests.contract.recordings import STREAMS
from workspaces.coder import agent_calls, errors
from workspaces.coder.bodies import BodyTooLarge
from workspaces.coder.client import Coder
from workspaces.coder.events import MAX_EVENT_BYTES, Event, EventDecoder, decode_events
from workspaces.coder.transport import open_client

METADATA = agent_calls.watch_agent_metadata(ID)
MEASURED = {
    "result": {"collected_at": "2026-11-24T22:05:49Z", "age": 3, "value": "12%\u0085\u2028", "error": ""},
    "description": {"key": "cpu", "display_name": "CPU", "script": "x", "interval": 5, "timeout": 2},
}


def written(body: Any, name: str = "data") -> bytes:
    """An event as Coder writes it: what JSON need not escape stands there as it is."""
    return f"event: {name}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


class Endless(httpx.SyncByteStream):
    """A stream that says something and then stays open; `closed` once it was left."""

    def __init__(self, *parts: bytes) -> None:
        self.parts, self.closed, self.asked_on = parts, False, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts
        self.asked_on = True
        raise httpx.ReadTimeout("nothing comes any more")

    def close(self) -> None:
        self.closed = True


def before(stream: httpx.SyncByteStream, status: int = 200) -> Coder:
    """A client before a server that answers with this stream."""
    transport = httpx.MockTransport(lambda request: httpx.Response(status, stream=stream))
    return Coder(open_client("http://coder.test/", transport=transport), TOKEN)


@given(st.lists(st.text()), st.data())
def test_events_are_decoded_unchanged_for_any_chunking(texts: list[str], data: st.DataObject) -> None:
    stream = b"event: ping\n\n".join([written(text) for text in texts])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    parts = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [json.loads(event.data) for event in decode_events(parts) if event.name == "data"] == texts


@given(st.lists(st.integers(0, 200), max_size=8), st.sampled_from([b"\n", b"\r\n"]))
def test_decoder_emits_each_complete_event_once_for_any_chunking(cuts: list[int], end: bytes) -> None:
    stream = (b"event: ping\n\n" + written({"a": "\u2028"}) + written([1], "error") + b"data: 1\ndata: 2\n\n").replace(
        b"\n", end
    )
    edges = [0, *sorted(cuts), len(stream)]
    decoder, whole = EventDecoder(), EventDecoder().feed(stream)
    assert [event.name for event in whole] == ["ping", "data", "error", "message"]
    assert whole[3].data == b"1\n2"
    parts = [stream[start:stop] for start, stop in pairwise(edges)]
    assert [event for part in parts for event in decoder.feed(part)] == whole
    assert decoder.feed(b"") == []


def test_decoder_raises_body_too_large_when_event_exceeds_size_limit() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"x" * MAX_EVENT_BYTES) == []
    with pytest.raises(BodyTooLarge):
        decoder.feed(b"x")


def test_decoder_raises_body_too_large_when_complete_event_exceeds_size_limit() -> None:
    with pytest.raises(BodyTooLarge):
        EventDecoder().feed(b"x" * (MAX_EVENT_BYTES + 1) + b"\n\n")


def test_event_of_very_many_lines_takes_little_memory_beside_its_own() -> None:
    block = b"\n".join(b"%x" % number for number in range(100_000)) + b"\ndata: 1\n\n"
    decoder = EventDecoder()
    tracemalloc.start()
    try:
        events = decoder.feed(block)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert events == [Event(name="message", data=b"1")]
    assert peak < 5 * len(block)


def test_ping_has_no_data_and_incomplete_event_is_dropped() -> None:
    assert list(decode_events([b"event: ping\n\nevent: data\ndata: [1", b",2]\n"])) == [Event(name="ping", data=b"")]


def test_first_event_is_returned_and_stream_is_closed() -> None:
    stream = Endless(b"event: ping\n\n", written([MEASURED])[:20], written([MEASURED])[20:])
    (measured,) = before(stream).first_event(METADATA, within_s=2) or ()
    assert (measured.description.key, measured.result.value) == ("cpu", "12%\u0085\u2028")
    assert stream.closed
    assert not stream.asked_on


@pytest.mark.parametrize(
    "stream",
    [Endless(), Endless(b"event: ping\n\n"), httpx.ByteStream(b""), httpx.ByteStream(b"event: data\ndata: [")],
    ids=["silent", "only a ping", "at its end", "broken off"],
)
def test_first_event_raises_unreachable_when_stream_has_no_data(stream: httpx.SyncByteStream) -> None:
    with pytest.raises(errors.Unreachable):
        before(stream).first_event(METADATA, within_s=2)


def test_first_event_times_out_when_stream_sends_only_pings() -> None:
    def pings() -> Iterator[bytes]:
        while True:
            yield b"event: ping\n\n"

    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return pings()

    with pytest.raises(errors.Unreachable, match="in time"):
        before(Trickle()).first_event(METADATA, within_s=0.05)


def test_first_event_timeouts_are_limited_by_given_time() -> None:
    client, server = client_and_server(lambda request: httpx.Response(200, content=written([MEASURED])))
    client.first_event(METADATA, within_s=2)
    assert max(server.requests[0].extensions["timeout"].values()) <= 2


def test_first_event_raises_refusal_with_coder_message() -> None:
    client, _server = client_and_server(lambda request: httpx.Response(404, json={"message": "Resource not found"}))
    with pytest.raises(errors.NotFound, match="Resource not found"):
        client.first_event(METADATA, within_s=2)


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_recorded_metadata_stream_is_decoded(version: str) -> None:
    (path,) = (p for p in STREAMS if p.match(f"{version}/*-watch-agent-metadata.sse"))
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    body = "\n".join(lines).encode().lstrip()
    measured = before(httpx.ByteStream(body)).first_event(METADATA, within_s=2)
    assert measured
    assert measured[0].description.display_name == "CPU Usage"
    assert measured[0].result.collected_at.year == 1
