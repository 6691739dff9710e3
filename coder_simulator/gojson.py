"""Read a request's body as Go's encoding/json does into a struct, with its errors."""

import json
import re
from datetime import datetime
from typing import Any
from uuid import UUID

from coder_simulator.errors import ApiError

NIL_UUID = "00000000-0000-0000-0000-000000000000"
INT64 = range(-(2**63), 2**63)
RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")

Fields = dict[str, Any]
"""A struct's fields and their kinds: string, bool, int64, uuid, time, object, or a list of one of them."""


def read(raw: bytes, struct: str, fields: Fields) -> dict[str, Any]:
    """Decode `raw` into the fields of a Go struct called `struct`; absent and null ones are None.

    A time becomes an aware datetime. Unknown keys are ignored; keys match whatever their case.
    Raises RefusalError (400) with Go's own words where the JSON or a type is wrong.
    """
    return _struct(_decode(raw), struct, struct, fields)


def parse_uuid(text: str) -> str:
    """Return the UUID in Coder's spelling, or raise ValueError with Go's words."""
    if len(text) not in {32, 36, 38, 45}:
        raise ValueError(f"invalid UUID length: {len(text)}")
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError("invalid UUID format") from None


def parse_time(text: str, layout: str = "2006-01-02T15:04:05Z07:00", shown: str | None = None) -> datetime:
    """Read an RFC 3339 moment, or raise ValueError with Go's words for `layout`."""
    shown = text if shown is None else shown
    if found := RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text[:19] + (found[7] or "")[:7] + found[8].replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f'parsing time "{shown}": day out of range') from None
    raise ValueError(f'parsing time "{shown}" as "{layout}": cannot parse {_where(text, shown)}')


def _where(text: str, shown: str) -> str:
    """Say which part of a moment does not fit which part of the layout."""
    position = 0
    for element, pattern in (
        ("2006", r"\d{4}"),
        ("-", "-"),
        ("01", r"\d\d"),
        ("-", "-"),
        ("02", r"\d\d"),
        ("T", "T"),
        ("15", r"\d\d"),
        (":", ":"),
        ("04", r"\d\d"),
        (":", ":"),
        ("05", r"\d\d(\.\d+)?"),
    ):
        found = re.compile(pattern).match(text, position)
        if not found:
            return f'"{shown[position:]}" as "{element}"'
        position = found.end()
    return f'"{shown[position:]}" as "Z07:00"'


def _decode(raw: bytes) -> Any:
    text = raw.decode("utf-8", "replace").lstrip(" \t\r\n")
    if not text:
        raise _bad("EOF")
    try:
        return json.JSONDecoder(parse_constant=_constant, strict=True).raw_decode(text)[0]
    except json.JSONDecodeError as error:
        raise _bad(_syntax(text, error)) from None
    except ValueError as error:
        raise _bad(str(error)) from None


def _constant(name: str) -> Any:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


def _syntax(text: str, error: json.JSONDecodeError) -> str:
    rest = text[error.pos :].lstrip(" \t\r\n")
    if not rest or error.msg.startswith("Unterminated string"):
        return "unexpected EOF"
    where = {
        "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
        "Expecting value": "looking for beginning of value",
        "Expecting ':' delimiter": "after object key",
        "Invalid control character at": "in string literal",
        "Invalid \\escape": "in string escape code",
    }
    for start, words in where.items():
        if error.msg.startswith(start):
            return f"invalid character '{rest[0]}' {words}"
    inside = "object key:value pair" if _in_object(text[: error.pos]) else "array element"
    return f"invalid character '{rest[0]}' after {inside}"


def _in_object(text: str) -> bool:
    """Tell whether the innermost open bracket is an object's."""
    stack = []
    for sign in re.sub(r'"(\\.|[^"\\])*"', "", text):
        if sign in "{[":
            stack.append(sign)
        elif sign in "}]" and stack:
            stack.pop()
    return bool(stack) and stack[-1] == "{"


def _struct(value: Any, struct: str, path: str, fields: Fields) -> dict[str, Any]:
    if value is None:
        value = {}
    if not isinstance(value, dict):
        go_type = f"codersdk.{struct}"
        if path == struct:
            raise _bad(f"json: cannot unmarshal {_json_type(value)} into Go value of type {go_type}")
        raise _bad(f"json: cannot unmarshal {_json_type(value)} into Go struct field {path} of type {go_type}")
    given = {key.lower(): one for key, one in value.items()}
    return {name: _field(given.get(name.lower()), kind, struct, f"{path}.{name}") for name, kind in fields.items()}


def _field(value: Any, kind: Any, struct: str, path: str) -> Any:
    if value is None:
        return None
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise _mismatch(value, path, f"[]{_go_type(kind[0])}")
        return [_field(one, kind[0], struct, path) for one in value]
    if isinstance(kind, dict):
        return _struct(value, struct, path, kind)
    if kind == "object":
        return _object(value, path)
    return _scalar(value, kind, path)


def _object(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _mismatch(value, path, "map[string]string")
    for one in value.values():
        if not isinstance(one, str):
            raise _mismatch(one, path, "string")
    return value


def _scalar(value: Any, kind: str, path: str) -> Any:
    if kind == "uuid":
        return _text(value, path, "uuid.UUID", parse_uuid)
    if kind == "time":
        return _text(value, path, "time.Time", parse_time)
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "int64" and isinstance(value, int) and not isinstance(value, bool):
        if value not in INT64:
            raise _bad(f"json: cannot unmarshal number {value} into Go struct field {path} of type int64")
        return value
    if kind == "any":
        return value
    if kind == "int64" and isinstance(value, float):
        raise _bad(f"json: cannot unmarshal number {value} into Go struct field {path} of type int64")
    raise _mismatch(value, path, kind)


def _text(value: Any, path: str, go_type: str, parse: Any) -> Any:
    if not isinstance(value, str):
        if go_type == "time.Time":
            raise _bad("Time.UnmarshalJSON: input is not a JSON string")
        raise _mismatch(value, path, go_type)
    try:
        return parse(value)
    except ValueError as error:
        raise _bad(str(error)) from None


def _go_type(kind: Any) -> str:
    return kind if isinstance(kind, str) else "struct"


def _json_type(value: Any) -> str:
    kinds = ((bool, "bool"), (dict, "object"), (list, "array"), (str, "string"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")


def _mismatch(value: Any, path: str, go_type: str) -> ApiError:
    return _bad(f"json: cannot unmarshal {_json_type(value)} into Go struct field {path} of type {go_type}")


def _bad(detail: str) -> ApiError:
    return ApiError(400, "Request body must be valid JSON.", detail)


ZERO_GO_TIME = "0001-01-01 00:00:00 +0000 UTC"
