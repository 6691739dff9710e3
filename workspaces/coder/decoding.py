"""Decode Coder's JSON, also where a time in it is just outside of the years 1 to 9999, which Python has.

Go writes the years 0 to 9999, and fractions down to nanoseconds. Its zero time, which means none, is in year 0 west of
Greenwich: a Coder whose database is in such a zone sends "0000-12-31T20:29:08-03:31" for a workspace without use. The
last half of the last microsecond of year 9999 would be rounded up to the year 10000.
"""

import re
from threading import Lock
from typing import Any

import msgspec

INVALID_TIME = re.compile(r"Invalid RFC3339 encoded datetime - at `\$.*\.(\w+)`", re.DOTALL)
TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})")
ZERO_TIME = "0001-01-01T00:00:00Z"
INSPECTED_TYPES: set[Any] = set()
INSPECTION = Lock()


def inspect_type(type_: Any) -> None:
    """Let msgspec inspect a type before its first use, one thread at a time.

    msgspec 0.22 stores what it finds with the type before it is complete. Another thread that decodes the type at that
    moment ends the process with a segmentation fault.
    """
    if type_ not in INSPECTED_TYPES:
        with INSPECTION:
            msgspec.json.Decoder(type_)
            INSPECTED_TYPES.add(type_)


def decode_json(body: bytes | bytearray | str, type_: Any) -> Any:
    """Return JSON as a value of the type. Raises msgspec.DecodeError, UnicodeDecodeError and RecursionError.

    Each time of the years 0 to 9999 is read, those that Python does not have as the nearest one that it has.
    """
    inspect_type(type_)
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        if not INVALID_TIME.fullmatch(str(error)):
            raise
    return decode_clamped(msgspec.json.decode(body), type_)


def decode_clamped(value: Any, type_: Any) -> Any:
    """Return decoded JSON as a value of the type, with each of its times clamped. Raises msgspec.ValidationError."""
    clamped: set[str] = set()
    while True:
        try:
            return msgspec.convert(value, type_)
        except msgspec.ValidationError as error:
            match = INVALID_TIME.fullmatch(str(error))
            if match is None or match[1] in clamped:
                raise
            clamped.add(match[1])
            clamp_times(value, match[1])


def clamp_times(value: Any, name: str) -> None:
    """Replace the times under this key that Python does not have, in all objects within the value."""
    if isinstance(value, list):
        for each in value:
            clamp_times(each, name)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == name and isinstance(each, str):
                value[key] = clamp_time(each)
            else:
                clamp_times(each, name)


def clamp_time(text: str) -> str:
    """Return a time as the nearest one of the years 1 to 9999; any other text as it is."""
    match = TIME.fullmatch(text)
    if match is None:
        return text
    if text.startswith("0000-"):
        return ZERO_TIME
    seconds, fraction, zone = match.groups(default="0")
    return f"{seconds}.{fraction[:6]}{zone}" if text.startswith("9999-") else text
