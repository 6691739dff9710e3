"""How an event is written, and what a server answers that has no streams."""

import pytest
from django.test import Client

from tests.live.sse_client import Listening
from workspaces.live.streams import event, farewell, retry


class Said:
    """An answer that has come as a whole."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def iter_raw(self) -> list[bytes]:
        """All of it."""
        return [self.body]


def heard(body: bytes) -> list[tuple[str, str]]:
    """What a browser takes it for."""
    tab = Listening(Said(body))  # type: ignore[arg-type]  # all of an answer that is looked at
    return list(iter(tab.next, ("", "")))


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_line_end_in_the_data_ends_the_event(end: str) -> None:
    data = f"<p>one{end}event: over{end}{end}data: two{end}</p>"
    assert heard(event("fragments", data)) == [("fragments", "<p>one\nevent: over\n\ndata: two\n</p>")]


@pytest.mark.parametrize("other", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c"])
def test_what_browsers_do_not_take_for_a_line_end_stays(other: str) -> None:
    assert heard(event("fragments", f"a{other}b")) == [("fragments", f"a{other}b")]


def test_a_farewell_says_for_machines_and_for_the_page_when_to_come_back() -> None:
    tab = Listening(Said(farewell(1234)))  # type: ignore[arg-type]  # all of an answer that is looked at
    assert tab.next() == ("farewell", "1234")
    assert tab.retry == 1234
    assert retry(5) == b"retry: 5\n\n"


@pytest.mark.parametrize("address", ["/live/workspaces/?q=", "/live/workspaces/00000000-0000-0000-0000-000000000000/"])
def test_a_server_without_streams_says_that_none_is_to_be_had(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    tab = Listening(Said(answer.content))  # type: ignore[arg-type]  # all of an answer that is looked at
    assert tab.next() == ("busy", "")
    assert tab.retry == 3_600_000
