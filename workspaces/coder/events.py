"""Decode Coder's event streams (chapter Workspaces: watch; chapter Agents: watch-metadata).

Coder sends `event: data` with one line of JSON, `event: error` with {message, detail}, and `event: ping` without
data. Only line feeds end lines: JSON may contain other characters that `str.splitlines` treats as line ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from workspaces.coder.bodies import BodyTooLarge

MAX_EVENT_BYTES = 8_000_000  # Coder sends no event of this size


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `data` is b"" for an event without data."""

    name: str
    data: bytes


class EventDecoder:
    """Decode a stream from chunks of any size. An event that the end of the stream cuts off is dropped."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self._searched = 0  # so much of the buffer contains no end of an event

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that this chunk completes. Raises BodyTooLarge if an event exceeds MAX_EVENT_BYTES."""
        self.buffer += chunk.replace(b"\r", b"")
        events: list[Event] = []
        start, search_from = 0, max(0, self._searched - 1)  # the last byte may be the first of two line feeds
        while (end := self.buffer.find(b"\n\n", search_from)) >= 0:
            if end - start > MAX_EVENT_BYTES:
                raise BodyTooLarge
            events.append(parse_event(bytes(self.buffer[start:end])))
            start = search_from = end + 2
        del self.buffer[:start]
        self._searched = len(self.buffer)
        if len(self.buffer) > MAX_EVENT_BYTES:
            raise BodyTooLarge
        return events


def decode_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events of a stream. Raises BodyTooLarge as `EventDecoder.feed` does."""
    decoder = EventDecoder()
    for chunk in chunks:
        yield from decoder.feed(chunk)


def parse_event(block: bytes) -> Event:
    """Return the event with these lines. Its name defaults to "message", as in browsers."""
    name, data = b"message", []
    for line in BytesIO(block):  # one at a time: a million short lines take thirty times their size
        field, _, value = line.removesuffix(b"\n").partition(b":")
        if field == b"event":
            name = value.removeprefix(b" ")
        elif field == b"data":
            data.append(value.removeprefix(b" "))
    return Event(name=name.decode("utf-8", "replace"), data=b"\n".join(data))
