"""Decode Coder's event streams (chapter Workspaces: watch; chapter Agents: watch-metadata).

Coder sends `event: data` with one line of JSON, `event: error` with {message, detail}, and `event: ping` without
data. Only line feeds end lines: JSON may contain other characters that `str.splitlines` treats as line ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_EVENT_BYTES = 8_000_000  # Coder sends no event of this size


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `data` is b"" for an event without data."""

    name: str
    data: bytes


class EventDecoder:
    """Decode a stream from chunks of any size. An event that the end of the stream cuts off is dropped."""

    def __init__(self) -> None:
        self.buffer = b""

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that this chunk completes. Raises ValueError if an event exceeds MAX_EVENT_BYTES."""
        *blocks, self.buffer = (self.buffer + chunk.replace(b"\r", b"")).split(b"\n\n")
        if len(self.buffer) > MAX_EVENT_BYTES:
            raise ValueError("an event without an end")
        return [parse_event(block) for block in blocks]


def decode_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events of a stream. Raises ValueError as `EventDecoder.feed` does."""
    decoder = EventDecoder()
    for chunk in chunks:
        yield from decoder.feed(chunk)


def parse_event(block: bytes) -> Event:
    """Return the event with these lines. Its name defaults to "message", as in browsers."""
    fields: dict[bytes, list[bytes]] = {}
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        fields.setdefault(name, []).append(value.removeprefix(b" "))
    name = fields.get(b"event", [b"message"])[-1]
    return Event(name=name.decode("utf-8", "replace"), data=b"\n".join(fields.get(b"data", [])))
