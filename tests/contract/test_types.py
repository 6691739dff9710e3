"""Our types against what real servers answered: every recording is decoded, and a key that only one side has shows."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from workspaces.coder import template_types, types
from workspaces.coder.errors import KINDS, CoderError, refusal

HERE = Path(__file__).parent
FILES = sorted((HERE / "recorded").glob("*/**/*.json"))
KNOWN: dict[str, dict[str, list[str]]] = tomllib.loads((HERE / "known_keys.toml").read_text())

LISTS: dict[str, Any] = {
    "/templates": tuple[template_types.Template, ...],
    "/organizations": tuple[types.Organization, ...],
    "versions": tuple[template_types.TemplateVersion, ...],
    "rich-parameters": tuple[template_types.RichParameter, ...],
    "presets": tuple[template_types.Preset, ...],
    "external-auth": tuple[template_types.ExternalAuth, ...],
    "parameters": tuple[template_types.ParameterValue, ...],
}

Version = Literal["2.19", "2.36"]


@cache
def recorded(path: Path) -> Any:
    """One exchange."""
    return json.loads(path.read_text())


def kind_of(exchange: Any) -> Any:
    """The type that our calls decode this answer into, or None where no call of ours asks for it."""
    body, path = exchange["response"]["body"], exchange["request"]["path"]
    if exchange["response"]["status"] >= 300:
        return None
    if isinstance(body, dict):
        marks = {
            "latest_build": types.Workspace,
            "build_number": types.WorkspaceBuild,
            "workspaces": types.WorkspacePage,
            "users": types.UserPage,
            "session_token": types.Session,
            "dashboard_url": types.BuildInfo,
            "active_version_id": template_types.Template,
            "readme": template_types.TemplateVersion,
            "credits_consumed": template_types.Quota,
            "diagnostics": template_types.Evaluation,
        }
        if found := next(
            (kind for mark, kind in marks.items() if mark in body and isinstance(body[mark], object)), None
        ):
            return None if path.startswith(("/insights", "/deployment")) or path == "/authcheck" else found
        return {"/users/me": types.User, "/users/alice": types.User, "/users/authmethods": types.AuthMethods}.get(path)
    return LISTS.get(path, LISTS.get(path.split("/")[-1])) if isinstance(body, list) else None


DECODED = [path for path in FILES if kind_of(recorded(path)) is not None]
REFUSED = [path for path in FILES if recorded(path)["response"]["status"] >= 400]


def name(path: Path) -> str:
    """What a recording is called in a report."""
    return str(path.relative_to(HERE / "recorded"))


@pytest.mark.parametrize("path", DECODED, ids=name)
def test_a_recorded_answer_fits_our_type(path: Path) -> None:
    exchange = recorded(path)
    msgspec.convert(exchange["response"]["body"], kind_of(exchange))


@pytest.mark.parametrize("path", REFUSED, ids=name)
def test_a_recorded_refusal_is_an_exception_with_coders_words(path: Path) -> None:
    response = recorded(path)["response"]
    body = response["body"]
    error = refusal(response["status"], json.dumps(body).encode() if body is not None else b"")
    assert type(error) is KINDS.get(response["status"], CoderError)
    if isinstance(body, dict):
        assert (error.message, error.detail) == (body["message"], body.get("detail", ""))


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(
    ("recording", "field"),
    [
        ("create-refused-bad-name", "name"),
        ("create-duplicate", "name"),
        ("create-refused-bad-schedule", "autostart"),
        ("create-refused-ttl-30s", "ttl_ms"),
        ("create-refused-param-not-option", "param.region"),
        ("create-refused-param-over-max", "param.cpu"),
        ("create-refused-param-regex", "param.project"),
        ("create-refused-missing-param", "param.project"),
        ("autostart-bad", "autostart"),
        ("ttl-small", "ttl_ms"),
        ("rename-taken", "name"),
        ("list-bad-key", "q"),
        ("update-missing-param", "param.team"),
    ],
)
def test_a_refusal_names_the_field_that_caused_it(version: Version, recording: str, field: str) -> None:
    (path,) = (HERE / "recorded" / version).glob(f"*-{recording}.json")
    response = recorded(path)["response"]
    error = refusal(response["status"], json.dumps(response["body"]).encode())
    assert field in error.fields or (recording == "list-bad-key" and error.fields)


def ours(kind: Any) -> Iterator[Any]:
    """The dataclasses within a type."""
    if is_dataclass(kind):
        yield kind
    for part in get_args(kind):
        yield from ours(part)


def walk(kind: Any, body: Any) -> Iterator[tuple[str, set[str], set[str]]]:
    """Of each object in a body: its type's name, its keys, and the keys of our type."""
    if isinstance(body, list):
        inner = get_args(kind)
        for item in body:
            yield from walk(inner[0] if inner else kind, item)
    elif isinstance(body, dict):
        dataclass = next((found for found in ours(kind)), None)
        if get_origin(kind) is not None and not is_dataclass(kind) and "Mapping" in str(get_origin(kind)):
            for item in body.values():
                yield from walk(get_args(kind)[1], item)
            return
        if dataclass is None:
            return
        hints = get_type_hints(dataclass)
        yield dataclass.__name__, set(body), {field.name for field in fields(dataclass)}
        for key, value in body.items():
            if key in hints:
                yield from walk(next(iter(unwrapped(hints[key]))), value)


def unwrapped(kind: Any) -> Iterator[Any]:
    """The type without its None; of a tuple or mapping, itself."""
    if get_origin(kind) in {tuple, dict} or "Mapping" in str(get_origin(kind)):
        yield kind
        return
    parts = [part for part in get_args(kind) if part is not type(None)]
    yield from (unwrapped(parts[0]) if parts else [kind])


def difference() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By type: keys that Coder sends and we do not read, and keys that we read and no recording has."""
    sent: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for path in DECODED:
        exchange = recorded(path)
        for kind, keys, own in walk(kind_of(exchange), exchange["response"]["body"]):
            sent.setdefault(kind, set()).update(keys)
            read[kind] = own
    unread = {kind: sent[kind] - read[kind] for kind in sent if sent[kind] - read[kind]}
    unsent = {kind: read[kind] - sent[kind] for kind in sent if read[kind] - sent[kind]}
    return unread, unsent


def test_every_key_that_coder_sends_is_read_or_stands_in_the_reviewed_list() -> None:
    unread, _ = difference()
    assert unread == {kind: set(keys) for kind, keys in KNOWN["unread"].items()}


def test_every_key_that_we_read_was_sent_or_stands_in_the_reviewed_list() -> None:
    _, unsent = difference()
    assert unsent == {kind: set(keys) for kind, keys in KNOWN["unsent"].items()}
