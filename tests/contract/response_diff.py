"""Compare a response with a recorded one: values, order, format, and the relations between ids and times.

Ids and times differ in each run. Which places hold the same id, which of two times is earlier, the format of a
time, and the order of keys and lists do not.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z| [+-]\d{4} [A-Z]+)?")
RANDOM = re.compile(r"worker_id$")  # depends on which of three provisioners was idle
TIME_DEPENDENT = re.compile(  # the order depends on the hour, on a heartbeat, or on invented durations
    r"(next_start_at|most_recently_seen|provisioner_timings.*)$"
)
SIMULTANEOUS_US = 1  # the server read its clock twice
ROW = re.compile(r"^(?:\.workspaces|\.users)?\[\d+\]|^")
FRACTION_DIGITS = (0, 3, 6, 9)  # digits of a fraction: none, ms, μs, ns


class DocumentShape:
    """A document's keys and list lengths in order, its ids by number, its other values and its timestamps."""

    def __init__(self, body: Any) -> None:
        self.ids: dict[str, int] = {}
        self.moments: list[tuple[str, re.Match[str]]] = []
        self.parts = dict(self._walk(body, ""))

    def _walk(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            yield path, "{" + ", ".join(UUID.sub("id", key) for key in value) + "}"
            for key, item in value.items():
                yield from self._walk(item, f"{path}.{UUID.sub('id', key)}")
        elif isinstance(value, list):
            yield path, f"{len(value)} items"
            for number, item in enumerate(value):
                yield from self._walk(item, f"{path}[{number}]")
        elif isinstance(value, str) and not RANDOM.search(path):
            self.moments += [(path, match) for match in TIMESTAMP.finditer(value) if not match[0].startswith("0001")]
            yield path, TIMESTAMP.sub(_mask_timestamp, UUID.sub(self._number, value))
        elif not isinstance(value, str):
            yield path, json.dumps(value)

    def _number(self, match: re.Match[str]) -> str:
        return f"id {self.ids.setdefault(match[0], len(self.ids))}" if match[0].strip("0-") else "no id"

    def order(self) -> Iterator[tuple[tuple[str, str], int]]:
        """Yield the difference (μs) between each two timestamps in a row of the response."""
        timed = [(path, _microseconds(match)) for path, match in self.moments if not TIME_DEPENDENT.search(path)]
        for (first_path, first), (second_path, second) in combinations(timed, 2):
            if _row(first_path) == _row(second_path):
                yield (first_path, second_path), second - first


def differences(recorded_body: Any, actual_body: Any) -> list[str]:
    """Describe each difference between a response body and the recorded one."""
    recorded, actual = DocumentShape(recorded_body), DocumentShape(actual_body)
    messages = [
        f"{path}: {actual.parts.get(path)!r}, recorded {recorded.parts.get(path)!r}"
        for path in recorded.parts | actual.parts
        if recorded.parts.get(path) != actual.parts.get(path)
    ]
    messages += [
        f"{path}: {match[0]} is finer than the recorded {recorded_match[0]}"
        for (path, recorded_match), (_, match) in zip(recorded.moments, actual.moments, strict=False)
        if _fraction_digits(match) > _fraction_digits(recorded_match)
    ]
    later = dict(actual.order())
    for pair, gap in recorded.order():
        if (
            pair in later
            and abs(gap) > SIMULTANEOUS_US
            and (gap > 0) - (gap < 0) != (later[pair] > 0) - (later[pair] < 0)
        ):
            messages.append(f"{pair[1]} is {later[pair]} μs after {pair[0]}, recorded {gap} μs")
    return messages


def _mask_timestamp(match: re.Match[str]) -> str:
    """Return the zone of a timestamp, and whether its fraction ends in a zero, which Go never writes."""
    if match[0].startswith("0001"):
        return "never"
    return f"a moment{' with a zero at its end' if (match[3] or '').endswith('0') else ''}{match[4]}"


def _fraction_digits(match: re.Match[str]) -> int:
    return next(limit for limit in FRACTION_DIGITS if len(match[3] or "") <= limit)


def _microseconds(match: re.Match[str]) -> int:
    seconds = datetime.fromisoformat(f"{match[1]}T{match[2]}+00:00").timestamp()
    return int(seconds) * 1_000_000 + int((match[3] or "").ljust(6, "0")[:6])


def _row(path: str) -> str:
    match = ROW.match(path)
    return match[0] if match else ""
