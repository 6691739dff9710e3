"""Parse the query `q` of lists (coderd/searchquery): words and `key:value` terms, with Coder's messages."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coder_simulator.errors import ApiError
from coder_simulator.gojson import parse_time, parse_uuid

INT32 = range(2**31)
TIME_LAYOUT = "2006-01-02T15:04:05.999999999Z07:00"

Problems = list[tuple[str, str]]
"""Pairs (field, detail) of a rejected query."""
Parser = Callable[[str, str], Any]
"""Return the value of a key's text; raise ValueError with Coder's message."""


@dataclass(slots=True)
class Terms:
    """The terms of a query: texts by key, words without a key, and problems."""

    values: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=list)


def split_terms(text: str, *, modern: bool, keep_quotes: Collection[str] = ()) -> Terms:
    """Split a query in lower case; 2.36 joins several words to one. Values of `keep_quotes` keep their quotes."""
    terms = Terms()
    for element in filter(None, split_outside_quotes(text.strip().lower(), " ")):
        if element.startswith(":") or element.endswith(":"):
            terms.problems.append(("q", f"Query element \"{element}\" cannot start or end with ':'"))
            continue
        key, *rest = split_outside_quotes(element, ":")
        if not rest:
            terms.words.append(key.strip('"'))
        elif len(rest) == 1:
            value = rest[0] if key in keep_quotes else rest[0].strip('"')
            terms.values.setdefault(key.strip('"'), []).append(value)
        else:
            terms.problems.append(("q", f"Query element \"{element}\" can only contain 1 ':'"))
    if modern and len(terms.words) > 1:
        terms.words = [" ".join(terms.words)]
    return terms


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Split at a separator outside quotes; keep the quotes."""
    parts, quoted = [""], False
    for sign in text:
        quoted ^= sign == '"'
        if sign == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def read_query(text: str, parsers: dict[str, Parser], *, subject: str, word_key: str, modern: bool) -> dict[str, Any]:
    """Return the values of a query of `subject` (user, audit, member) by key; a bare word is one of `word_key`.

    Each key may be given once. Raises ApiError (400) with all problems.
    """
    terms = split_terms(text, modern=modern)
    if terms.words:
        terms.values.setdefault(word_key, []).extend(terms.words)
    values: dict[str, Any] = {}
    problems = list(terms.problems)
    if not problems:
        values, problems = parse_values(terms.values, parsers)
    if problems:
        raise ApiError(400, f"Invalid {subject} search query.", validations=problems)
    return values


def parse_values(
    texts: dict[str, list[str]], parsers: dict[str, Parser], required: Collection[str] = ()
) -> tuple[dict[str, Any], Problems]:
    """Parse each key's single text, in the order of `parsers`; return the values by key and the problems."""
    values: dict[str, Any] = {}
    problems: Problems = [(key, required_message(key)) for key in required if key not in texts]
    for key, parse in parsers.items():
        if key not in texts:
            continue
        if len(texts[key]) > 1:
            problems.append((key, repetition_message(key, len(texts[key]))))
            continue
        try:
            values[key] = parse(key, texts[key][0])
        except ValueError as error:
            problems.append((key, str(error)))
    problems += [(key, unknown_key_message(key)) for key in texts if key not in parsers]
    return values, problems


def repetition_message(key: str, number: int) -> str:
    """Return the message for a key that is given more than once."""
    return (
        f'Query param "{key}" provided more than once, found {number} times. '
        "Only provide 1 instance of this query param."
    )


def required_message(key: str) -> str:
    """Return the message for a missing key."""
    return f'Query param "{key}" is required and cannot be empty'


def unknown_key_message(key: str) -> str:
    """Return the message for an unknown key."""
    return f'"{key}" is not a valid query param'


def parse_text(_key: str, text: str) -> str:
    """Accept any text."""
    return text


def parse_query_time(key: str, text: str) -> datetime:
    """Parse an RFC 3339 time that was put in lower case."""
    try:
        return parse_time(text.upper(), TIME_LAYOUT)
    except ValueError as error:
        raise ValueError(f'Query param "{key}" must be a valid date format ({TIME_LAYOUT}): {error}') from None


def parse_boolean(key: str, text: str) -> bool:
    """Parse a boolean as Go does."""
    if re.fullmatch("1|t|true", text):
        return True
    if re.fullmatch("0|f|false", text):
        return False
    raise ValueError(
        f'Query param "{key}" must be a valid boolean: strconv.ParseBool: parsing "{text}": invalid syntax'
    )


def parse_integer(key: str, text: str) -> int:
    """Parse an integer of 64 bits."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f'Query param "{key}" must be a valid 64-bit integer: strconv.ParseInt: parsing "{text}": invalid syntax'
        ) from None


def parse_int(key: str, text: str) -> int:
    """Parse an integer of the machine's size."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(
            f'Query param "{key}" must be a valid integer: strconv.Atoi: parsing "{text}": invalid syntax'
        ) from None


def parse_positive_int32(key: str, text: str) -> int:
    """Parse a number from 0 to 2**31 - 1."""
    try:
        number = int(text)
    except ValueError:
        reason = f'strconv.ParseInt: parsing "{text}": invalid syntax'
    else:
        if number in INT32:
            return number
        reason = "value is negative" if number < 0 else f'strconv.ParseInt: parsing "{text}": value out of range'
    raise ValueError(f'Query param "{key}" must be a valid 32-bit positive integer: {reason}')


def parse_query_uuid(key: str, text: str) -> str:
    """Parse a UUID."""
    try:
        return parse_uuid(text)
    except ValueError:
        raise ValueError(f'Query param "{key}" must be a valid uuid') from None


def parse_uuids(key: str, text: str) -> list[str]:
    """Parse a comma-separated list of UUIDs."""
    try:
        return [parse_uuid(each) for each in text.split(",")]
    except ValueError as error:
        raise ValueError(f'Query param "{key}" has invalid values: {error}') from None


def parse_list(_key: str, text: str) -> list[str]:
    """Split a list at its commas."""
    return text.split(",")


def choice_of(allowed: Collection[str]) -> Parser:
    """Return a parser of one of `allowed`."""

    def parse(key: str, text: str) -> str:
        if text not in allowed:
            raise ValueError(f'Query param "{key}" has invalid value: "{text}" is not a valid value')
        return text

    return parse


def choices_of(allowed: Collection[str]) -> Parser:
    """Return a parser of a comma-separated list of `allowed`."""

    def parse(key: str, text: str) -> list[str]:
        for value in text.split(","):
            if value not in allowed:
                raise ValueError(f'Query param "{key}" has invalid values: "{value}" is not a valid value')
        return text.split(",")

    return parse
