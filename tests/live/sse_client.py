"""A tab that listens to a stream of the portal's, and takes it apart as browsers do."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpx

from coder_simulator.state import Workspace

PIECES = {"fragments", "states"}
LINE_END = re.compile(rb"\r\n|\n|\r")


class SseClient:
    """What the stream says, event by event. Who waits longer than 10 s for one, waits in vain."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.retry = 0  # ms after which a browser would come back
        self.read_ms = 0  # when what the newest dated event shows was so, since 1970
        self._events = self._taken(response.iter_raw())

    def next_event(self) -> tuple[str, str]:
        """The next event: its name and its data. ("", "") at the end of the stream."""
        return next(self._events, ("", ""))

    def wait_for(self, *words: str, name: str = "") -> str:
        """The data of the next event that has these words; those before it must be of the same name: pieces of a page
        unless it is given."""
        while True:
            said, data = self.next_event()
            assert said in ({name} if name else PIECES), (said, data)
            if all(word in data for word in words):
                return data

    def _taken(self, parts: Iterable[bytes]) -> Iterator[tuple[str, str]]:
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
                if data:
                    yield name, "\n".join(data)
                name, data = "", []
            else:
                assert not field, line  # a comment


def lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream."""
    rest = b""
    for part in parts:
        *whole, rest = LINE_END.split(rest + part)
        yield from whole


@contextmanager
def connect(browser: httpx.Client, address: str, etag: str = "") -> Iterator[SseClient]:
    """A tab of this browser that listens, from its opening on; `etag` is that of what it shows."""
    separator = "&" if "?" in address else "?"
    with browser.stream("GET", address + (f"{separator}etag={etag}" if etag else ""), timeout=10) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield SseClient(response)


@contextmanager
def connect_live(browser: httpx.Client, address: str, etag: str = "") -> Iterator[SseClient]:
    """The same, and it has said that it lives."""
    with connect(browser, address, etag) as tab:
        assert tab.next_event() == ("live", "")
        yield tab


def workspace_stream_url(workspace: Workspace) -> str:
    """The address of a workspace's stream."""
    return f"/live/workspaces/{workspace.id}/"
