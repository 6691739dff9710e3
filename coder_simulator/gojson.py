"""Decode a request's body as Go's encoding/json does into a struct, with Go's error messages."""

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


def decode(raw: bytes, struct: str, fields: Fields) -> dict[str, Any]:
    """Decode `raw` into the fields of a Go struct called `struct`; missing and null ones are None.

    A time becomes an aware datetime. Unknown keys are ignored; keys match in any case. Raise ApiError (400) with
    Go's message for invalid JSON or a wrong type.
    """
    return _decode_struct(_parse_json(raw), struct, struct, fields)


def parse_uuid(text: str) -> str:
    """Return the UUID in Coder's spelling; raise ValueError with Go's message."""
    if len(text) not in {32, 36, 38, 45}:
        raise ValueError(f"invalid UUID length: {len(text)}")
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError("invalid UUID format") from None


def parse_time(text: str, layout: str = "2006-01-02T15:04:05Z07:00", display_text: str | None = None) -> datetime:
    """Parse an RFC 3339 time; raise ValueError with Go's message for `layout`."""
    display_text = text if display_text is None else display_text
    if match := RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text[:19] + (match[7] or "")[:7] + match[8].replace("Z", "+00:00"))
        except ValueError:
            raise ValueError(f'parsing time "{display_text}": day out of range') from None
    raise ValueError(
        f'parsing time "{display_text}" as "{layout}": cannot parse {_layout_mismatch(text, display_text)}'
    )


def _layout_mismatch(text: str, display_text: str) -> str:
    """Return which part of a time does not match which part of the layout."""
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
        match = re.compile(pattern).match(text, position)
        if not match:
            return f'"{display_text[position:]}" as "{element}"'
        position = match.end()
    return f'"{display_text[position:]}" as "Z07:00"'


def _parse_json(raw: bytes) -> Any:
    text = raw.decode("utf-8", "replace").lstrip(" \t\r\n")
    if not text:
        raise _invalid_json("EOF")
    try:
        return json.JSONDecoder(parse_constant=_reject_constant, strict=True).raw_decode(text)[0]
    except json.JSONDecodeError as error:
        raise _invalid_json(_syntax_error(text, error)) from None
    except ValueError as error:
        raise _invalid_json(str(error)) from None


def _reject_constant(name: str) -> Any:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


def _syntax_error(text: str, error: json.JSONDecodeError) -> str:
    remainder = text[error.pos :].lstrip(" \t\r\n")
    if not remainder or error.msg.startswith("Unterminated string"):
        return "unexpected EOF"
    contexts = {
        "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
        "Expecting value": "looking for beginning of value",
        "Expecting ':' delimiter": "after object key",
        "Invalid control character at": "in string literal",
        "Invalid \\escape": "in string escape code",
    }
    for start, context in contexts.items():
        if error.msg.startswith(start):
            return f"invalid character '{remainder[0]}' {context}"
    container = "object key:value pair" if _is_in_object(text[: error.pos]) else "array element"
    return f"invalid character '{remainder[0]}' after {container}"


def _is_in_object(text: str) -> bool:
    """Tell whether the innermost open bracket is an object's."""
    stack = []
    for sign in re.sub(r'"(\\.|[^"\\])*"', "", text):
        if sign in "{[":
            stack.append(sign)
        elif sign in "}]" and stack:
            stack.pop()
    return bool(stack) and stack[-1] == "{"


def _decode_struct(value: Any, struct: str, path: str, fields: Fields) -> dict[str, Any]:
    if value is None:
        value = {}
    if not isinstance(value, dict):
        go_type = f"codersdk.{struct}"
        if path == struct:
            raise _invalid_json(f"json: cannot unmarshal {_json_type(value)} into Go value of type {go_type}")
        raise _invalid_json(f"json: cannot unmarshal {_json_type(value)} into Go struct field {path} of type {go_type}")
    values = {key.lower(): item for key, item in value.items()}
    return {
        name: _decode_field(values.get(name.lower()), kind, struct, f"{path}.{name}") for name, kind in fields.items()
    }


def _decode_field(value: Any, kind: Any, struct: str, path: str) -> Any:
    if value is None:
        return None
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise _type_error(value, path, f"[]{_go_type(kind[0])}")
        return [_decode_field(item, kind[0], struct, path) for item in value]
    if isinstance(kind, dict):
        return _decode_struct(value, struct, path, kind)
    if kind == "object":
        return _decode_string_map(value, path)
    return _decode_scalar(value, kind, path)


def _decode_string_map(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _type_error(value, path, "map[string]string")
    for item in value.values():
        if not isinstance(item, str):
            raise _type_error(item, path, "string")
    return value


def _decode_scalar(value: Any, kind: str, path: str) -> Any:
    if kind == "uuid":
        return _parse_text(value, path, "uuid.UUID", parse_uuid)
    if kind == "time":
        return _parse_text(value, path, "time.Time", parse_time)
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "int64" and isinstance(value, int) and not isinstance(value, bool):
        if value not in INT64:
            raise _invalid_json(f"json: cannot unmarshal number {value} into Go struct field {path} of type int64")
        return value
    if kind == "any":
        return value
    if kind == "int64" and isinstance(value, float):
        raise _invalid_json(f"json: cannot unmarshal number {value} into Go struct field {path} of type int64")
    raise _type_error(value, path, kind)


def _parse_text(value: Any, path: str, go_type: str, parse: Any) -> Any:
    if not isinstance(value, str):
        if go_type == "time.Time":
            raise _invalid_json("Time.UnmarshalJSON: input is not a JSON string")
        raise _type_error(value, path, go_type)
    try:
        return parse(value)
    except ValueError as error:
        raise _invalid_json(str(error)) from None


def _go_type(kind: Any) -> str:
    return kind if isinstance(kind, str) else "struct"


def _json_type(value: Any) -> str:
    kinds = ((bool, "bool"), (dict, "object"), (list, "array"), (str, "string"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")


def _type_error(value: Any, path: str, go_type: str) -> ApiError:
    return _invalid_json(f"json: cannot unmarshal {_json_type(value)} into Go struct field {path} of type {go_type}")


def _invalid_json(detail: str) -> ApiError:
    return ApiError(400, "Request body must be valid JSON.", detail)


ZERO_GO_TIME = "0001-01-01 00:00:00 +0000 UTC"
