"""Coder's filter language `q`: read one key of it and edit one key of it, leaving every other character alone.

Coder splits `q` at spaces and each element at its colon, both outside of quotation marks, which it then takes
off; it knows no escapes. A bare word is a part of the name, and `owner/name` is both.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Element:
    """One element of `q` as it is written. `key` is "" for a bare word."""

    written: str
    key: str
    value: str


def pieces(text: str, delimiter: str) -> list[str]:
    """The text split at a delimiter of one character outside of quotation marks, without empty pieces."""
    found, piece, quoted = [], "", False
    for character in text:
        quoted ^= character == '"'
        if character == delimiter and not quoted:
            found.append(piece)
            piece = ""
        else:
            piece += character
    return [piece for piece in (*found, piece) if piece]


def elements(q: str) -> Iterator[Element]:
    """The elements of `q`, in order. What Coder will refuse counts as a bare word."""
    for written in pieces(q, " "):
        match pieces(written, ":"):
            case [key, value]:
                yield Element(written, key.strip('"').lower(), value.strip('"'))
            case _:
                yield Element(written, "", written.strip('"'))


def slashed(q: str) -> int | None:
    """Which bare word of `q` holds the slash of an `owner/name`; None where none does."""
    bare = [element for element in elements(q) if not element.key]
    if len(pieces(" ".join(element.written for element in bare), "/")) != 2:
        return None
    return next((n for n, element in enumerate(bare) if "/" in pieces_marked(element.written)), None)


def pieces_marked(word: str) -> str:
    """The word without what stands between quotation marks: where a slash still divides."""
    return "".join(part for n, part in enumerate(word.split('"')) if n % 2 == 0)


def value_of(q: str, key: str) -> str:
    """What `q` asks of a key, as it is written there; "" where it asks nothing."""
    for element in elements(q):
        if element.key == key:
            return element.value
    return ""
