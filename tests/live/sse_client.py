"""A client of the portal's event streams that parses them as browsers do."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpx

from coder_simulator.state import Workspace

FRAGMENT_EVENTS = {"fragments", "states"}
LINE_END = re.compile(rb"\r\n|\n|\r")


class SseClient:
    """Read a stream event by event. A wait of more than 10 s raises a timeout."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.retry = 0  # reconnect delay of a browser, in ms
        self.read_ms = 0  # read time of the newest event that has one, in ms since 1970
        self._events = self._parse(response.iter_raw())

    def next_event(self) -> tuple[str, str]:
        """Return the name and the data of the next event, ("", "") at the end of the stream."""
        return next(self._events, ("", ""))

    def wait_for(self, *words: str, name: str = "") -> str:
        """Return the data of the next event that contains these words.

        The events before it must have the same name: `name`, or that of an event with fragments.
        """
        while True:
            event_name, data = self.next_event()
            assert event_name in ({name} if name else FRAGMENT_EVENTS), (event_name, data)
            if all(word in data for word in words):
                return data

    def _parse(self, parts: Iterable[bytes]) -> Iterator[tuple[str, str]]:
        name, data = "", list[str]()
        for line in lines(parts):
            field, _, value = line.decode().partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "retry":
                self.retry = int(value)
            elif field == "id":
                self.read_ms = int(value)
            elif not line:
                if data and name != "beat":
                    yield name, "\n".join(data)
                name, data = "", []
            else:
                assert not field, line  # a comment


def lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream."""
    rest = b""
    for part in parts:
        *whole, rest = LINE_END.split(rest + part)
        yield from whole


@contextmanager
def connect(browser: httpx.Client, address: str, etag: str = "") -> Iterator[SseClient]:
    """Open a stream with this browser's session; `etag` is the etag that its page shows."""
    separator = "&" if "?" in address else "?"
    with browser.stream("GET", address + (f"{separator}etag={etag}" if etag else ""), timeout=10) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield SseClient(response)


@contextmanager
def connect_live(browser: httpx.Client, address: str, etag: str = "") -> Iterator[SseClient]:
    """Open a stream and read its `live` event."""
    with connect(browser, address, etag) as tab:
        assert tab.next_event()[0] == "live"
        yield tab


def workspace_stream_url(workspace: Workspace) -> str:
    """Return the URL of a workspace's stream."""
    return f"/live/workspaces/{workspace.id}/"
