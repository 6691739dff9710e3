"""Test our types against recorded responses: each decodes, and keys that only one side has are in a reviewed list."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from tests.coder.test_calls import ID, TABLE
from tests.contract.recordings import (
    CONTRACT_FOLDER,
    FILES,
    STREAMS,
    VERSIONS,
    load_events,
    load_recording,
    recording_name,
)
from workspaces.coder import agent_calls
from workspaces.coder.types import Workspace

KNOWN: dict[str, dict[str, list[str]]] = tomllib.loads((CONTRACT_FOLDER / "known_keys.toml").read_text())
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
METADATA = agent_calls.watch_agent_metadata(ID)  # the response is a stream
NAMES = re.compile(r"\b(?:alice|bob|me|web-api)\b")


def path_pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of a call's path with any ids and names."""
    return re.compile(NAMES.sub("[^/]+", re.sub(UUID, UUID, path)))


CALLS = [(call.method, call.path, path_pattern(call.path), call.response_type) for call, *_ in TABLE]


def response_type_of(path: Path) -> Any:
    """Return the type into which one of our calls decodes this response; Ellipsis where no call requests it."""
    exchange = load_recording(path)
    if not 200 <= exchange["response"]["status"] < 300:
        return ...
    method, path_without_query = exchange["request"]["method"], exchange["request"]["path"].split("?")[0]
    exact = (
        response_type
        for verb, address_pattern, _, response_type in CALLS
        if (verb, address_pattern) == (method, path_without_query)
    )
    similar = (
        response_type
        for verb, _, address_pattern, response_type in CALLS
        if verb == method and address_pattern.fullmatch(path_without_query)
    )
    return next(exact, next(similar, ...))


ANSWERS: list[tuple[Path, Any, Any]] = [
    (path, kind, load_recording(path)["response"]["body"])
    for path in FILES
    if (kind := response_type_of(path)) is not ...
]
ADDITIONAL_RESPONSES: list[tuple[Path, Any, Any]] = [
    (path, Workspace, body)
    for path in STREAMS
    for event, body in load_events(path)
    if event == "data" and isinstance(body, dict) and "latest_build" in body
] + [
    (path, METADATA.response_type, body)
    for path in STREAMS
    if "metadata" in path.name
    for event, body in load_events(path)
    if event == "data"
]


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    ANSWERS + ADDITIONAL_RESPONSES,
    ids=lambda part: recording_name(part) if isinstance(part, Path) else "",
)
def test_recorded_response_decodes_into_type_of_its_call(path: Path, kind: Any, body: Any) -> None:
    msgspec.convert(body, kind)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_call_is_recorded_or_in_reviewed_list(version: str) -> None:
    recorded_requests = [
        load_recording(path)["request"] for path, *_ in ANSWERS if recording_name(path).startswith(version)
    ]
    requests = {(request["method"], request["path"].split("?")[0]) for request in recorded_requests}
    unrecorded = {
        f"{verb} {NAMES.sub('{name}', re.sub(UUID, '{id}', address))}"
        for verb, address, address_pattern, _ in CALLS
        if not any(verb == method and address_pattern.fullmatch(path) for method, path in requests)
    }
    assert unrecorded == set(KNOWN["unrecorded"][version])


def own_dataclasses(kind: Any) -> Iterator[Any]:
    """Yield the dataclasses within a type."""
    if is_dataclass(kind):
        yield kind
    for part in get_args(kind):
        yield from own_dataclasses(part)


def is_mapping(kind: Any) -> bool:
    """Return whether the keys of the type are data rather than names of fields."""
    origin = get_origin(kind)
    return isinstance(origin, type) and not issubclass(origin, tuple) and hasattr(origin, "keys")


def walk_objects(kind: Any, body: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield each object in a body that one of our dataclasses reads, with that dataclass."""
    parts = [part for part in get_args(kind) if part is not type(None)]
    if isinstance(body, list):
        for item in body:
            yield from walk_objects(parts[0], item)
    elif is_mapping(kind) and isinstance(body, dict):
        for item in body.values():
            yield from walk_objects(parts[1], item)
    elif parts and isinstance(body, dict):
        yield from walk_objects(parts[0], body)
    elif is_dataclass(kind) and isinstance(body, dict):
        yield kind, body
        for key, hint in get_type_hints(kind).items():
            yield from walk_objects(without_none(hint), body.get(key))


def without_none(hint: Any) -> Any:
    """Return the type without its None."""
    parts = [part for part in get_args(hint) if part is not type(None)]
    return parts[0] if type(None) in get_args(hint) else hint


def type_keys() -> Iterator[tuple[str, set[str], set[str]]]:
    """Yield for each of our types in a recording: its name, the keys that were sent, the keys that we read."""
    sent: dict[Any, set[str]] = {}
    for _, kind, body in ANSWERS + ADDITIONAL_RESPONSES:
        for dataclass, sent_object in walk_objects(kind, body):
            sent.setdefault(dataclass, set()).update(sent_object)
    for dataclass, sent_keys in sent.items():
        yield dataclass.__name__, sent_keys, {field.name for field in fields(dataclass)}


def test_every_sent_key_is_read_or_in_reviewed_list() -> None:
    unread = {kind: sent - read for kind, sent, read in type_keys() if sent - read}
    assert unread == {kind: set(listed) for kind, listed in KNOWN["unread"].items()}


def test_every_read_key_is_sent_or_in_reviewed_list() -> None:
    unsent = {kind: read - sent for kind, sent, read in type_keys() if read - sent}
    assert unsent == {kind: set(listed) for kind, listed in KNOWN["unsent"].items()}


def test_every_type_is_recorded_or_in_reviewed_list() -> None:
    recorded_types = {kind for kind, *_ in type_keys()}
    response_types = {part.__name__ for _, _, _, answer in CALLS for part in nested_dataclasses(answer)}
    assert response_types - recorded_types == set(KNOWN["unmet"]["types"])


def nested_dataclasses(kind: Any) -> Iterator[Any]:
    """Yield the dataclasses within a type and within their fields."""
    for dataclass in own_dataclasses(kind):
        yield dataclass
        for hint in get_type_hints(dataclass).values():
            yield from nested_dataclasses(hint)
