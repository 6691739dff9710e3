"""Encoding of stream events, and the response of a server without streams."""

import pytest
from django.test import Client

from tests.live.sse_client import SseClient
from workspaces.live.streams import encode_event, encode_reconnect, encode_retry


class FakeResponse:
    """A response with a complete body."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def iter_raw(self) -> list[bytes]:
        """Return the body as one chunk."""
        return [self.body]


def parse_events(body: bytes) -> list[tuple[str, str]]:
    """Return the events that a browser would receive."""
    tab = SseClient(FakeResponse(body))  # type: ignore[arg-type]  # only iter_raw is used
    return list(iter(tab.next_event, ("", "")))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_end_in_data_does_not_end_event(end: str) -> None:
    data = f"<p>one{end}event: ended{end}{end}data: two{end}</p>"
    assert parse_events(encode_event("fragments", data)) == [("fragments", "<p>one\nevent: ended\n\ndata: two\n</p>")]


@pytest.mark.parametrize("other", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c"])
def test_characters_that_browsers_do_not_treat_as_line_ends_are_kept(other: str) -> None:
    assert parse_events(encode_event("fragments", f"a{other}b")) == [("fragments", f"a{other}b")]


def test_reconnect_event_states_delay_as_data_and_retry_field() -> None:
    tab = SseClient(FakeResponse(encode_reconnect(1234)))  # type: ignore[arg-type]  # only iter_raw is used
    assert tab.next_event() == ("reconnect", "1234")
    assert tab.retry == 1234
    assert encode_retry(5) == b"retry: 5\n\n"


@pytest.mark.parametrize("address", ["/live/workspaces/?q=", "/live/workspaces/00000000-0000-0000-0000-000000000000/"])
def test_stream_url_answers_busy_when_server_has_no_streams(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    tab = SseClient(FakeResponse(answer.content))  # type: ignore[arg-type]  # only iter_raw is used
    assert tab.next_event() == ("busy", "")
    assert tab.retry == 3_600_000
