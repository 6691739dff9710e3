"""The recorded responses of real servers of both versions."""

import json
from functools import cache
from pathlib import Path
from typing import Any

CONTRACT_FOLDER = Path(__file__).parent
VERSIONS = ("2.19", "2.36")
FILES = sorted((CONTRACT_FOLDER / "recorded").glob("*/**/*.json"))
STREAMS = sorted((CONTRACT_FOLDER / "recorded").glob("*/**/*.sse"))


@cache
def load_recording(path: Path) -> Any:
    """Return one recorded exchange: the user, the request and the response."""
    return json.loads(path.read_text())


def recording_name(path: Path) -> str:
    """Return the name of a recording in test reports."""
    return str(path.relative_to(CONTRACT_FOLDER / "recorded"))


def load_events(path: Path) -> list[tuple[str, Any]]:
    """Return the events of a recorded stream with their names, without those that have no data."""
    events: list[tuple[str, Any]] = []
    event = ""
    for line in path.read_text().splitlines():
        key, _, value = line.partition(": ")
        if key == "event":
            event = value
        elif key == "data":
            events.append((event, json.loads(value)))
    return events
