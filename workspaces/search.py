"""Coder's filter language `q`: read one key of it, edit one key of it, leave all else as it was written.

Coder splits `q` at spaces and each element at its colon, both outside of quotation marks, which it then takes
off; it knows no escapes. Bare words are a part of the name, and `owner/name` is both.
"""


def pieces(text: str, delimiter: str) -> list[str]:
    """The text split at a character outside of quotation marks, without empty pieces."""
    found, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == delimiter and not quoted:
            found.append("")
        else:
            found[-1] += character
    return [piece for piece in found if piece]


def element(word: str) -> tuple[str, str]:
    """Key and value of one element of `q`; the key of a bare word, and of what Coder will refuse, is ""."""
    parts = pieces(word, ":")
    if len(parts) != 2 or word.startswith(":") or word.endswith(":"):
        return "", word.strip('"')
    return parts[0].strip('"').lower(), parts[1].strip('"')


def owner_and_name(q: str) -> tuple[str, str] | None:
    """The two sides of an `owner/name` among the bare words, as written; None where there is none."""
    bare = " ".join(word for word in pieces(q, " ") if not element(word)[0])
    sides = pieces(bare, "/")
    return (sides[0], sides[1]) if len(sides) == 2 else None


def value_of(q: str, key: str) -> str:
    """What `q` asks of a key, as it is written there; "" where it asks nothing."""
    for found, value in map(element, pieces(q, " ")):
        if found == key:
            return value
    sides = owner_and_name(q) if key == "owner" else None
    return sides[0].strip('"') if sides else ""


def with_key(q: str, key: str, value: str) -> str:
    """`q` asking `value` of `key`, which stays where it was or comes last.

    Raises ValueError for a value with a quotation mark, which the language cannot say, and for the key
    "name": names are bare words, which are the person's own to edit.
    """
    if key == "name" or '"' in value:
        raise ValueError(f"Coder's search cannot be edited to ask {value!r} of {key!r}")
    if key == "owner" and (sides := owner_and_name(q)):
        return with_bare_words(q, f"{quoted(value, also='/')}/{sides[1]}")
    asked, words, placed = f"{key}:{quoted(value)}", [], False
    for word in pieces(q, " "):
        if element(word)[0] != key:
            words.append(word)
        elif not placed:
            words.append(asked)
            placed = True
    if placed:
        return " ".join(words)
    # Behind a quotation mark that nobody closed, everything is a part of the last value.
    return " ".join([asked, *words] if q.count('"') % 2 else [*words, asked])


def without_key(q: str, key: str) -> str:
    """`q` asking nothing of `key`. Raises ValueError for the key "name", as with_key."""
    if key == "name":
        raise ValueError("names are the person's own to edit")
    if key == "owner" and (sides := owner_and_name(q)):
        name = sides[1]
        return with_bare_words(q, name if name == name.strip(" ") else f'name:"{name}"')
    return " ".join(word for word in pieces(q, " ") if element(word)[0] != key)


def with_bare_words(q: str, bare: str) -> str:
    """`q` with other bare words in the place of its last one, and without an owner by key."""
    words = [(element(word)[0], word) for word in pieces(q, " ")]
    last = max(n for n, (key, _) in enumerate(words) if not key)
    kept = [bare if n == last else word for n, (key, word) in enumerate(words) if n == last or key not in {"", "owner"}]
    return " ".join(kept)


def quoted(value: str, also: str = "") -> str:
    """The value as `q` has to write it: in quotation marks where it is empty or holds what divides."""
    return f'"{value}"' if not value or any(sign in value for sign in " :" + also) else value
