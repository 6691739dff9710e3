"""Test that the simulated Coder gives the recorded answers to the calls of staff."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatch
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from coder_simulator.testing import run_server
from tests.contract.recordings import CONTRACT_FOLDER, FILES, VERSIONS, load_recording, recording_name
from tests.contract.staff_world import build, build_audited, load, tokens

DIFFERENCES = tomllib.loads((CONTRACT_FOLDER / "staff_differences.toml").read_text())
WORLDS = {"staff": build, "audit-generated": build_audited, "audit-testgenerate": build_audited}
STAFF_FILES = [path for path in FILES if path.parent.name == "staff"]
TRIMMED = re.compile(r"(\w+): the first (\d+) of (\d+) entries are kept here")


@dataclass(frozen=True)
class StaffServer:
    """A server, with a token of each user."""

    http: httpx.Client
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[tuple[str, str], StaffServer]]:
    """Run servers, by version and world."""
    with ExitStack() as stack:
        servers: dict[tuple[str, str], StaffServer] = {}
        for version, (name, world) in product(VERSIONS, WORLDS.items()):
            coder = stack.enter_context(run_server(version=version, world=world))
            servers[version, name] = StaffServer(coder.http, tokens(coder.world))
        for version in VERSIONS:
            generate_audit_log(servers[version, "audit-generated"], version)
        yield servers


def generate_audit_log(server: StaffServer, version: str) -> None:
    """Generate the entries of the recorded audit log."""
    for log in load(version, "audit-generated-no-limit-admin")["audit_logs"]:
        body = {name: log[name] for name in ("action", "resource_type", "resource_id", "organization_id", "time")}
        request = {"method": "POST", "path": "/audit/testgenerate", "query": None, "body": body}
        headers = {"User-Agent": log["user_agent"]}
        send(server.http, {"request": request}, server.tokens["admin"], headers).raise_for_status()


def server_name(path: Path) -> str:
    """Return the name of the world in which a call was recorded."""
    return next((name for name in WORLDS if path.name.startswith(name)), "staff")


def send(
    http: httpx.Client, recording: Any, token: str | None, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Send the recorded request."""
    request, headers = recording["request"], dict(headers or {})
    if token:
        headers["Coder-Session-Token"] = token
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


def sorted_rows(name: str, body: Any) -> Any:
    """Return the rows of a list that Postgres gives in any order, by user."""
    if isinstance(body, list) and any(fnmatch(name, pattern) for pattern in DIFFERENCES["unordered"]):
        return sorted(body, key=lambda row: str(row["username"]))
    return body


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
        for entry in DIFFERENCES["difference"]
        for pattern in entry["recordings"]
    )


def test_staff_recordings_are_complete() -> None:
    assert Counter(recording_name(path).split("/")[0] for path in STAFF_FILES) == {"2.19": 275, "2.36": 281}


@pytest.mark.parametrize("path", STAFF_FILES, ids=recording_name)
def test_staff_call_is_answered_as_recorded(servers: dict[tuple[str, str], StaffServer], path: Path) -> None:
    recording, name = load_recording(path), recording_name(path)
    server = servers[name.split("/")[0], server_name(path)]
    answer = send(server.http, recording, server.tokens.get(recording["as"]))
    recorded = recording["response"]
    assert answer.status_code == recorded["status"]
    assert {key: answer.headers.get(key) for key in recorded["headers"]} == recorded["headers"]
    try:
        body = answer.json() if answer.content else None
    except ValueError:
        body = answer.text
    want, got = sorted_rows(name, recorded["body"]), sorted_rows(name, trimmed(body, recording))
    assert [each for each in differences(want, got) if not is_allowed(name, each)] == []
