"""What real servers of both versions answered, as the tests read it."""

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
    """One exchange: who asked, the request, the response."""
    return json.loads(path.read_text())


def recording_name(path: Path) -> str:
    """What a recording is called in a report."""
    return str(path.relative_to(CONTRACT_FOLDER / "recorded"))


def load_events(path: Path) -> list[tuple[str, Any]]:
    """The events of a stream, by name, those without data left out."""
    found: list[tuple[str, Any]] = []
    event = ""
    for line in path.read_text().splitlines():
        key, _, value = line.partition(": ")
        if key == "event":
            event = value
        elif key == "data":
            found.append((event, json.loads(value)))
    return found
