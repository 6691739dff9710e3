"""In what an answer is unlike a recorded one, place by place: values, order, spelling, and relations of what changes.

Ids and moments differ in each run. That two places hold the same id, which of two moments comes first, how a
moment is spelt, and the order of keys and lists do not.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import combinations
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z| [+-]\d{4} [A-Z]+)?")
BY_CHANCE = re.compile(r"worker_id$")  # which of three provisioners was free
BY_THE_HOUR = re.compile(  # what comes first depends on the hour, on a heartbeat, or on the recorder's made-up spans
    r"(next_start_at|most_recently_seen|provisioner_timings.*)$"
)
AT_ONCE = 1  # μs: the server looked at its clock twice
ROW = re.compile(r"^(?:\.workspaces|\.users)?\[\d+\]|^")
CLASSES = (0, 3, 6, 9)  # digits of a fraction: none, ms, μs, ns


class DocumentShape:
    """One document: its objects' keys and lists' lengths in order, its ids by number, its other values, its moments."""

    def __init__(self, body: Any) -> None:
        self.ids: dict[str, int] = {}
        self.moments: list[tuple[str, re.Match[str]]] = []
        self.parts = dict(self._walk(body, ""))

    def _walk(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            yield path, "{" + ", ".join(UUID.sub("id", key) for key in value) + "}"
            for key, one in value.items():
                yield from self._walk(one, f"{path}.{UUID.sub('id', key)}")
        elif isinstance(value, list):
            yield path, f"{len(value)} items"
            for number, one in enumerate(value):
                yield from self._walk(one, f"{path}[{number}]")
        elif isinstance(value, str) and not BY_CHANCE.search(path):
            self.moments += [(path, found) for found in MOMENT.finditer(value) if not found[0].startswith("0001")]
            yield path, MOMENT.sub(_spelling, UUID.sub(self._number, value))
        elif not isinstance(value, str):
            yield path, json.dumps(value)

    def _number(self, found: re.Match[str]) -> str:
        return f"id {self.ids.setdefault(found[0], len(self.ids))}" if found[0].strip("0-") else "no id"

    def order(self) -> Iterator[tuple[tuple[str, str], int]]:
        """Of each two moments in a row of the answer, how much later the second is (μs)."""
        timed = [(path, _microseconds(found)) for path, found in self.moments if not BY_THE_HOUR.search(path)]
        for (one, first), (other, second) in combinations(timed, 2):
            if _row(one) == _row(other):
                yield (one, other), second - first


def differences(want: Any, got: Any) -> list[str]:
    """Say in what a body is unlike the recorded one, place by place."""
    recorded, given = DocumentShape(want), DocumentShape(got)
    found = [
        f"{path}: {given.parts.get(path)!r}, recorded {recorded.parts.get(path)!r}"
        for path in recorded.parts | given.parts
        if recorded.parts.get(path) != given.parts.get(path)
    ]
    found += [
        f"{path}: {moment[0]} is finer than the recorded {told[0]}"
        for (path, told), (_, moment) in zip(recorded.moments, given.moments, strict=False)
        if _fineness(moment) > _fineness(told)
    ]
    later = dict(given.order())
    for pair, gap in recorded.order():
        if pair in later and abs(gap) > AT_ONCE and (gap > 0) - (gap < 0) != (later[pair] > 0) - (later[pair] < 0):
            found.append(f"{pair[1]} is {later[pair]} μs after {pair[0]}, recorded {gap} μs")
    return found


def _spelling(found: re.Match[str]) -> str:
    """A moment's zone, and whether its fraction ends in a zero, which Go never writes."""
    if found[0].startswith("0001"):
        return "never"
    return f"a moment{' with a zero at its end' if (found[3] or '').endswith('0') else ''}{found[4]}"


def _fineness(found: re.Match[str]) -> int:
    return next(limit for limit in CLASSES if len(found[3] or "") <= limit)


def _microseconds(found: re.Match[str]) -> int:
    whole = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00").timestamp()
    return int(whole) * 1_000_000 + int((found[3] or "").ljust(6, "0")[:6])


def _row(path: str) -> str:
    found = ROW.match(path)
    return found[0] if found else ""
