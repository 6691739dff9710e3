"""Test times that Go writes and Python does not have, and that nothing else is changed where they are."""

import subprocess
import sys
from dataclasses import dataclass

import msgspec
import pytest

from tests.coder.doubles import ME, client_and_server, respond
from workspaces.coder import calls
from workspaces.coder.decoding import decode_json
from workspaces.coder.scalars import Timestamp

ZERO_TIME = "0000-12-31T20:29:08-03:31"  # Go's zero time in Newfoundland
LAST_MOMENT = "9999-12-31T23:59:59.999999999Z"
# Threads that decode a type for the first time, at the same time.
FIRST_USE = """
import sys, threading
from workspaces.coder.decoding import decode_json
from workspaces.coder.types import WorkspacePage
sys.setswitchinterval(0.0005)
threads = 8
together = threading.Barrier(threads)
def decode():
    together.wait()
    decode_json(b'{"workspaces": [], "count": 0}', WorkspacePage)
each = [threading.Thread(target=decode) for _ in range(threads)]
for thread in each: thread.start()
for thread in each: thread.join()
"""


@dataclass(frozen=True)
class Entry:
    """An object with times and a text that may look like one."""

    used_at: Timestamp
    ends_at: Timestamp | None = None
    text: str = ""
    entries: "tuple[Entry, ...] | None" = None


def decode(**fields: object) -> Entry:
    """Return an entry with these fields as JSON has them."""
    entry: Entry = decode_json(msgspec.json.encode({"used_at": "2026-11-29T06:20:00Z"} | fields), Entry)
    return entry


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        (ZERO_TIME, "0001-01-01T00:00:00+00:00"),
        ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        (LAST_MOMENT, "9999-12-31T23:59:59.999999+00:00"),
        ("9999-12-31T23:59:59.9999995-12:00", "9999-12-31T23:59:59.999999-12:00"),
        ("2026-12-31T23:59:59.999999999Z", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_time_that_python_does_not_have_is_read_as_nearest_one(text: str, iso: str) -> None:
    assert decode(used_at=text).used_at.isoformat() == iso


def test_text_that_looks_like_such_a_time_is_unchanged() -> None:
    inner = {"used_at": LAST_MOMENT, "ends_at": ZERO_TIME, "text": LAST_MOMENT}
    entry = decode(used_at=ZERO_TIME, text=ZERO_TIME, entries=[inner, {**inner, "ends_at": None}])
    assert (entry.used_at.year, entry.text) == (1, ZERO_TIME)
    assert entry.entries
    assert [(each.used_at.year, each.text) for each in entry.entries] == [(9999, LAST_MOMENT)] * 2


@pytest.mark.parametrize("text", ["0000-13-31T00:00:00Z!", "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z", "soon"])
def test_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(used_at=text)


def test_client_reads_user_who_was_never_seen_by_coder_west_of_greenwich() -> None:
    client, _server = client_and_server(respond(200, ME | {"last_seen_at": ZERO_TIME}))
    last_seen_at = client.send(calls.me()).last_seen_at
    assert last_seen_at
    assert last_seen_at.year == 1


def test_threads_may_decode_a_type_for_the_first_time_at_once() -> None:
    """Without inspect_type a segmentation fault ends the process."""
    result = subprocess.run([sys.executable, "-c", FIRST_USE], check=False, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
