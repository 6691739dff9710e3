"""Coder's filter language `q`: read one key of it, edit one key of it, leave all else as it was written.

Coder splits `q` at spaces and each element at its colon, both outside of quotation marks, which it then takes
off; it knows no escapes. Bare words are a part of the name, and `owner/name` is both.
"""


def pieces(text: str, delimiter: str) -> list[str]:
    """The text split at a character outside of quotation marks, without empty pieces."""
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


def element(word: str) -> tuple[str, str]:
    """Key and value of one element of `q`; the key of a bare word, and of what Coder will refuse, is ""."""
    parts = pieces(word, ":")
    if len(parts) != 2 or word.startswith(":") or word.endswith(":"):
        return "", word.strip('"')
    return parts[0].strip('"').lower(), parts[1].strip('"')


def owner_and_name(words: list[str]) -> tuple[list[int], str, str] | None:
    """Which bare words make up an `owner/name`, and its two sides as written; None where there is none.

    Coder reads the bare words as one, but for those with a colon between quotation marks.
    """
    bare = [n for n, word in enumerate(words) if not element(word)[0]]
    together = [n for n in bare if ":" not in words[n]]
    for group in (together, *([n] for n in bare if ":" in words[n])):
        sides = pieces(" ".join(words[n] for n in group), "/")
        if len(sides) == 2:
            return group, sides[0], sides[1]
    return None


def is_bare(words: list[str], group: list[int]) -> bool:
    """Whether these are all the bare words, so that what stands in their place can be bare too."""
    return all(n in group or element(word)[0] for n, word in enumerate(words))


def value_of(q: str, key: str) -> str:
    """What `q` asks of a key, as it is written there; "" where it asks nothing."""
    words = pieces(q, " ")
    for found, value in map(element, words):
        if found == key:
            return value
    both = owner_and_name(words) if key == "owner" else None
    return both[1].strip('"') if both else ""


def with_key(q: str, key: str, value: str) -> str:
    """`q` asking `value` of `key`, which stays where it was or comes last.

    Raises ValueError for a value with a quotation mark, which the language cannot say, and for the key
    "name": names are bare words, which are the person's own to edit.
    """
    if key == "name" or '"' in value:
        raise ValueError(f"Coder's search cannot be edited to ask {value!r} of {key!r}")
    words, asked = pieces(q, " "), f"{key}:{quoted(value)}"
    if key == "owner" and (both := owner_and_name(words)):
        group, _owner, name = both
        if quoted(value, also="/") == value and is_bare(words, group):
            return with_owner_and_name(words, group, f"{value}/{name}")
        words = pieces(without_key(q, key), " ")
    places = [n for n, word in enumerate(words) if element(word)[0] == key]
    if places:
        kept = [asked if n == places[0] else word for n, word in enumerate(words) if n not in places[1:]]
        return " ".join(kept)
    # Behind a quotation mark that nobody closed, everything is a part of the last value.
    return " ".join([asked, *words] if q.count('"') % 2 else [*words, asked])


def without_key(q: str, key: str) -> str:
    """`q` asking nothing of `key`. Raises ValueError for the key "name", as with_key."""
    if key == "name":
        raise ValueError("names are the person's own to edit")
    words = pieces(q, " ")
    if key == "owner" and (both := owner_and_name(words)):
        group, _owner, name = both
        bare = name == name.strip(" ") and is_bare(words, group)
        return with_owner_and_name(words, group, name if bare else f"name:{quoted(name.strip(chr(34)))}")
    return " ".join(word for word in words if element(word)[0] != key)


def with_owner_and_name(words: list[str], group: list[int], written: str) -> str:
    """The search with something else in the place of an `owner/name`, and without an owner by key."""
    kept = [
        written if n == group[-1] else word
        for n, word in enumerate(words)
        if n == group[-1] or (n not in group and element(word)[0] != "owner")
    ]
    return " ".join(kept)


def quoted(value: str, also: str = "") -> str:
    """The value as `q` has to write it: in quotation marks where it is empty or holds what divides."""
    return f'"{value}"' if not value or any(sign in value for sign in " :" + also) else value
