"""Coder's event streams: bytes in, events out (chapter Workspaces: watch; chapter Agents: watch-metadata).

Coder writes `event: data` with one line of JSON, `event: error` with {message, detail}, and `event: ping` without
data. Lines end at line feeds alone: JSON may hold what str.splitlines takes for ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LARGEST = 8_000_000  # bytes without an end of an event: that is no stream of Coder's


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: its name, and its data, b"" where it has none."""

    name: str
    data: bytes


class Decoder:
    """Takes a stream in parts, however it is cut, and gives its events. One that is cut off by the end is none."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, part: bytes) -> list[Event]:
        """The events that this part completes. Raises ValueError where one grows beyond what Coder sends."""
        *whole, self.rest = (self.rest + part.replace(b"\r", b"")).split(b"\n\n")
        if len(self.rest) > LARGEST:
            raise ValueError("an event without an end")
        return [event(block) for block in whole]


def events(parts: Iterable[bytes]) -> Iterator[Event]:
    """The events of a stream that arrives in parts. Raises ValueError as `Decoder.feed` does."""
    decoder = Decoder()
    for part in parts:
        yield from decoder.feed(part)


def event(block: bytes) -> Event:
    """The lines of one event; without a name it is a "message", as browsers call it."""
    fields: dict[bytes, list[bytes]] = {}
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        fields.setdefault(name, []).append(value.removeprefix(b" "))
    name = fields.get(b"event", [b"message"])[-1]
    return Event(name=name.decode("utf-8", "replace"), data=b"\n".join(fields.get(b"data", [])))
