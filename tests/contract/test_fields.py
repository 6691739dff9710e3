"""Test docs/fields.md against the workspace fields that Coder documents and that real servers sent."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from tests.contract.recordings import CONTRACT_FOLDER, FILES, load_recording
from workspaces.coder.types import Workspace

FIELDS_PAGE = Path(__file__).parents[2] / "docs" / "fields.md"
MAPS = {"latency", "tags", "environment_variables"}  # their keys are data
LINE = re.compile(r"\| `([^`]+)` \| (.+) \|")
SECTIONS = {
    title.strip(): dict(LINE.findall(text))
    for title, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", FIELDS_PAGE.read_text(), re.MULTILINE | re.DOTALL)
}
LISTED = {field: section for section, lines in SECTIONS.items() for field in lines}


def sent_fields(value: Any, path: str = "") -> Iterator[str]:
    """Yield the field of each key in a JSON value: `latest_build.resources[].name`."""
    if isinstance(value, list):
        for item in value:
            yield from sent_fields(item, f"{path}[]")
    elif isinstance(value, dict):
        for key, item in value.items():
            name = "*" if re.split(r"[.\]]", path)[-1] in MAPS else key
            field = f"{path}.{name}" if path else name
            yield field
            yield from sent_fields(item, field)


def read_fields(type_: Any, path: str = "") -> Iterator[str]:
    """Yield the field of each attribute that our types read."""
    for key, hint in get_type_hints(type_).items():
        field = f"{path}.{key}" if path else key
        yield field
        (part,) = [part for part in get_args(hint) if part is not type(None)][:1] or [hint]
        container = part if get_args(part) else hint
        origin = get_origin(container)
        if isinstance(origin, type) and issubclass(origin, tuple):
            yield from nested_fields(get_args(container)[0], f"{field}[]")
        elif isinstance(origin, type) and hasattr(origin, "keys"):
            yield f"{field}.*"
            yield from nested_fields(get_args(container)[1], f"{field}.*")
        else:
            yield from nested_fields(part, field)


def nested_fields(type_: Any, path: str) -> Iterator[str]:
    """Yield the fields of the type if it is one of our dataclasses."""
    if is_dataclass(type_):
        yield from read_fields(type_, path)


def workspaces() -> Iterator[Any]:
    """Yield every workspace that Coder documents or that a server sent."""
    yield json.loads((CONTRACT_FOLDER / "documented_workspace.json").read_text())
    for path in FILES:
        body = load_recording(path)["response"]["body"]
        if isinstance(body, dict):
            yield from [body] if "latest_build" in body else body.get("workspaces") or []


KNOWN = {field for workspace in workspaces() for field in sent_fields(workspace)}
READ = set(read_fields(Workspace))


def test_every_known_workspace_field_is_listed() -> None:
    assert KNOWN - LISTED.keys() == set()


def test_each_field_is_listed_once_in_expected_sections() -> None:
    assert len(LISTED) == sum(map(len, SECTIONS.values()))
    assert set(SECTIONS) == {"Shown", "Used in decisions", "Not used"}


def test_every_listed_field_is_sent_by_coder_or_read_by_our_types() -> None:
    assert LISTED.keys() - KNOWN <= READ


@pytest.mark.parametrize("section", ["Shown", "Used in decisions"])
def test_every_used_field_is_read_by_our_types(section: str) -> None:
    assert SECTIONS[section].keys() - READ == set()


def test_every_listed_field_has_a_description() -> None:
    assert all(len(words) > 3 for lines in SECTIONS.values() for words in lines.values())


def test_every_attribute_of_our_types_is_listed() -> None:
    assert READ - LISTED.keys() == set()
    assert {field.name for field in fields(Workspace)} <= LISTED.keys()
