"""Coder's filter language `q`: read or edit one key, and leave everything else as it is written.

Coder splits `q` at spaces and each element at its colon, both outside of quotation marks, and removes the marks;
there are no escapes. Bare words are part of the name, and `owner/name` is both.
"""


def split_unquoted(text: str, delimiter: str) -> list[str]:
    """Split the text at a delimiter outside of quotation marks; leave out empty pieces."""
    if '"' not in text:
        return [piece for piece in text.split(delimiter) if piece]
    found, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == delimiter and not quoted:
            found.append("")
        else:
            found[-1] += character
    return [piece for piece in found if piece]


def parse_element(word: str) -> tuple[str, str]:
    """Return key and value of one element of `q`; the key of a bare word, and of an invalid element, is ""."""
    parts = split_unquoted(word, ":")
    if len(parts) != 2 or word.startswith(":") or word.endswith(":"):
        return "", word.strip('"')
    return parts[0].strip('"').lower(), parts[1].strip('"')


def find_owner_and_name(words: list[str]) -> tuple[list[int], str, str] | None:
    """Return the indexes of the bare words that form an `owner/name`, and its two sides as written; None without one.

    Coder reads the bare words as one, except those with a colon between quotation marks.
    """
    bare = [n for n, word in enumerate(words) if not parse_element(word)[0]]
    together = [n for n in bare if ":" not in words[n]]
    for group in (together, *([n] for n in bare if ":" in words[n])):
        sides = split_unquoted(" ".join(words[n] for n in group), "/")
        if len(sides) == 2:
            return group, sides[0], sides[1]
    return None


def covers_bare_words(words: list[str], group: list[int]) -> bool:
    """Return whether the group has all bare words, so that its replacement can be bare, too."""
    return all(n in group or parse_element(word)[0] for n, word in enumerate(words))


def value_of(q: str, key: str) -> str:
    """Return the value of a key in `q`, as written; "" if `q` does not have the key."""
    words = split_unquoted(q, " ")
    for found, value in map(parse_element, words):
        if found == key:
            return value
    both = find_owner_and_name(words) if key == "owner" else None
    return both[1].strip('"') if both else ""


def with_key(q: str, key: str, value: str) -> str:
    """Return `q` with a value for the key, at the key's place or at the end.

    Raises ValueError for a value with a quotation mark, which the language cannot express, and for the key "name":
    names are bare words, which only the person edits.
    """
    if key == "name" or '"' in value:
        raise ValueError(f"Coder's search cannot be edited to ask {value!r} of {key!r}")
    words, term = split_unquoted(q, " "), f"{key}:{quote_value(value)}"
    if key == "owner" and (both := find_owner_and_name(words)):
        group, _owner, name = both
        if quote_value(value, also="/") == value and covers_bare_words(words, group):
            return replace_owner_and_name(words, group, f"{value}/{name}")
        words = split_unquoted(without_key(q, key), " ")
    places = [n for n, word in enumerate(words) if parse_element(word)[0] == key]
    if places:
        return " ".join(term if n == places[0] else word for n, word in enumerate(words) if n not in places[1:])
    # After an unclosed quotation mark, everything is part of the last value.
    return " ".join([term, *words] if q.count('"') % 2 else [*words, term])


def without_key(q: str, key: str) -> str:
    """Return `q` without the key. Raises ValueError for the key "name", as `with_key` does."""
    if key == "name":
        raise ValueError("only the person edits names")
    words = split_unquoted(q, " ")
    if key == "owner" and (both := find_owner_and_name(words)):
        group, _owner, name = both
        bare = name == name.strip(" ") and covers_bare_words(words, group)
        return replace_owner_and_name(words, group, name if bare else f"name:{quote_value(name.strip(chr(34)))}")
    return " ".join(word for word in words if parse_element(word)[0] != key)


def replace_owner_and_name(words: list[str], group: list[int], text: str) -> str:
    """Return the search with other text in place of an `owner/name`, and without the key "owner"."""
    parts = [
        text if n == group[-1] else word
        for n, word in enumerate(words)
        if n == group[-1] or (n not in group and parse_element(word)[0] != "owner")
    ]
    return " ".join(parts)


def quote_value(value: str, also: str = "") -> str:
    """Return the value in `q`'s notation: quoted if it is empty or contains a delimiter."""
    return f'"{value}"' if not value or any(sign in value for sign in " :" + also) else value
