"""Test that the simulated Coder gives the recorded answers to the calls of staff."""

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest

from coder_simulator.testing import run_server
from tests.contract.recordings import CONTRACT_FOLDER, FILES, VERSIONS, load_recording, recording_name
from tests.contract.staff_world import build, tokens

ALLOWED = tomllib.loads((CONTRACT_FOLDER / "staff_differences.toml").read_text())["difference"]
SUBJECTS = ("authcheck", "user-", "users", "workspaces")
STAFF_FILES = [path for path in FILES if path.parent.name == "staff" and path.name.startswith(SUBJECTS)]
TRIMMED = re.compile(r"(\w+): the first (\d+) of (\d+) entries are kept here")


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, tuple[httpx.Client, dict[str, str]]]]:
    """Run a server of each version; yield its client and the users' tokens."""
    with run_server(version="2.19", world=build) as old, run_server(version="2.36", world=build) as new:
        yield {version: (coder.http, tokens(coder.world)) for version, coder in zip(VERSIONS, (old, new), strict=True)}


def send(http: httpx.Client, recording: Any, token: str | None) -> httpx.Response:
    """Send the recorded request."""
    request = recording["request"]
    headers = {"Coder-Session-Token": token} if token else {}
    path, query, body = f"/api/v2{request['path']}", request["query"], request["body"]
    return http.request(request["method"], path, params=query, json=body, headers=headers)


def trimmed(body: Any, recording: Any) -> Any:
    """Return the body with the entries that the recording keeps, after a check of their number."""
    if "trimmed" not in recording:
        return body
    match = TRIMMED.fullmatch(recording["trimmed"])
    assert match
    name, kept, number = match[1], int(match[2]), int(match[3])
    rows = body if name == "body" else body[name]
    assert len(rows) == number
    return rows[:kept] if name == "body" else {**body, name: rows[:kept]}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a JSON value with their paths, the order of an object's keys, and the lengths of lists."""
    if isinstance(value, dict):
        yield path, list(value)
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        yield path, f"{len(value)} entries"
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    else:
        yield path, value


def differences(recorded: Any, actual: Any) -> list[str]:
    """Describe each difference between two JSON values."""
    want, got = dict(leaves(recorded)), dict(leaves(actual))
    return [
        f"{path}: {got.get(path, 'nothing')!r}, recorded {want.get(path, 'nothing')!r}"
        for path in want | got
        if (path in want, want.get(path)) != (path in got, got.get(path))
    ]


def is_allowed(name: str, difference: str) -> bool:
    """Tell whether staff_differences.toml lists the difference of a recording."""
    path = difference.split(": ")[0]
    return any(
        fnmatch(name, pattern) and any(re.fullmatch(place, path) for place in entry["paths"])
        for entry in ALLOWED
        for pattern in entry["recordings"]
    )


@pytest.mark.parametrize("path", STAFF_FILES, ids=recording_name)
def test_staff_call_is_answered_as_recorded(
    servers: dict[str, tuple[httpx.Client, dict[str, str]]], path: Path
) -> None:
    recording, name = load_recording(path), recording_name(path)
    http, users = servers[name.split("/")[0]]
    answer = send(http, recording, users.get(recording["as"]))
    recorded = recording["response"]
    assert answer.status_code == recorded["status"]
    assert {key: answer.headers.get(key) for key in recorded["headers"]} == recorded["headers"]
    try:
        body = answer.json() if answer.content else None
    except ValueError:
        body = answer.text
    found = differences(recorded["body"], trimmed(body, recording))
    assert [each for each in found if not is_allowed(name, each)] == []
